"""Links to files: only what we signed, only for its time, only for its file."""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from desk import links
from desk.filenames import safe_name
from desk.links import Linked, Use, served_name
from networks.errors import SignatureInvalid

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
SECRET = "a" * 64
WEEK = timedelta(days=7)
SIGNED = links.sign(SECRET, 1, 42, NOW + WEEK)
URL_SAFE = string.ascii_letters + string.digits + "-_"


@given(st.integers(1, 2**63 - 1), st.integers(1, 2**63 - 1), st.timedeltas(timedelta(1), timedelta(36500)))
def test_what_was_signed_is_read_until_its_time_is_over(workspace: int, file: int, span: timedelta) -> None:
    signed = links.sign(SECRET, workspace, file, NOW + span)
    assert len(signed) == 40 and set(signed) <= set(URL_SAFE)
    found = Linked(file=file, use=Use.CUSTOMER)
    assert links.read(SECRET, workspace, signed, NOW) == found
    assert links.read(SECRET, workspace, signed, NOW + span - timedelta(seconds=1)) == found
    for later in (timedelta(0), timedelta(days=1)):
        with pytest.raises(SignatureInvalid):
            links.read(SECRET, workspace, signed, NOW + span + later)


@given(st.integers(0, 39), st.sampled_from(URL_SAFE))
def test_no_character_can_be_another(at: int, other: str) -> None:
    changed = SIGNED[:at] + other + SIGNED[at + 1 :]
    if changed == SIGNED:
        assert links.read(SECRET, 1, changed, NOW).file == 42
        return
    with pytest.raises(SignatureInvalid):
        links.read(SECRET, 1, changed, NOW)


@given(st.text())
@example("")
@example(SIGNED[:-4])
@example(SIGNED + "AAAA")
@example(SIGNED + "=")
@example(SIGNED[:-1] + "ü")
@example("A" * 1_000_000)
def test_anything_else_is_refused_and_nothing_worse(text: str) -> None:
    with pytest.raises(SignatureInvalid):
        links.read(SECRET, 1, text, NOW)


@pytest.mark.parametrize(("secret", "workspace"), [("b" * 64, 1), (SECRET, 2), (SECRET, 11), ("", 1)])
def test_another_secret_or_workspace_does_not_open_it(secret: str, workspace: int) -> None:
    with pytest.raises(SignatureInvalid):
        links.read(secret, workspace, SIGNED, NOW)


def test_a_link_is_for_one_use_alone() -> None:
    made = {use: links.sign(SECRET, 1, 42, NOW + WEEK, use) for use in Use}
    assert len(set(made.values())) == len(Use)
    assert {links.read(SECRET, 1, signed, NOW).use: signed for signed in made.values()} == made


def test_links_of_one_day_are_the_same() -> None:
    ends = {links.whole_days(NOW.replace(hour=hour, minute=59)) for hour in range(24)}
    assert ends == {datetime(2026, 11, 28, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("scans.pdf", "scans.pdf"),
        ("Ihre Pläne.pdf", "Ihre%20Pl%C3%A4ne.pdf"),
        ("ж" * 60 + ".docx", "file.docx"),
        ("x" * 140, "file"),
        ("x" * 140 + "." + "y" * 40, "file"),
        ("a/b?c#d.txt", "a%2Fb%3Fc%23d.txt"),
        ("", "file"),
    ],
)
def test_an_address_ends_in_a_name_that_people_can_read(name: str, end: str) -> None:
    assert links.address("https://chat.example.com", "S", name) == f"https://chat.example.com/files/S/{end}"


def test_each_file_has_a_line_below_the_words() -> None:
    lines = [links.line("a.pdf", 118_000_000, "https://x/a"), links.line("b", None, "https://x/b")]
    assert lines == ["a.pdf (118 MB): https://x/a", "b: https://x/b"]
    assert links.below("Here you are:", lines) == "Here you are:\n" + "\n".join(lines)
    assert links.below(" ", lines) == "\n".join(lines)
    assert links.below("No file", []) == "No file"


@pytest.mark.parametrize(
    ("name", "mime", "served"),
    [
        ("plan.pdf", "application/pdf", "plan.pdf"),
        ("plan", "application/pdf", "plan.pdf"),
        ("holiday.png", "application/vnd.microsoft.portable-executable", "holiday.png.exe"),
        ("holiday.png", "text/html", "holiday.png.html"),
        ("scan.pdf", "image/jpeg", "scan.pdf.jpg"),
        ("film.mp4", "audio/mp4", "film.mp4"),
        ("data.png", "application/x-mach-binary", "data.png.bin"),
        ("../" + "x" * 300 + ".png", "image/png", safe_name("x" * 300 + ".png")),
        ("x" * 300 + ".png", "text/html", "x" * 145 + ".html"),
    ],
)
def test_a_file_is_saved_under_what_it_is(name: str, mime: str, served: str) -> None:
    assert served_name(name, mime) == served
