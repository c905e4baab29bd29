"""Messenger's kit: recorded calls of Meta's, what the desk gets of them, and the Graph API at work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from networks.capabilities import AccountSettings, MediaKind
from networks.events import (
    DeliveryReport,
    InboundAttachment,
    InboundEdit,
    InboundReaction,
    ReportState,
)
from networks.messenger import Messenger
from tests.contract.kit import Case
from tests.networks.meta.graph_api import APP_ID, APP_SECRET, MESSENGER, PAGE, TOKEN
from tests.networks.meta.kit import VERIFY, MetaKit, at

TEXT = "m_9aul-CXfQ2SUYaw9MUXHwA7KOQRYlmbPb76L4QOyRik"
ECHOED = "m_Our-VLMM-h4UXyczRNqrZeCNEq2dUT_MWld89aK2tOurs"
OURS = "m_8-VLMM-h4UXyczRNqrZeCNEq2dUT_MWld89aK2t6LAs"
ACCOUNT = AccountSettings(
    network="messenger",
    name="page",
    title="Acme Page",
    options={
        "token": TOKEN,
        "app_secret": APP_SECRET,
        "verify_token": VERIFY,
        "page_id": PAGE,
        "app_id": APP_ID,
    },
)


def file(url: str, kind: MediaKind | None, **more: Any) -> dict[str, Any]:
    return {"attachments": (InboundAttachment(ref=url, kind=kind, **more),)}


class MessengerKit(MetaKit):
    """See `tests.contract.kit.Kit`."""

    name = "messenger"
    folder = Path(__file__).parent
    network = Messenger
    platform = MESSENGER
    account = ACCOUNT

    @cached_property
    def cases(self) -> Sequence[Case]:
        return (*self._messages(), *self._others())

    def _messages(self) -> tuple[Case, ...]:
        return (
            self.case("text", text="Hi, is the blue one back in stock? äöü 🙂"),
            self.case("quick_reply", text="Talk to a person"),
            self.case("reply", text="this one", reply_to=OURS),
            self.case(
                "image",
                **file(
                    "https://scontent.xx.fbcdn.net/v/t1.15752-9/450_n.jpg?oh=EXAMPLE&oe=6B1C",
                    MediaKind.PICTURE,
                ),
            ),
            self.case(
                "video", **file("https://video.xx.fbcdn.net/v/t42.3356-2/1.mp4?oe=6B1C", MediaKind.VIDEO)
            ),
            self.case(
                "audio",
                **file(
                    "https://cdn.fbsbx.com/v/t59.3654-21/audioclip.mp4?oe=6B1C", MediaKind.AUDIO, voice=True
                ),
            ),
            self.case(
                "document",
                **file(
                    "https://cdn.fbsbx.com/v/t59.2708-21/invoice.pdf/invoice.pdf?oe=6B1C",
                    None,
                    name="invoice.pdf",
                ),
            ),
            self.case(
                "album",
                **{
                    "text": "Both are broken",
                    "attachments": tuple(
                        InboundAttachment(
                            ref=f"https://scontent.xx.fbcdn.net/v/t1.15752-9/45{n}_n.jpg?oe=6B1C",
                            kind=MediaKind.PICTURE,
                        )
                        for n in (1, 2)
                    ),
                },
            ),
            self.case(
                "sticker",
                placeholder="Sticker",
                **file(
                    "https://scontent.xx.fbcdn.net/v/t1.15752-9/851557_n.png?oe=6B1C",
                    MediaKind.PICTURE,
                    name="sticker.png",
                ),
            ),
            self.case("like", placeholder="👍"),
            self.case(
                "location_fallback",
                text="https://l.facebook.com/l.php?u=https%3A%2F%2Fmaps.example",
                placeholder="Link: Pinned location https://maps.example/?q=48.1,11.5",
            ),
            self.case(
                "location",
                placeholder="Location: 48.1371, 11.5754 https://www.google.com/maps?q=48.1371,11.5754",
            ),
            self.case(
                "from_an_ad", text="Do you still have it?", placeholder="Came from the ad “Autumn sale”"
            ),
            self.case(
                "unknown_attachment", placeholder="Sent something that can't be shown here (hologram scene)"
            ),
            self.case(
                "postback", placeholder="Pressed “Get Started” · Opened the chat through a link: shop_banner"
            ),
            self.case("standby", text="another app owns this thread"),
            self.case("echo_page_inbox", text="Answered by a colleague in the Page inbox", echo=True),
        )

    def _others(self) -> tuple[Case, ...]:
        return (
            self.other(
                "echo_ours",
                DeliveryReport,
                f"sent:{ECHOED}",
                external_id=ECHOED,
                state=ReportState.SENT,
                key="d51f0",
            ),
            self.other(
                "edit",
                InboundEdit,
                f"edit:{TEXT}:1",
                external_id=TEXT,
                text="Hi, is the green one back in stock?",
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
            self.other(
                "delivery",
                DeliveryReport,
                f"delivered:{OURS}",
                external_id=OURS,
                state=ReportState.DELIVERED,
                sent_at=at(1_793_610_070_000),
            ),
            self.other(
                "read",
                DeliveryReport,
                f"read:{MESSENGER.customer}:1793610079000",
                external_id="",
                state=ReportState.READ,
                sent_at=at(1_793_610_079_000),
                up_to=True,
            ),
        )

    @cached_property
    def silent(self) -> Mapping[str, Any]:
        delivery = self.payload("delivery")
        del delivery["entry"][0]["messaging"][0]["delivery"]["mids"]
        unknown = self.payload("read")
        unknown["entry"][0]["messaging"][0]["hologram"] = unknown["entry"][0]["messaging"][0].pop("read")
        own = self.payload("reaction")
        event = own["entry"][0]["messaging"][0]
        event["sender"], event["recipient"] = event["recipient"], event["sender"]
        return {
            "our own echo": self.payload("echo_own_app"),
            "our own reaction": own,
            "delivered until then, without names": delivery,
            "a kind there is not yet": unknown,
            "a change of the Page's": {
                "object": "page",
                "entry": [{"id": PAGE, "changes": [{"field": "feed"}]}],
            },
        }
