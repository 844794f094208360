"""What a search gives back: a page of hits, facets and a timeline.

``ResultPage.to_dict`` is the JSON contract of the HTTP endpoint and of ``--json``. The classes are
also the source of its schema: pydantic, which nothing here needs, reads their fields with the
metadata, and ``web`` their docstrings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from sanbao.search.article import Article, Language, format_instant
from sanbao.search.request import TimelinePeriod

OUTDATED = "The newest state of the index cannot be read; an older one was searched."
OLD_SYNONYMS = "The file of synonyms cannot be read; those from before its last change were used."
STOPPED = (
    "The search took too long and was stopped; there may be more and better articles than these."
)
EXPANSION_CUT = (
    "Too many words fit one with a * or ~; only the most frequent of them were searched for."
)
UNCOUNTED = "There was no time left to count all articles by date and for every filter."
UNMARKED = "There was no time left to mark what was found in every article."
UNEXPLAINED = "There was no time left to explain the scores."
WIDENED: Mapping[TimelinePeriod, str] = {
    "week": "A timeline has at most 500 periods, so this one counts by week.",
    "month": "A timeline has at most 500 periods, so this one counts by month.",
    "year": "A timeline has at most 500 periods, so this one counts by year.",
    "decade": "A timeline has at most 500 periods, so this one counts by decade.",
    "century": "A timeline has at most 500 periods, so this one counts by century.",
}
"""By the period that was taken in place of the one that was asked for."""
NO_WORDS = "There is no letter or digit in what you typed, so nothing was searched for."
TOO_MANY = "There are too many words, phrases and filters; only the first were searched for."
TOO_DEEP = "Brackets stand too deep in other brackets; the innermost were passed over."
SHORT_BEGINNING = "A * needs more letters before it; the word was searched for as it stands."
NOT_QUOTED = (
    "No article says exactly what stands in quotation marks; its words were searched for instead."
)
PASSED_OVER = (NO_WORDS, TOO_MANY, TOO_DEEP, SHORT_BEGINNING, NOT_QUOTED)
"""The warnings about what was typed and not searched for as it stands."""

WARNINGS = (
    *PASSED_OVER,
    OUTDATED,
    OLD_SYNONYMS,
    STOPPED,
    EXPANSION_CUT,
    UNCOUNTED,
    UNMARKED,
    UNEXPLAINED,
    *WIDENED.values(),
)
"""The sentences of :attr:`ResultPage.warnings`, which the pages translate."""

PartKind = Literal["term", "phrase", "language", "title", "recency"]
SuggestionKind = Literal["title", "phrase"]
TotalRelation = Literal["eq", "gte"]

_INSTANT = {"json_schema_extra": {"format": "date-time"}}


@dataclass(frozen=True, slots=True)
class Highlight:
    """HTML-escaped extracts in which matches, and nothing else, stand in ``<mark>``.

    Attributes:
        title: the whole title.
        body: extracts of the body, in its order; empty when there is no body. Where an extract
            begins or ends inside a sentence it has an ellipsis.
    """

    title: str
    body: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorePart:
    """One thing that adds to a score.

    Attributes:
        kind: ``term`` or ``phrase``, by BM25; ``language``, for an article in the writing of the
            query; ``title``, where the query is the whole title; ``recency``, for its date.
        label: which one, as the field and what is in it: ``text_words:经济``,
            ``title_grams:"rate cut"``, ``language:ja``, ``published:2022-01-10``.
        value: what it adds.
        weight: of a term beside others; of the other kinds, the most that it adds.
        idf: as it is multiplied, to the power of 1.2; of a phrase, the sum over its grams.
        frequency: how often the term or phrase is in the field of this article.
        length, average_length: tokens in the field, of this article and of an average one.
    """

    kind: PartKind
    label: str
    value: float
    weight: float
    idf: float | None = None
    frequency: int | None = None
    length: int | None = None
    average_length: float | None = None


@dataclass(frozen=True, slots=True)
class WeighedUnit:
    """One thing that a text asks for.

    Attributes:
        terms: any of them will do.
        weight: what having one counts.
    """

    terms: tuple[str, ...]
    weight: int


@dataclass(frozen=True, slots=True)
class TextMatching:
    """When an article has enough of a text.

    Attributes:
        units: what the text asks for.
        needed: an article needs units that weigh as much together.
    """

    units: tuple[WeighedUnit, ...]
    needed: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a query was answered.

    Attributes:
        query: how the query was understood, on one line.
        matching: what an article needs, for each text in the query.
    """

    query: str
    matching: tuple[TextMatching, ...]


# Nobody makes one of the next two: they describe what Hit.to_dict gives.
@dataclass
class ScoreExplanation:
    """What adds up to a score."""

    score: float
    parts: tuple[ScorePart, ...]


@dataclass
class HitJson:
    """One article found, without its body.

    Attributes:
        score: orders the hits of one page; higher is better.
        highlight: None when the request turned it off.
        explanation: what adds up to the score, if the request asked for it.
    """

    id: str
    score: float
    language: Language
    title: str
    url: str | None
    source: str | None
    author: str | None
    published: datetime | None
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    image: str | None
    highlight: Highlight | None
    explanation: ScoreExplanation | None


