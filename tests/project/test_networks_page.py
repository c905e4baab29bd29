"""docs/networks.md: what the networks' capabilities say, for every network there is."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from bot import abilities
from bot.abilities import Described
from desk.slack import amounts
from networks.capabilities import Capabilities, LengthUnit, Markup, MediaKind, MediaRule, Support, TextLimit
from networks.registry import NETWORKS, described

PAGES = abilities.PATH.parent / "networks"

FULL = Capabilities(
    text_limit=TextLimit(length=1_600, unit=LengthUnit.BYTES),
    caption_limit=TextLimit(length=768, unit=LengthUnit.CODE_POINTS),
    captioned=frozenset({MediaKind.PICTURE, MediaKind.VIDEO}),
    send={MediaKind.PICTURE: MediaRule(max_bytes=5_000_000, formats="JPG, PNG")},
    receive={MediaKind.DOCUMENT: MediaRule(max_bytes=100_000_000, formats="any type")},
    reply_window=timedelta(hours=24),
    templates=True,
    edits=Support.NATIVE,
    deletions=Support.REJECTED,
    reactions=Support.NATIVE,
    typing=Support.FALLBACK,
    receipts=Support.NATIVE,
    read_marks=Support.REJECTED,
    replies=Support.NATIVE,
    idempotent_send=False,
    markup=Markup.HTML,
    voice=MediaRule(max_bytes=1_500, formats="OGG"),
    profiles=True,
    emojis=frozenset({"👍", "👎"}),
)


def rows(page: str, title: str) -> list[list[str]]:
    """The cells of one table, its head left out."""
    table = page.partition(f"## {title}\n\n")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_the_page_says_what_the_capabilities_say() -> None:
    assert abilities.PATH.read_text() == abilities.page(), "`make networks` writes it anew"


def test_every_network_is_on_it_and_has_a_page_of_its_own() -> None:
    titles = {described(name)[0] for name in NETWORKS}
    for title in ("Words to customers", "Files to customers", "Files from customers", "Beside messages"):
        names = [re.sub(r"\[(.*)\]\(.*\)", r"\1", row[0]) for row in rows(abilities.page(), title)]
        assert names == sorted(titles)
    assert {page.stem for page in PAGES.glob("*.md")} == set(NETWORKS)


@pytest.mark.parametrize("name", NETWORKS)
def test_its_page_says_how_to_connect_it_what_it_cannot_do_and_the_limits_there_are(name: str) -> None:
    text = (PAGES / f"{name}.md").read_text()
    assert "\n## Connect it in ten minutes\n" in text
    assert re.search(r"\n## What (it cannot do|goes, and what doesn't)\n", text)
    _, can = described(name)
    sizes = {rule.max_bytes for rule in (*can.send.values(), *can.receive.values())}
    unpublished = {"line": {1_000_000_000}, "viber": {200_000_000}, "twilio": {16_000_000}}
    told = [f"{can.text_limit.length:,}"]
    told += [f"{amounts.size(size)}|{size:,}" for size in sizes - unpublished.get(name, set())]
    assert [each for each in told if not any(form in text for form in each.split("|"))] == []


def test_each_thing_a_network_can_do_has_its_words() -> None:
    bare = replace(
        FULL,
        caption_limit=None,
        captioned=frozenset(MediaKind),
        reply_window=None,
        markup=Markup.PLAIN,
        emojis=frozenset(),
        voice=None,
        profiles=False,
        read_marks=None,
    )
    page = abilities.text(
        [
            Described(title="Wire", page=None, can=bare),
            Described(title="Pigeon", page="networks/pigeon.md", can=FULL),
        ]
    )
    pigeon = "[Pigeon](networks/pigeon.md)"
    assert rows(page, "Words to customers") == [
        [
            pigeon,
            "1,600 bytes",
            "768, pictures and video only",
            "yes",
            "yes",
            "yes",
            "–",
            "24 hours after theirs, then templates",
        ],
        ["Wire", "1,600 bytes", "–", "–", "yes", "yes", "–", "at any time"],
    ]
    assert rows(page, "Files to customers") == [
        [pigeon, "5 MB: JPG, PNG", "–", "–", "–", "1.5 KB: OGG"],
        ["Wire", "5 MB: JPG, PNG", "–", "–", "–", "–"],
    ]
    assert rows(page, "Files from customers") == [
        [pigeon, "–", "–", "–", "100 MB"],
        ["Wire", "–", "–", "–", "100 MB"],
    ]
    assert rows(page, "Beside messages") == [
        [pigeon, "2 emoji", "in another form", "yes", "–", "yes"],
        ["Wire", "yes", "in another form", "yes", "yes", "–"],
    ]
