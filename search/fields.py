"""What an article is found by: one list for every engine and every way in.

::

    FIELDS      what an index keeps tokens of, and how an article comes to them
    FILTERS     what a search is narrowed by: options, parameters, ``name:`` in a query
    FACETS      the names of those filters whose values are counted
    SORTS       the orders of a page

A further filter is one entry of :data:`FILTERS`; its field, option, parameter, typed name, facet
and link on the pages come from there. Pages need one thing more, what to call it (``web.i18n``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Literal, NamedTuple

from sanbao.search.article import LANGUAGES, Article, base_language

if TYPE_CHECKING:
    from sanbao.search.analysis import Terms, TitleKeys

Form = Literal["counted", "placed", "whole"]
"""What an index keeps of the tokens of a field: how often each is there, at which positions, or
just that it is."""

Reader = Literal["words", "grams", "keyword", "title", "exact"]

Sort = Literal["relevance", "newest", "oldest"]
SORTS: tuple[Sort, ...] = ("relevance", "newest", "oldest")
"""By score, or by the date of publication, where articles without one stand last."""

SENTENCE_END_TERM = "."
"""The only term of the fields that say at which positions of the grams sentences end."""


class Tokens(NamedTuple):
    """The tokens of a field of one article: the term of each and, if the field is ``placed``, its
    position."""

    terms: Sequence[str]
    positions: Sequence[int] = ()


class Analyzed(NamedTuple):
    """An article and what the analysis makes of it.

    Attributes:
        text: the parts of the text: copies of the title, for its words weigh more, and the body.
        title: the title as the only part.
    """

    article: Article
    text: Sequence[Terms]
    title: Sequence[Terms]
    keys: TitleKeys
    whole_title: str


class Field(NamedTuple):
    """A field that an index keeps tokens of.

    Attributes:
        name: in every index.
        form: what is kept of the tokens.
        tokens: of an article.
        reader: how what somebody types for this field alone becomes tokens, if anybody can.
    """

    name: str
    form: Form
    tokens: Callable[[Analyzed], Tokens]
    reader: Reader | None = None


class Filter(NamedTuple):
    """Whole values that a search can be narrowed by.

    Attributes:
        name: of the parameter, the option, the facet, and before the colon in a query.
        help: what its values are, after "only these".
        field: the field in which the values stand, as :func:`search.analysis.keyword.keyword`
            writes them.
        values: those by which an article is found.
        counted: those of an article that a facet counts, as they are written; None for no facet.
        allowed: the only values that there are, which may be given as a comma list too; empty if
            any text is one.
    """

    name: str
    help: str
    field: str
    values: Callable[[Article], Sequence[str]]
    counted: Callable[[Article], Sequence[str]] | None = None
    allowed: Sequence[str] = ()

    def split(self, given: Sequence[str]) -> tuple[str, ...]:
        """The values that were given, without blank ones."""
        if self.allowed:
            given = ",".join(given).split(",")
        return tuple(value.strip() for value in given if value.strip())


def _source(article: Article) -> Sequence[str]:
    return _present(article.source)


def _author(article: Article) -> Sequence[str]:
    return _present(article.author)


def _present(value: str | None) -> Sequence[str]:
    return (value,) if value else ()


def _base_language(article: Article) -> Sequence[str]:
    return (base_language(article.language),)


def _languages(article: Article) -> Sequence[str]:
    return base_language(article.language), article.language


_CATEGORIES = attrgetter("categories")

LANGUAGE = Filter(
    "lang",
    "languages, also as a comma list; zh is both scripts",
    field="language",
    values=_languages,
    counted=_base_language,
    allowed=LANGUAGES,
)

FILTERS = (
    LANGUAGE,
    Filter("source", "sources", "source", _source, _source),
    Filter("category", "categories", "category", _CATEGORIES, _CATEGORIES),
    Filter("author", "authors", "author", _author, _author),
    Filter("tag", "tags", "tag", attrgetter("tags")),
)
"""In the order in which options and menus have them."""

FILTERS_BY_NAME = {each.name: each for each in FILTERS}

TYPED_NAMES = ("title", *FILTERS_BY_NAME, "date")
"""What may stand before a colon in a query."""

FACETS = tuple(each.name for each in FILTERS if each.counted)
"""What can be counted, in the order of the menus."""


def _values_of(each: Filter) -> Field:
    def tokens(analyzed: Analyzed) -> Tokens:
        from sanbao.search.analysis.keyword import keyword

        return Tokens([keyword(value) for value in each.values(analyzed.article)])

    return Field(each.field, "whole", tokens, "keyword")


FIELDS = (
    Field("id", "whole", lambda a: Tokens([a.article.id]), "exact"),
    Field("text_words", "counted", lambda a: _words(a.text), "words"),
    Field("text_grams", "placed", lambda a: _grams(a.text), "grams"),
    Field("text_sentences", "placed", lambda a: _sentence_ends(a.text)),
    Field("title_words", "counted", lambda a: _words(a.title), "words"),
    Field("title_grams", "placed", lambda a: _grams(a.title), "grams"),
    Field("title_sentences", "placed", lambda a: _sentence_ends(a.title)),
    Field("whole_title", "whole", lambda a: Tokens(_present(a.whole_title)), "title"),
    Field("title_start", "whole", lambda a: Tokens(a.keys.start)),
    Field("title_readings", "whole", lambda a: Tokens(a.keys.readings)),
    *map(_values_of, FILTERS),
)
"""Every field that has tokens; the one with the id is unique to an article."""


def tokens_of(article: Article) -> dict[str, Tokens]:
    """The tokens of an article by field, analysed in its language."""
    # Not above: the analysis takes longer to import than to ask for the names of fields.
    from sanbao.search.analysis import terms, title_keys
    from sanbao.search.analysis.keyword import whole_title
    from sanbao.search.ranking.weights import TITLE_COPIES

    title, body = (terms(text, article.language) for text in (article.title, article.body))
    analyzed = Analyzed(
        article,
        [*[title] * TITLE_COPIES, body],
        [title],
        title_keys(article.title, article.language),
        whole_title(article.title),
    )
    return {field.name: field.tokens(analyzed) for field in FIELDS}


def counted_values(article: Article) -> dict[str, Sequence[str]]:
    """The values of an article by facet, as they are written."""
    return {each.name: each.counted(article) for each in FILTERS if each.counted}


def _words(parts: Sequence[Terms]) -> Tokens:
    return Tokens([word for part in parts for word in part.words])


def _grams(parts: Sequence[Terms]) -> Tokens:
    """The grams of several parts of a text, with gaps between them."""
    grams: list[str] = []
    positions: list[int] = []
    for start, part in zip(_starts(parts), parts, strict=True):
        grams += part.grams
        positions += range(start, start + len(part.grams))
    return Tokens(grams, positions)


def _sentence_ends(parts: Sequence[Terms]) -> Tokens:
    """Where the sentences of several parts of a text end. The end of a part is one."""
    ends: list[int] = []
    for start, part in zip(_starts(parts), parts, strict=True):
        ends += (start + position for position in part.sentence_ends)
        ends.append(start + len(part.grams))
    return Tokens([SENTENCE_END_TERM] * len(ends), ends)


def _starts(parts: Sequence[Terms]) -> list[int]:
    """The position at which each part begins."""
    from sanbao.search.analysis.grams import PART_GAP

    starts, start = [], 0
    for part in parts:
        starts.append(start)
        start += len(part.grams) + PART_GAP
    return starts
