"""What suggestions and corrections ask of an index: its terms, and the titles that have them.

An engine answers :class:`Vocabulary` from whatever it keeps its terms in.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from sanbao.search.query.tree import Query
from sanbao.search.suggestions.titles import Title


class TermRange(NamedTuple):
    """A term of a field, or with ``prefix`` all that begin with the text."""

    field: str
    text: str
    prefix: bool = False


class FoundRanges(Protocol):
    """Where some ranges are; for the vocabulary that found them.

    Attributes:
        postings: how many postings each range has, that is, in how many articles its terms are,
            an article counted once for each of its terms; deleted ones may count until they are
            merged away.
    """

    @property
    def postings(self) -> Sequence[int]: ...


class Newest(NamedTuple):
    """The newest of some articles: their keys, newest first, and how many there are in all."""

    keys: Sequence[Hashable]
    total: int


class Vocabulary(Protocol):
    """The terms of one committed state, and the newest articles that have them.

    It is made for some languages: then only articles in one of them are looked at by
    :meth:`newest`, :meth:`matching` and :meth:`count`. Every call may raise
    :class:`search.limits.TimeIsUp`.

    Attributes:
        size: how many articles there are, in whatever language; deleted ones may count until they
            are merged away.
    """

    @property
    def size(self) -> int: ...

    def find(self, ranges: Sequence[TermRange]) -> FoundRanges:
        """Where the ranges are."""
        ...

    def frequent(self, ranges: Sequence[TermRange], count: int) -> Sequence[tuple[str, int]]:
        """The terms of the ranges that most articles have, each with in how many it is, whatever
        their language; ties stand in order of the terms.

        Where an index has several parts, only the most frequent terms of each may be looked at, so
        that the last of them may be others or have less.
        """
        ...

    def similar(self, field: str, word: str, max_edits: int) -> Mapping[str, tuple[int, int]]:
        """The terms a few typing errors away from a word that begin with the same letter.

        Returns:
            By term, by how many edits it differs, and in how many articles it is. The word itself
            is among them, if there is such a term.
        """
        ...

    def newest(self, found: FoundRanges, groups: Iterable[Sequence[int]], count: int) -> Newest:
        """The newest articles that have a term of each of some groups of ranges; those without a
        date last.

        Args:
            found: what :meth:`find` of this vocabulary gave.
            groups: the places in it of the ranges of each group.
        """
        ...

    def matching(self, query: Query, count: int) -> Newest:
        """The newest articles that match a query."""
        ...

    def count(self, query: Query) -> int:
        """How many articles match a query."""
        ...

    def titles(self, keys: Sequence[Hashable]) -> Sequence[Title]:
        """The titles of articles that this vocabulary named."""
        ...
