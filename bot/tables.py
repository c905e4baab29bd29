"""Tables of the configuration, checked against what they may hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bot.places import Place, shown

USER = r"^[UW][A-Z0-9]{5,}$"
CHANNEL = r"^([CG][A-Z0-9]{5,}|#[^\s#@]{1,80})$"

Keys = TypeVar("Keys", bound=BaseModel)


def validated(model: type[Keys], table: Mapping[str, Any], place: Place) -> Keys:
    """The table's values. Raises `ConfigError` that says what the first wrong one must be: the
    field's description."""
    try:
        return model.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
    key = str(first["loc"][0])
    rule = model.model_fields[key].description
    if first["type"] == "missing":
        raise place.wrong(None, f'"{key}" is missing ({rule})')
    raise place.wrong(key, f'"{key}" must be {rule}, not {shown(first["input"])}')


def refuse_unknown(
    table: Mapping[str, object],
    known: Iterable[str],
    place: Place,
    homes: Mapping[str, Iterable[str]] = MappingProxyType({}),
) -> None:
    """Raise `ConfigError` for the first key that means nothing here.

    `homes`: where keys belong that TOML takes for this table's because they stand below its header.
    """
    names = frozenset(known)
    for key in table:
        if key in names:
            continue
        for home, keys in homes.items():
            if key in keys:
                raise place.wrong(key, f'"{key}" belongs {home}')
        raise place.unknown(key, names)
