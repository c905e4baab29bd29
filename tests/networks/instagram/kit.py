"""Instagram's kit: recorded calls of Meta's, what the desk gets of them, and the Graph API at work."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from networks.capabilities import AccountSettings, MediaKind
from networks.events import (
    DeliveryReport,
    InboundAttachment,
    InboundDeletion,
    InboundEdit,
    InboundMessage,
    InboundReaction,
    ReportState,
)
from networks.instagram import Instagram
from tests.contract.kit import Case
from tests.networks.meta.graph_api import APP_SECRET, INSTA, INSTAGRAM, TOKEN
from tests.networks.meta.kit import VERIFY, MetaKit, request, signed

_ITEM = "aWdfZAG1faXRlbToxOklHTWVzc2FnZA"
TEXT = f"{_ITEM}k5dJP9IV2NV_4WASMZYkvZWZlghNSW-D7XqyFV-PZqo"
OURS = f"{_ITEM}Ipk69wPtS0ncnWT4BAUuTRtR9Xr5vcS3he5ibx_5Gyw"
LOGIN_SECRET = "fedcba9876543210fedcba9876543210"
ACCOUNT = AccountSettings(
    network="instagram",
    name="insta",
    title="Acme on Instagram",
    options={
        "token": TOKEN,
        "app_secret": APP_SECRET,
        "instagram_app_secret": LOGIN_SECRET,
        "verify_token": VERIFY,
        "account_id": INSTAGRAM,
    },
)


def cdn(number: int) -> str:
    return f"https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id={number}&signature=EXAMPLE"


def file(number: int, kind: MediaKind | None = None, **more: Any) -> dict[str, Any]:
    return {"attachments": (InboundAttachment(ref=cdn(number), kind=kind, **more),)}


class InstagramKit(MetaKit):
    """See `tests.contract.kit.Kit`."""

    name = "instagram"
    folder = Path(__file__).parent
    network = Instagram
    platform = INSTA
    account = ACCOUNT
    secrets = (*MetaKit.secrets, LOGIN_SECRET)

    def genuine(self) -> None:
        super().genuine()
        body = json.dumps(self.payload("text")).encode()
        signature = signed(body, LOGIN_SECRET)
        Instagram().verify(ACCOUNT, request(body, x_hub_signature_256=signature))

    @cached_property
    def cases(self) -> Sequence[Case]:
        return (*self._messages(), *self._signs(), *self._others())

    def _messages(self) -> tuple[Case, ...]:
        pictures = tuple(
            InboundAttachment(ref=cdn(number), kind=MediaKind.PICTURE) for number in (17910, 17911, 17912)
        )
        return (
            self.case("text", text="Do you ship to Porto?"),
            self.case("reply", text="I mean this", reply_to=OURS),
            self.case("story_reply", text="Love it!", placeholder="Answers your story", **file(17900)),
            self.case("story_mention", placeholder="Mentioned you in their story", **file(17901)),
            self.case("image", **file(17902, MediaKind.PICTURE)),
            self.case("images", attachments=pictures),
            self.case("video", **file(17903, MediaKind.VIDEO)),
            self.case("audio", **file(17904, MediaKind.AUDIO, voice=True)),
            self.case("document", **file(17905)),
            self.case(
                "share_post", placeholder="Shared a post: New colours https://www.instagram.com/p/EXAMPLE/"
            ),
            self.case("share_media", placeholder="Shared a post", **file(17906)),
            self.case("reel", text="This one?", placeholder="Shared a reel: How it is made", **file(17907)),
        )

    def _signs(self) -> tuple[Case, ...]:
        return (
            self.case(
                "ephemeral",
                placeholder="Sent a picture or film that can be seen once: it can be opened in the app only",
            ),
            self.case(
                "unsupported",
                placeholder="Sent something that Meta doesn't pass on: it can be seen in the app only",
            ),
            self.case(
                "from_an_ad", text="Is it still 20 % off?", placeholder="Came from the ad “Autumn sale”"
            ),
            self.case("about_a_product", text="In red?", placeholder="About the product 5101 of your shop"),
            self.case("postback", placeholder="Pressed “Where is my order?”"),
            self.case("echo", text="Yes, we do.", echo=True),
        )

    def _others(self) -> tuple[Case, ...]:
        image = self.payload("image")["entry"][0]["messaging"][0]["message"]["mid"]
        opened = f"referral:{INSTA.customer}:1793610000088"
        return (
            self.other(
                "referral",
                InboundMessage,
                f"referral:{opened}",
                external_id=opened,
                placeholder="Opened the chat through a link: summer",
            ),
            self.other("unsend", InboundDeletion, f"deletion:{image}", external_id=image),
            self.other(
                "edit", InboundEdit, f"edit:{TEXT}:1", external_id=TEXT, text="Do you ship to Lisbon?"
            ),
            self.other(
                "reaction",
                InboundReaction,
                f"reaction:{OURS}:1793610060000",
                external_id=OURS,
                emoji="❤️",
            ),
            self.other(
                "reaction_removed",
                InboundReaction,
                f"reaction:{OURS}:1793610061000",
                external_id=OURS,
                emoji="",
                removed=True,
            ),
            self.other("seen", DeliveryReport, f"read:{OURS}", external_id=OURS, state=ReportState.READ),
        )

    @cached_property
    def silent(self) -> Mapping[str, Any]:
        unknown = self.payload("seen")
        unknown["entry"][0]["messaging"][0]["hologram"] = unknown["entry"][0]["messaging"][0].pop("read")
        colleague = self.payload("unsend")
        event = colleague["entry"][0]["messaging"][0]
        event["sender"], event["recipient"] = event["recipient"], event["sender"]
        comment = {"field": "comments", "value": {"text": "Nice"}}
        return {
            "an edit that says nothing": self.payload("edit_zero_no_text"),
            "a kind there is not yet": unknown,
            "a colleague's unsend": colleague,
            "a comment": {"object": "instagram", "entry": [{"id": INSTAGRAM, "changes": [comment]}]},
        }
