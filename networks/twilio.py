"""Text messages (SMS) and picture messages (MMS) through Twilio: one account is one number or service.

Twilio calls us for each message and for what becomes of ours, at one address. Calls go out as plain
HTTP: of the maker's library we would need one POST. It has no idempotency key, so what may have been
taken is never sent again by itself.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit

from networks._addresses import host_of
from networks._calling import ANSWER, Caller
from networks._twilio_errors import refusal
from networks._twilio_limits import limits
from networks._twilio_reading import NUMBER, SID, events_of
from networks._twilio_setup import OVERRIDE, Sender, number_of, of_abilities, of_account, of_calls, service_of
from networks._twilio_signing import fields_of, is_genuine
from networks.base import Checked, OutboundPart, Receipt, Tools, WebhookAnswer, WebhookRequest
from networks.capabilities import AccountSettings, Capabilities, OptionKind, OptionSpec
from networks.errors import DeliveryError, PayloadInvalid, Rejected, SignatureInvalid
from networks.events import InboundEvent, Profile

API = "https://api.twilio.com"
MESSAGING = "https://messaging.twilio.com"
_ADDRESS = r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[1-9]\d{0,3}|:[1-5]\d{4}|:6[0-5]\d{3})?"
_NOT_IN_SERVICE = frozenset({"21212", "21606", "21659", "21660", "21661", "21711", "21712"})
_PART = "part"
_LONGEST_KEY = 200
_SILENCE = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'


class Twilio:
    """Numbers, short codes and messaging services of Twilio."""

    OPTIONS: ClassVar[Mapping[str, OptionSpec]] = {
        "account_sid": OptionSpec(
            kind=OptionKind.TEXT,
            about="is the Account SID in Twilio's console",
            required=True,
            pattern="AC[0-9a-fA-F]{32}",
            example="AC and 32 of 0-9 and a-f",
        ),
        "auth_token": OptionSpec(
            kind=OptionKind.SECRET,
            about="is the account's primary Auth Token: it proves Twilio's calls",
            required=True,
            least=16,
            most=100,
        ),
        "number": OptionSpec(
            kind=OptionKind.TEXT,
            about="is the number or short code that customers write to",
            pattern=rf"{NUMBER.pattern}|\d{{3,8}}",
            example="+14155550199",
            single=True,
        ),
        "messaging_service": OptionSpec(
            kind=OptionKind.TEXT,
            about="is the SID of a messaging service, in place of a number or around it",
            pattern="MG[0-9a-fA-F]{32}",
            example="MG and 32 of 0-9 and a-f",
            single=True,
        ),
        "mms": OptionSpec(
            kind=OptionKind.FLAG,
            about="lets agents send pictures and files: only some numbers can",
            default=False,
        ),
        "validity": OptionSpec(
            kind=OptionKind.NUMBER,
            about="is for how many seconds an answer may wait at Twilio before it is given up",
            default=14_400,
            least=1,
            most=36_000,  # twilio.com/docs/messaging/api/message-resource
        ),
        "delete_media": OptionSpec(
            kind=OptionKind.FLAG,
            about="deletes customers' files at Twilio once they are in Slack: Twilio keeps them for good",
            default=True,
        ),
        "api_key": OptionSpec(
            kind=OptionKind.TEXT,
            about="is the SID of an API key to send with, in place of the Auth Token",
            pattern="SK[0-9a-fA-F]{32}",
            example="SK and 32 of 0-9 and a-f",
            needs="api_key_secret",
        ),
        "api_key_secret": OptionSpec(
            kind=OptionKind.SECRET, about="is that API key's secret", needs="api_key", least=16, most=100
        ),
        "api_url": OptionSpec(
            kind=OptionKind.TEXT,
            about="is the address of Twilio's API, for another region",
            default=API,
            pattern=_ADDRESS,
            example="https://api.dublin.ie1.twilio.com",
        ),
        "messaging_url": OptionSpec(
            kind=OptionKind.TEXT,
            about="is the address of the API that messaging services are set up with",
            default=MESSAGING,
            pattern=_ADDRESS,
            example="https://messaging.dublin.ie1.twilio.com",
        ),
    }

    name = "twilio"
    title = "SMS"
    colour = "#f22f46"
    icon = "iphone"
    capabilities = limits(mms=False)

    def __init__(self, tools: Tools | None = None, *, answer: float = ANSWER) -> None:
        self._caller = Caller("Twilio", answer=answer)
        self._told: set[str] = set()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._caller.close()

    def capabilities_for(self, account: AccountSettings) -> Capabilities:
        """The capabilities; files go only where the account says that its number takes them."""
        return limits(mms=True) if account.options.get("mms") is True else self.capabilities

    # What goes out

    async def send(self, account: AccountSettings, part: OutboundPart) -> Receipt:
        """Give the part to Twilio, which tells later what became of it.

        From a number that is no longer in the service, another one of the service takes over.
        """
        form = await _form(account, part)
        try:
            return await self._give(account, form)
        except DeliveryError as refused:
            if account.options.get("number") or refused.code not in _NOT_IN_SERVICE or "From" not in form:
                raise
        del form["From"]
        return await self._give(account, form)

    async def _give(self, account: AccountSettings, form: Mapping[str, str]) -> Receipt:
        url = f"{_account_url(account)}/Messages.json"
        answer = await self._caller.call("POST", url, headers=_credentials(account), form=form)
        if not 200 <= answer.status < 300:
            raise refusal(self._caller, answer)
        sid = answer.fields().get("sid")
        if not (isinstance(sid, str) and SID.fullmatch(sid)):
            raise self._caller.unreadable(answer)
        return Receipt(external_id=sid)

    # What is fetched

    async def download(self, account: AccountSettings, ref: str) -> AsyncIterator[bytes]:
        """Stream a customer's file. Where Twilio hands us on to, our credentials don't go along."""
        home = _home_of(account, ref)
        if not home:
            raise Rejected("the file doesn't lie at Twilio", code="address")
        async for chunk in self._caller.fetch(ref, headers=_credentials(account), trusted={home}):
            yield chunk

    def discards(self, account: AccountSettings) -> bool:
        """Whether Twilio is to keep no customer's file."""
        return account.options.get("delete_media") is not False

    async def discard(self, account: AccountSettings, ref: str) -> None:
        """Delete a customer's file: twilio.com/docs/messaging/api/media-resource#delete-a-media-resource.

        A key that may not do that is no fault of the account's.
        """
        place = f"{urlsplit(_account_url(account)).path}/Messages/"
        if not _home_of(account, ref) or not urlsplit(ref).path.startswith(place):
            raise Rejected("the file doesn't lie at Twilio", code="address")
        url = f"{ref.partition('?')[0].removesuffix('.json')}.json"
        answer = await self._caller.call("DELETE", url, headers=_credentials(account))
        if answer.status in (401, 403):
            raise Rejected("Twilio doesn't let this key delete files", code=f"http_{answer.status}")
        if not (200 <= answer.status < 300 or answer.status == 404):
            raise refusal(self._caller, answer)

    async def profile(self, account: AccountSettings, contact_id: str) -> Profile | None:
        """Nothing beside what messages tell: a name would cost a look-up."""
        return None

    # What comes in

    def verify(self, account: AccountSettings, request: WebhookRequest) -> None:
        """Twilio signs what it sends with the account's token."""
        if not is_genuine(request, str(account.options.get("auth_token") or "")):
            raise SignatureInvalid("not signed with the account's token")

    def parse(self, account: AccountSettings, request: WebhookRequest) -> Sequence[InboundEvent]:
        """A message, or what became of one of ours."""
        try:
            fields = dict(fields_of(request))
        except ValueError:
            raise PayloadInvalid("not a form as Twilio writes it") from None
        part = request.query.get(_PART, "")[:_LONGEST_KEY]
        return events_of(fields, request.received_at, part if part.isprintable() else "")

    def answer(self, account: AccountSettings, request: WebhookRequest) -> WebhookAnswer:
        """That it was taken, and that nothing is to be texted back."""
        return WebhookAnswer(body=_SILENCE, content_type="text/xml")

    async def connect(self, account: AccountSettings, hook: str | None) -> None:
        """Have Twilio call us for the number or service, and once more where that failed."""
        if hook is None:
            return
        sender = _sender(account)
        state, address = await self._state(account, sender)
        if changes := sender.changes(state, hook):
            await self._ask(account, "POST", address, form=changes)
        self._told.add(account.name)

    async def check(self, account: AccountSettings, hook: str | None) -> Sequence[Checked]:
        """Whose the credentials are, what the number can, and whether Twilio calls us."""
        owner = await self._ask(account, "GET", f"{_account_url(account)}.json", owner=True)
        found = [of_account(owner)]
        sender = _sender(account)
        state, _ = await self._state(account, sender)
        found += of_abilities(sender, state, mms=account.options.get("mms") is True)
        if hook is not None:
            found.append(of_calls(sender, state, hook, told=account.name in self._told))
        return found

    async def _state(self, account: AccountSettings, sender: Sender) -> tuple[Mapping[str, Any], str]:
        """The sender's settings, and where they can be changed. Raises `DeliveryError`."""
        if not sender.listed:
            return await self._ask(account, "GET", sender.address), sender.address
        wanted = {"ShortCode" if sender.number_key == "short_code" else "PhoneNumber": sender.number}
        state = sender.found(await self._ask(account, "GET", f"{sender.address}.json", params=wanted))
        sid = state.get("sid")
        if not (isinstance(sid, str) and SID.fullmatch(sid)):
            raise Rejected(f"{sender.title} is not one of this Twilio account; check number and account_sid")
        return state, f"{sender.address}/{sid}.json"

    async def _ask(
        self,
        account: AccountSettings,
        method: str,
        url: str,
        *,
        owner: bool = False,
        form: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Mapping[str, Any]:
        """What the API answers. Raises `DeliveryError`."""
        headers = _credentials(account, owner=owner)
        answer = await self._caller.call(method, url, headers=headers, form=form, params=params)
        if not 200 <= answer.status < 300:
            raise refusal(self._caller, answer)
        if not answer.fields():
            raise self._caller.unreadable(answer)
        return answer.fields()


async def _form(account: AccountSettings, part: OutboundPart) -> dict[str, str]:
    """twilio.com/docs/messaging/api/message-resource#create-a-message. Raises `DeliveryError`."""
    service, number = (str(account.options.get(key) or "") for key in ("messaging_service", "number"))
    ours = number or (part.reply_handle if service else None) or ""
    asked = {
        "To": part.contact_id,
        "MessagingServiceSid": service,
        "From": ours,
        "Body": part.text.encode("utf-8", "replace").decode().replace("\0", ""),
        "MediaUrl": await part.attachment.link() if part.attachment else "",
        "StatusCallback": _callback(account.hook, part.idempotency_key) if account.hook else "",
        "ValidityPeriod": str(account.options.get("validity") or ""),
    }
    return {name: value for name, value in asked.items() if value}


def _callback(hook: str, key: str) -> str:
    """Where Twilio reports: with the part's key, because the answer that names the message may get lost."""
    return f"{hook}?{urlencode({_PART: key})}{OVERRIDE}"


def _sender(account: AccountSettings) -> Sender:
    """What Twilio is to call us for. Raises `Rejected` where the account names nothing."""
    service, number = (str(account.options.get(key) or "") for key in ("messaging_service", "number"))
    if service:
        return service_of(str(account.options.get("messaging_url") or MESSAGING), service)
    if number:
        return number_of(_account_url(account), number)
    raise Rejected("the account in oratio.toml needs a number or a messaging_service")


def _api_url(account: AccountSettings) -> str:
    return str(account.options.get("api_url") or API)


def _home_of(account: AccountSettings, ref: str) -> str:
    """Whom of Twilio's a file is fetched from; empty where the address is none of theirs."""
    try:
        place = urlsplit(ref)
        host, own = place.hostname or "", host_of(_api_url(account))
        if place.scheme == "https" and host.endswith(".twilio.com"):
            return host
        return own if place.scheme in ("http", "https") and host_of(ref) == own else ""
    except ValueError:
        return ""


def _account_url(account: AccountSettings) -> str:
    return f"{_api_url(account)}/2010-04-01/Accounts/{account.options.get('account_sid')}"


def _credentials(account: AccountSettings, *, owner: bool = False) -> Mapping[str, str]:
    """The API key, or the account's own token; an `owner` alone is told of the account itself."""
    key, secret = ("account_sid", "auth_token")
    if account.options.get("api_key") and not owner:
        key, secret = ("api_key", "api_key_secret")
    pair = f"{account.options.get(key)}:{account.options.get(secret)}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
