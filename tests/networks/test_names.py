"""Countries and languages in words."""

from __future__ import annotations

import pytest

from networks._names import country_name, language_name


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("de", "German"),
        ("pt-BR", "Portuguese (Brazil)"),
        ("en_GB", "English (United Kingdom)"),
        ("zh-Hant-TW", "Chinese (Traditional, Taiwan)"),
        ("SR", "Serbian"),
        ("x-klingon", "x-klingon"),
        ("", ""),
        ("-", "-"),
    ],
)
def test_languages_have_names(tag: str, name: str) -> None:
    assert language_name(tag) == name


def test_countries_have_names() -> None:
    assert [country_name(code) for code in ("gb", "AT", "XX", "419")] == ["United Kingdom", "Austria", "", ""]
