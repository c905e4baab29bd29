"""Everything that can be drawn, with the same foreign text put wherever foreign text can stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from desk.asked import Asked, ListKind, typed
from desk.conversations.judge import Reason
from desk.pictures import Offer
from desk.slack import (
    answers,
    cards,
    fates,
    forms,
    home,
    lines,
    lists,
    modals,
    posts,
    profile,
    refusals,
    rows,
    templates,
    threadhelp,
    voices,
    waiting,
    wording,
)
from desk.slack.cardview import CardView, Earlier
from desk.slack.drawing import Drawing, Teammate
from desk.slack.text import clean, split_words
from models import Status
from networks.base import Template, TemplateField
from networks.capabilities import Capabilities, LengthUnit, MediaKind, MediaRule, Support, TextLimit
from networks.events import ProfileField

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ANA = Teammate(user_id="U0ANA00001", name="Ana Horvat")
URL = "https://acme.slack.com/archives/C0SUPPORT1/p1795420801000100"

FOREIGN = {
    "ordinary": "Mia Krüger",
    "longest": "M" * 80,
    "10,000 characters": "Maximilian " * 910,
    "10,000 wide": "😀" * 10_000,
    "empty": "",
    "blank": " \t\n\u200b ",
    "right-to-left": "\u200f\u0645\u062d\u0645\u062f \u202eevil\u202c \u0639\u0644\u064a",
    "emoji": "👩‍👩‍👧‍👦 🇩🇪👍🏽",
    "NUL": "Mi\x00a\x07\ud800 K",
    "calls": "<!channel> <@U0ANA00001> @here @channel <https://x.example|bank>",
    "markup": "*bold* _it_ ~s~ `c` > q &amp; &lt;",
    "quotes": '"\\' * 2_000,
    "towers": "Z" + "\u0301" * 5_000,
    "lines": "one\n" * 400,
}


def capabilities(text: str = "JPG, PNG") -> Capabilities:
    """A network that differs in every respect that is drawn."""
    return Capabilities(
        text_limit=TextLimit(length=4_096, unit=LengthUnit.UTF16),
        caption_limit=None,
        send={
            MediaKind.PICTURE: MediaRule(max_bytes=5_000_000, formats=text),
            MediaKind.VIDEO: MediaRule(max_bytes=16_000_000, mime_types=frozenset({"video/mp4"})),
            MediaKind.AUDIO: MediaRule(max_bytes=16_000_000),
            MediaKind.DOCUMENT: MediaRule(max_bytes=100_000_000),
        },
        receive={MediaKind.DOCUMENT: MediaRule(max_bytes=20_000_000)},
        reply_window=timedelta(hours=24),
        edits=Support.NATIVE,
        deletions=Support.REJECTED,
        reactions=Support.NATIVE,
        typing=Support.NATIVE,
        receipts=Support.NATIVE,
        replies=Support.NATIVE,
        idempotent_send=False,
        checked=text,
    )


def card_view(text: str = "Mia Krüger", **changes: Any) -> CardView:
    """A card with every fact it can show."""
    values: dict[str, Any] = {
        "conversation_id": 1042,
        "version": 4,
        "status": Status.UNASSIGNED,
        "name": text,
        "network": "WhatsApp",
        "account": text if text != "Mia Krüger" else "Acme Shop",
        "words": (text, text),
        "files": ((MediaKind.PICTURE, 1), (MediaKind.DOCUMENT, 2)),
        "waiting_since": NOON,
        "answer_by": NOON + timedelta(days=1),
        "last_agent": text,
        "earlier": Earlier(number=987, closed_by=text, closed_at=NOON),
        "undelivered": 2,
    }
    return CardView(**{**values, **changes})


def profile_view(text: str = "Mia Krüger", **changes: Any) -> profile.ProfileView:
    """A profile with more fields than fit."""
    values: dict[str, Any] = {
        "conversation_id": 1042,
        "name": text,
        "network": "WhatsApp",
        "account": text,
        "colour": "#25D366",
        "capabilities": capabilities(),
        "fields": (
            ProfileField(label="Phone", value="+491701234711", sensitive=True),
            ProfileField(label=text, value=text, sensitive=True),
            *(ProfileField(label=f"{text}{n}", value=f"{text}{n}") for n in range(8)),
        ),
        "avatar_url": text,
        "first_wrote": NOON,
        "earlier": tuple(profile.EarlierLink(number=n, url=URL, closed_by=text) for n in range(9)),
        "earlier_count": 12,
    }
    return profile.ProfileView(**{**values, **changes})


def template_modals(text: str) -> Iterator[tuple[str, Any]]:
    """The modal in each of its states, with whatever a provider may tell."""
    labelled = TemplateField(key="body:0", label=text, example=text)
    fields = tuple(replace(labelled, key=f"body:{n}", address=n == 2) for n in range(3))
    some = Template(id=f"en:{text}", name=text, language="en", text=f"{text} {{{{body:0}}}}", fields=fields)
    plain = Template(id="en:hello", name="hello", language="en", text="Hello")
    many = [replace(plain, id=f"en:{n}", name=text) for n in range(1_200)]
    yield "templates, looking", templates.only(1042, wording.templates.LOOKING)
    yield "templates, not listed", templates.only(1042, wording.templates.not_listed(text))
    yield "templates, none", templates.choosing(1042, text, [])
    yield "templates, choosing", templates.choosing(1042, text, [some, *many])
    yield "templates, gone", templates.choosing(1042, text, [plain], "gone")
    yield "template, plain", templates.choosing(1042, text, [plain], templates.key_of(plain))
    yield "template, chosen", templates.choosing(1042, text, [plain, some], templates.key_of(some))
    chosen = templates.Kept(id="en:a", text="{{body:1}}, hello", fields={"body:1": "Value 1"})
    drawn = templates.preview(1042, text, chosen, {"body:1": clean(text)[:1_000]})
    yield "template, preview", drawn or templates.only(1042, wording.templates.TOO_LONG)


def refusal(reason: str, text: str = "Mia Krüger", **changes: Any) -> refusals.Refusal:
    """A kept message with everything its sentence can name."""
    values: dict[str, Any] = {
        "reason": reason,
        "message_id": 77,
        "customer": text,
        "network": "WhatsApp",
        "account": text,
        "conversation_id": 1042,
        "assignee": text,
        "author": ANA.user_id,
        "has_text": True,
        "linkable": True,
        "templates": True,
        "archived_at": NOON,
        "detail": {
            "file": text,
            "size": 118_000_000,
            "limit": 100_000_000,
            "kind": "document",
            "formats": text,
            "mentioned": [text, text],
            "word": text,
            "window": 86_400,
        },
    }
    return refusals.Refusal(**{**values, **changes})


def drawings(text: str) -> Iterator[tuple[str, Drawing]]:
    """Every post."""
    yield from _cards(text)
    yield from _lines(text)
    yield from _choices(text)
    yield from _beside(text)
    yield from _late(text)


def _cards(text: str) -> Iterator[tuple[str, Drawing]]:
    who = Teammate(user_id="U0BEN00001", name=text)
    inbox: dict[str, Any] = {"status": Status.INBOX, "assignee": who}
    yield "card unassigned", cards.card(card_view(text), 1)
    yield "card hidden", cards.card(card_view(text, hide_words=True), 2)
    yield "card assigned", cards.card(card_view(text, **inbox, first_answer_after=timedelta(minutes=2)), 3)
    yield "card answered", cards.card(card_view(text, **inbox, waiting_since=None, words=(), read_at=NOON), 4)
    closed = card_view(text, status=Status.CLOSED, closed_by=who, closed_at=NOON, kept_until=NOON)
    yield "card closed", cards.card(closed, 5)
    spam = card_view(text, status=Status.CLOSED, closed_by=who, not_a_request=True, reason=text)
    yield "card of no request", cards.card(spam, 7)
    yield "card of a blocked one", cards.card(replace(spam, blocked_by=who), 8)
    yield "card asleep", cards.card(card_view(text, **inbox, snoozed_by=who, snoozed_until=NOON), 9)
    yield "card asleep until an answer", cards.card(card_view(text, snoozed_by=who), 10)
    yield "card archived", cards.card(card_view(text, status=Status.ARCHIVED), 6)
    yield "profile", profile.profile(profile_view(text), 1)
    yield "profile, blocked", profile.profile(profile_view(text, **_blocked(text)), 2)


def _blocked(text: str) -> dict[str, Any]:
    return {"blocked_by": text, "block_reason": text, "notes_first": True}


def _lines(text: str) -> Iterator[tuple[str, Drawing]]:
    quote = voices.Quoted(author=text, words=text)
    chunk = (split_words(text) or ("",))[0]
    piece = voices.Piece(text=chunk, placeholder=text, quote=quote)
    yield "words", voices.words_post(voices.WordsView(name=text, pieces=(piece,), mention=ANA.user_id))
    yield "no words", voices.words_post(voices.WordsView(name=text))
    ana = ANA.user_id
    yield "taken", lines.taken(text)
    yield "taken from", lines.taken_from(text, ana)
    yield "handed", lines.handed(text, ana, text)
    yield "handed to nobody known", lines.handed(text, text, "")
    yield "handed direct", lines.handed_direct(text, text, URL, text)
    yield "released", lines.released(text, ana)
    yield "closed", lines.closed(text, ana)
    yield "reopened", lines.reopened(text)
    yield "snoozed", lines.snoozed(text, NOON, text, ana)
    yield "snoozed until an answer", lines.snoozed(text, None, text)
    yield "woken", lines.woken(text, ana)
    yield "woke", lines.woke(text, ana)
    yield "no request", lines.no_request(text, text, ana)
    yield "blocked", lines.blocked(text, text, text, ana)
    yield "unblocked", lines.unblocked(text, text, 3)
    yield "noted", lines.noted(text, text)
    yield "sent template", lines.sent_template(text, text, text)
    yield "wrote again", lines.wrote_again(text, ana)
    yield "assignee left", lines.assignee_left(text, text)
    yield "answered for", lines.answered_for(text, text)
    yield "broadcast", lines.broadcast(text)
    yield "gone", lines.gone(text)
    yield "back", lines.back(text)
    for number, drawing in enumerate(lines.edited(text, text, text)):
        yield f"edited {number}", drawing
    yield "deleted", lines.deleted(text, text)
    yield "forgotten", lines.forgotten(text)
    yield "reacted", lines.reacted(text, text, text)
    yield "unreacted", lines.reacted(text, text, text, removed=True)
    yield "not fetched", lines.not_fetched(text, text, text)
    yield "too large inside", lines.too_large_inside(text, text, 34_000_000, text, 20_000_000)
    yield "no room inside", lines.no_room_inside(text, text, None, 4_000_000_000)
    yield "sent late", fates.sent_late(NOON, 3)
    yield "not yet", fates.not_yet(text)
    yield "shown", lines.shown_to_you(text, text, text)
    yield "told", lines.told(text[:500])


def _pictures(text: str) -> Iterator[tuple[str, Drawing]]:
    offer = Offer(
        names=(text,) * 7, others=True, form="JPEG", was="HEIC", takes=text, size=9, limit=5, clear=True
    )
    for each in (offer, replace(offer, names=(text,), others=False, form="", was="")):
        view = refusal("too_large", text, offer=each)
        yield "kept picture", refusals.kept(view)
        yield "nudge picture", refusals.nudge(view)
        yield "chosen picture", refusals.settled(view, text)
    for why in wording.refusals.CANNOT:
        cannot = {"file": text, "cannot": why}
        yield f"not converted {why}", refusals.kept(refusal("wrong_kind", text, detail=cannot))
    became = {"name": text, "form": "JPEG", "width": 50_000, "height": 40_000, "size": 5_000_000}
    yield "converted", fates.converted([became] * 10)


def _choices(text: str) -> Iterator[tuple[str, Drawing]]:
    for reason in Reason:
        yield f"kept {reason}", refusals.kept(refusal(reason, text))
        yield f"nudge {reason}", refusals.nudge(refusal(reason, text))
        yield f"chosen {reason}", refusals.settled(refusal(reason, text), text)
    yield from _pictures(text)
    yield "failed", fates.failed(text, text, 77, author=ANA.user_id)
    yield "failed, too late", fates.failed(text, text, 77, author=ANA.user_id, template=5)
    yield "failed, chosen", fates.failed(text, text, 77, author=ANA.user_id, settled=text)
    yield "uncertain", fates.uncertain(text, 77, author=ANA.user_id)
    yield "cannot change", fates.cannot_change(text, text, text, 77)
    yield "cannot change, chosen", fates.cannot_change(text, text, text, 77, settled=text)
    yield "cannot delete", fates.cannot_delete(text, text, text)
    yield "wrong place", refusals.wrong_place("1042:1795424461.000200", text)
    yield "wrong place, nobody", refusals.wrong_place("1795424461.000200", None)


def _beside(text: str) -> Iterator[tuple[str, Drawing]]:
    view = posts.ReturnView(
        conversation_id=1042, version=5, name=text, network=text, account=text, url=URL, last_agent=text
    )
    yield "returned", posts.returned(view)
    yield "thread help", threadhelp.drawing(text)
    yield "files, in a thread", threadhelp.beside(modals.supported_files(text, text, capabilities(text)))
    yield "welcome", posts.welcome(posts.WelcomeView(account_id=3, places=[(text, text)]))
    yield "welcome to many", posts.welcome(posts.WelcomeView(account_id=3, places=[(text, text)] * 30))
    trouble = posts.TroubleView(
        account_id=3, network=text, account=text, reason=text, stopped_at=NOON, waiting=3
    )
    yield "broken", posts.account_broken(trouble)
    yield "works", posts.account_works(text, text)
    yield "waits", posts.account_waits(3, text, text, wording.operators.no_channel(text))
    yield "fault", posts.account_fault(3, text, text, wording.operators.no_group(text))
    yield "stopped", posts.account_stopped(3, text, text, text, 3)
    yield "help", lists.help_reply()
    yield "usage", lists.usage(text)
    for kind in ListKind:
        yield f"list {kind}", lists.list_reply(list_view(kind, text))
        yield f"list {kind}, empty", lists.list_reply(lists.ListView(asked=Asked(kind=kind)))
        nobody = Asked(kind=kind, name=typed(text))
        yield f"list {kind}, nobody", lists.list_reply(lists.ListView(asked=nobody, note=text[:300]))
    yield from _answers(text)


def _answers(text: str) -> Iterator[tuple[str, Drawing]]:
    account = answers.AccountStatus(network=text, account=text, fault=text, unassigned="999+", waiting=1_000)
    yield "next", answers.taken(wording.home.taken(text, text[:120]), 1042, 4, URL)
    yield "status", answers.status([account] * 25)
    yield "looking", answers.looking()
    fault = posts.account_fault(3, text, text, text)
    yield "doctor", answers.doctor([fault], [text, text])
    yield "well", answers.doctor([], [])
    supported = answers.Supported(network=text, account=text, capabilities=capabilities(text[:40]))
    yield "files", answers.files([supported])
    yield "which", answers.which(wording.answers.files_usage("/oratio files", [text] * 20))


def list_view(kind: ListKind, text: str) -> lists.ListView:
    """A full page in the middle of a list, of the rows that say most."""
    asked = Asked(kind=kind, page=2, name=typed(text))
    long = [row for row in rows_of(text, 40) if rows.can_be_taken(row)][1:20:2]
    return lists.ListView(asked=asked, rows=long, pages=3, total=100, more=True, waiting=4)


def rows_of(text: str, count: int = 10) -> list[rows.Row]:
    """Conversations in every state, with the longest number."""
    who = Teammate(user_id="U0BEN00001", name=text)
    status = list(Status)
    return [
        rows.Row(
            card=card_view(
                text,
                conversation_id=10**12 + n,
                status=status[n % 4],
                assignee=who if n % 4 == 1 else None,
                closed_by=who,
                closed_at=NOON,
                reason=text,
                not_a_request=n == 2,
                snoozed_by=who if n in (5, 8) else None,
            ),
            words=text,
            url=URL,
            mine=n == 1,
        )
        for n in range(count)
    ]


def home_view(text: str, kind: ListKind = ListKind.ALL, **changes: Any) -> home.HomeView:
    """Home with everything it can show."""
    values: dict[str, Any] = {
        "asked": Asked(kind=kind, page=2, name=typed(text)),
        "counts": dict.fromkeys(ListKind, "999+"),
        "waiting": 3,
        "unassigned": "999+",
        "rows": rows_of(text),
        "pages": 3,
        "found": "99+",
        "more": True,
        "channels": (text, text, text, text),
        "faults": [posts.account_stopped(n, text, text, text, 3) for n in range(20)],
        "note": text[:300],
    }
    return home.HomeView(**{**values, **changes})


def homes(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Home in each state."""
    for kind in home.TABS:
        yield f"home {kind}", home.home(home_view(text, kind), 10**8, NOON)
        bare: dict[str, Any] = {"rows": (), "faults": (), "pages": 1, "unassigned": "", "waiting": 0}
        yield f"home {kind}, nobody", home.home(home_view(text, kind, **bare), 1, NOON)
        yield f"home {kind}, empty", home.home(home_view(text, kind, asked=Asked(kind=kind), **bare), 1, NOON)
    outside = home_view(text, served=False, help_contact=text)
    yield "home of an outsider", home.home(outside, 1, NOON)


