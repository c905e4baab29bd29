"""What appears in a thread: the customer's words, state lines, the fate of replies. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from desk.slack import literal, wording
from desk.slack.drawing import Block, Drawing
from desk.slack.text import (
    clean_name,
    clip_bytes,
    fallback,
    one_line,
    split_words,
)
from desk.slack.voices import Piece, drawn, filled


def told(words: str) -> Drawing:
    """One sentence of ours, literal: a state line, or what a presser is told."""
    return Drawing(text=fallback(words), blocks=(literal.rich(literal.section(literal.text(words))),))


def _telling(words: str, told_id: str | None) -> Drawing:
    """A sentence that ends in a mention of whom it concerns."""
    if told_id is None:
        return told(words)
    elements = [literal.text(words + " "), literal.user(told_id)]
    text = f"{fallback(words)} {literal.mention(told_id)}"
    return Drawing(text=text, blocks=(literal.rich(literal.section(*elements)),))


# State lines. `who` is a name; `to`, `whom` and `told_id` are Slack user ids and ring.


def taken(who: str) -> Drawing:
    """`Ana took this.`"""
    return told(wording.thread.took(clean_name(who)))


def taken_from(who: str, whom: str) -> Drawing:
    """`Ana took this over from @ben.`"""
    return _with_mention(f"{clean_name(who)} took this over from ", whom, ".")


def handed(who: str, to: str, comment: str = "", had: str | None = None) -> Drawing:
    """`Ana handed this to @ben: “…”` `had`: who had it, if neither of them: `… from @chloe to @ben`."""
    said = one_line(comment, 1_000)
    after = f": “{said}”" if said else "."
    if had:
        return _with_mentions(f"{clean_name(who)} handed this from ", (had, to), between=" to ", after=after)
    return _with_mention(f"{clean_name(who)} handed this to ", to, after)


def _with_mention(before: str, user_id: str, after: str) -> Drawing:
    return _with_mentions(before, (user_id,), between="", after=after)


def _with_mentions(before: str, user_ids: Sequence[str], *, between: str, after: str) -> Drawing:
    people: list[Block] = []
    for user_id in user_ids:
        people += [literal.text(between), literal.user(user_id)] if people else [literal.user(user_id)]
    said = between.join(literal.mention(user_id) for user_id in user_ids)
    return Drawing(
        text=f"{fallback(before)} {said}{fallback(after, 1_600)}",
        blocks=(literal.rich(literal.section(literal.text(before), *people, literal.text(after))),),
    )


def released(who: str, told_id: str | None = None) -> Drawing:
    """`Ana moved this back to Unassigned.` `told_id`: the assignee, if somebody else pressed."""
    return _telling(wording.thread.released(clean_name(who)), told_id)


def closed(who: str, told_id: str | None = None) -> Drawing:
    """`Ana closed this.` `told_id`: the assignee, if somebody else pressed."""
    return _telling(wording.thread.closed(clean_name(who)), told_id)


def reopened(who: str, told_id: str | None = None) -> Drawing:
    """`Ben reopened this.`"""
    return _telling(wording.thread.reopened(clean_name(who)), told_id)


def snoozed(who: str, until: datetime | None, name: str, told_id: str | None = None) -> Drawing:
    """`Ana snoozed this until Mon, 09:00.` `until` None: `… until Mia answers.`"""
    if until is None:
        return _telling(wording.snooze.until_they_answer(clean_name(who), clean_name(name)), told_id)
    said, tokens = wording.snooze.snoozed(clean_name(who)), "until {date_short_pretty}, {time}"
    elements = [literal.text(said + " "), literal.date_element(until, tokens), literal.text(".")]
    text = f"{fallback(said)} {literal.date(until, tokens)}."
    if told_id:
        elements += [literal.text(" "), literal.user(told_id)]
        text += f" {literal.mention(told_id)}"
    return Drawing(text=text, blocks=(literal.rich(literal.section(*elements)),))


def woken(who: str, told_id: str | None = None) -> Drawing:
    """`Ana woke this up.` `told_id`: the assignee, if somebody else pressed."""
    return _telling(wording.snooze.woken(clean_name(who)), told_id)


def woke(who: str, told_id: str | None = None) -> Drawing:
    """`Ana snoozed this until now.` It rings for whoever is to go on."""
    return _telling(wording.snooze.woke(clean_name(who)), told_id)


def no_request(who: str, reason: str, told_id: str | None = None) -> Drawing:
    """`Ana closed this as no request: A test.`"""
    return _telling(wording.closing.no_request(clean_name(who), reason), told_id)


def blocked(who: str, name: str, reason: str, told_id: str | None = None) -> Drawing:
    """`Ana blocked Mia: Fraud.`"""
    return _telling(wording.closing.blocked(clean_name(who), clean_name(name), reason), told_id)


def unblocked(who: str, name: str, kept: int) -> Drawing:
    """`Ana unblocked Mia.` `kept`: how many messages came meanwhile; they follow."""
    return told(wording.closing.unblocked(clean_name(who), clean_name(name), kept))


def noted(who: str, words: str) -> Drawing:
    """A note that was written in the menu."""
    return told(wording.closing.noted(clean_name(who), words))


def wrote_again(name: str, told_id: str | None = None) -> Drawing:
    """`Mia wrote again, so this is open again.` `told_id`: to whom it returns."""
    return _telling(wording.thread.wrote_again(clean_name(name)), told_id)


def assignee_left(name: str, who: str) -> Drawing:
    """`Mia wrote again, and Ben doesn't answer here any more, so this is back in Unassigned.`"""
    return told(wording.thread.assignee_left(clean_name(name), clean_name(who)))


def answered_for(who: str, whom: str) -> Drawing:
    """`Ben answered for Ana.` Both are names; nobody is pinged."""
    return told(wording.thread.answered_for(clean_name(who), clean_name(whom)))


def broadcast(name: str) -> Drawing:
    """`Sent to Mia. The whole channel saw it too.`"""
    return told(wording.thread.broadcast(clean_name(name)))


def sent_from_channel(who: str, name: str, words: str) -> Drawing:
    """What the customer got, for those who read the thread only."""
    return told(wording.thread.sent_from_channel(clean_name(who), clean_name(name), words))


def sent_template(who: str, name: str, words: str) -> Drawing:
    """What the customer got, and who chose it."""
    said = wording.templates.sent(who, name)
    parts = [literal.section(literal.text(said)), literal.quote(clip_bytes(words[:2_900], 4_000))]
    return Drawing(text=fallback(f"{said} {words}"), blocks=(literal.rich(*parts),))


def card_deleted() -> Drawing:
    """Somebody deleted the card under which the conversation was."""
    return told(wording.thread.CARD_DELETED)


def in_old_thread(who: str, words: str) -> Drawing:
    """What a colleague wrote there, for those who read the new thread only."""
    return told(wording.thread.in_old_thread(clean_name(who), words))


def gone(name: str, how: str = "") -> Drawing:
    """The customer blocked the account, or whatever else they did: `how` follows their name."""
    return told(wording.thread.gone(clean_name(name), how))


def back(name: str) -> Drawing:
    """The customer can be written to again."""
    return told(wording.thread.back(clean_name(name)))


# What the customer did to earlier messages


def quiet(drawing: Drawing, words: str) -> Drawing:
    """The same post with another sentence for lock screens."""
    return replace(drawing, text=fallback(words))


def edited(name: str, before: str, after: str, told_id: str | None = None) -> tuple[Drawing, ...]:
    """A customer's edit: what stood there before, then the new words, as many posts as they need. They
    end with a mention of whom it has to ring for."""
    say = wording.thread.changed if after.strip() else wording.thread.emptied
    return _words_below(clip_bytes(say(clean_name(name), before), 900), after, told_id)


def edited_unseen(name: str, after: str, told_id: str | None = None) -> tuple[Drawing, ...]:
    """The same of a message that never came here."""
    return _words_below(wording.thread.changed_unseen(clean_name(name)), after, told_id)


def _words_below(about: str, after: str, told_id: str | None) -> tuple[Drawing, ...]:
    pieces = split_words(after) or ("",)
    parts = [drawn([Piece(text=piece)]) for piece in pieces]
    parts[0].insert(0, literal.section(literal.italic(about)))
    if told_id:
        parts[-1].append(literal.section(literal.user(told_id)))
    said = (f"{about} {pieces[0]}", *pieces[1:])
    return tuple(filled(words, shown) for words, shown in zip(said, parts, strict=True))


def deleted(name: str, before: str) -> Drawing:
    """A customer's deletion, with what stood there."""
    words = wording.thread.deleted(clean_name(name))
    parts = [literal.section(literal.text(words))]
    kept = one_line(before, 300)
    if kept:
        parts.append(literal.quote(kept))
    return Drawing(text=fallback(words), blocks=(literal.rich(*parts),))


