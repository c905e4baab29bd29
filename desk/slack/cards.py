"""The card: a conversation's state in the intake channel. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from desk.slack import amounts, literal, wording
from desk.slack.cardview import CardView, Earlier, key, name, place, whole_place
from desk.slack.drawing import Block, Drawing, Teammate
from desk.slack.text import clean, clean_name, clip, clip_bytes, fallback, first_name, one_line
from desk.slack.text import literal as shown
from models import Status

_ROW = re.compile(r"card\.(\d{1,18})\.\d{1,18}\.actions\.(\d{1,9})")
QUOTE_CHARS = 300
QUOTE_LINES = 4
_DOTS = {Status.UNASSIGNED: "large_blue_circle", Status.INBOX: "large_green_circle"}


def card(view: CardView, drawing: int) -> Drawing:
    """The card as it stands now. `drawing` counts the redraws: each has new block ids."""
    ids = f"card.{view.conversation_id}.{drawing}"
    if view.snoozed_by and view.status in _DOTS:
        return _asleep(view, ids)
    if view.status in _DOTS:
        return Drawing(text=_open_text(view), blocks=(_head(view, ids), _state(view, ids), _row(view, ids)))
    return _compact(view, ids)


def quoted(words: Sequence[str], chars: int = QUOTE_CHARS, lines: int = QUOTE_LINES) -> str:
    """The customer's unanswered words, joined: at most four lines or 300 characters."""
    joined = "\n".join(clean(word[: chars * 4]).strip() for word in words[: chars + 1])
    kept = [line.strip() for line in joined.split("\n") if line.strip()]
    text = "\n".join(kept[:lines])
    if len(kept) > lines:
        text += "…"
    return clip_bytes(clip(text, chars), chars * 6)


def _open_text(view: CardView) -> str:
    if view.status is Status.UNASSIGNED:
        words = "" if view.hide_words else wording.cards.sentences(quoted(view.words))
        files = "" if view.hide_words else amounts.counted(view.files)
        return fallback(
            wording.cards.notification(whole_place(view), words, files, view.conversation_id), 2_400
        )
    agent = clean_name(view.assignee.name) if view.assignee else "Someone"
    turn = "waiting for an answer" if view.waiting_since else "waiting for the customer"
    state = f"assigned to {agent}, {turn}"
    return fallback(wording.cards.state_notification(whole_place(view), state, view.conversation_id))


def _head(view: CardView, ids: str) -> Block:
    parts = [
        literal.section(
            literal.emoji(_DOTS[view.status]),
            literal.text(" "),
            literal.text(name(view), bold=True),
            literal.text("  " + place(view)),
        )
    ]
    words = quoted(view.words)
    if words:
        parts.append(literal.quote(words))
    files = amounts.counted(view.files)
    if files:
        parts.append(literal.section(literal.emoji("paperclip"), literal.text(" " + files)))
    return literal.rich(*parts, block_id=f"{ids}.head")


def _state(view: CardView, ids: str) -> Block:
    facts = _unassigned_facts(view) if view.status is Status.UNASSIGNED else _assigned_facts(view)
    return literal.context(" · ".join([*facts, *_common_facts(view)]), block_id=f"{ids}.state")


def _unassigned_facts(view: CardView) -> list[str]:
    facts = ["*Unassigned*"]
    if view.waiting_since:
        facts.append(literal.date(view.waiting_since, "Wrote {ago}"))
    facts += deadline(view)
    if view.last_agent:
        facts.append("Last: " + shown(clean_name(view.last_agent, 40)))
    return facts


def _assigned_facts(view: CardView) -> list[str]:
    who = view.assignee
    agent = shown(clean_name(who.name, 40)) if who else "someone"
    facts = ["*Assigned to* " + literal.mention(who.user_id if who else None, agent)]
    if view.waiting_since:
        facts.append(literal.date(view.waiting_since, "Waiting for us, wrote {ago}"))
        return facts + deadline(view)
    facts.append("Waiting for the customer")
    if view.read_at:
        facts.append(literal.date(view.read_at, "Read {time}"))
    return facts


