"""Which calls are Twilio's: known answers, the maker's own validator, and every way to be nearly right."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from networks._twilio_signing import is_genuine
from networks.base import WebhookRequest
from networks.errors import PayloadInvalid, SignatureInvalid
from networks.twilio import Twilio
from tests.networks.twilio.kit import ACCOUNT, HOOK, form, payload, request, signed
from tests.networks.twilio.rest_api import TOKEN

JSON = b'{"MessageSid": "SM1", "Body": "Gr\xc3\xbc\xc3\x9fe"}'


def call(url: str, body: bytes, signature: str, method: str = "POST") -> WebhookRequest:
    return WebhookRequest(
        method=method, url=url, headers={"x-twilio-signature": signature}, query={}, body=body
    )


@pytest.mark.parametrize(
    ("token", "url", "fields", "signature"),
    [
        (
            TOKEN,
            "https://hooks.acme.example/twilio/in?acct=7",
            payload("text"),
            "XEIJnGYxp8W+psf46KBY1KSkrPE=",
        ),
        (  # the one in twilio.com/docs/usage/security
            "12345",
            "https://mycompany.com/myapp.php?foo=1&bar=2",
            {
                "CallSid": "CA1234567890ABCDE",
                "Digits": "1234",
                "From": "+14158675309",
                "To": "+18005551212",
                "Caller": "+14158675309",
            },
            "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
        ),
    ],
)
def test_known_answers(token: str, url: str, fields: dict[str, str], signature: str) -> None:
    assert is_genuine(call(url, form(fields), signature), token)
    backwards = dict(reversed(fields.items()))
    assert is_genuine(call(url, form(backwards), signature), token)
    assert not is_genuine(call(url, form(fields), signature), f"{token}x")
    assert not is_genuine(call(f"{url}&", form(fields), signature), token)


@pytest.mark.parametrize(
    ("configured", "signed_for"),
    [
        (HOOK, HOOK),
        (HOOK, HOOK.replace(".example", ".example:443")),
        (HOOK.replace(".example", ".example:443"), HOOK),
        (HOOK.replace(".example", ".example:8443"), HOOK.replace(".example", ".example:8443")),
        (HOOK.replace(".example", ".example:8443"), HOOK),
        ("http://oratio.example/x", "http://oratio.example:80/x"),
        ("https://[2001:db8::1]/x", "https://[2001:db8::1]:443/x"),
    ],
)
def test_the_address_counts_with_its_port_and_without(configured: str, signed_for: str) -> None:
    given = payload("text_unicode")
    signature = signed(given, url=signed_for)
    assert is_genuine(call(configured, form(given), signature), TOKEN)
    for other in (configured + "?x=1", configured.replace("https", "http", 1), configured.upper()):
        if other != configured:
            assert not is_genuine(call(other, form(given), signature), TOKEN)


@settings(max_examples=150, deadline=None)
@given(
    pairs=st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=8),
            st.text(st.characters(exclude_categories=("Cs",)), max_size=12),
        ),
        max_size=6,
        unique_by=lambda pair: pair[0],
    )
)
def test_what_the_makers_own_validator_takes_is_taken_and_the_reverse(pairs: list[tuple[str, str]]) -> None:
    given = dict(pairs)
    signature = signed(given)
    assert is_genuine(call(HOOK, urlencode(pairs).encode(), signature), TOKEN)
    assert RequestValidator(TOKEN).validate(HOOK, given, signature)
    more = {**given, "More": "x"}
    assert not is_genuine(call(HOOK, form(more), signature), TOKEN)


class _Many:
    """A form as frameworks have it: a field may stand there more than once."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs

    def __iter__(self) -> Any:
        return iter(dict(self._pairs))

    def __bool__(self) -> bool:
        return True

    def getall(self, name: str) -> list[str]:
        return [value for key, value in self._pairs if key == name]


def test_a_field_that_stands_there_twice_is_signed_as_the_maker_does_it() -> None:
    pairs = [("b", "2"), ("a", "z"), ("b", "1"), ("a", "z"), ("B", "0")]
    signature = RequestValidator(TOKEN).compute_signature(HOOK, _Many(pairs))
    assert is_genuine(call(HOOK, urlencode(pairs).encode(), signature), TOKEN)


def test_json_is_signed_by_its_hash_in_the_address() -> None:
    url = f"{HOOK}?bodySHA256={hashlib.sha256(JSON).hexdigest()}"
    signature = RequestValidator(TOKEN).compute_signature(url, {})
    assert RequestValidator(TOKEN).validate(url, JSON.decode(), signature)
    assert is_genuine(call(url, JSON, signature), TOKEN)
    assert not is_genuine(call(url, JSON + b" ", signature), TOKEN)
    assert not is_genuine(call(url.replace("bodySHA256", "bodysha256"), JSON, signature), TOKEN)
    other = f"{HOOK}?bodySHA256={hashlib.sha256(b'{}').hexdigest()}"
    assert not is_genuine(call(other, JSON, signature), TOKEN)
    with pytest.raises(PayloadInvalid):
        Twilio().parse(ACCOUNT, call(url, JSON, signature))


def test_a_get_is_signed_by_its_address_alone() -> None:
    given = payload("text")
    url = f"{HOOK}?{urlencode(given)}"
    signature = RequestValidator(TOKEN).compute_signature(url, {})
    asked = replace(call(url, b"", signature, "GET"), received_at=request(b"").received_at)
    Twilio().verify(ACCOUNT, asked)
    (event,) = Twilio().parse(ACCOUNT, asked)
    assert event == Twilio().parse(ACCOUNT, request(form(given)))[0]


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe",
        b"a=%FF%FE",
        b"&&&==&%&%zz",
        b"a=1&" * 600,
        b"\x00",
        "ä=ö".encode(),
        json.dumps({"a": 1}).encode(),
    ],
)
def test_any_bytes_are_refused_without_an_error(body: bytes) -> None:
    for signature in ("", "x" * 28, "ä", "\ud800"):
        with pytest.raises(SignatureInvalid):
            Twilio().verify(ACCOUNT, call(HOOK, body, signature))
    for url in ("https://[", "https://a:99999/", "", "https://x:y/"):
        assert not is_genuine(call(url, body, "x"), TOKEN)
    with pytest.raises(PayloadInvalid):
        Twilio().parse(ACCOUNT, call(HOOK, body, ""))


def test_bytes_that_are_no_text_are_signed_as_they_are() -> None:
    made = hmac.new(TOKEN.encode(), HOOK.encode() + b"Body\xff", "sha1").digest()
    assert is_genuine(call(HOOK, b"Body=%FF", base64.b64encode(made).decode()), TOKEN)


def test_without_a_token_nothing_is_genuine_by_chance() -> None:
    bare, given = replace(ACCOUNT, options={}), payload("text")
    call_of_anybody = request(form(given), **{"x-twilio-signature": signed(given, token="")})
    with pytest.raises(SignatureInvalid):
        Twilio().verify(bare, call_of_anybody)