def forgotten(name: str) -> Drawing:
    """A customer's deletion of what may be kept nowhere."""
    return told(wording.thread.forgotten(clean_name(name)))


def reacted(name: str, emoji: str, words: str, *, removed: bool = False) -> Drawing:
    """A customer's reaction to a message of which `words` are given."""
    said = (
        wording.thread.unreacted(clean_name(name), words)
        if removed
        else wording.thread.reacted(clean_name(name), emoji, words)
    )
    return told(said)


def not_fetched(name: str, file: str, reason: str, told_id: str | None = None) -> Drawing:
    """A customer's file that can't be fetched; `reason` is a clause."""
    words = wording.thread.not_fetched(clean_name(name), _file(file), one_line(reason, 300))
    return _telling(words, told_id)


def too_large_inside(
    name: str, file: str, size: int | None, network: str, limit: int, told_id: str | None = None
) -> Drawing:
    """A customer's file above what the network gives out. Sizes in bytes."""
    words = wording.thread.too_large_inside(
        clean_name(name), _file(file), size, clean_name(network, 40), limit
    )
    return _telling(words, told_id)


def no_room_inside(name: str, file: str, size: int | None, limit: int, told_id: str | None = None) -> Drawing:
    """A customer's file above what is taken here. Sizes in bytes."""
    return _telling(wording.thread.no_room_inside(clean_name(name), _file(file), size, limit), told_id)


