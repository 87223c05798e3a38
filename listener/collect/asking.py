"""What a kind with a search asks for: phrases of its options, else what the brands look for."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, Field

from listener.analysis.pushdown import Dialect, push_down
from listener.analysis.query import Node, QueryError, parse
from listener.collect.tools import Tools
from listener.errors import SourceError

log = logging.getLogger(__name__)


class NothingToAsk(SourceError):
    """Neither phrases nor a brand's query that the platform's search could be asked for."""

    needs_person = True


def phrase(words: str) -> Node:
    """Return the query that finds these words, in this order; raises ValueError for none."""
    if set(words) & set('"*'):
        raise ValueError("write the words without quotes and without *: they are one phrase")
    try:
        return parse(f'"{words}"')
    except QueryError as exc:
        raise ValueError(f'"{words}" has no word to look for') from exc


def _readable(words: str) -> str:
    phrase(words)
    return words


# Words of an option, to be searched for as one phrase.
Words = Annotated[str, Field(min_length=1), AfterValidator(_readable)]


def searches(phrases: Sequence[str], tools: Tools, dialect: Dialect) -> tuple[str, ...]:
    """Return the searches that find the phrases; without any, those of the brands' queries.

    Raises NothingToAsk. What a platform cannot be asked for is logged.
    """
    nodes = [phrase(words) for words in phrases] or list(tools.queries.values())
    pushed = push_down(nodes, dialect)
    if not pushed.searches:
        unasked = ", ".join(pushed.unasked)
        why = f"by itself, {unasked} cannot be searched for" if unasked else "no brand listens here"
        raise NothingToAsk(f"nothing to search for: {why}; give `queries`")
    if pushed.unasked:
        log.warning("not searched for, as the platform cannot: %s", ", ".join(pushed.unasked))
    return pushed.searches
