"""Countries and languages in words."""

from __future__ import annotations

import pytest

from networks._names import country_name, language_name


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("de", "German"),
        ("pt-BR", "Portuguese, Brazil"),
        ("en_GB", "English, Britain (UK)"),
        ("zh-Hant-TW", "Chinese, Taiwan"),
        ("SR", "Serbian"),
        ("tlh", "tlh"),
        ("", ""),
        ("-", "-"),
    ],
)
def test_languages_have_names(tag: str, name: str) -> None:
    assert language_name(tag) == name


def test_countries_have_names() -> None:
    assert (country_name("gb"), country_name("AT"), country_name("XX")) == ("Britain (UK)", "Austria", "")
