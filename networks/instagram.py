"""Instagram's messages, for professional accounts, through Meta's API: one account is one account there.

It is reached in one of two ways: with a token of Instagram's own login (`graph.instagram.com`), or, with
`page_id`, with that of the Facebook Page it is linked to (`graph.facebook.com`). Files go as links that Meta
fetches. What Meta's two messaging networks do alike is in `_meta`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from networks import _graph
from networks._calling import ANSWER
from networks._instagram_token import Prolonging
from networks._meta import ID, OPTIONS, TYPES, WINDOW, MetaMessaging, addressed
from networks._meta_check import Line
from networks._pieces import as_object, line
from networks.base import Attachment, Checked, OutboundPart, Tools, WebhookRequest
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
from networks.errors import SignatureInvalid
from networks.events import Profile, ProfileField

OWN_API = "https://graph.instagram.com"
FIELDS = (
    "messages",
    "messaging_postbacks",
    "messaging_seen",
    "message_reactions",
    "message_edit",
    "messaging_referral",
    "standby",
)
"""What the app is told of an account."""
PAGE_FIELDS = ("messages", "messaging_postbacks", "message_reactions", "messaging_referrals", "standby")
"""What a Page has to pass on, so that the account's events come: it has names of its own for some."""

_PROFILE = (
    "name,username,profile_pic,follower_count,"
    "is_user_follow_business,is_business_follow_user,is_verified_user"
)


class Instagram(MetaMessaging):
    """Professional accounts of Instagram."""

    OPTIONS: ClassVar[Mapping[str, OptionSpec]] = {
        **_graph.OPTIONS,
        "account_id": OptionSpec(
            kind=OptionKind.TEXT,
            about="is the professional account's id at Meta",
            required=True,
            pattern=ID,
            example="17841400555123456",
            single=True,
        ),
        "page_id": OptionSpec(
            kind=OptionKind.TEXT,
            about="is the id of the Facebook Page it is linked to, whose token is used then",
            pattern=ID,
            example="104055512345678",
        ),
        "app_id": OptionSpec(
            kind=OptionKind.TEXT,
            about="is the Meta app's id; with page_id Oratio tells Meta by itself where to call",
            pattern=ID,
            example="1517776481860111",
        ),
        "instagram_app_secret": OptionSpec(
            kind=OptionKind.SECRET,
            about="signs Meta's calls, too, with Instagram Login: API setup → Instagram app secret",
            pattern=r"[0-9A-Za-z]{16,128}",
            example="what API setup with Instagram login shows",
        ),
        **OPTIONS,
        "api_url": replace(
            _graph.OPTIONS["api_url"],
            about="is the address of Meta's API; by itself Instagram's, or with page_id Facebook's",
            default=None,
        ),
    }
    OBJECT = "instagram"
    FREE: ClassVar[Mapping[str, str]] = {}
    name = "instagram"
    title = "Instagram"
    colour = "#c13584"
    icon = "camera"
    # https://developers.facebook.com/documentation/business-messaging/instagram-messaging/features/send-message
    capabilities = Capabilities(
        text_limit=TextLimit(length=1_000, unit=LengthUnit.BYTES),
        caption_limit=None,  # a message is a text or a file
        send={
            MediaKind.PICTURE: MediaRule(
                max_bytes=8_000_000, mime_types=frozenset({"image/jpeg", "image/png"}), formats="JPG, PNG"
            ),
            MediaKind.VIDEO: MediaRule(
                max_bytes=25_000_000,
                mime_types=frozenset(
                    {"video/mp4", "video/ogg", "video/x-msvideo", "video/quicktime", "video/webm"}
                ),
                formats="MP4, OGG, AVI, MOV, WebM",
            ),
            MediaKind.AUDIO: MediaRule(
                max_bytes=25_000_000,
                mime_types=frozenset({"audio/aac", "audio/mp4", "audio/wav", "audio/x-wav"}),
                formats="AAC, M4A, WAV",
            ),
            MediaKind.DOCUMENT: MediaRule(
                max_bytes=25_000_000, mime_types=frozenset({"application/pdf"}), formats="PDF"
            ),
        },
        # People send what their app takes; Meta states no size.
        receive={kind: MediaRule(max_bytes=100_000_000, formats="any type") for kind in MediaKind},
        reply_window=WINDOW,
        edits=Support.REJECTED,
        deletions=Support.REJECTED,
        reactions=Support.NATIVE,
        typing=Support.NATIVE,
        receipts=Support.NATIVE,
        replies=Support.NATIVE,
        idempotent_send=False,
        # Every sound is shown as what somebody spoke.
        voice=MediaRule(max_bytes=25_000_000, mime_types=frozenset({"audio/mp4"}), formats="M4A"),
        # https://developers.facebook.com/documentation/business-messaging/instagram-messaging/features/user-profile
        profiles=True,
        # https://developers.facebook.com/documentation/business-messaging/instagram-messaging/webhooks
        forgets=True,
        checked="November 2026",
    )

    def __init__(self, tools: Tools | None = None, *, answer: float = ANSWER) -> None:
        super().__init__(tools, answer=answer)
        self._tokens = Prolonging(self._graph)

    def _there(self, account: AccountSettings) -> AccountSettings:
        url = account.options.get("api_url") or (_graph.API if _page(account) else OWN_API)
        return replace(account, options={**account.options, "api_url": url})

    def _own(self, account: AccountSettings) -> str:
        return str(account.options.get("account_id") or "")

    def _node(self, account: AccountSettings) -> str:
        return _page(account) or self._own(account)

    async def _show(self, account: AccountSettings, part: OutboundPart, tag: Mapping[str, str]) -> Any:
        body = addressed(part, tag)
        if part.attachment is None:
            return await self._post(account, {**body, "message": {"text": part.text}})
        return await self._post(account, {**body, "message": {"attachment": await _linked(part.attachment)}})

    async def profile(self, account: AccountSettings, contact_id: str) -> Profile | None:
        """Name, picture, and how the two follow each other."""
        known = await self._known(account, contact_id, _PROFILE)
        return _profile(known) if known else None

    def verify(self, account: AccountSettings, request: WebhookRequest) -> None:
        """Meta signs its calls with the app's secret, or with that of its Instagram Login."""
        try:
            super().verify(account, request)
        except SignatureInvalid:
            other = account.options.get("instagram_app_secret")
            if not other or request.method == "GET":
                raise
            super().verify(replace(account, options={**account.options, "app_secret": other}), request)

    async def check(self, account: AccountSettings, hook: str | None) -> Sequence[Checked]:
        """Whose the token is, and whether what customers write comes to us."""
        line_ = self._line(account)
        found = [await self._whose(account)]
        if found[0].wrong:
            return found
        told = account.name in self._told
        found += await line_.check(hook, told=told)
        if not _page(account):
            if told:
                await self._tokens.look(self._there(account))
            found.append(self._tokens.found(account))
        if hook is not None and not line_.app:
            words = _to_enter(account, hook)
            found.append(Checked(words=words, note=True))
        return found

    async def _whose(self, account: AccountSettings) -> Checked:
        there, wanted = self._there(account), str(account.options.get("account_id"))
        if page := _page(account):
            asked = {"fields": "instagram_business_account{id,username}"}
            told = as_object((await self._graph.call(there, "GET", page, params=asked)).get(_LINKED))
            given = told.get("id")
        else:
            told = await self._graph.call(there, "GET", "me", params={"fields": "user_id,username"})
            given = told.get("user_id")
        if str(given) != wanted:
            return Checked(words=f"account_id is not the account of this token, which is {given}", wrong=True)
        return Checked(words=f"the token belongs to @{line(told, 'username', 100) or wanted}")

    def _line(self, account: AccountSettings) -> Line:
        page = _page(account)
        return Line(
            graph=self._graph,
            account=self._there(account),
            node=self._node(account),
            fields=PAGE_FIELDS if page else FIELDS,
            app=str(account.options.get("app_id") or "") if page else "",
            what="instagram",
            what_fields=FIELDS,
        )


