"""A post as queries see it: passages of words with their positions, and facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import chain, islice

from listener.analysis.folding import Folded, fold, literal
from listener.analysis.nodes import Or, Pattern, Scope, Term, bare, longest_piece, wildcard
from listener.analysis.sites import host
from listener.analysis.text import TOKEN
from listener.model import Post, Span

LONGEST = 250_000  # characters of a text that are looked at
Place = tuple[int, int]  # a term's first word, and the one after its last


class Passage:
    """A title, a text or a name: its words, and where each stands."""

    def __init__(self, field: Scope, folded: Folded) -> None:
        self.field = field
        self.folded = folded
        self._words = TOKEN.finditer(folded.text)
        self._offsets: list[tuple[int, int]] = []

    @cached_property
    def index(self) -> dict[str, list[int]]:
        """Positions of each word, counted in words."""
        positions: dict[str, list[int]] = {}
        for number, word in enumerate(TOKEN.findall(self.folded.text)):
            positions.setdefault(word, []).append(number)
        return positions

    def offset(self, number: int) -> tuple[int, int]:
        """Return where a word stands in the folded text; read as far as something matched."""
        missing = number + 1 - len(self._offsets)
        if missing > 0:
            self._offsets += [found.span() for found in islice(self._words, missing)]
        return self._offsets[number]

    def places(self, node: Term | Or) -> list[Place]:
        """Return where a term, or any of several, stands; in order."""
        if isinstance(node, Or):
            terms = (child for child in node.children if isinstance(child, Term | Or))
            return sorted(set(chain.from_iterable(self.places(term) for term in terms)))
        if len(node.patterns) == 1:
            return [(number, number + 1) for number in self._positions(node.patterns[0])]
        first, *rest = (self._positions(pattern) for pattern in node.patterns)
        following = [(offset, set(positions)) for offset, positions in enumerate(rest, 1)]
        return [
            (start, start + len(node.patterns))
            for start in first
            if all(start + offset in positions for offset, positions in following)
        ]

    def _positions(self, pattern: Pattern) -> Sequence[int]:
        word = pattern.text
        if pattern.wild:
            piece = longest_piece(word)
            found = self._all(key for key in self.index if piece in key and _fits(word, key))
        elif bare(word) != word:
            found = self.index.get(word, [])
        else:  # a word is found in the hashtag and in the handle too
            found = self._all((word, f"#{word}", f"@{word}"))
        if pattern.exact is not None:
            return [number for number in found if self._is_exactly(number, pattern.exact)]
        return found

    def _all(self, keys: Iterable[str]) -> list[int]:
        lists = [found for key in keys if (found := self.index.get(key))]
        return lists[0] if len(lists) == 1 else sorted(chain.from_iterable(lists))

    def _is_exactly(self, number: int, exact: str) -> bool:
        start, end = self.folded.span(*self.offset(number))
        return _fits(exact, literal(self.folded.original[start:end]))

    def span(self, place: Place) -> Span | None:
        """Return a place in the post as stored; None in an author's name, which is not shown."""
        if self.field != "title" and self.field != "text":
            return None
        start, end = self.offset(place[0])[0], self.offset(place[1] - 1)[1]
        return Span(self.field, *self.folded.span(start, end))


def _fits(pattern: str, word: str) -> bool:
    """Hold a word against a pattern; one without # or @ fits hashtags and handles too."""
    if bare(pattern) == pattern:
        word = bare(word)
    return wildcard(pattern).match(word) is not None


class Handle(Passage):
    """A handle as one word: `author:@jean` is not `jean-paul`, but is `jean@social.example`."""

    def __init__(self, handle: str) -> None:
        super().__init__("author", fold(handle))
        name = self.folded.text.lstrip("@")
        self.index = {f"@{known}": [0] for known in (name, name.partition("@")[0])}


class Reading:
    """A post, with what is known of its source."""

    def __init__(
        self, post: Post, *, source: str = "", source_kind: str = "", language: str | None = None
    ) -> None:
        self.post = post
        self.source = source
        self.source_kind = source_kind
        self.language = language or post.language
        title = Passage("title", fold(post.title or ""))
        text = Passage("text", fold(post.text[:LONGEST]))
        self.passages: dict[Scope, tuple[Passage, ...]] = {
            "any": (title, text),
            "title": (title,),
            "text": (text,),
            "author": self._author(),
        }

    def _author(self) -> tuple[Passage, ...]:
        """Return the author's name, the words of the handle, and the handle as one word."""
        author = self.post.author
        if author is None:
            return ()
        passages = [Passage("author", fold(name)) for name in (author.name, author.handle) if name]
        return (*passages, Handle(author.handle)) if author.handle else tuple(passages)

    @property
    def haystack(self) -> str:
        """All folded text, to look for literals in."""
        passages = chain(self.passages["any"], self.passages["author"])
        return "\n".join(passage.folded.text for passage in passages)

    @cached_property
    def facts(self) -> dict[str, tuple[str, ...]]:
        """What `site: url: lang: source: kind:` are held against, folded; () when not known."""
        known = {
            "site": (host(self.post.url),),
            "url": (self.post.url,),
            "lang": (self.language,),
            "source": (self.source,),
            "kind": (self.post.kind.value, self.source_kind),
        }
        return {
            name: tuple(fold(value).text for value in values if value)
            for name, values in known.items()
        }
