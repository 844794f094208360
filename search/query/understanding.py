"""A request to a query: its text is read, gets meanings and is analysed; its filters join it."""

from __future__ import annotations

from typing import NamedTuple

from sanbao.search.analysis.keyword import keyword, whole_title
from sanbao.search.analysis.language import written_languages
from sanbao.search.errors import EmptyQuery
from sanbao.search.expansion.synonyms import Synonyms
from sanbao.search.limits import DEFAULT_LIMITS, Limits
from sanbao.search.query.filters import check_filters, check_length, request_filters
from sanbao.search.query.grammar import read
from sanbao.search.query.parser import Parsed, parse
from sanbao.search.query.syntax import Node
from sanbao.search.query.tokens import half_width
from sanbao.search.query.tree import And, Everything, Near, Nothing, Phrase, Prefer, Query, Text
from sanbao.search.query.widening import meanings_of
from sanbao.search.request import SearchRequest
from sanbao.search.results import NO_WORDS, SHORT_BEGINNING, TOO_DEEP, TOO_MANY

OWN_LANGUAGE_BONUS = 0.1
"""Articles in the query's own writing come first, unless they fit much worse: they must, because
folded characters make the other languages look alike. docs/decisions/0016-ranking.md."""

WHOLE_TITLE_BONUS = 2.0
"""More than everything else together can make: who types a title wants that article."""


class Understood(NamedTuple):
    """A query, and sentences of :data:`search.results.PASSED_OVER` on what is not in it.

    Attributes:
        in_words: for a text of words and quotations alone, such as a headline, the query without
            quotation marks: what to ask when nothing at all is found.
    """

    query: Query
    warnings: tuple[str, ...]
    in_words: Query | None = None


def understand(
    request: SearchRequest, limits: Limits = DEFAULT_LIMITS, synonyms: Synonyms | None = None
) -> Understood:
    """The tree of a request: its text and its filters.

    Args:
        synonyms: what else may stand for plain words, unless they are to be left out.

    Raises:
        EmptyQuery: when there is neither text nor filter.
        QueryTooLarge: naming what is too long, or the filter that has too many values.
    """
    check_length("q", request.text, limits)
    check_filters(request, limits)
    filters = request_filters(request)
    blank = not request.text.strip()
    typed = Understood(Everything(), ()) if blank and filters else None
    query, warnings, in_words = typed or understand_text(request.text, limits, synonyms)

    def whole(query: Query) -> Query:
        if any(isinstance(node, Text | Phrase | Near) for node in query.walk()):
            query = _prefer(query, request.text)
        return And((query, *filters)) if filters else query

    return Understood(whole(query), warnings, in_words and whole(in_words))


def understand_text(
    text: str, limits: Limits = DEFAULT_LIMITS, synonyms: Synonyms | None = None
) -> Understood:
    """The tree of a text; ``synonyms`` as in :func:`understand`.

    Raises:
        EmptyQuery: when there is nothing but white space.
        QueryTooLarge: when it is longer than the limits allow.
    """
    check_length("q", text, limits)
    if not text.strip():
        raise EmptyQuery("q", "is empty; give words to search for, or * for every article")
    if half_width(text).strip() == "*":
        return Understood(Everything(), ())
    syntax = read(text, limits)

    def parsed(tree: Node) -> Parsed:
        return parse(tree, meanings_of(tree, synonyms), limits)

    typed, is_beginning_short = parsed(syntax.tree)
    # Operators alone are words after all.
    query = typed or parsed(syntax.as_words()).query
    holds = {
        NO_WORDS: query is None,
        TOO_MANY: syntax.has_too_many,
        TOO_DEEP: syntax.is_too_deep,
        SHORT_BEGINNING: is_beginning_short,
    }
    in_words = parsed(syntax.as_words()).query if syntax.is_partly_quoted else None
    return Understood(query or Nothing(), tuple(filter(holds.__getitem__, holds)), in_words)


def query_of(request: SearchRequest, limits: Limits = DEFAULT_LIMITS) -> Query:
    """The query of :func:`understand`, which says what it raises."""
    return understand(request, limits).query


def parse_query(text: str, limits: Limits = DEFAULT_LIMITS) -> Query:
    """The query of :func:`understand_text`, which says what it raises."""
    return understand_text(text, limits).query


def _prefer(query: Query, text: str) -> Query:
    """The query, with articles in the writing of the text and of that very title first."""
    if written := written_languages(text):
        query = Prefer(query, "language", tuple(map(keyword, written)), OWN_LANGUAGE_BONUS)
    return Prefer(query, "whole_title", (whole_title(text),), WHOLE_TITLE_BONUS)
