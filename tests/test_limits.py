from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.fetch.limits import LONGEST, Limit, in_body, in_bytes, in_headers

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
EPOCH = int(NOW.timestamp())
MINUTE = timedelta(minutes=1)
USAGE = '{"call_count": 96, "total_time": 10, "estimated_time_to_regain_access": 20}'


def spent(wait: timedelta) -> Limit:
    return Limit(remaining=0, wait=wait)


@pytest.mark.parametrize(
    ("headers", "limit"),
    [
        pytest.param({}, Limit(), id="silent"),
        pytest.param({"retry-after": "60"}, Limit(wait=MINUTE), id="seconds"),
        pytest.param({"retry-after": "1.5"}, Limit(wait=timedelta(seconds=1.5)), id="fraction"),
        pytest.param(
            {"retry-after": "Fri, 20 Nov 2026 12:01:00 GMT"}, Limit(wait=MINUTE), id="HTTP date"
        ),
        pytest.param({"retry-after": "soon"}, Limit(), id="nonsense"),
        pytest.param(
            {"retry-after": f"Fri, 20 Nov {10**20} 12:01:00 GMT"}, Limit(), id="no year of ours"
        ),
        pytest.param({"retry-after": "999999999"}, Limit(wait=LONGEST), id="for years"),
        pytest.param(
            {"x-ratelimit-remaining": "151.0", "x-ratelimit-reset": "600"},
            Limit(remaining=151),
            id="Reddit, some left",
        ),
        pytest.param(
            {"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "60"},
            spent(MINUTE),
            id="Reddit, seconds left",
        ),
        pytest.param(
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(EPOCH + 60)},
            spent(MINUTE),
            id="GitHub, Unix time",
        ),
        pytest.param(
            {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(EPOCH + 60)},
            spent(MINUTE),
            id="X, Unix time",
        ),
        pytest.param(
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2026-11-20T12:01:00.000Z"},
            spent(MINUTE),
            id="Mastodon, ISO time",
        ),
        pytest.param(
            {"ratelimit-remaining": "0", "ratelimit-reset": str(EPOCH + 60)},
            spent(MINUTE),
            id="Bluesky, Unix time",
        ),
        pytest.param(
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(1000 * (EPOCH + 60))},
            spent(MINUTE),
            id="milliseconds",
        ),
        pytest.param({"ratelimit": '"default";r=0;t=60'}, spent(MINUTE), id="IETF draft"),
        pytest.param(
            {"ratelimit": "limit=100, remaining=0, reset=60"}, spent(MINUTE), id="IETF, draft 7"
        ),
        pytest.param(
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(EPOCH - 60)},
            spent(timedelta(0)),
            id="a window that is over",
        ),
        pytest.param({"x-app-usage": USAGE}, spent(20 * MINUTE), id="Meta, nearly full"),
        pytest.param(
            {"x-business-use-case-usage": json.dumps({"1": [json.loads(USAGE)]})},
            spent(20 * MINUTE),
            id="Meta, per account",
        ),
        pytest.param({"x-app-usage": '{"call_count": 40}'}, Limit(), id="Meta, room left"),
        pytest.param({"x-app-usage": '{"call_count": 99}'}, spent(60 * MINUTE), id="Meta, unsaid"),
        pytest.param({"x-app-usage": "[" * 5000}, Limit(), id="Meta, hostile"),
    ],
)
def test_headers(headers: dict[str, str], limit: Limit) -> None:
    assert in_headers(headers, NOW) == limit


@pytest.mark.parametrize(
    ("body", "limit"),
    [
        ({"items": [], "quota_remaining": 298}, Limit(remaining=298)),
        ({"backoff": 10, "quota_remaining": 0}, Limit(remaining=0, wait=timedelta(seconds=10))),
        (
            {"error_message": "too many requests, more requests available in 60 seconds"},
            Limit(wait=MINUTE),
        ),
        ({"errors": ["slow"], "extras": {"wait_seconds": 60}}, Limit(wait=MINUTE)),
        ({"ok": False, "parameters": {"retry_after": 60}}, Limit(wait=MINUTE)),
        ({"retry_after": 0.5}, Limit(wait=timedelta(seconds=0.5))),
        ({"retry_after": True}, Limit()),
        ({"retry_after": float("nan")}, Limit()),
        ([1, 2], Limit()),
    ],
)
def test_bodies(body: object, limit: Limit) -> None:
    assert in_body(body) == limit


VALUES = st.text(max_size=30) | st.integers().map(str) | st.floats().map(str)
NAMES = st.sampled_from(
    ["retry-after", "ratelimit", "x-app-usage"]
    + [f"{f}-{w}" for f in ("ratelimit", "x-ratelimit") for w in ("remaining", "reset")]
)


@given(st.dictionaries(NAMES, VALUES), st.binary(max_size=60))
def test_nothing_a_server_sends_silences_it_for_more_than_a_day(
    headers: dict[str, str], body: bytes
) -> None:
    limit = in_headers(headers, NOW) | in_bytes(body)
    assert limit.wait is None or timedelta(0) <= limit.wait <= LONGEST
    assert limit.remaining is None or limit.remaining >= 0
