"""Each kernel against the same in plain Python."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from itertools import chain, pairwise, product
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from sanbao.search.codec.kernels import bitmaps
from sanbao.search.codec.kernels.bm25 import impacts_of
from sanbao.search.codec.kernels.conjunction import docs_of_all, docs_without
from sanbao.search.codec.kernels.dates import (
    NO_DATE,
    first_from,
    first_in_order,
    mark_published,
    published_between,
)
from sanbao.search.codec.kernels.dictionary import lower_bound
from sanbao.search.codec.kernels.disjunction import set_docs_of_any
from sanbao.search.codec.kernels.doc_set import DocSet, frozen, intersection, union
from sanbao.search.codec.kernels.facets import count_many_values, count_values
from sanbao.search.codec.kernels.phrase import (
    narrow,
    near_docs,
    same_sentence_docs,
)
from sanbao.search.codec.kernels.positions import position_starts
from sanbao.search.codec.kernels.postings import MadePostings, doc_at, locate, made_row, term_freqs
from sanbao.search.codec.kernels.term_rows import BITMAP, COLUMN_COUNT, DOCS, RANKS
from sanbao.search.codec.kernels.text import Units, match_units_of, present_units, weigh_units
from sanbao.search.codec.kernels.top_k import new_top, offer_scored, ranked
from sanbao.search.codec.segment_arrays import SegmentArrays
from sanbao.search.engines.arrays.plan import Plan, field_number
from sanbao.search.engines.arrays.segment import OpenSegment
from sanbao.search.engines.embedded import schema as whoosh_schema
from sanbao.search.query.tree import Near, Part, Phrase, Slot, Term, Text, Unit
from sanbao.search.ranking.bm25 import K1, B
from tests.search.codec.plain_segment import plain_segment, write_plain_segment
from tests.search.engines import slow_evaluator

DOC_COUNT = 140_000  # more than two spans of a conjunction, and many windows
WORDS = bitmaps.window_count(DOC_COUNT) * bitmaps.WORDS
PARTS: dict[str, Part] = {"title_grams": "title", "text_grams": "text"}

doc_sets = st.sets(st.one_of(st.integers(0, 200), st.integers(0, DOC_COUNT - 1)), max_size=60).map(
    sorted
)
dates = st.sampled_from([NO_DATE, -5, 0, 3, 7, 10**9])


def flat(lists: Iterable[list[int]]) -> list[int]:
    return list(chain.from_iterable(lists))


def u32(values: Sequence[int] | np.ndarray) -> np.ndarray:
    return frozen(np.array(values, np.uint32))


def bitmap_of(docs: Sequence[int]) -> np.ndarray:
    return frozen(bitmaps.from_docs(u32(docs), DOC_COUNT))


def test_constants_are_those_of_the_engine() -> None:
    assert (K1, B) == (slow_evaluator.K1, slow_evaluator.B)
    assert NO_DATE == whoosh_schema.NO_DATE


class Rows:
    """Rows of terms that are in no segment; the arrays that they point into stay alive in it."""

    def __init__(self) -> None:
        self._alive: list[np.ndarray] = []
        self._rows: list[np.ndarray] = []

    def add(self, docs: list[int], freqs: list[int] | None = None, *, bitmap: bool = False) -> None:
        freqs = freqs or [1] * len(docs)
        impacts = np.ones(len(docs), np.uint8)
        row, arrays = made_row(MadePostings(u32(docs), u32(freqs), impacts), 0, (0, 0))
        self._alive += arrays
        if bitmap:
            words = bitmap_of(docs)
            ranks = bitmaps.rank_lines(words)
            self._alive += [words, ranks]
            row[DOCS], row[BITMAP], row[RANKS] = 0, words.ctypes.data, ranks.ctypes.data
        self._rows.append(row)

    @property
    def array(self) -> np.ndarray:
        return np.array(self._rows).reshape(-1, COLUMN_COUNT)


def rows_of(lists: Iterable[tuple[list[int], bool]]) -> Rows:
    rows = Rows()
    for docs, bitmap in lists:
        rows.add(docs, bitmap=bitmap)
    return rows


@given(doc_sets, st.integers(0, DOC_COUNT - 1), st.booleans())
def test_postings_of_documents(docs: list[int], probe: int, bitmap: bool) -> None:
    assert bitmaps.to_docs(bitmap_of(docs)).tolist() == docs
    rows = rows_of([(docs, bitmap)])
    wanted = sorted({probe, *docs})
    found = locate(rows.array[0], u32(wanted), WORDS)
    assert found.tolist() == [docs.index(doc) if doc in docs else -1 for doc in wanted]
    assert docs_at(rows.array[0], len(docs)).tolist() == docs


@njit
def docs_at(row: np.ndarray, count: int) -> np.ndarray:
    """All documents of a term, asked for one by one."""
    return np.array([doc_at(row, at, WORDS) for at in range(count)] + [np.uint32(0)])[:-1]


@given(st.integers(0, 300))
def test_first_docs(count: int) -> None:
    assert bitmaps.to_docs(bitmaps.first_docs(count, 300)).tolist() == list(range(count))


@given(doc_sets, doc_sets, st.booleans(), st.booleans())
def test_set_operations(
    one: list[int], other: list[int], one_bitmap: bool, other_bitmap: bool
) -> None:
    a, b = doc_set(one, one_bitmap), doc_set(other, other_bitmap)
    assert (a & b).docs.tolist() == sorted(set(one) & set(other))
    assert (a - b).docs.tolist() == sorted(set(one) - set(other))
    assert union([a, b], DOC_COUNT).docs.tolist() == sorted(set(one) | set(other))
    assert intersection([a, b, a]).docs.tolist() == sorted(set(one) & set(other))
    assert (len(a), b.docs.tolist()) == (len(one), other)


def doc_set(docs: list[int], as_bitmap: bool) -> DocSet:
    if as_bitmap:
        return DocSet(DOC_COUNT, bitmap=bitmap_of(docs))
    return DocSet(DOC_COUNT, docs=u32(docs))


def test_a_short_list_gallops_through_a_long_one() -> None:
    long = DocSet(DOC_COUNT, docs=u32(range(0, DOC_COUNT, 3)))
    assert (doc_set([0, 1, 3, 4, 139_998], False) & long).docs.tolist() == [0, 3, 139_998]
    assert long.marks(u32([139_999])).tolist() == [False]


@given(st.sets(st.binary(max_size=3)).map(sorted), st.binary(max_size=3))
def test_lower_bound(terms: list[bytes], key: bytes) -> None:
    blob = frozen(np.frombuffer(b"".join(terms), np.uint8))
    offsets = frozen(np.cumsum([0, *map(len, terms)]).astype(np.uint64))
    place = lower_bound(blob, offsets, 0, len(terms), np.frombuffer(key, np.uint8))
    assert place == sum(term < key for term in terms)


@given(
    st.sets(st.text("ab\u00ff经\U0010ffff", max_size=12)).map(sorted),
    st.sets(st.text("ab\u00ff经", max_size=12)).map(sorted),
    st.lists(st.text("ab\u00ff经\U0010ffff", max_size=12), min_size=1, max_size=9),
)
def test_terms_are_found_by_their_samples(
    titles: list[str], bodies: list[str], wanted: list[str]
) -> None:
    """Fewer terms than are sampled, more, and many with the same beginning."""
    bodies, titles = ([f"{x}{'b' * n}" for x in xs for n in range(9)] for xs in (bodies, titles))
    fields = {"text_grams": [sorted(set(bodies))], "title_grams": [sorted(set(titles))]}
    with tempfile.TemporaryDirectory() as folder:
        path = write_plain_segment(Path(folder) / "s.arrays", plain_segment(fields, keywords=()))
        segment = OpenSegment(SegmentArrays(path), None, 0)
        for text, (part, texts) in product(
            (*wanted, *titles[:20]), (("title", titles), ("text", bodies))
        ):
            plan = Plan(Text((Unit((Term("grams", text),)),), 1.0, part=part))
            assert segment.find(plan).doc_freqs == [int(text in set(texts))]


@given(st.lists(st.tuples(doc_sets, st.booleans()), min_size=1, max_size=4))
def test_documents_of_all_terms(lists: list[tuple[list[int], bool]]) -> None:
    rows = rows_of(lists)
    found = docs_of_all(rows.array, WORDS)
    assert found.tolist() == sorted(set.intersection(*(set(docs) for docs, _ in lists)))


@given(st.lists(st.tuples(doc_sets, st.booleans()), max_size=4))
def test_documents_of_any_term(lists: list[tuple[list[int], bool]]) -> None:
    rows, bitmap = rows_of(lists), bitmaps.empty(DOC_COUNT)
    set_docs_of_any(bitmap, rows.array)
    assert bitmaps.to_docs(bitmap).tolist() == sorted({doc for docs, _ in lists for doc in docs})


@given(doc_sets, doc_sets)
def test_documents_without_others(docs: list[int], deleted: list[int]) -> None:
    assert docs_without(u32(docs), u32(deleted)).tolist() == sorted(set(docs) - set(deleted))


units_of_terms = st.lists(
    st.tuples(st.lists(st.integers(0, 4), min_size=1, max_size=3), st.integers(1, 15)),
    min_size=1,
    max_size=9,
)


@given(
    st.lists(st.tuples(doc_sets, st.booleans()), min_size=1, max_size=5),
    units_of_terms,
    st.integers(1, 150),
)
@settings(deadline=None)
def test_units(
    terms: list[tuple[list[int], bool]], weighted: list[tuple[list[int], int]], needed: int
) -> None:
    """Enough of the units, whether any will do, all are needed, or it depends."""
    units = [[number % len(terms) for number in unit] for unit, _ in weighted]
    weights = [weight for _, weight in weighted]
    rows = rows_of(terms)
    given_units = Units(np.cumsum([0, *map(len, units)]), np.array(flat(units), np.int64), 1.0)
    present = present_units(rows.array, given_units, np.array(weights, np.int64))
    found = match_units_of(rows.array, present, needed, WORDS)
    matched = found[1] if found[0] else bitmaps.to_docs(found[2])
    counts: dict[int, int] = {}
    for unit, weight in zip(units, weights, strict=True):
        for doc in {doc for number in unit for doc in terms[number][0]}:
            counts[doc] = counts.get(doc, 0) + weight
    assert matched.tolist() == sorted(doc for doc, count in counts.items() if count >= needed)


@given(
    st.lists(st.lists(st.integers(0, 10**6), min_size=1, max_size=3), min_size=1, max_size=12),
    st.floats(0.001, 1),
    st.integers(10**6, 10**7),
)
def test_units_weigh_what_the_weights_say(
    units: list[list[int]], share: float, doc_count: int
) -> None:
    terms = np.arange(len(flat(units)))
    given_units = Units(np.cumsum([0, *map(len, units)]), terms, share)
    weights, needed = weigh_units(given_units, np.array(flat(units), np.float64), doc_count)
    most = [max(unit) for unit in units]
    assert weights.tolist() == slow_evaluator.unit_weights(most, doc_count)
    assert needed == slow_evaluator.needed_weight(weights.tolist(), most, share)


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=40))
def test_exact_term_freq(freqs: list[int]) -> None:
    rows = Rows()
    rows.add(list(range(len(freqs))), freqs)
    found = np.array([*range(len(freqs)), -1])
    assert term_freqs(rows.array[0], found).tolist() == [*freqs, 0]


@given(st.lists(st.tuples(st.integers(1, 500), st.integers(0, 70_000)), min_size=1, max_size=20))
def test_an_impact_is_just_below_its_saturation(postings: list[tuple[int, int]]) -> None:
    freqs, lengths = map(np.array, zip(*postings, strict=True))
    average = lengths.mean() or 1.0
    docs = u32(range(len(freqs)))
    impacts = impacts_of(docs, u32(freqs), u32(lengths), average).astype(int)
    exact = 256 * freqs / (freqs + K1 * (1 - B + B * lengths / average))
    assert (impacts >= 1).all()
    assert (impacts <= np.maximum(exact, 1)).all()
    assert (impacts + 1 > exact).all()


starts = st.lists(
    st.tuples(st.sets(st.integers(-3, 9)).map(sorted), st.sets(st.integers(-3, 9)).map(sorted)),
    max_size=6,
)


@given(starts)
def test_narrow(pairs: list[tuple[list[int], list[int]]]) -> None:
    docs = u32(range(5, 5 + len(pairs)))
    one, other = ([pair[side] for pair in pairs] for side in (0, 1))
    kept, offsets, places = narrow(docs, *csr(one), *csr(other))
    common = {doc: sorted(set(a) & set(b)) for doc, (a, b) in zip(docs, pairs, strict=True)}
    expected = {int(doc): each for doc, each in common.items() if each}
    assert kept.tolist() == list(expected)
    assert [places[a:b].tolist() for a, b in pairwise(offsets)] == list(expected.values())


def csr(lists: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    return np.cumsum([0, *map(len, lists)]), np.array(flat(lists), np.int64)


@given(
    st.lists(
        st.sets(st.integers(0, 30), min_size=1, max_size=5).map(sorted), min_size=1, max_size=3
    ),
    st.data(),
)
def test_near(places: list[list[int]], data: st.DataObject) -> None:
    lengths = data.draw(st.lists(st.integers(1, 4), min_size=len(places), max_size=len(places)))
    distance = data.draw(st.integers(0, 10))
    offsets, starts = csr(places)
    found = near_docs(offsets[:-1, None], offsets[1:, None], starts, np.array(lengths), distance)
    phrases = [Phrase((), length, "") for length in lengths]
    assert found.tolist() == [slow_evaluator._close(places, phrases, distance)]


@given(
    st.lists(
        st.sets(st.integers(0, 30), min_size=1, max_size=5).map(sorted), min_size=1, max_size=3
    ),
    st.sets(st.integers(0, 30)).map(sorted),
    st.data(),
)
def test_same_sentence(places: list[list[int]], stops: list[int], data: st.DataObject) -> None:
    lengths = data.draw(st.lists(st.integers(1, 4), min_size=len(places), max_size=len(places)))
    (offsets, starts), (stop_offsets, stop_places) = csr(places), csr([stops])
    occurrences = offsets[:-1, None], offsets[1:, None], starts, np.array(lengths)
    found = same_sentence_docs(*occurrences, stop_places, stop_offsets)
    near = Near(tuple(Phrase((), length, "") for length in lengths), None)
    assert found.tolist() == [slow_evaluator.in_one_sentence(places, near, stops)]


def test_positions_across_fields_and_large_term_freqs(tmp_path: Path) -> None:
    """Blocks of 16 postings reach over fields without positions and over a term_freq of 300."""
    fields = {
        "text_grams": [["x", "y"]] * 5,
        "language": [["k"]] * 5,
        "title_grams": [["p"], ["p"] * 300 + ["q"], ["q", "p"], ["p", "q", "p"], ["q"]],
    }
    data = plain_segment(fields, keywords=("language",))
    arrays = SegmentArrays(write_plain_segment(tmp_path / "s.arrays", data))
    segment = OpenSegment(arrays, None, 0)
    for field, text, expected in (
        ("title_grams", "q", [[300], [0], [1], [0]]),
        ("title_grams", "p", [[0], [*range(300)], [1], [0, 2]]),
        ("text_grams", "y", [[1]] * 5),
    ):
        found = segment.find(Plan(Phrase((Slot(0, text),), 1, "", PARTS[field])))
        row = found.rows[0]
        postings = np.arange(found.doc_freqs[0])
        positions = segment.positions(field_number(field))
        begins = position_starts(row, positions, postings)
        freqs = term_freqs(row, postings)
        assert [
            arrays.positions[begin : begin + freq].tolist()
            for begin, freq in zip(begins, freqs, strict=True)
        ] == expected


@given(st.lists(dates, min_size=1, max_size=150), st.data())
def test_dates(published: list[int], data: st.DataObject) -> None:
    start, end = data.draw(dates), data.draw(dates)
    docs = data.draw(st.sets(st.integers(0, len(published) - 1), min_size=1).map(sorted))
    array = frozen(np.array(published, np.int64))
    bitmap = bitmaps.empty(len(published))
    published_between(array, start, end, bitmap)
    expected = [doc for doc, seconds in enumerate(published) if start <= seconds < end]
    assert bitmaps.to_docs(bitmap).tolist() == expected
    marks = mark_published(u32(docs), array, start, end)
    assert marks.tolist() == [doc in expected for doc in docs]

    oldest = sorted(range(len(published)), key=lambda d: (published[d] == NO_DATE, published[d]))
    newest = sorted(range(len(published)), key=lambda d: -published[d])
    found = frozen(bitmaps.from_docs(u32(docs), len(published)))
    for order in (oldest, newest):
        assert first_in_order(u32(order), found, 3).tolist() == [d for d in order if d in docs][:3]
    dated = [published[doc] for doc in docs if published[doc] != NO_DATE]
    if dated:
        assert first_from(u32(oldest), array, found, min(dated), False) == min(dated)
        assert first_from(u32(newest), array, found, max(dated), True) == max(dated)


@given(st.lists(st.sets(st.integers(0, 3)).map(sorted), min_size=1, max_size=20), st.data())
def test_facet_counts(values: list[list[int]], data: st.DataObject) -> None:
    docs = data.draw(st.sets(st.integers(0, len(values) - 1)).map(sorted))
    expected = [sum(value in values[doc] for doc in docs) for value in range(4)]
    offsets, ordinals = csr(values)
    many = count_many_values(u32(docs), u32(offsets), u32(ordinals), 4)
    assert many.tolist() == expected
    firsts = [each[0] if each else 4 for each in values]
    single = count_values(u32(docs), frozen(np.array(firsts, np.uint8)), 4)
    assert single.tolist() == [sum(firsts[doc] == value for doc in docs) for value in range(5)]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=40), st.integers(1, 10))
def test_top(documents: list[tuple[int, int]], k: int) -> None:
    top = new_top(k)
    scores = np.array([score for score, _ in documents], np.float64)
    published = frozen(np.array([date for _, date in documents], np.int64))
    offer_scored(top, u32(range(len(documents))), scores, published, 100)
    best = sorted(
        range(len(documents)), key=lambda doc: (-documents[doc][0], -documents[doc][1], doc)
    )[:k]
    doc_ids, kept = ranked(top)
    assert doc_ids.tolist() == [100 + doc for doc in best]
    assert kept.tolist() == [documents[doc][0] for doc in best]
