"""The compiled evaluator against the slow one in plain Python."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from itertools import chain, permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanbao.search.codec.kernels.dates import NO_DATE
from sanbao.search.codec.kernels.text import Few
from sanbao.search.dates import Period
from sanbao.search.engines.arrays import scoring as array_ranking
from sanbao.search.engines.arrays.evaluator import ArrayEvaluator, Matches
from sanbao.search.engines.base import Wanted
from sanbao.search.fields import SENTENCE_END_TERM, Sort
from sanbao.search.query.tree import (
    And,
    Everything,
    Keyword,
    Near,
    Not,
    Nothing,
    Or,
    Part,
    Phrase,
    Prefer,
    Published,
    Query,
    Slot,
    Term,
    Text,
    Unit,
)
from tests.search.engines.arrays.segments import array_evaluator
from tests.search.engines.plain_index import (
    FACETS,
    KEYWORD_FIELDS,
    TEXT_FIELDS,
    PlainArticle,
    PlainReader,
)
from tests.search.engines.slow_evaluator import Evaluator, Scores

TERMS = ("a", "b", "c", "ab", "ac", "é")
VALUES = ("x", "y", "z")
DATES = (NO_DATE, -86_400, -1, 0, 86_399, 86_400, 1_600_000_000)

# Hypothesis makes a text, and one of a few things, several times as fast as a list.
LETTERS = dict(zip("abcdefg", (*TERMS, SENTENCE_END_TERM), strict=True))
tokens = st.text("abcdefg", max_size=8).map(lambda text: [LETTERS[letter] for letter in text])


def at_most(count: int) -> st.SearchStrategy[list[str]]:
    """So many of the values at most, none of them twice, in any order."""
    choices = [each for size in range(count + 1) for each in permutations(VALUES, size)]
    return st.sampled_from(choices).map(list)


articles = st.builds(
    PlainArticle,
    tokens=st.fixed_dictionaries(dict.fromkeys(TEXT_FIELDS, tokens)),
    values=st.fixed_dictionaries(
        {
            **dict.fromkeys(KEYWORD_FIELDS, at_most(2)),
            "source": at_most(1),
        }
    ),
    published=st.sampled_from(DATES),
    deleted=st.booleans(),
)
segment_lists = st.lists(st.lists(articles, max_size=6), min_size=1, max_size=3)

parts: st.SearchStrategy[Part] = st.sampled_from(["text", "title"])
kinds, written = st.sampled_from(["words", "grams"]), st.sampled_from((*TERMS, "q"))
terms = st.one_of(
    st.builds(Term, kinds, written, st.booleans()),
    st.builds(Term, kinds, written, edits=st.integers(1, 2)),
)
texts = st.builds(
    Text,
    units=st.lists(
        st.builds(Unit, st.lists(terms, min_size=1, max_size=3).map(tuple)), min_size=1, max_size=5
    ).map(tuple),
    share=st.sampled_from([0.0, 0.001, 0.2, 0.4, 0.5, 0.75, 1.0]),
    extra=st.lists(terms, max_size=2).map(tuple),
    weak=st.lists(terms, max_size=2).map(tuple),
    shares=st.lists(st.tuples(terms, st.sampled_from([0.1, 1.8])), max_size=3).map(tuple),
    part=parts,
)
slots = st.builds(Slot, st.integers(0, 3), st.sampled_from(TERMS), st.booleans())
phrases = st.builds(
    Phrase,
    slots=st.lists(slots, max_size=3).map(tuple),
    length=st.integers(1, 4),
    needle=st.just(""),
    part=parts,
)


def near(phrases: list[Phrase], distance: int | None) -> Near:
    """As the parser makes one: its phrases are of one part and begin with their first slot."""
    part = phrases[0].part
    return Near(tuple(from_start(phrase, part) for phrase in phrases), distance, part)


def from_start(phrase: Phrase, part: Part) -> Phrase:
    first = min((slot.offset for slot in phrase.slots), default=0)
    slots = tuple(replace(slot, offset=slot.offset - first) for slot in phrase.slots)
    return replace(phrase, slots=slots, part=part)


nears = st.builds(near, st.lists(phrases, min_size=1, max_size=3), st.integers(0, 4) | st.none())
moments = st.sampled_from(
    [
        None,
        *(datetime.fromtimestamp(d + 0.5, UTC) for d in DATES[1:]),
        *(datetime.fromtimestamp(d, UTC) for d in DATES[1:]),
    ]
)
leaves = st.one_of(
    texts,
    phrases,
    nears,
    st.builds(Keyword, st.sampled_from(KEYWORD_FIELDS), st.sampled_from((*VALUES, "q"))),
    st.builds(Published, st.builds(Period, moments, moments)),
    st.just(Everything()),
    st.just(Nothing()),
)
queries = st.recursive(
    leaves,
    lambda nodes: st.one_of(
        st.builds(And, st.lists(nodes, min_size=1, max_size=3).map(tuple)),
        st.builds(Or, st.lists(nodes, min_size=1, max_size=3).map(tuple)),
        st.builds(Not, nodes),
        st.builds(
            Prefer,
            nodes,
            st.sampled_from(["language", "whole_title"]),
            st.lists(st.sampled_from(VALUES), max_size=2, unique=True).map(tuple),
            st.sampled_from([0.0, 0.02, 0.5]),
        ),
    ),
    max_leaves=5,
)


@pytest.fixture(params=["lists", "bitmaps and estimates"])
def forms(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The forms that small segments would never take are forced on them."""
    if request.param != "lists":
        monkeypatch.setattr("sanbao.search.codec.kernels.evaluation_arrays.MIN_POSTINGS", 2)
        monkeypatch.setattr("sanbao.search.codec.kernels.evaluation_arrays.DENSE_SHARE", 3)
        monkeypatch.setattr(array_ranking, "FEW", Few(0, 0))


