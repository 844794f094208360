"""The vocabulary of the plain engine: its terms are gone through one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sanbao.search.article import Article
from sanbao.search.engines.base import Matches, Wanted
from sanbao.search.limits import Deadline, Limits
from sanbao.search.query.tree import And, Keyword, Or, Query
from sanbao.search.suggestions.titles import Title
from sanbao.search.suggestions.vocabulary import FoundRanges, Newest, TermRange
from tests.search.edits import plain_distance
from tests.search.engines.plain_index import PlainReader


class PlainRanges(NamedTuple):
    """Answers :class:`sanbao.search.suggestions.vocabulary.FoundRanges`.

    Attributes:
        articles: that have a term of each range.
    """

    postings: list[int]
    articles: list[set[int]]


class PlainVocabulary:
    """Answers :class:`sanbao.search.suggestions.vocabulary.Vocabulary`; keys are numbers of
    articles."""

    def __init__(
        self,
        terms: PlainReader,
        articles: Sequence[Article],
        match: Callable[[Query, Wanted, Deadline], Matches],
        languages: Sequence[str],
        limits: Limits,
        deadline: Deadline,
    ) -> None:
        self.size = len(articles)
        self._terms = terms
        self._articles = articles
        self._match = match
        self._languages = languages
        self._limits = limits
        self._deadline = deadline

    def find(self, ranges: Sequence[TermRange]) -> PlainRanges:
        """Where the ranges are."""
        self._deadline.check()
        found = [[set(having) for _, having in self._in(each)] for each in ranges]
        postings = [sum(map(len, sets)) for sets in found]
        return PlainRanges(postings, [set().union(*sets) for sets in found])

    def frequent(self, ranges: Sequence[TermRange], count: int) -> list[tuple[str, int]]:
        """The terms of the ranges that most articles have."""
        self._deadline.check()
        counts = {term: len(having) for each in ranges for term, having in self._in(each)}
        return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:count]

    def similar(self, field: str, word: str, max_edits: int) -> dict[str, tuple[int, int]]:
        """The terms a few typing errors away from a word that begin with the same letter."""
        self._deadline.check()
        beginning = TermRange(field, word[0], prefix=True)
        distances = {term: plain_distance(word, term) for term, _ in self._in(beginning)}
        return {
            term: (edits, len(self._terms.positions(field, term)))
            for term, edits in distances.items()
            if edits <= max_edits
        }

    def newest(self, found: FoundRanges, groups: Iterable[Sequence[int]], count: int) -> Newest:
        """The newest articles that have a term of each of some groups of ranges."""
        self._deadline.check()
        assert isinstance(found, PlainRanges)
        having = set(range(self.size))
        if self._languages:
            languages = [TermRange("language", each) for each in self._languages]
            having = set().union(*self.find(languages).articles)
        for group in groups:
            having &= set().union(*(found.articles[place] for place in group))
        newest = sorted(having, key=lambda number: (-self._terms.published[number], number))
        return Newest(newest[:count], len(newest))

    def matching(self, query: Query, count: int) -> Newest:
        """The newest articles that match a query."""
        self._deadline.check()
        if self._languages:
            in_one = Or(tuple(Keyword("language", each) for each in self._languages))
            query = And((query, in_one))
        wanted = Wanted(limit=count, sort="newest", limits=self._limits)
        matches = self._match(query, wanted, self._deadline)
        return Newest(matches.keys, matches.total)

    def count(self, query: Query) -> int:
        """How many articles match a query."""
        return self.matching(query, 0).total

    def titles(self, keys: Sequence[Any]) -> list[Title]:
        """The titles of these articles."""
        articles = [self._articles[number] for number in self._deadline.checked(keys)]
        return [Title(article.title, article.language) for article in articles]

    def _in(self, wanted: TermRange) -> Iterator[tuple[str, Iterable[int]]]:
        """Each term of a range, and the articles that have it."""
        for term in self._terms.terms(wanted.field):
            if term.startswith(wanted.text) if wanted.prefix else term == wanted.text:
                yield term, self._terms.positions(wanted.field, term)