def deadline(view: CardView) -> list[str]:
    """`Answer by …`, where the network has a window, as mrkdwn."""
    if view.answer_by is None:
        return []
    words = "Time to answer ended {ago}" if view.too_late else "Answer by {date_short_pretty}, {time}"
    return [literal.date(view.answer_by, words)]


def _common_facts(view: CardView) -> list[str]:
    facts = []
    if view.undelivered:
        facts.append(f":warning: {wording.cards.undelivered(view.undelivered)}")
    if view.first_answer_after is not None:
        facts.append(f"First answer after {amounts.duration(view.first_answer_after)}")
    if view.earlier:
        facts.append(_earlier(view.earlier))
    if view.notes_first:
        facts.append(wording.cards.NOTES_FIRST)
    return [*facts, f"#{view.conversation_id}"]


def _earlier(earlier: Earlier) -> str:
    words = f"Earlier: #{earlier.number}"
    if earlier.closed_by:
        words += f", closed by {shown(clean_name(earlier.closed_by, 40))}"
        if earlier.closed_at:
            words += literal.date(earlier.closed_at, " on {date_short}")
    return words


def _row(view: CardView, ids: str) -> Block:
    return literal.actions(
        [take_button(view), assign_select(), close_button(view), more_menu(view)],
        block_id=f"{ids}.actions.{view.version}",
    )


def key_of(block_id: str) -> tuple[int, int] | None:
    """Conversation and version of a card's row of buttons: a select carries no value of its own."""
    found = _ROW.fullmatch(block_id)
    return (int(found[1]), int(found[2])) if found else None


def take_button(view: CardView) -> Block:
    """`Assign to me`, or the green `Assigned to Ana` that gives the conversation back."""
    if view.status is Status.UNASSIGNED:
        says = f"Assign to me: conversation {view.conversation_id}"
        return literal.button("conversation.assign_me", "Assign to me", key(view), says=says)
    agent = view.assignee.name if view.assignee else ""
    return release_button(view, f"Assigned to {first_name(agent, 6)}")


def release_button(view: CardView, label: str, *, own: bool = False) -> Block:
    """The green button that gives the conversation back, after a question; `own`: shown to its assignee."""
    agent = clean_name(view.assignee.name if view.assignee else "")
    return literal.button(
        "conversation.release",
        label,
        key(view),
        style="primary",
        says=f"Assigned to {'me' if own else clean_name(agent, 26)}. Press to move back to Unassigned",
        confirm=literal.confirm(
            wording.cards.RELEASE_TITLE,
            wording.cards.release_question("" if own else agent, name(view)),
            yes="Move back",
            no="Keep",
        ),
    )


def assign_select() -> Block:
    """`Assign to…`: offers the account's agents. Whose it is stands on the button beside it already."""
    return literal.people_select("conversation.assign_to", "Assign to…")


def agent_options(people: Sequence[Teammate]) -> list[Block]:
    """What `Assign to…` offers: the answer to its request for options; at most a hundred."""
    return [literal.option(clean_name(person.name, 75), person.user_id) for person in people[:100]]


def close_button(view: CardView) -> Block:
    """`Close`: asks first only where the customer would be left without an answer."""
    return literal.button("conversation.close", "Close", key(view), confirm=close_question(view))


def close_question(view: CardView) -> Block | None:
    """What `Close` asks; None: nothing."""
    if view.waiting_since:
        title = wording.cards.CLOSE_TITLE
        words = wording.cards.close_unanswered(name(view), view.assignee is not None)
    elif view.undelivered or view.under_way:
        title, words = wording.cards.CLOSE_PENDING_TITLE, wording.cards.close_pending(name(view))
    else:
        return None
    return literal.confirm(title, words, yes="Close", no="Keep open", danger=True)


def reopen_button(view: CardView) -> Block:
    """`Reopen`: assigns to whoever presses."""
    says = f"Reopen conversation {view.conversation_id} and assign it to me"
    return literal.button("conversation.reopen", "Reopen", key(view), says=says)


def more_menu(view: CardView) -> Block:
    """The three dots."""
    return literal.overflow(
        "conversation.more",
        [
            ("Profile", f"profile:{key(view)}"),
            ("Supported files", f"files:{key(view)}"),
            ("Snooze…", f"snooze:{key(view)}"),
            ("Not a request…", f"not_a_request:{key(view)}"),
            ("Block…", f"block:{key(view)}"),
        ],
    )


