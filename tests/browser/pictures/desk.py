"""What the team sees in Slack, said and done so that every surface stands there."""

from __future__ import annotations

from typing import Any

from tests.browser.pictures import steps
from tests.browser.pictures.camera import Shot, Step, nothing
from tests.recordings import speech
from tests.samples import PDF
from tests.scenario.acts import closes, line, marked, presses, quiet, says, takes, told
from tests.scenario.files import hands_in
from tests.scenario.hands import more, pick, state, submit
from tests.scenario.world import ANA, BEN, CHLOE, DORA, SUPPORT, World

MIA = {"name": "Mia Krüger", "phone": "+385 91 555 0147", "address": "Ilica 12, Zagreb"}
LONG = "Jean-Baptiste Emmanuel Zorg de la Fontaine-Beaumarchais"
STORY = (
    "Hello! I ordered three Harvest pendants and a Moss lamp two weeks ago (order 4711). Yesterday a parcel "
    "came, but it held two pendants only.\nThe lamp is there and lovely.\n\nThe invoice names all four. "
    "Could you look where the third pendant is, and when it comes? We have guests on Saturday and the table "
    "stays dark 😕\nThank you!"
)
NOISE = "x" * 200 + " https://shop.example/" + "a" * 90


def thread(name: str, ts: str, user: str = ANA, *, words: str = "", step: Step = nothing) -> Shot:
    """A thread, as that person sees it once these words stand in it."""
    ready = f"#thread article:has-text({words!r})" if words else "#thread article"
    return Shot(name=name, path=f"/?as={user}#{SUPPORT}/{ts}", ready=ready, step=step)


def channel(name: str, ts: str = "", user: str = ANA, *, step: Step = nothing) -> Shot:
    """The intake channel, at a message or at its end."""
    ready = f'#main article[data-ts="{ts}"]' if ts else "#main article"
    return Shot(name=name, path=f"/?as={user}#{SUPPORT}{f'/-/{ts}' if ts else ''}", ready=ready, step=step)


def home(name: str, user: str = ANA, *, step: Step = nothing) -> Shot:
    """The app's first screen, as that person sees it."""
    return Shot(name=name, path=f"/?as={user}#app/home", ready="[data-home=view]", step=step)


async def stage(world: World, photo: bytes) -> list[Shot]:
    """Fill the channel; return every surface that stands there then."""
    shots = [*await _failures(world), *await _guards(world), *await _waiting(world), *await _over(world)]
    shots += await _busy(world, photo)
    await world.conversation("ivo", "Which bulb fits the Harvest pendant?", name="Ivo Perić")
    await quiet(world)
    return [*shots, channel("channel"), *_first_screen(), *_lists()]


def _first_screen() -> list[Shot]:
    return [
        home("home", step=steps.home_tab("Inbox")),
        home("home-unassigned", step=steps.home_tab("Unassigned")),
        home("home-all", BEN, step=steps.home_tab("All")),
        home("home-closed", BEN, step=steps.home_tab("Closed")),
        home("home-outsider", DORA),
        Shot(name="about", path=f"/?as={ANA}#app/about", ready=".about"),
        Shot(name="activity", path=f"/?as={ANA}#activity", ready=".activity-item"),
        Shot(name="threads", path=f"/?as={ANA}#threads", ready=".thread-card"),
    ]


def _lists() -> list[Shot]:
    typed = {
        "list-inbox": "/inbox",
        "list-unassigned": "/unassigned",
        "list-nobody": "/conversations zz",
        "list-closed": "/closed",
        "own-help": "/oratio help",
        "own-status": "/oratio status",
        "own-blocked": "/oratio blocked",
        "own-doctor": "/oratio doctor",
    }
    return [channel(name, step=steps.command(words)) for name, words in typed.items()]


async def _mia(world: World, ts: str, text: str = "", **values: Any) -> None:
    """She writes, and it stands in the thread."""
    before = len(world.thread(ts))
    await world.writes("mia", text, **MIA, **values)
    await world.until(lambda: len(world.thread(ts)) > before)


async def _busy(world: World, photo: bytes) -> list[Shot]:
    """A conversation with everything that may stand in one."""
    ts = await world.conversation("mia", "Hi! My Moss lamp came today. When I dim it, it flickers 😕", **MIA)
    await takes(world, ANA, ts)
    await line(world, ts, "Ana took this")
    said = await says(world, ANA, ts, "Hi Mia, sorry about that! Do you use the bulb from the box?")
    await marked(world, said, "white_check_mark")
    await _mia(world, ts, "Yes, the one that came with it.")
    world.provider.files.update({"flicker.png": photo, "voice": speech(14.4)})
    await _mia(world, ts, "This is how it looks", files=[{"ref": "flicker.png", "name": "flicker.png"}])
    await _mia(world, ts, files=[{"ref": "voice", "voice": True, "name": None, "duration": 14.4}])
    await _mia(world, ts, "It flickers at 30 % most", id="edited")
    await world.tells("edit", "mia", "edited", text="It flickers at 40 % most")
    await line(world, ts, "changed this")
    await _mia(world, ts, "My street is Ilica 12", id="gone")
    await world.tells("delete", "mia", "gone")
    await line(world, ts, "deleted this")
    await says(world, ANA, ts, "note: the dimmer again, like last week")
    plan = {"name": "wiring-plan.pdf", "content": PDF * 900}
    last = await hands_in(world, ts, "This is how the dimmer is wired", plan)
    await marked(world, last, "white_check_mark")
    shown = next(m for m in world.provider.shown if m.file)
    await world.tells("reaction", "mia", shown.id, emoji="👍")
    await line(world, ts, "reacted with")
    return [*_thread_of(ts), *_card_of(ts)]


