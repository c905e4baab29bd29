"""The parts of a stand-in, put together."""

from pathlib import Path

from sandbox import manifest, seed, storage
from sandbox.app import App
from sandbox.changes import Changes
from sandbox.clock import Clock
from sandbox.core import Core
from sandbox.delivery import Wire
from sandbox.durations import Durations
from sandbox.events import Events
from sandbox.faults import Faults
from sandbox.limits import Limits
from sandbox.live import Live
from sandbox.refusal import Json
from sandbox.sockets import Sockets
from sandbox.tasks import Tasks

BOT_TOKEN = "xoxb-sandbox-bot"  # noqa: S105 - the stand-in's fixed, public token
APP_TOKEN = "xapp-sandbox-app"  # noqa: S105 - likewise
SIGNING_SECRET = "sandbox-signing-secret"  # noqa: S105 - likewise


def assemble(document: Json, seeded: Json, folder: Path, durations: Durations) -> Core:
    """Return the parts, with the workspace kept in `folder` if there is one, else a new one."""
    spec = manifest.read(document)
    clock, changes, tasks, faults, limits = Clock(), Changes(), Tasks(), Faults(), Limits()
    world = storage.load(folder) or seed.world_of(seeded, spec, clock.now())
    if world.scopes_asked != list(spec.scopes):  # another manifest means another installation
        world.scopes, world.scopes_asked = list(spec.scopes), list(spec.scopes)
    given = seeded.get("app", {})
    app = App(
        spec=spec,
        id=given.get("id", seed.APP_ID),
        bot_id=given.get("bot_id", seed.BOT_ID),
        bot_user_id=seed.BOT_USER,
        bot_token=given.get("bot_token", BOT_TOKEN),
        app_token=given.get("app_token", APP_TOKEN),
        signing_secret=given.get("signing_secret", SIGNING_SECRET),
        socket_mode=bool(given.get("socket_mode", spec.socket_mode)),
        request_url=given.get("request_url"),
    )
    sockets = Sockets(app, clock, durations, tasks, changes.touch)
    wire = Wire(
        app,
        clock=clock,
        durations=durations,
        tasks=tasks,
        sockets=sockets,
        touch=changes.touch,
    )
    events = Events(world, app, clock, faults, limits)
    events.delivery = wire
    kept = folder / "files"
    kept.mkdir(exist_ok=True)
    return Core(
        world=world,
        app=app,
        clock=clock,
        durations=durations,
        changes=changes,
        tasks=tasks,
        faults=faults,
        limits=limits,
        live=Live(tasks),
        sockets=sockets,
        wire=wire,
        events=events,
        files=kept,
    )
