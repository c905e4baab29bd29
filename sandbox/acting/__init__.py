"""Acting as people: the verbs, by name."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sandbox.acting import admin, commands, modals, pressing, strange, talk
from sandbox.acting.people import Args
from sandbox.core import Core
from sandbox.refusal import Json, Refusal

VERBS: Mapping[str, Callable[[Core, Args], Awaitable[Json]]] = {
    verb.__name__: verb
    for verb in (
        talk.say,
        talk.edit,
        talk.broadcast,
        talk.delete,
        talk.react,
        talk.unreact,
        talk.mark_read,
        talk.reload,
        talk.dismiss,
        talk.set_active,
        talk.open_dm,
        talk.delete_file,
        strange.integrate,
        strange.line,
        strange.forward,
        strange.unfurl,
        commands.command,
        pressing.press,
        pressing.choose,
        pressing.options,
        pressing.shortcut,
        modals.fill,
        modals.enter,
        modals.press_view,
        modals.submit,
        modals.close_view,
        modals.open_home,
        admin.join,
        admin.leave,
        admin.invite,
        admin.kick,
        admin.archive,
        admin.unarchive,
        admin.rename_channel,
        admin.delete_channel,
        admin.restrict,
        admin.make_channel,
        admin.make_person,
        admin.update_person,
        admin.make_group,
        admin.update_group,
        admin.set_scopes,
        admin.revoke_token,
        admin.reinstall,
        admin.notify,
        admin.keywords,
    )
}


async def act(core: Core, verb: str, args: Mapping[str, Any]) -> Json:
    """Carry out a verb; a refusal comes back as `ok` false with its code and its words, never raised."""
    chosen = VERBS.get(verb)
    if chosen is None:
        return {"ok": False, "error": "unknown_verb", "words": f"Nobody can {verb}."}
    try:
        return await chosen(core, args)
    except Refusal as refusal:
        core.changes.touch()
        return {"ok": False, "error": refusal.code, "words": refusal.words or refusal.code, **refusal.extra}
