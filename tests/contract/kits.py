"""Every network's kit, by its name."""

from __future__ import annotations

from tests.contract.kit import Kit
from tests.networks.email.kit import EmailKit
from tests.networks.fake_kit import FAKE_KITS
from tests.networks.instagram.kit import InstagramKit
from tests.networks.line.kit import LineKit
from tests.networks.matrix.kit import MatrixKit
from tests.networks.messenger.kit import MessengerKit
from tests.networks.telegram.kit import TelegramKit
from tests.networks.twilio.kit import TwilioKit
from tests.networks.viber.kit import ViberKit
from tests.networks.webchat.kit import WebChatKit
from tests.networks.whatsapp.kit import WhatsAppKit

KITS: dict[str, Kit] = {
    kit.name: kit
    for kit in (
        WebChatKit(),
        TelegramKit(),
        ViberKit(),
        MatrixKit(),
        TwilioKit(),
        MessengerKit(),
        InstagramKit(),
        LineKit(),
        WhatsAppKit(),
        EmailKit(),
        *FAKE_KITS,
    )
}