def _thread_of(ts: str) -> list[Shot]:
    ways = {
        "thread": nothing,
        "thread-top": steps.to_the_top,
        "thread-message-menu": steps.message_menu,
        "modal-conversation": steps.conversation_menu,
        "modal-assign": steps.hand_over,
    }
    return [thread(name, ts, words="reacted with", step=step) for name, step in ways.items()]


def _card_of(ts: str) -> list[Shot]:
    ways = {
        "card-overflow": steps.pressing(ts, steps.THREE_DOTS, "[role=menuitem]"),
        "card-select": steps.pressing(ts, "conversation.assign_to", "[data-option]"),
        "card-release": steps.pressing(ts, "conversation.release", "[data-confirm-dialog]"),
        **{
            f"modal-{option}": steps.choosing(ts, option)
            for option in ("files", "profile", "snooze", "not_a_request", "block")
        },
    }
    return [channel(name, ts, step=step) for name, step in ways.items()]


async def _failures(world: World) -> list[Shot]:
    """What did not arrive, and what may not have."""
    ts = await world.conversation("noah", "Where is my parcel?", name="Noah Brandt")
    await takes(world, ANA, ts)
    world.provider.fault("refused", verb="send")
    await says(world, ANA, ts, "It left on Tuesday.")
    await line(world, ts, "Not delivered")
    world.provider.fault("lost_answer", verb="send")
    await says(world, ANA, ts, "The carrier says tomorrow.")
    await line(world, ts, "Not certain")
    world.provider.fault("refused", verb="send")
    await says(world, ANA, ts, "Its number is JD0140.")
    again = await line(world, ts, "Not delivered", 2)
    await presses(world, ANA, again["ts"], "delivery.retry")
    await line(world, ts, "Ana sent it again")
    return [thread("fate", ts, words="sent it again"), *await _files_too_large(world)]


async def _files_too_large(world: World) -> list[Shot]:
    ts = await world.conversation("emil", "I need the invoice again, please", name="Emil Novak")
    await takes(world, ANA, ts)
    scans = {"name": "invoice-scans-2024-2026.pdf", "size": 118_000_000}
    await hands_in(world, ts, "Here are all of them", scans)
    await told(world, ANA, "Nothing was sent")
    await world.writes(
        "emil", name="Emil Novak", files=[{"ref": "x", "name": "scan.pdf", "size": 34_000_000}]
    )
    await line(world, ts, "can't be fetched")
    return [thread("refusal-file", ts, words="Nothing was sent")]


async def _guards(world: World) -> list[Shot]:
    """What stayed inside, and what its author is told."""
    ts = await world.conversation("sofia", "Do you ship to Split?", name="Sofia Marić")
    await takes(world, ANA, ts)
    await says(world, ANA, ts, f"Could <@{CHLOE}> confirm?")
    await told(world, ANA, "because you mentioned")
    await says(world, ANA, ts, "!reminder tomorrow")
    await told(world, ANA, "!reminder")
    await pick(world, ANA, ts, BEN)
    await line(world, ts, "handed this to")
    await says(world, ANA, ts, "We do, twice a week")
    await told(world, ANA, "conversation")
    words = "The invoice is on its way, Emil"
    wrong = await world.slack.act("say", user=ANA, channel=SUPPORT, text=words)
    await told(world, ANA, "No customer saw this")
    return [thread("refusals", ts, words="Only visible to you"), channel("refusal-channel", wrong["ts"])]


async def _waiting(world: World) -> list[Shot]:
    """Cards that wait: the longest names and words, and one that nobody has any more."""
    story = await world.conversation("luka", STORY, name="Luka Horvatić")
    await says(world, CHLOE, story, "!help")
    await told(world, CHLOE, "What you can write")
    big = [{"ref": "x", "name": "a.bin", "size": 34_000_000}]
    noise = await world.conversation("zorg", NOISE, name=LONG, files=big)
    back = await world.conversation("nina", "Can I fetch it in the shop?", name="Nina Kos")
    await takes(world, ANA, back)
    await presses(world, ANA, back, "conversation.release")
    await line(world, back, "moved this back")
    return [
        channel("card-story", story),
        channel("card-noise", noise),
        thread("thread-help", story, CHLOE, words="What you can write"),
    ]


async def _over(world: World) -> list[Shot]:
    """Cards that wait for nobody: asleep, closed, no request, blocked."""
    asleep = await world.conversation("petra", "I'll send the serial number tonight", name="Petra Jurić")
    await takes(world, ANA, asleep)
    await more(world, ANA, asleep, "snooze:")
    await submit(world, ANA, when={"choice": "tomorrow 9:00"})
    await world.until(lambda: "*Snoozed*" in state(world, asleep))
    done = await world.conversation("ella", "Is the Pebble lamp coming back?", name="Ella Fischer")
    await takes(world, BEN, done)
    said = await says(world, BEN, done, "Yes, in March!")
    await marked(world, said, "white_check_mark")
    await closes(world, BEN, done)
    await line(world, done, "Ben closed this")
    spam = await world.conversation("seo", "Rank first on every page!", name="Best SEO Deals")
    await more(world, BEN, spam, "block:")
    await submit(world, BEN, choice={"choice": "spam"})
    await world.until(lambda: "*Blocked by*" in state(world, spam))
    return [
        channel("card-over", spam),
        thread("thread-asleep", asleep),
        thread("thread-closed", done, BEN),
        thread("thread-blocked", spam, BEN),
    ]
