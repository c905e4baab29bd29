"""What LINE says about an account, judged for whoever sets it up or runs it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from networks._line_errors import MONTH_OVER
from networks._pieces import Raw, line
from networks.base import Checked

CONSOLE = "https://developers.line.biz/console/"
NO_ADDRESS = "LINE has to call Oratio: set PUBLIC_URL to its https address"
SWITCHED_OFF = f"“Use webhook” is off: switch it on at {CONSOLE}, on the channel's page “Messaging API”"


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """How many messages of this month are paid for, and sent. `limit` None: any number."""

    limit: int | None
    used: int

    @property
    def is_over(self) -> bool:
        """Whether all are used up."""
        return self.limit is not None and self.used >= self.limit


def month_of(quota: Raw, consumption: Raw) -> Month:
    """developers.line.biz/en/reference/messaging-api/#get-quota and #get-consumption"""
    limit, used = quota.get("value"), consumption.get("totalUsage")
    limited = quota.get("type") == "limited" and type(limit) is int
    return Month(limit=int(str(limit)) if limited else None, used=used if type(used) is int else 0)


def findings(bot: Raw, webhook: Raw, month: Month, hook: str, *, told: bool) -> list[Checked]:
    """`bot` is from `/v2/bot/info`, `webhook` what LINE calls now; `told`: the program that runs told LINE to
    call `hook`. It learns from what LINE refuses whether the month is over, and what is heard goes on."""
    name, basic = line(bot, "displayName", 60), line(bot, "basicId", 40)
    found = [Checked(words=f"the token belongs to {name or 'an account'} ({basic or 'without an id'})")]
    found.append(_called(webhook, hook, told=told))
    if webhook.get("active") is False:
        found.append(Checked(words=SWITCHED_OFF, wrong=True))
    if month.is_over:
        found.append(Checked(words=MONTH_OVER, wrong=not told, note=told))
    elif month.limit is not None:
        found.append(Checked(words=f"{month.used:,} of this month's {month.limit:,} messages are sent"))
    if bot.get("chatMode") == "bot":
        where = f"https://manager.line.biz/account/{basic}/setting/response"
        words = f"customers aren't shown what was read as long as “Chat” is off at {where}"
        found.append(Checked(words=words, note=True))
    if not told:
        words = f"switch “Webhook redelivery” on at {CONSOLE} too: LINE then repeats what did not get through"
        found.append(Checked(words=words, note=True))
    return found


def _called(webhook: Raw, hook: str, *, told: bool) -> Checked:
    ours, theirs = urlsplit(hook).netloc, str(webhook.get("endpoint") or "")
    if theirs == hook:
        return Checked(words=f"LINE calls {ours}")
    if not told:
        return Checked(words=f"LINE will be told to call {ours} when Oratio starts")
    calls = f"calls {urlsplit(theirs).netloc}" if theirs else "calls nobody"
    return Checked(words=f"LINE {calls} for this account: another program changed that", wrong=True)


def unreachable(hook: str, tried: Raw) -> str:
    """Why LINE could not call `hook`, from `/v2/bot/channel/webhook/test`."""
    why = line(tried, "detail", 80) or line(tried, "reason", 80) or "no reason given"
    return f"LINE can't call {urlsplit(hook).netloc}: {why.rstrip('.')}"