def wake_button(view: CardView) -> Block:
    """`Wake up`."""
    says = f"Wake up conversation {view.conversation_id}"
    return literal.button("conversation.wake", "Wake up", key(view), says=says)


def _asleep(view: CardView, ids: str) -> Drawing:
    head = literal.plain_section(
        f"💤 {name(view)}  {place(view)}", block_id=f"{ids}.head", accessory=wake_button(view)
    )
    facts = [snoozed_fact(view)]
    if view.assignee:
        agent = shown(clean_name(view.assignee.name, 40))
        facts.append("Assigned to " + literal.mention(view.assignee.user_id, agent))
    else:
        facts.append("Unassigned")
    if view.undelivered:
        facts.append(f":warning: {wording.cards.undelivered(view.undelivered)}")
    state = literal.context(" · ".join([*facts, f"#{view.conversation_id}"]), block_id=f"{ids}.state")
    text = fallback(wording.cards.state_notification(whole_place(view), "snoozed", view.conversation_id))
    return Drawing(text=text, blocks=(head, state))


def snoozed_fact(view: CardView) -> str:
    """`*Snoozed* until Mon, 09:00 by @ana`, as mrkdwn."""
    who = view.snoozed_by
    by = literal.mention(who.user_id, shown(clean_name(who.name, 40))) if who else "someone"
    if view.snoozed_until is None:
        return f"*Snoozed* until {shown(name(view))} answers, by {by}"
    return f"*Snoozed* {literal.date(view.snoozed_until, 'until {date_short_pretty}, {time}')} by {by}"


def _compact(view: CardView, ids: str) -> Drawing:
    closed = view.status is Status.CLOSED
    head = literal.plain_section(
        f"{'⚪' if closed else '🗄️'} {name(view)}  {place(view)}",
        block_id=f"{ids}.head",
        accessory=opener(view) if closed else None,
    )
    facts = _closed_facts(view) if closed else ["*Archived*"]
    state = literal.context(" · ".join([*facts, f"#{view.conversation_id}"]), block_id=f"{ids}.state")
    return Drawing(text=_compact_text(view, closed), blocks=(head, state))


def unblock_button(view: CardView) -> Block:
    """`Unblock`."""
    return literal.button("conversation.unblock", "Unblock", key(view), says=unblock_says(view))


def unblock_says(view: CardView) -> str:
    """What a screen reader reads on it."""
    return f"Unblock the customer of conversation {view.conversation_id}"


def opener(view: CardView) -> Block:
    """`Unblock` where somebody blocked the customer, else `Reopen`."""
    return unblock_button(view) if view.blocked_by else reopen_button(view)


def closed_fact(view: CardView) -> str:
    """`*Closed by* @ana`, `*No request, says* @ana: A test`, `*Blocked by* @ana: Fraud`, as mrkdwn."""
    who = view.blocked_by or view.closed_by
    if who is None:
        return "*Closed*"
    head = "*Closed by*"
    if view.blocked_by or view.not_a_request:
        head = "*Blocked by*" if view.blocked_by else "*No request, says*"
    why = f": {shown(one_line(view.reason, 120))}" if view.reason else ""
    return f"{head} {literal.mention(who.user_id, shown(clean_name(who.name, 40)))}{why}"


def _closed_facts(view: CardView) -> list[str]:
    facts = [closed_fact(view)]
    if view.closed_at:
        facts.append(literal.date(view.closed_at, "{date_short_pretty}, {time}"))
    if view.undelivered:
        facts.append(f":warning: {wording.cards.undelivered(view.undelivered)}")
    if view.kept_until:
        facts.append(literal.date(view.kept_until, "Kept here until {date_short}"))
    return facts


def _compact_text(view: CardView, closed: bool) -> str:
    state = "archived"
    if closed:
        who = view.blocked_by or view.closed_by
        did = "blocked" if view.blocked_by else "closed"
        state = f"{did} by {clean_name(who.name)}" if who else did
    return fallback(wording.cards.state_notification(whole_place(view), state, view.conversation_id))