def _late(text: str) -> Iterator[tuple[str, Drawing]]:
    """Customers who wait."""
    late = [
        waiting.Late(
            conversation_id=1042 + number,
            version=2,
            name=text,
            network=text,
            account=text,
            since=NOON,
            url=URL,
            assignee=ANA if number % 2 else None,
        )
        for number in range(12)
    ]
    groups = ["S0SUPPORT1", text, "S0SUPPORT2", "S0SUPPORT3"]
    yield "late", waiting.in_thread(late[1])
    yield "late in the channel", waiting.in_channel(late[:1], groups)
    yield "many late", waiting.in_channel(late, groups)
    yield "late, for the lead", waiting.for_lead(late[1:2])
    yield "many, for the lead", waiting.for_lead(late)
    yield "crowd", waiting.crowd("C0SUPPORT1", 12, NOON, 7)
    yield "crowd, over", waiting.crowd("C0SUPPORT1", 0, None, 8)
    view = posts.ReturnView(
        conversation_id=1042, version=1, name=text, network=text, account=text, url=URL, new=True, ring=text
    )
    yield "new", posts.returned(view)
    yield "welcome of a rule", posts.welcome_routed("C0SUPPORT1")
    yield "rule", lines.told(wording.routing.channel_waits(text[:80], wording.routing.no_channel(text[:80])))


def views(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every modal."""
    yield "files", modals.supported_files(text, text, capabilities(text))
    yield "profile", modals.profile_modal(profile_view(text))
    yield "profile, blocked", modals.profile_modal(profile_view(text, **_blocked(text)))
    bare = profile_view(text, fields=(), earlier=(), earlier_count=0, first_wrote=None)
    yield "profile, bare", modals.profile_modal(bare)
    yield "assign", modals.assign(1042, 4, text)
    yield "snooze", forms.snooze(1042, 4, text)
    yield "not a request", forms.not_a_request(1042, 4, text)
    yield "block", forms.block(1042, 4, text)
    yield "note", forms.note(1042, text)
    yield from template_modals(text)
    for status in Status:
        card = card_view(text, status=status, assignee=Teammate(user_id="U0BEN00001", name=text))
        for reason in (None, *Reason):
            kept = refusal(reason, text) if reason else None
            menu = modals.MenuView(card=card, drawing=9, kept=kept, note=text)
            yield f"menu {status} {reason}", modals.conversation_menu(menu)
