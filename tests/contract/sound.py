"""What the desk relies on in every event, whatever its provider sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from desk import storable
from desk.conversations import profiles
from networks.errors import PayloadInvalid
from networks.events import InboundEvent, InboundMessage, ProfileChanged
from tests.contract.kit import Kit

_LONGEST_HANDLE = 10_000


def heard(kit: Kit, body: bytes) -> Sequence[InboundEvent]:
    """The events of a body, which can be stored; also those beside the one refusal that is allowed."""
    try:
        events = kit.hears(body)
    except PayloadInvalid as error:
        events = error.events
    for event in events:
        check(event)
    return events


def check(event: InboundEvent) -> None:
    """Everything in an event is of its type, and any database takes what the desk keeps of it."""
    _typed(event)
    assert not storable.flaw(event), storable.flaw(event)
    for text in _texts(storable.cleaned(event)):
        assert len(text) <= storable.LONGEST_TEXT
        assert storable.is_storable(text)
    if isinstance(event, InboundMessage):
        assert event.text.strip() or event.attachments or event.placeholder
        for opaque in (event.reply_to, event.reply_handle, event.handle, *(f.ref for f in event.attachments)):
            assert opaque is None or 0 < len(opaque) <= _LONGEST_HANDLE
    if isinstance(event, InboundMessage | ProfileChanged) and event.profile:
        assert all(map(storable.is_storable, _texts(profiles.values_of(event.profile))))


def _texts(value: Any) -> Iterator[str]:
    """Every text in it that is stored; a profile's are cleaned elsewhere."""
    if isinstance(value, str):
        yield value
    elif is_dataclass(value):
        for each in fields(value):
            if each.name not in ("profile", "recipient"):
                yield from _texts(getattr(value, each.name))
    elif isinstance(value, dict):
        yield from _texts(list(value.values()))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _typed(value: Any) -> None:
    for name, hint in _hints(type(value)).items():
        given = getattr(value, name)
        assert _fits(given, hint), f"{type(value).__name__}.{name} is {given!r}"
        for inner in given if isinstance(given, tuple) else (given,):
            if is_dataclass(inner):
                _typed(inner)


def _fits(value: Any, hint: Any) -> bool:
    """Whether it is of this type: a flag is no number, a number no text."""
    if get_origin(hint) in (Union, UnionType):
        return any(_fits(value, each) for each in get_args(hint))
    if get_origin(hint) is tuple:
        return isinstance(value, tuple) and all(_fits(each, get_args(hint)[0]) for each in value)
    if hint in (int, float):
        return type(value) is hint
    return isinstance(value, hint)
