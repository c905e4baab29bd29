"""Facebook Messenger, through Meta's Messenger Platform: one account is one Page.

Meta calls us; calls go out through the Graph API. What Meta's two messaging networks do alike is in `_meta`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from networks import _graph
from networks._meta import ID, OPTIONS, TYPES, WINDOW, MetaMessaging, addressed
from networks._meta_check import Line
from networks._meta_reading import OURS
from networks._names import language_name
from networks._pieces import line
from networks.base import Attachment, Checked, OutboundPart
from networks.capabilities import (
    AccountSettings,
    Capabilities,
    LengthUnit,
    MediaKind,
    MediaRule,
    OptionKind,
    OptionSpec,
    Support,
    TextLimit,
)
from networks.events import Profile, ProfileField

FIELDS = (
    "messages",
    "messaging_postbacks",
    "message_edits",
    "message_reactions",
    "message_reads",
    "message_deliveries",
    "message_echoes",
    "messaging_referrals",
    "standby",
    "messaging_handovers",
)
"""What a Page tells its app."""

# https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages
_LARGEST = 25_000_000


class Messenger(MetaMessaging):
    """Pages of Facebook."""

    OPTIONS: ClassVar[Mapping[str, OptionSpec]] = {
        **_graph.OPTIONS,
        "page_id": OptionSpec(
            kind=OptionKind.TEXT,
            about="is the Page's id: Page → About → Page transparency",
            required=True,
            pattern=ID,
            example="104055512345678",
            single=True,
        ),
        "app_id": OptionSpec(
            kind=OptionKind.TEXT,
            about="is the Meta app's id: App settings → Basic",
            required=True,
            pattern=ID,
            example="1517776481860111",
        ),
        **OPTIONS,
    }
    OBJECT = "page"
    name = "messenger"
    title = "Messenger"
    colour = "#0084ff"
    icon = "speech_balloon"
    capabilities = Capabilities(
        # https://developers.facebook.com/documentation/business-messaging/messenger-platform/reference/send-api
        text_limit=TextLimit(length=2_000, unit=LengthUnit.UTF16),
        caption_limit=None,  # a message is a text or a file
        send={
            MediaKind.PICTURE: MediaRule(
                max_bytes=_LARGEST,
                mime_types=frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"}),
                formats="JPG, PNG, GIF, WebP",
            ),
            MediaKind.VIDEO: MediaRule(
                max_bytes=_LARGEST,
                mime_types=frozenset({"video/mp4", "video/quicktime", "video/webm"}),
                formats="MP4, MOV, WebM",
            ),
            MediaKind.AUDIO: MediaRule(
                max_bytes=_LARGEST,
                mime_types=frozenset({"audio/mpeg", "audio/mp4", "audio/aac", "audio/wav", "audio/x-wav"}),
                formats="MP3, M4A, AAC, WAV",
            ),
            MediaKind.DOCUMENT: MediaRule(max_bytes=_LARGEST, formats="any type"),
        },
        # People send what their app takes; Meta states no size.
        receive={kind: MediaRule(max_bytes=100_000_000, formats="any type") for kind in MediaKind},
        # https://developers.facebook.com/documentation/business-messaging/messenger-platform/policy
        reply_window=WINDOW,
        edits=Support.REJECTED,
        deletions=Support.REJECTED,
        # https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/sender-actions
        reactions=Support.NATIVE,
        typing=Support.NATIVE,
        receipts=Support.NATIVE,
        replies=Support.NATIVE,
        idempotent_send=False,
        # Every sound is shown as what somebody spoke.
        voice=MediaRule(max_bytes=_LARGEST, mime_types=frozenset({"audio/mp4"}), formats="M4A"),
        profiles=True,
        checked="November 2026",
    )

    def _own(self, account: AccountSettings) -> str:
        return str(account.options.get("page_id") or "")

    async def _show(self, account: AccountSettings, part: OutboundPart, tag: Mapping[str, str]) -> Any:
        body = addressed(part, tag)
        reference = f"{OURS}{part.idempotency_key}"
        if part.attachment is None:
            return await self._post(account, {**body, "message": {"text": part.text, "metadata": reference}})
        message = {"attachment": _attachment(part.attachment), "metadata": reference}
        form = {key: _field(value) for key, value in {**body, "message": message}.items()}
        path = f"{self._node(account)}/messages"
        files = [("filedata", part.attachment)]
        return await self._graph.call(self._there(account), "POST", path, form=form, files=files)

    async def profile(self, account: AccountSettings, contact_id: str) -> Profile | None:
        """Name and picture; language and time zone where Meta has granted them to the app."""
        known = await self._known(
            account, contact_id, "name,first_name,last_name,profile_pic,locale,timezone"
        )
        if not known:  # a field that isn't granted refuses all
            known = await self._known(account, contact_id, "name,first_name,last_name,profile_pic")
        return _profile(known) if known else None

    async def check(self, account: AccountSettings, hook: str | None) -> Sequence[Checked]:
        """Whose the token is, and whether what customers write comes to us."""
        found = [_whose(await self._graph.call(account, "GET", "me", params=_WHOSE), self._node(account))]
        if found[0].wrong:
            return found
        return [*found, *await self._line(account).check(hook, told=account.name in self._told)]

    def _line(self, account: AccountSettings) -> Line:
        return Line(
            graph=self._graph,
            account=account,
            node=self._node(account),
            fields=FIELDS,
            app=str(account.options.get("app_id") or ""),
            what="page",
            what_fields=FIELDS,
        )


_WHOSE = {"fields": "id,name"}


def _whose(told: Mapping[str, Any], page: str) -> Checked:
    """Only the Page's own token may write in its name: whose it is, it says itself."""
    name = line(told, "name", 100)
    if str(told.get("id")) == page:
        return Checked(words=f"the token belongs to the Page {name or page}")
    words = (
        f"the token is not that of Page {page} but of {name or 'somebody else'}: take the Page's own token"
    )
    return Checked(words=words, wrong=True)


def _attachment(file: Attachment) -> dict[str, object]:
    return {"type": TYPES[file.kind], "payload": {"is_reusable": False}}


def _field(value: object) -> str:
    """As a form has it: texts as they are, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _zone(hours: object) -> str:
    """As people write it: 5.5 is UTC+05:30. Empty for what is no number of hours."""
    if not isinstance(hours, int | float) or not abs(hours) <= 14:
        return ""
    minutes = round(abs(hours) * 60)
    return f"UTC{'-' if hours < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}"


def _profile(known: Mapping[str, Any]) -> Profile:
    first, last, name = (line(known, key, 255) for key in ("first_name", "last_name", "name"))
    picture, zone, locale = known.get("profile_pic"), known.get("timezone"), line(known, "locale", 20)
    told = [("Language", language_name(locale)), ("Time zone", _zone(zone))]
    return Profile(
        name=name or " ".join(part for part in (first, last) if part),
        fields=tuple(ProfileField(label=label, value=value) for label, value in told if value),
        avatar_url=picture if isinstance(picture, str) and picture.startswith("https://") else None,
        locale=locale.replace("_", "-") or None,
    )
