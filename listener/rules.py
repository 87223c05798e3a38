"""What is an alert: the operator's rules, applied to one mention at a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import Field

from listener.config.problems import Places, read
from listener.config.shape import Role, Table
from listener.config.types import Duration
from listener.errors import ConfigError
from listener.model import Post, Risk

FILE = "alerts/rules.toml"


class Rule(Table):
    """One table of rules.toml; a mention for which all holds is an alert."""

    risk: int = Field(ge=0, le=100, description="risk at least this high")
    roles: tuple[Role, ...] = Field(("own",), description="brands of these roles")
    within: Duration = Field(
        timedelta(days=3), description="published no longer ago; unknown dates count as new"
    )
    enabled: bool = True

    def raised(self, post: Post, risk: Risk, role: Role, now: datetime) -> bool:
        """Tell whether this mention cannot wait for the digest."""
        recent = post.published is None or now - post.published <= self.within
        return self.enabled and role in self.roles and risk.score >= self.risk and recent


def load_rules(tables: Mapping[str, object]) -> dict[str, Rule]:
    """Read the rules by name. Raises ConfigError with every problem."""
    problems: list[str] = []
    places = Places(FILE, "", tables)
    found = {name: read(Rule, table, places, (name,), problems) for name, table in tables.items()}
    if problems:
        raise ConfigError(problems)
    return {name: rule for name, rule in found.items() if rule is not None}


def first_raised(
    rules: Mapping[str, Rule], post: Post, risk: Risk, role: Role, now: datetime
) -> str | None:
    """Return the name of the first rule that calls this mention an alert."""
    return next((n for n, rule in rules.items() if rule.raised(post, risk, role, now)), None)