@pytest.mark.usefixtures("forms")
@given(
    segments=segment_lists,
    query=queries,
    sort=st.sampled_from(["relevance", "newest", "oldest"]),
    limit=st.integers(0, 5),
)
@settings(deadline=None, max_examples=300)
def test_same_as_slow_evaluator(
    segments: list[list[PlainArticle]], query: Query, sort: Sort, limit: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        evaluator = array_evaluator(Path(folder), segments)
        found = evaluator.match(
            query, Wanted(limit=limit, sort=sort, facets=tuple(FACETS), days=True)
        )
    check(found, list(chain(*segments)), query, limit, sort)


@pytest.mark.usefixtures("forms")
@given(
    segments=segment_lists,
    query=st.one_of(texts, phrases).flatmap(
        lambda query: st.sampled_from([query, Prefer(query, "language", ("x", "z"), 0.3)])
    ),
    limit=st.integers(1, 5),
)
@settings(deadline=None, max_examples=300)
def test_best_of_a_text_or_phrase_alone(
    segments: list[list[PlainArticle]], query: Query, limit: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        evaluator = array_evaluator(Path(folder), segments)
        found = evaluator.match(query, Wanted(limit=limit))
        counted = evaluator.match(query, Wanted(limit=limit, days=True))
    index = list(chain(*segments))
    scores = Evaluator(PlainReader(index)).evaluate(query)
    expected = {doc: score for doc, score in scores.items() if not index[doc].deleted}
    assert found.total == counted.total == len(expected)
    check_page(found, index, expected, limit, "relevance")
    assert found.keys == counted.keys


def check(
    found: Matches, index: Sequence[PlainArticle], query: Query, limit: int, sort: Sort
) -> None:
    """Hold the matches against the slow evaluator's."""
    check_all(found, index, Evaluator(PlainReader(index)).evaluate(query), limit, sort)


def check_all(
    found: Matches, index: Sequence[PlainArticle], scores: Scores, limit: int, sort: Sort
) -> None:
    expected = {doc: score for doc, score in scores.items() if not index[doc].deleted}
    assert found.total == len(expected)
    check_page(found, index, expected, limit, sort)
    for name, keyword in FACETS.items():
        check_facet(found, name, Counter(v for doc in expected for v in index[doc].values[keyword]))
    check_days(found, [index[doc].published for doc in expected])


def check_page(
    found: Matches, index: Sequence[PlainArticle], expected: Scores, limit: int, sort: Sort
) -> None:
    numbers, scores = found.keys, found.scores
    assert scores == pytest.approx([expected[doc] for doc in numbers], rel=1e-9)
    published = {doc: index[doc].published for doc in expected}
    if sort == "relevance":
        best = sorted(expected.values(), reverse=True)[:limit]
        assert scores == pytest.approx(best, rel=1e-9)
        assert len(set(numbers)) == len(best)
        ranks = [(-s, -published[doc], doc) for s, doc in zip(scores, numbers, strict=True)]
        assert ranks == sorted(ranks)
        return
    keys: dict[Sort, Callable[[int], tuple[int, ...]]] = {
        "newest": lambda doc: (-published[doc], doc),
        "oldest": lambda doc: (published[doc] == NO_DATE, published[doc], doc),
    }
    assert numbers == sorted(expected, key=keys[sort])[:limit]


def check_facet(found: Matches, name: str, expected: Counter[str]) -> None:
    ordered = sorted(expected.items(), key=lambda item: (-item[1], item[0]))
    assert [(value.value, value.count) for value in found.facets[name]] == ordered


def check_days(found: Matches, dates: Sequence[int]) -> None:
    dated = [seconds for seconds in dates if seconds != NO_DATE]
    if not dated:
        assert found.days is None
        return
    assert found.days is not None
    days = dict(zip(found.days.days.tolist(), found.days.counts.tolist(), strict=True))
    assert days == Counter(seconds // 86_400 for seconds in dated)
    assert (found.days.oldest, found.days.newest) == (min(dated), max(dated))


@cache
def large_index() -> tuple[tuple[PlainArticle, ...], ...]:
    """Two segments of two windows each, with frequent and rare terms and many equal scores."""
    rng = random.Random(3)
    weights = [1 / (rank + 1) for rank in range(len(WORDS))]

    def article() -> PlainArticle:
        tokens = {
            name: rng.choices(WORDS, weights, k=rng.choice((2, 4, 4, 9))) for name in TEXT_FIELDS
        }
        published = rng.choice((NO_DATE, *range(0, 400 * 86_400, 86_400)))
        values = {"language": [rng.choice(VALUES)], "source": [], "category": []}
        return PlainArticle(tokens, values, published, deleted=rng.random() < 0.1)

    return tuple(tuple(article() for _ in range(size)) for size in (9_000, 8_500))


WORDS = tuple(f"w{number}" for number in range(60))


def text(*words: str, share: float = 0.001) -> Text:
    """Plain words in the grams of the text."""
    return Text(tuple(Unit((Term("grams", word),)) for word in words), share)


LARGE_QUERIES = {
    "one frequent term in two fields": text("w0"),
    "one frequent term": replace(text("w1"), part="text"),
    "one rare term": replace(text("w40"), part="title"),
    "rare or frequent": text("w59", "w0"),
    "any of three": text("w3", "w9", "w30"),
    "any of six frequent": text("w0", "w1", "w2", "w3", "w4", "w5"),
    "most of six": text("w0", "w1", "w2", "w3", "w4", "w5", share=0.6),
    "two of two": text("w7", "w21", share=1.0),
    "one term filtered": And(
        (replace(text("w4"), part="text"), Keyword("language", "x")),
    ),
    "until a date": And(
        (text("w0", "w8"), Published(Period(None, datetime(1970, 3, 1, tzinfo=UTC)))),
    ),
    "since a date": And(
        (text("w50"), Published(Period(datetime(1970, 3, 1, tzinfo=UTC), None))),
    ),
    "own language": Prefer(text("w0", "w8"), "language", ("x",), 0.02),
    "gates": Or(
        (text("w2", "w3", "w4", share=0.6), Phrase((Slot(0, "w1"), Slot(1, "w0")), 2, "")),
    ),
    "many without a score": Or(
        (Keyword("language", "y"), replace(text("w20"), part="text")),
    ),
    "phrase": Phrase((Slot(0, "w0"), Slot(1, "w1"), Slot(2, "w0")), 3, ""),
    "phrase with a prefix": Phrase((Slot(0, "w5"), Slot(1, "w1", prefix=True)), 2, ""),
    "prefix": Text((Unit((Term("grams", "w1", prefix=True),)),), 1),
}


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> ArrayEvaluator:
    """The evaluator of the large index."""
    return array_evaluator(tmp_path_factory.mktemp("large"), large_index())


@pytest.mark.parametrize("name", LARGE_QUERIES)
@pytest.mark.parametrize(
    ("limit", "sort"), [(10, "relevance"), (3_000, "relevance"), (7, "newest")]
)
def test_large_segments(name: str, limit: int, sort: Sort, large: ArrayEvaluator) -> None:
    query = LARGE_QUERIES[name]
    found = large.match(query, Wanted(limit=limit, sort=sort, facets=tuple(FACETS), days=True))
    check_all(found, list(chain(*large_index())), expected_of_large(name), limit, sort)


@cache
def large_twin() -> Evaluator:
    return Evaluator(PlainReader(list(chain(*large_index()))))


@cache
def expected_of_large(name: str) -> Scores:
    return large_twin().evaluate(LARGE_QUERIES[name])


def test_numbers_wider_than_16_bits(tmp_path: Path) -> None:
    """A field_length, a position and a term_freq that no narrow integer holds."""
    long = ["a"] * 70_000 + ["b", "c"]
    index = [article_of(["a", "b"]), article_of(long), article_of(["c", "b"])]
    evaluator = array_evaluator(tmp_path, [index])
    for query in (
        text("a", "c"),
        Phrase((Slot(0, "b"), Slot(1, "c")), 2, ""),
        Phrase((Slot(0, "a"), Slot(1, "b")), 2, ""),
    ):
        found = evaluator.match(query, Wanted(limit=5, facets=tuple(FACETS), days=True))
        check(found, index, query, 5, "relevance")


def article_of(body: list[str]) -> PlainArticle:
    tokens = {name: body if name == "text_grams" else [] for name in TEXT_FIELDS}
    return PlainArticle(tokens, {name: [] for name in KEYWORD_FIELDS})


def test_ties_stand_newest_first_then_in_order(tmp_path: Path) -> None:
    index = [replace(article_of(["a"]), published=date) for date in (NO_DATE, 5, 9, 5, 9, NO_DATE)]
    evaluator = array_evaluator(tmp_path, [index[:3], index[3:]])
    assert evaluator.match(text("a"), Wanted(limit=9)).keys == [2, 4, 1, 3, 0, 5]
    assert evaluator.match(text("a"), Wanted(limit=9, sort="oldest")).keys == [1, 3, 2, 4, 0, 5]


def test_no_segments() -> None:
    found = ArrayEvaluator([]).match(text("a"), Wanted(limit=5, facets=("lang",), days=True))
    assert (found.total, len(found.keys), found.facets, found.days) == (0, 0, {"lang": ()}, None)
