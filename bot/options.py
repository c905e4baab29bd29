"""An account's own keys, checked against what its network declares."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from bot.exits import ConfigError
from bot.places import Place, shown
from networks.capabilities import OptionKind, OptionSpec


def read_options(
    given: Mapping[str, object],
    specs: Mapping[str, OptionSpec],
    place: Place,
    environ: Mapping[str, str],
) -> dict[str, object]:
    """Every declared option with its value or default, secrets taken from the environment.

    `given` holds declared keys only. Raises `ConfigError`; no sentence shows a secret.
    """
    for key, spec in specs.items():
        if spec.required and key not in given:
            raise place.wrong(None, f'"{key}" is missing: it {spec.about}')
        if spec.needs and key in given and spec.needs not in given:
            raise place.wrong(key, f'"{key}" needs "{spec.needs}" beside it, which {specs[spec.needs].about}')
    return {
        key: _value(key, given[key], spec, place, environ) if key in given else spec.default
        for key, spec in specs.items()
    }


def _value(key: str, value: object, spec: OptionSpec, place: Place, environ: Mapping[str, str]) -> object:
    if spec.kind is OptionKind.SECRET:
        return _secret(key, value, spec, place, environ)
    if not _KINDS[spec.kind](value, spec):
        quoted = spec.kind is OptionKind.TEXT and not isinstance(value, str)
        hint = ": write it in quotes" if quoted else ""
        raise place.wrong(key, f'"{key}" must be {_rule(spec)}, not {shown(value)}{hint}')
    return tuple(value) if isinstance(value, list) else value


def _secret(key: str, value: object, spec: OptionSpec, place: Place, environ: Mapping[str, str]) -> str:
    variable = re.fullmatch(r"env:([A-Za-z_][A-Za-z0-9_]*)", value) if isinstance(value, str) else None
    if variable is None:
        raise place.wrong(
            key,
            f'"{key}" is a secret: write "env:NAME" and put the value into that environment variable',
        )
    secret = environ.get(variable[1], "")
    if not secret:
        raise place.wrong(key, f'"{key}" needs the environment variable {variable[1]}, which is not set')
    if not _fits(len(secret), spec):
        raise _bad_length(key, variable[1], spec, place)
    if spec.pattern and not re.fullmatch(spec.pattern, secret):
        raise place.wrong(key, f'"{key}": the secret in {variable[1]} must be {spec.example}')
    return secret


def _bad_length(key: str, variable: str, spec: OptionSpec, place: Place) -> ConfigError:
    return place.wrong(key, f'"{key}": the secret in {variable} must have {_span(spec, "characters")}')


def _fits(number: int, spec: OptionSpec) -> bool:
    return (spec.least is None or number >= spec.least) and (spec.most is None or number <= spec.most)


def _is_text(value: object, spec: OptionSpec) -> bool:
    return (
        isinstance(value, str)
        and _fits(len(value), spec)
        and (spec.pattern is None or re.fullmatch(spec.pattern, value) is not None)
    )


def _is_number(value: object, spec: OptionSpec) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and _fits(value, spec)


def _is_list(value: object, spec: OptionSpec) -> bool:
    return isinstance(value, list) and bool(value) and all(_is_text(each, spec) for each in value)


def _is_flag(value: object, _spec: OptionSpec) -> bool:
    return isinstance(value, bool)


_KINDS: Mapping[OptionKind, Callable[[object, OptionSpec], bool]] = {
    OptionKind.TEXT: _is_text,
    OptionKind.NUMBER: _is_number,
    OptionKind.FLAG: _is_flag,
    OptionKind.LIST: _is_list,
}

_NOUNS: Mapping[OptionKind, str] = {
    OptionKind.TEXT: "a text",
    OptionKind.NUMBER: "a whole number",
    OptionKind.FLAG: "true or false",
    OptionKind.LIST: "a list of texts",
}


def _rule(spec: OptionSpec) -> str:
    example = f" such as {spec.example}" if spec.example else ""
    unit = "" if spec.kind is OptionKind.NUMBER else "characters"
    span = _span(spec, unit)
    return f"{_NOUNS[spec.kind]}{' of ' + span if span else ''}{example}"


def _span(spec: OptionSpec, unit: str) -> str:
    unit = f" {unit}" if unit else ""
    if spec.least is not None and spec.most is not None:
        return f"{spec.least} to {spec.most}{unit}"
    if spec.least is not None:
        return f"at least {spec.least}{unit}"
    return f"at most {spec.most}{unit}" if spec.most is not None else ""
