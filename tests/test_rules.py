from __future__ import annotations

from datetime import timedelta

import pytest

from listener.content import Content
from listener.errors import ConfigError
from listener.model import Level, Risk
from listener.rules import FILE, first_raised, load_rules
from tests.fakes import MONDAY
from tests.newsroom import post


def risk(score: int) -> Risk:
    return Risk(score=score, level=Level.HIGH, reasons=(), version="test")


def test_the_shipped_rules_alert_on_high_risk_of_own_brands() -> None:
    rules = load_rules(Content().tables(FILE))
    assert first_raised(rules, post("1"), risk(60), "own", MONDAY) == "high-risk"
    assert first_raised(rules, post("1"), risk(59), "own", MONDAY) is None
    assert first_raised(rules, post("1"), risk(99), "competitor", MONDAY) is None
    undated = post("1", published=None)
    assert first_raised(rules, undated, risk(60), "own", MONDAY) == "high-risk"
    late = MONDAY + timedelta(days=4)
    assert first_raised(rules, post("1"), risk(60), "own", late) is None


def test_a_rule_can_be_switched_off() -> None:
    rules = load_rules({"high-risk": {"risk": 10, "enabled": False}})
    assert first_raised(rules, post("1"), risk(60), "own", MONDAY) is None


def test_mistakes_are_told_with_their_place() -> None:
    with pytest.raises(ConfigError) as caught:
        load_rules({"high-risk": {"risk": 900, "rols": ["own"]}})
    text = "\n".join(caught.value.problems)
    assert 'alerts/rules.toml: high-risk.rols: unknown key; did you mean "roles"?' in text
    assert "alerts/rules.toml: high-risk.risk:" in text
