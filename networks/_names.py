"""Countries and languages as people call them in English, by the codes that providers give. Pure."""

from __future__ import annotations

from functools import cache, lru_cache

from babel import Locale, UnknownLocaleError


def country_name(code: str) -> str:
    """The name of a country by its two letters; empty for what is none."""
    return _english().territories.get(code.upper(), "") if len(code) == 2 else ""


@lru_cache(maxsize=1_000)
def language_name(tag: str) -> str:
    """What agents read for `de`, `pt-BR` or `en_GB`: the language, and where it is spoken if that is said.
    What is not known stays as it is."""
    try:
        return Locale.parse(tag.replace("-", "_")).get_display_name(_english()) or tag
    except (ValueError, UnknownLocaleError):
        return tag


@cache
def _english() -> Locale:
    return Locale("en")