_LINKED = "instagram_business_account"
_APPS = "https://developers.facebook.com/apps"


def _to_enter(account: AccountSettings, hook: str) -> str:
    """What a person has to type at Meta, and where: with Instagram's own login there is no call for it."""
    app = str(account.options.get("app_id") or "")
    there = f"{_APPS}/{app}/" if app else f"{_APPS}/"
    place = f"{there} → Instagram → API setup with Instagram login → Configure webhooks"
    if account.options.get("verify_token"):
        return f"Meta is to call {hook}: enter it, and verify_token, at {place}"
    return f"Meta is to call {hook}: give the account a verify_token, and enter both at {place}"


def _page(account: AccountSettings) -> str:
    """The Facebook Page; empty with Instagram's own login."""
    return str(account.options.get("page_id") or "")


async def _linked(file: Attachment) -> dict[str, object]:
    """Meta fetches the file during the call."""
    return {"type": TYPES[file.kind], "payload": {"url": await file.link()}}


def _profile(known: Mapping[str, Any]) -> Profile:
    username, picture, followers = (
        line(known, "username", 100),
        known.get("profile_pic"),
        known.get("follower_count"),
    )
    told = [
        ("Username", f"@{username}" if username else ""),
        ("Followers", f"{followers:,}" if type(followers) is int else ""),
        ("Follows you", _yes(known.get("is_user_follow_business"))),
        ("You follow them", _yes(known.get("is_business_follow_user"))),
        ("Verified", "yes" if known.get("is_verified_user") is True else ""),
    ]
    return Profile(
        name=line(known, "name", 255) or (f"@{username}" if username else ""),
        fields=tuple(ProfileField(label=label, value=value) for label, value in told if value),
        avatar_url=picture if isinstance(picture, str) and picture.startswith("https://") else None,
    )


def _yes(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else ""
