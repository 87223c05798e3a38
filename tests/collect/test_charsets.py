from __future__ import annotations

import pytest

from listener.collect.charsets import codec, is_foreign


@pytest.mark.parametrize("declared", ["punycode", "IDNA", " Punycode ", "utf-7", "cp500", "hex"])
def test_what_python_knows_and_no_browser(declared: str) -> None:
    assert codec(declared) is None
    assert is_foreign(declared)


@pytest.mark.parametrize(
    ("declared", "name"),
    [
        ("UTF8", "utf-8"),
        ("latin1", "cp1252"),
        ("x-sjis", "cp932"),
        *((name, name) for name in ("utf-16-le", "iso8859-15", "cp1251", "koi8-r", "euc_jp")),
        *((name, name) for name in ("big5", "iso2022_jp", "mac-roman", "cp874", "gb18030")),
        ("unheard-of", None),
        ("", None),
        ("a\0b", None),
    ],
)
def test_charsets_as_browsers_read_them(declared: str, name: str | None) -> None:
    assert codec(declared) == name
    assert not is_foreign(declared)
