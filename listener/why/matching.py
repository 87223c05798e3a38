"""Which words matched, and which part of a query failed where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from listener.analysis.explain import Explanation
from listener.analysis.text import snippet
from listener.model import Post, Span
from listener.why.model import Failure, Place

WIDTH = 90  # characters of a place
MOST = 3  # places of one finding


def places(post: Post, spans: Iterable[Span]) -> tuple[Place, ...]:
    """Return where words stand, title first, with what is around them; a few places only."""
    found: list[Place] = []
    for field, text in (("title", post.title or ""), ("text", post.text)):
        here = sorted({span for span in spans if span.field == field})
        while here and len(found) < MOST:
            piece = snippet(text, here, WIDTH)
            marks = tuple((span.start, span.end) for span in piece.spans)
            found.append(Place(field=here[0].field, text=piece.text, marks=marks))
            here = here[max(1, len(marks)) :]
    return tuple(found)


def failures(post: Post, part: Explanation) -> tuple[Failure, ...]:
    """Return why a query did not match: the smallest parts that decided it."""
    if not any(leaf.matched for leaf in _wanted(part)):
        terms = (leaf.clause for leaf in _wanted(part) if leaf.operator == "term")
        if words := tuple(dict.fromkeys(terms)):
            return (_lacking(words),)
    return tuple(_joined(_failures(post, part)))


def there(part: Explanation) -> tuple[Span, ...]:
    """Return the words that were looked for and are there, in a query that failed."""
    return tuple(span for leaf in _wanted(part) if leaf.matched for span in leaf.spans)


def _wanted(part: Explanation) -> Iterator[Explanation]:
    """Yield the words and facts that are looked for, not those that are excluded."""
    if part.operator == "not":
        return
    if not part.children:
        yield part
    for child in part.children:
        yield from _wanted(child)


def _failures(post: Post, part: Explanation) -> Iterator[Failure]:
    failed = [child for child in part.children if not child.matched]
    match part.operator:
        case "term":
            yield Failure(how="missing", clauses=(part.clause,))
        case "field":
            yield Failure(how="differs", clauses=(part.clause,), actual=part.actual or None)
        case "not":
            (child,) = part.children
            clauses = tuple(leaf.clause for leaf in _wanted(child) if leaf.matched)
            yield Failure(how="excluded", clauses=clauses, places=places(post, child.spans))
        case "near" if not failed:
            spans = [span for child in part.children for span in child.spans]
            yield Failure(how="apart", clauses=(part.clause,), places=places(post, spans))
        case "or":
            yield from _none(post, failed)
        case _:
            for child in failed:
                yield from _failures(post, child)


def _none(post: Post, failed: Sequence[Explanation]) -> Iterator[Failure]:
    """Yield why the alternatives failed that came near; else that none of the words is there."""
    near = [child for child in failed if any(leaf.matched for leaf in _wanted(child))]
    for child in near:
        yield from _failures(post, child)
    if near:
        return
    words = [leaf.clause for child in failed for leaf in _wanted(child) if leaf.operator == "term"]
    if words:
        yield _lacking(tuple(dict.fromkeys(words)))
    for child in failed:
        if child.operator in ("field", "not"):
            yield from _failures(post, child)


def _lacking(words: tuple[str, ...]) -> Failure:
    return Failure(how="none" if len(words) > 1 else "missing", clauses=words)


def _joined(failures: Iterable[Failure]) -> Iterator[Failure]:
    """Yield the failures, words that are missing one after the other told at once."""
    for how, run in groupby(failures, key=lambda failure: failure.how):
        if how == "missing":
            clauses = (clause for failure in run for clause in failure.clauses)
            yield Failure(how=how, clauses=tuple(dict.fromkeys(clauses)))
        else:
            yield from run
