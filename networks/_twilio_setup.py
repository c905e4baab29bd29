"""Where Twilio calls for a sender: how its API says so, and what is to be changed. Pure.

twilio.com/docs/phone-numbers/api/incomingphonenumber-resource, /docs/messaging/api/short-code-resource
and /docs/messaging/api/service-resource
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from networks._pieces import Raw
from networks.base import Checked

OVERRIDE = "#rc=5&rp=all&rt=5000"
"""By itself Twilio tries again only where there was no connection. It lets five more tries of 5 s follow
every failure, within 15 s: twilio.com/docs/usage/webhooks/webhooks-connection-overrides
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """What sends and receives: how people call it, where the API has it, how its settings are named."""

    title: str
    address: str
    """Of the one resource, or of the list it is looked up in."""
    url: str
    method: str
    fallback_url: str
    fallback_method: str
    off: tuple[tuple[str, object], ...]
    """What would send calls elsewhere all the same, and what it must be."""
    listed: str = ""
    """The list's name in its answer."""
    number_key: str = ""
    number: str = ""

    def found(self, answer: Raw) -> Raw:
        """The sender in the API's answer; empty where it isn't there."""
        if not self.listed:
            return answer
        entries = answer.get(self.listed)
        each = [e for e in entries if isinstance(e, dict)] if isinstance(entries, list) else []
        return next((e for e in each if e.get(self.number_key) == self.number), {})

    def changes(self, state: Raw, hook: str) -> dict[str, str]:
        """The form that has Twilio call `hook`, and it again where that failed; empty where it does."""
        wanted = {
            self.url: hook + OVERRIDE,
            self.method: "POST",
            self.fallback_url: hook + OVERRIDE,
            self.fallback_method: "POST",
        }
        off = {name: value for name, value in self.off if (state.get(name) or None) != (value or None)}
        if not off and all(state.get(name) == value for name, value in wanted.items()):
            return {}
        return {_form_name(name): _form_value(value) for name, value in (wanted | off).items()}

    def calls(self, state: Raw, hook: str) -> bool:
        """Whether Twilio calls `hook` now, however often it tries."""
        mine = str(state.get(self.url) or "").partition("#")[0] == hook
        return mine and not any(state.get(name) for name, _ in self.off)


def number_of(account_url: str, number: str) -> Sender:
    """A phone number, or a short code."""
    short = not number.startswith("+")
    return Sender(
        title=f"the {'short code' if short else 'number'} {number}",
        address=f"{account_url}/{'SMS/ShortCodes' if short else 'IncomingPhoneNumbers'}",
        url="sms_url",
        method="sms_method",
        fallback_url="sms_fallback_url",
        fallback_method="sms_fallback_method",
        off=() if short else (("sms_application_sid", ""),),
        listed="short_codes" if short else "incoming_phone_numbers",
        number_key="short_code" if short else "phone_number",
        number=number,
    )


def service_of(messaging_url: str, sid: str) -> Sender:
    """A messaging service; its numbers leave the calls to it."""
    return Sender(
        title="the messaging service",
        address=f"{messaging_url}/v1/Services/{sid}",
        url="inbound_request_url",
        method="inbound_method",
        fallback_url="fallback_url",
        fallback_method="fallback_method",
        off=(("use_inbound_webhook_on_number", False),),
    )


def of_account(account: Raw) -> Checked:
    """What Twilio says of the account whose credentials these are."""
    name, status = str(account.get("friendly_name") or "an account")[:80], account.get("status")
    if status != "active":
        words = f"Twilio has switched off {name} ({str(status)[:20]}); its console says why"
        return Checked(words=words, wrong=True)
    trial = ", a trial: it writes to verified numbers only" if account.get("type") == "Trial" else ""
    return Checked(words=f"the credentials belong to {name}{trial}")


def of_abilities(sender: Sender, state: Raw, *, mms: bool) -> list[Checked]:
    """Whether a number can do what the account says of it; of a service, Twilio doesn't say."""
    able = state.get("capabilities")
    if not isinstance(able, dict):
        return []
    can = {str(name).lower(): bool(value) for name, value in able.items()}
    if not can.get("sms"):
        return [Checked(words=f"{sender.title} can't send text messages; choose another", wrong=True)]
    if mms and not can.get("mms"):
        return [Checked(words=f"{sender.title} can't send pictures; take mms out of its account", wrong=True)]
    if can.get("mms") and not mms:
        words = f"{sender.title} can send pictures; mms = true in its account lets agents"
        return [Checked(words=words, note=True)]
    return []


def of_calls(sender: Sender, state: Raw, hook: str, *, told: bool) -> Checked:
    """Whether Twilio calls us. `told`: the program that runs has said so to Twilio."""
    ours, theirs = urlsplit(hook).netloc, urlsplit(str(state.get(sender.url) or "")).netloc
    if sender.calls(state, hook):
        return Checked(words=f"Twilio calls {ours} for {sender.title}")
    if not told:
        return Checked(words=f"Twilio will be told to call {ours} for {sender.title} when Oratio starts")
    calls = f"calls {theirs}" if theirs and theirs != ours else "no longer calls us"
    words = f"Twilio {calls} for {sender.title}: another program or somebody in its console changed that"
    return Checked(words=words, wrong=True)


def _form_name(name: str) -> str:
    """`sms_fallback_url` as forms have it: `SmsFallbackUrl`."""
    return "".join(part.capitalize() for part in name.split("_"))


def _form_value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