@dataclass(frozen=True, slots=True)
class Hit:
    """One article found.

    Attributes:
        highlight: None when the request turned it off.
        explanation: the parts of the score, which add up to it, if the request asked for them.
    """

    article: Article
    score: float
    highlight: Highlight | None = None
    explanation: tuple[ScorePart, ...] | None = None

    def to_dict(self) -> dict[str, Any]:
        """The hit as in the JSON contract, which is :class:`HitJson`."""
        article = self.article
        return {
            "id": article.id,
            "score": round(self.score, 4),
            "language": article.language,
            "title": article.title,
            "url": article.url,
            "source": article.source,
            "author": article.author,
            "published": format_instant(article.published),
            "categories": list(article.categories),
            "tags": list(article.tags),
            "image": article.image,
            "highlight": self.highlight
            and {"title": self.highlight.title, "body": list(self.highlight.body)},
            "explanation": None
            if self.explanation is None
            else {"score": self.score, "parts": [asdict(part) for part in self.explanation]},
        }

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, schema_of: Callable[[type], Any]) -> Any:
        """Let pydantic describe what :meth:`to_dict` gives."""
        return schema_of(HitJson)


@dataclass(frozen=True, slots=True)
class FacetValue:
    """How many matching articles have this value."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class TimelineBucket:
    """How many matching articles were published in a period.

    Attributes:
        start: the first day of the period, ``date`` in JSON.
    """

    start: date = field(metadata={"alias": "date"})
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultPage:
    """One page of results.

    Attributes:
        query: the text as the user gave it.
        understood: how it was understood, filters included.
        languages: the candidate languages of the query (base languages).
        total: how many articles match.
        total_relation: ``eq`` when the total is exact, ``gte`` when there may be more.
        suggestion: the query with a misspelled word replaced, or None.
        took_ms: milliseconds spent inside the engine.
        facets: facet name to values, most frequent first.
        timeline: counts by publication period, oldest first; empty periods are left out, and there
            are at most 500.
        timeline_unit: the period that the timeline counts by, or None when it is empty.
        explanation: how the query was answered, if the request asked for it; ``explain`` in JSON.
        partial: whether anything that was asked for is missing, as the warnings say.
        warnings: sentences for readers about what this answer lacks.
    """

    query: str
    understood: str
    languages: tuple[str, ...]
    total: int
    offset: int
    limit: int
    took_ms: float
    hits: tuple[Hit, ...]
    total_relation: TotalRelation = "eq"
    suggestion: str | None = None
    facets: Mapping[str, tuple[FacetValue, ...]] = field(default_factory=dict)
    timeline: tuple[TimelineBucket, ...] = ()
    timeline_unit: TimelinePeriod | None = None
    explanation: Explanation | None = field(default=None, metadata={"alias": "explain"})
    partial: bool = False
    warnings: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The page as in the JSON contract."""
        return {
            "query": self.query,
            "understood": self.understood,
            "languages": list(self.languages),
            "total": self.total,
            "total_relation": self.total_relation,
            "offset": self.offset,
            "limit": self.limit,
            "took_ms": round(self.took_ms, 2),
            "suggestion": self.suggestion,
            "hits": [hit.to_dict() for hit in self.hits],
            "facets": {
                name: [{"value": v.value, "count": v.count} for v in values]
                for name, values in self.facets.items()
            },
            "timeline": [
                {"date": bucket.start.isoformat(), "count": bucket.count}
                for bucket in self.timeline
            ],
            "timeline_unit": self.timeline_unit,
            "explain": self.explanation and asdict(self.explanation),
            "partial": self.partial,
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something that a reader who is typing may mean.

    Attributes:
        kind: ``title`` of an article, or a ``phrase`` of titles.
        text: it, in its original writing.
        articles: how many articles have the phrase in their title; None for a title.
    """

    kind: SuggestionKind
    text: str
    articles: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexStats:
    """What is in an index.

    Attributes:
        articles: how many articles can be found.
        languages: articles by base language, most frequent first.
        sources: articles by source, most frequent first, of the 300 most frequent sources.
        source_count: how many sources there are, those that are not listed too.
        oldest, newest: the earliest and latest publication date as ISO 8601 UTC, or None.
        size_bytes: what the index takes on disk.
        generation: grows by one with each commit.
    """

    articles: int
    languages: Mapping[str, int]
    sources: Mapping[str, int]
    source_count: int
    oldest: str | None = field(metadata=_INSTANT)
    newest: str | None = field(metadata=_INSTANT)
    size_bytes: int
    generation: int

    def to_dict(self) -> dict[str, Any]:
        """The figures as JSON types, in the order of the attributes."""
        return {
            "articles": self.articles,
            "languages": dict(self.languages),
            "sources": dict(self.sources),
            "source_count": self.source_count,
            "oldest": self.oldest,
            "newest": self.newest,
            "size_bytes": self.size_bytes,
            "generation": self.generation,
        }
