"""What a call is read into, where it differs from the recorded ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from networks._twilio_errors import UNKNOWN, WORDS, cause_of, words_of
from networks._twilio_people import profile_of
from networks._twilio_tapbacks import tapback
from networks.errors import PayloadInvalid
from networks.events import Cause, ContactGone, DeliveryReport, InboundEvent, InboundMessage, ReportState
from networks.twilio import Twilio
from tests.networks.twilio.kit import ACCOUNT, HOOK, form, payload, request
from tests.networks.twilio.rest_api import CUSTOMER


def read(given: Any) -> list[InboundEvent]:
    return list(Twilio().parse(ACCOUNT, request(form(given))))


def message(**changed: str) -> InboundMessage:
    event = read({**payload("text"), **changed})[0]
    assert isinstance(event, InboundMessage)
    return event


def test_one_address_serves_messages_and_reports() -> None:
    assert isinstance(message(), InboundMessage)
    assert isinstance(message(SmsStatus="receiving"), InboundMessage)
    assert isinstance(message(MessageStatus="received", SmsStatus="received"), InboundMessage)
    assert isinstance(message(ErrorCode="11200", ErrorUrl=HOOK), InboundMessage)  # the fallback's call
    without = {k: v for k, v in payload("text").items() if k != "SmsStatus"}
    assert isinstance(read(without)[0], InboundMessage)
    assert isinstance(read(payload("status_sent"))[0], DeliveryReport)
    old = {k: v for k, v in payload("status_delivered").items() if k != "MessageStatus"}
    (report,) = read(old)
    assert isinstance(report, DeliveryReport)
    assert report.state is ReportState.DELIVERED
    assert read({**old, "SmsStatus": "queued"}) == []


def test_a_report_gives_back_the_key_it_was_asked_with() -> None:
    for given, key in {"d1:ä &": "d1:ä &", "": "", "a\0b": "", "x" * 900: "x" * 200}.items():
        call = replace(request(form(payload("status_sent"))), query={"part": given})
        (report,) = Twilio().parse(ACCOUNT, call)
        assert isinstance(report, DeliveryReport)
        assert report.key == key
    assert not hasattr(message(), "key")


def test_a_report_may_come_twice_and_out_of_order_and_each_state_is_its_own_event() -> None:
    names = ("status_delivered", "status_sent", "status_delivered", "status_undelivered")
    ids = [read(payload(name))[0].event_id for name in names]
    assert len(set(ids)) == 3


@pytest.mark.parametrize(
    "changed",
    [
        {"MessageSid": ""},
        {"MessageSid": "SM1"},
        {"MessageSid": "SM" + "g" * 32},
        {"MessageSid": "SM" + "0" * 33},
        {"From": ""},
        {"From": " \t"},
    ],
)
def test_what_names_no_message_or_nobody_is_set_aside(changed: dict[str, str]) -> None:
    with pytest.raises(PayloadInvalid):
        read({**payload("text"), **changed})


def test_a_call_about_a_phone_call_is_set_aside() -> None:
    with pytest.raises(PayloadInvalid):
        read({"CallSid": "CA" + "0" * 32, "From": CUSTOMER, "CallStatus": "ringing"})


def test_words_are_kept_as_they_were_written_but_for_what_no_database_takes() -> None:
    assert message(Body="  two\n\nlines  ").text == "  two\n\nlines  "
    assert message(Body="a\0b").text == "ab"
    assert message(Body="\0").placeholder == "An empty message"
    raw = form(payload("text")).replace(b"Hi%2C", b"%F0%9F")
    (event,) = Twilio().parse(ACCOUNT, request(raw))
    assert isinstance(event, InboundMessage)
    assert event.text.startswith("�")
    event.text.encode()


def test_files_that_cannot_be_fetched_are_told() -> None:
    assert message(NumMedia="2", Body="").placeholder == "A file that Twilio did not name"
    for address in ("javascript:x", "ftp://x/y", "https://x/ä", "https://x/" + "y" * 3_000, ""):
        got = message(NumMedia="1", MediaUrl0=address, Body="Look")
        assert (got.placeholder, got.attachments) == ("A file that can't be fetched", ())
    many = {f"MediaUrl{n}": f"https://api.twilio.com/{n}" for n in range(200)}
    assert len(message(**many).attachments) == 30
    odd = message(MediaUrl0="https://api.twilio.com/1", MediaContentType0="Image/JPEG; name=x")
    assert [(f.name, f.mime_type) for f in odd.attachments] == [("picture.jpg", "image/jpeg")]
    bare = message(MediaUrl0="https://api.twilio.com/1")
    assert [(f.name, f.mime_type, f.kind) for f in bare.attachments] == [("file", None, None)]


def test_a_place_must_be_one() -> None:
    for pair in (("91", "0"), ("0", "181"), ("x", "0"), ("nan", "0"), ("", "0"), ("1e400", "0")):
        assert message(Latitude=pair[0], Longitude=pair[1]).placeholder is None
    assert message(Latitude="0", Longitude="-0.5").placeholder == (
        "Location: 0, -0.5 https://www.google.com/maps?q=0,-0.5"
    )


@pytest.mark.parametrize("word", ["STOP", "stopall", "Unsubscribe", "OPTOUT", "revoke "])
def test_words_that_twilio_obeys_without_being_told_to(word: str) -> None:
    said, gone = read({**payload("text"), "Body": word})
    assert isinstance(said, InboundMessage)
    assert said.text == word
    assert isinstance(gone, ContactGone)
    assert not gone.back


@pytest.mark.parametrize("word", ["CANCEL", "end", "Quit", "yes", "Stop it please", "HELP"])
def test_words_that_may_be_an_answer_stay_one(word: str) -> None:
    assert [type(event) for event in read({**payload("text"), "Body": word})] == [InboundMessage]


def test_a_keyword_of_the_accounts_own_counts_as_twilio_says() -> None:
    said, gone = read({**payload("opt_out"), "Body": "ARRET"})
    assert isinstance(gone, ContactGone)
    assert isinstance(said, InboundMessage)
    assert said.text == "ARRET"
    assert [type(e) for e in read({**payload("opt_out"), "OptOutType": "NEW"})] == [InboundMessage]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Liked “Hello”", "Reacted with 👍 to “Hello”"),
        ('Disliked "Hello"', "Reacted with 👎 to “Hello”"),
        ("Laughed at “a\nb”", "Reacted with 😂 to “a b”"),
        ("Emphasized “Hello”", "Reacted with ‼️ to “Hello”"),
        ("Questioned “Hello”", "Reacted with ❓ to “Hello”"),
        ("Reacted 🎉 to “Hello”", "Reacted with 🎉 to “Hello”"),
        ("Removed a 🎉 reaction from “Hello”", "Took back 🎉 from “Hello”"),
        ("Removed an exclamation from “Hello”", "Took back ‼️ from “Hello”"),
        ("Liked a movie", "Reacted with 👍 to a movie"),
        ("❤️ to “Hello”", "Reacted with ❤️ to “Hello”"),
        ("👩‍👩‍👧 to “Hi”", "Reacted with 👩‍👩‍👧 to “Hi”"),
        (f"Loved “{'x' * 300}”", f"Reacted with ❤️ to “{'x' * 200}”"),
        ("Liked", ""),
        ("Liked it “very” much", ""),
        ("I loved “Hello”", ""),
        ("Back to “work”", ""),
        ("- to “work”", ""),
        ("Liked “" + "x" * 5_000 + "”", ""),
    ],
)
def test_reactions_that_come_as_texts(text: str, told: str) -> None:
    assert tapback(text) == told


def test_a_long_text_is_searched_quickly() -> None:
    for text in ("Liked “" * 300, "“" * 2_000, "Removed a " + "🎉" * 1_900, " to " * 500):
        assert tapback(text) == ""


def test_numbers_are_written_as_people_do_and_the_rest_stays() -> None:
    assert profile_of({}, "+442071838750").name == "+44 20 7183 8750"
    assert profile_of({}, "whatsapp:+436641234567").name == "+43 664 1234567"
    for odd in ("72636", "AMAZON", "+1", "+", "+99999999999999999999"):
        assert profile_of({}, odd).name == odd


def test_the_country_of_a_number_is_known_where_twilio_says_none() -> None:
    told = message(From="+493012345678", FromCountry="", FromCity="", FromState="", FromZip="").profile
    assert told
    assert {field.label: field.value for field in told.fields} == {
        "Phone": "+49 30 12345678",
        "Country": "Germany",
        "Time zone": "Europe/Berlin",
    }


def test_a_report_says_when_the_account_has_to_be_mended() -> None:
    codes = {"30002": Cause.ACCOUNT, "30003": Cause.PART, "": Cause.PART, "x": Cause.PART}
    assert {code: cause_of(code) for code in codes} == codes


def test_every_code_has_words_that_fit_into_the_sentence() -> None:
    assert len(WORDS) > 120
    for code, words in WORDS.items():
        assert words_of(str(code)) == words
        assert 5 < len(words) < 120, code
        assert not words.endswith("."), code
        assert words == UNKNOWN or words[0].islower() or words.startswith("Twilio"), code
    for code in ("", "0", "x", "-1", "²", "1" * 400):
        assert words_of(code) == UNKNOWN


def test_each_code_of_a_report_is_told_in_its_words() -> None:
    for code, words in WORDS.items():
        first, *more = read({**payload("status_undelivered"), "ErrorCode": str(code)})
        assert isinstance(first, DeliveryReport)
        assert (first.state, first.words) == (ReportState.FAILED, words)
        assert [type(event) for event in more] == ([ContactGone] if code == 21610 else [])
