"""Countries and languages as people call them, by the codes that providers give. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_LANGUAGES = """
af Afrikaans|am Amharic|ar Arabic|az Azerbaijani|be Belarusian|bg Bulgarian|bn Bengali|bs Bosnian
ca Catalan|cs Czech|cy Welsh|da Danish|de German|el Greek|en English|es Spanish|et Estonian
eu Basque|fa Persian|fi Finnish|fil Filipino|fr French|ga Irish|gl Galician|gu Gujarati|ha Hausa
he Hebrew|hi Hindi|hr Croatian|hu Hungarian|hy Armenian|id Indonesian|is Icelandic|it Italian
ja Japanese|ka Georgian|kk Kazakh|km Khmer|kn Kannada|ko Korean|ky Kyrgyz|lo Lao|lt Lithuanian
lv Latvian|mk Macedonian|ml Malayalam|mn Mongolian|mr Marathi|ms Malay|my Burmese|nb Norwegian
ne Nepali|nl Dutch|nn Norwegian|no Norwegian|pa Punjabi|pl Polish|ps Pashto|pt Portuguese
ro Romanian|ru Russian|si Sinhala|sk Slovak|sl Slovenian|sq Albanian|sr Serbian|sv Swedish
sw Swahili|ta Tamil|te Telugu|tg Tajik|th Thai|tl Filipino|tr Turkish|uk Ukrainian|ur Urdu|uz Uzbek
vi Vietnamese|zh Chinese|zu Zulu
"""


def country_name(code: str) -> str:
    """The English name of a country by its two letters; empty for what is none."""
    return _countries().get(code.upper(), "")


def language_name(tag: str) -> str:
    """What agents read for `de`, `pt-BR` or `en_GB`: the language, and where it is spoken if that is said.
    What is not known stays as it is."""
    code, *more = tag.replace("_", "-").split("-")
    name = _languages().get(code.lower())
    where = next((found for each in more if (found := country_name(each))), "")
    if name is None:
        return tag
    return f"{name}, {where}" if where else name


@cache
def _languages() -> Mapping[str, str]:
    rows = _LANGUAGES.replace("\n", "|").split("|")
    return dict(row.split(" ", 1) for row in rows if row)


@cache
def _countries() -> Mapping[str, str]:
    """Of the time zones' list: the number library's own names take 100 MB of memory."""
    rows = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text("utf-8").splitlines()
    return dict(row.split("\t", 1) for row in rows if row and not row.startswith("#"))
