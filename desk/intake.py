"""Where conversations begin: the channel that a rule of routing names, or else their account's own."""

from __future__ import annotations

from desk import operators
from desk.context import ConnectedAccount, Desk
from desk.delivery import keys, outbox
from desk.routing import Opening, fitting
from desk.slack import lines, wording
from models import Account, AccountState, Contact, Conversation, RoutedChannel, Status


def key_of(desk: Desk, wanted: str) -> str:
    """The key of the row of a channel that rules call so."""
    return f"{desk.workspace.id}:{wanted}"


def wanted_channels(desk: Desk) -> list[str]:
    """The channels that rules name, each once."""
    return list(dict.fromkeys(route.channel for route in desk.settings.routes))


async def routed(desk: Desk, account: ConnectedAccount, contact: Contact, text: str) -> str | None:
    """The channel a rule sends this conversation to, as long as cards can be posted there."""
    opening = Opening(
        account=account.config.name, network=account.config.network, locale=contact.locale, text=text
    )
    route = fitting(desk.settings.routes, opening)
    row = await RoutedChannel.get_or_none(key=key_of(desk, route.channel), ready=True) if route else None
    return row.channel if row else None


async def channels(desk: Desk) -> set[str]:
    """Every channel of the workspace in which cards stand, or may: also those of earlier configurations."""
    own = await Account.filter(workspace_id=desk.workspace.id, channel__isnull=False)
    ruled = await RoutedChannel.filter(workspace_id=desk.workspace.id, channel__isnull=False)
    return {row.channel for row in own if row.channel} | {row.channel for row in ruled if row.channel}


async def ready(desk: Desk, wanted: str, channel: str, name: str) -> bool:
    """Cards can be posted there from now on; what waited leaves. Whether that is news.

    Runs in a transaction.
    """
    row = await _row(desk, wanted)
    await RoutedChannel.filter(id=row.id).update(channel=channel, name=name, ready=True, reason="")
    await outbox.unpark(desk.workspace.id, f"channel:{channel}")
    if row.reason and row.channel:
        await _tell(desk, wording.routing.channel_works(operators.called(wanted, name)))
    return not row.ready


async def waits(desk: Desk, wanted: str, why: str) -> None:
    """Cards can't be posted there; those who run the program are told once. Runs in a transaction."""
    row = await _row(desk, wanted)
    if (row.ready, row.reason) == (False, why):
        return
    await RoutedChannel.filter(id=row.id).update(ready=False, reason=why)
    await _tell(desk, wording.routing.channel_waits(operators.called(wanted, row.name), why))
    if row.channel:
        await _bring_home(desk, row.channel)


async def lost(desk: Desk, channel: str, why: str) -> None:
    """Slack takes no posts there any more. Runs in a transaction."""
    for row in await RoutedChannel.filter(workspace_id=desk.workspace.id, channel=channel, ready=True):
        await waits(desk, row.wanted, why)


async def mended(desk: Desk, channel: str) -> None:
    """A post got through there again. Runs in a transaction."""
    for row in await RoutedChannel.filter(workspace_id=desk.workspace.id, channel=channel, ready=False):
        await ready(desk, row.wanted, channel, row.name)


async def _row(desk: Desk, wanted: str) -> RoutedChannel:
    key = key_of(desk, wanted)
    found = await RoutedChannel.get_or_none(key=key)
    return found or await RoutedChannel.create(workspace_id=desk.workspace.id, key=key, wanted=wanted)


async def _tell(desk: Desk, words: str) -> None:
    await operators.tell(desk, lines.told(words))


async def _bring_home(desk: Desk, channel: str) -> None:
    """Conversations whose card never stood in the lost channel begin in their account's own."""
    homeless = await Conversation.filter(
        workspace_id=desk.workspace.id,
        channel=channel,
        card_ts__isnull=True,
        status__in=[Status.UNASSIGNED, Status.INBOX],
    )
    for conversation in homeless:
        home = await Account.get(id=conversation.account_id)
        if home.channel in (None, channel) or home.state is not AccountState.READY:
            continue
        await Conversation.filter(id=conversation.id).update(channel=home.channel)
        old, new = keys.post_pace(channel), keys.post_pace(str(home.channel))
        await outbox.move(conversation.id, old, new, f"channel:{channel}")
