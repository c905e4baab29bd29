"""Which pictures can be made to go that a network doesn't take as they are, and how that is offered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from desk.conversations.judge import Reason
from desk.pictures import FORMS, LARGEST, NAMES, Given, Offer, convertible, offer, way
from desk.recoding import _READ_AS, Cannot
from desk.slack import fates, modals, refusals, wording
from desk.slack.drawing import Drawing
from networks.capabilities import Capabilities, MediaKind, MediaRule
from tests.networks.fake import FAKE
from tests.unit.surfaces import refusal

PICTURES = MediaRule(
    max_bytes=5_000_000, mime_types=frozenset({"image/jpeg", "image/png"}), formats="JPG, PNG"
)
PDFS = MediaRule(max_bytes=100_000_000, mime_types=frozenset({"application/pdf"}), formats="PDF")
STRICT = {MediaKind.PICTURE: PICTURES, MediaKind.DOCUMENT: PDFS}
HEIC = Given(name="photo.heic", mime="image/heic", size=3_000_000)
SCAN = Given(name="scan.png", mime="image/png", size=18_000_000)
PLAN = Given(name="plan.pdf", mime="application/pdf", size=9_000_000)
SMALL = Given(name="a.jpg", mime="image/jpeg", size=400_000)


@pytest.mark.parametrize(
    ("mime", "size", "goes"),
    [
        ("image/heic", 1, True),
        ("image/webp", 1, True),
        ("image/bmp", 30_000_000, True),
        ("image/tiff", 1, True),
        ("image/png", 5_000_001, True),
        ("image/png", 5_000_000, False),
        ("image/jpeg", LARGEST + 1, False),
        ("image/gif", 1, False),
        ("image/svg+xml", 1, False),
        ("application/pdf", 200_000_000, False),
        ("", 1, False),
    ],
)
def test_only_pictures_that_are_refused_have_a_way(mime: str, size: int, goes: bool) -> None:
    found = way(STRICT, mime, size)
    assert (found is not None) == goes
    if found:
        assert (found.forms, found.max_bytes) == (("jpg", "png"), 5_000_000)


def test_what_goes_as_a_document_stays_as_it_is() -> None:
    assert offer(FAKE.send, [HEIC, SMALL]) is None
    too_large = Given(name="b.heic", mime="image/heic", size=10_000_001)
    assert way(FAKE.send, too_large.mime, too_large.size)
    assert convertible(FAKE.send) == []
    assert convertible(STRICT) == ["HEIC", "HEIF", "AVIF", "WebP", "BMP", "TIFF"]
    only_gif = {MediaKind.PICTURE: MediaRule(max_bytes=9, mime_types=frozenset({"image/gif"}))}
    assert (convertible(only_gif), convertible({MediaKind.DOCUMENT: PDFS})) == ([], [])
    jpeg = {MediaKind.PICTURE: MediaRule(max_bytes=9, mime_types=frozenset({"image/jpeg"}))}
    assert (found := way(jpeg, "image/png", 1)) and found.forms == ("jpg",)


def test_an_offer_makes_all_of_a_message_go_or_there_is_none() -> None:
    assert offer(STRICT, [SMALL, PLAN]) is None
    movie = Given(name="a.mp4", mime="video/mp4", size=1)
    assert offer(STRICT, [HEIC, movie]) is None
    found = offer(STRICT, [PLAN, HEIC, SCAN])
    assert found and (found.names, found.others) == (("photo.heic", "scan.png"), True)
    assert (found.form, found.was, found.takes, found.clear) == ("JPEG", "HEIC", "JPG, PNG", True)
    alone = offer(STRICT, [SCAN])
    assert alone and (alone.form, alone.was, alone.others) == ("", "", False)


def pressed(drawing: Drawing) -> list[tuple[str, str]]:
    """The buttons of a drawing, and what they do."""
    rows = [block["elements"] for block in drawing.blocks if block["type"] == "actions"]
    return [(each["text"]["text"], each["action_id"]) for row in rows for each in row]


def said(found: Offer | None, reason: Reason = Reason.WRONG_KIND, **more: Any) -> refusals.Refusal:
    return refusal(reason.value, "Mia", offer=found, detail={"file": "photo.heic", **more}, has_text=False)


@pytest.mark.parametrize(
    ("files", "words", "label"),
    [
        ([HEIC], "photo.heic is HEIC; WhatsApp takes JPG, PNG. “Send as JPEG” loses a little detail.",
         "Send as JPEG"),
        ([SCAN], "scan.png is 18 MB; WhatsApp takes pictures up to 5 MB. “Send smaller” loses detail, "
         "and what is transparent may turn white.", "Send smaller"),
        ([SMALL, HEIC, SCAN, PLAN], "photo.heic is HEIC; WhatsApp takes JPG, PNG. “Send as JPEG” changes "
         "photo.heic and scan.png and loses a little detail, and what is transparent may turn white; "
         "the other files stay as they are.", "Send as JPEG"),
    ],
)  # fmt: skip
def test_the_refusal_says_what_is_changed_and_lost(files: list[Given], words: str, label: str) -> None:
    view = said(offer(STRICT, files), Reason.TOO_LARGE if files[0] is SCAN else Reason.WRONG_KIND)
    assert refusals.sentence(view) == f"Nothing was sent to Mia. {words}"
    chosen = refusals.settled(view, "Ana let it be converted and sent.").text
    assert "loses" not in chosen and chosen.endswith("Ana let it be converted and sent.")
    ways = [(label, "refusal.convert"), ("Send as a link", "refusal.link"), ("Keep as note", "refusal.note")]
    ways.append(("Supported files", "files.show"))
    assert pressed(refusals.kept(view)) == pressed(refusals.nudge(view)) == ways


@pytest.mark.parametrize("why", list(Cannot))
def test_why_a_picture_was_not_converted_is_a_sentence_and_the_link_stays(why: Cannot) -> None:
    view = said(None, cannot=why.value)
    assert "photo.heic" in refusals.sentence(view) and "doesn't take files" not in refusals.sentence(view)
    assert [action for _, action in pressed(refusals.kept(view))][:2] == ["refusal.link", "refusal.note"]
    assert set(wording.refusals.CANNOT) == set(Cannot)


def test_what_went_is_said() -> None:
    one = {"name": "photo.jpg", "form": "JPEG", "width": 4032, "height": 3024, "size": 2_100_000}
    assert fates.converted([one]).text == "Sent as JPEG, 4032 × 3024, 2.1 MB."
    two = fates.converted([one, {**one, "name": "b.png", "form": "PNG"}]).text
    assert two.endswith("2.1 MB; b.png as PNG, 4032 × 3024, 2.1 MB.")


def test_the_box_says_what_can_be_converted() -> None:
    def box(capabilities: Capabilities) -> str:
        return str(modals.supported_files("Acme", "Fake", capabilities)["blocks"])

    assert "can be converted" not in box(FAKE)
    words = "JPG, PNG. HEIC, HEIF, AVIF, WebP, BMP and TIFF can be converted; you are asked first"
    assert words in box(replace(FAKE, send=STRICT))


def test_every_picture_can_be_read() -> None:
    assert _READ_AS.keys() == NAMES.keys()
    assert set(FORMS.values()) <= NAMES.keys()
