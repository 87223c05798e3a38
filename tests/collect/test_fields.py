from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.collect import fields

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
READERS: tuple[Callable[[object], str | None], ...] = (
    fields.number, fields.name, fields.token, fields.line, fields.plain_line, fields.prose,
    fields.plain_prose, fields.web,
)  # fmt: skip
HALF = "\ud83d"  # what JSON writes of an emoji that was cut in two


@pytest.mark.parametrize("value", [HALF, f"a{HALF}b", f"https://a.example/{HALF}", f"1{HALF}"])
@pytest.mark.parametrize("reader", READERS)
def test_half_a_letter_is_never_stored(reader: Callable[[object], str | None], value: str) -> None:
    (reader(value) or "").encode()


def test_a_time_may_stand_between_spaces() -> None:
    assert fields.moment(" 2026-11-20T12:00:00Z\n", NOW) == NOW


@given(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
    | st.lists(st.none()) | st.dictionaries(st.text(), st.none())
)  # fmt: skip
def test_anything_is_read_or_not_there(value: object) -> None:
    for reader in READERS:
        (reader(value) or "").encode()
    counted = fields.count(value)
    assert counted is None or counted >= 0
    when = fields.moment(value, NOW)
    assert when is None or when.tzinfo is UTC