def late_file(name: str, file: str, reason: str, told_id: str | None = None) -> Drawing:
    """A customer's file that is long in coming; `reason` is a clause."""
    return _telling(wording.thread.late_file(clean_name(name), _file(file), one_line(reason, 300)), told_id)


def disguised(name: str, file: str, what: str) -> Drawing:
    """A customer's file that is `what`, and not what its name says."""
    return told(wording.thread.disguised(clean_name(name), _file(file), what))


def _file(name: str) -> str:
    return clean_name(name, 120, "a file")


# For one person alone


def shown_to_you(name: str, label: str, value: str) -> Drawing:
    """An ephemeral: a sensitive field, for the presser only."""
    return told(f"{clean_name(label, 40, 'Field')} of {clean_name(name)}: {one_line(value, 300)}")


def handed_direct(who: str, name: str, url: str | None, comment: str = "") -> Drawing:
    """A direct message: `Ana handed you Mia Krüger.`, with a link to the thread."""
    about = wording.thread.handed_you(clean_name(who), clean_name(name))
    said = one_line(comment, 1_000)
    parts = [literal.section(literal.text(about)), *([literal.quote(said)] if said else [])]
    blocks = [literal.rich(*parts)]
    if url:
        blocks.append(literal.actions([literal.button("conversation.open", "Open", "direct", url=url)]))
    return Drawing(text=fallback(about), blocks=tuple(blocks))
