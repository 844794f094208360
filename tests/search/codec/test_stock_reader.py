"""Whoosh's own reader sees the same terms, postings, documents and columns as on its own codec."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh import fields, index
from whoosh.analysis import StemmingAnalyzer
from whoosh.matching import Matcher
from whoosh.reading import IndexReader, TermNotFound

from sanbao.search.codec.whoosh_codec.codec import ArrayCodec
from sanbao.search.codec.whoosh_codec.segment import ArraySegment
from tests.search.codec.stock_twin import BATCHES, WORDS, Batch, Twins, schema, twins, write

SCORABLE = ("title", "body", "words", "plain")
COLUMNS = ("tag", "number", "price", "day", "bit", "ref", "blob")
POSITIONS = ("title", "body")


@given(BATCHES)
@settings(max_examples=60)
def test_readers_after_any_history(batches: list[Batch]) -> None:
    with twins(batches) as pair, pair.stock.reader() as stock, pair.ours.reader() as ours:
        assert _terms(ours) == _terms(stock)
        assert _documents(ours) == _documents(stock)
        assert _columns(ours) == _columns(stock)
        assert _lookups(ours) == _lookups(stock)


@given(BATCHES)
@settings(max_examples=30)
def test_cursors_after_any_history(batches: list[Batch]) -> None:
    with twins(batches) as pair, pair.stock.reader() as stock, pair.ours.reader() as ours:
        pairs = zip(ours.leaf_readers(), stock.leaf_readers(), strict=True)
        for (our_segment, _), (stock_segment, _) in pairs:
            for field in ("body", "tag", "id"):
                assert _cursor(our_segment, field) == _cursor(stock_segment, field)


def _terms(reader: IndexReader) -> Any:
    """Every term with its statistics and its postings."""
    return [
        (field, text, _statistics(reader.term_info(field, text)), _postings(reader, field, text))
        for field, text in reader.all_terms()
    ]


def _statistics(info: Any) -> tuple[Any, ...]:
    exact = info.doc_frequency(), info.min_length(), info.max_length(), info.min_id(), info.max_id()
    return *exact, info.max_weight(), pytest.approx(info.weight(), rel=1e-6)


def _postings(reader: IndexReader, field: str, text: bytes) -> list[Any]:
    matcher, found = reader.postings(field, text), []
    while matcher.is_active():
        kinds = ["frequency", "weight", *(["positions"] if field in POSITIONS else [])]
        values = [matcher.value_as(kind) for kind in kinds]
        found.append((matcher.id(), matcher.weight(), values, matcher.value() or b""))
        matcher.next()
    return found


def _documents(reader: IndexReader) -> Any:
    alive = list(reader.all_doc_ids())
    return (
        reader.doc_count(),
        reader.doc_count_all(),
        reader.has_deletions(),
        [reader.is_deleted(doc) for doc in range(reader.doc_count_all())],
        alive,
        list(reader.iter_docs()),
        list(reader.all_stored_fields()),
        [reader.stored_fields(doc) for doc in range(reader.doc_count_all())],
        # Whoosh's own answers None where a document has nothing in a field that others have.
        [[reader.doc_field_length(doc, field) or 0 for doc in alive] for field in SCORABLE],
        [reader.field_length(field) for field in SCORABLE],
        [_length_bounds(leaf, field) for leaf, _ in reader.leaf_readers() for field in SCORABLE],
    )


def _length_bounds(reader: IndexReader, field: str) -> tuple[int, int]:
    if not reader.field_length(field):
        return 0, 0  # where Whoosh's own raises TypeError
    return reader.min_field_length(field), reader.max_field_length(field)


def _columns(reader: IndexReader) -> list[str]:
    """As text, since a float that is missing is not a number and so not equal to itself."""
    return [
        repr([list(leaf.column_reader(field, translate=False)), leaf.has_column(field)])
        for leaf, _ in reader.leaf_readers()
        if leaf.segments()  # Whoosh's reader of an index without segments has no columns
        for field in COLUMNS
    ]


def _lookups(reader: IndexReader) -> Any:
    return [
        [list(reader.expand_prefix(field, prefix)) for prefix in ("", "al", "経", "zz")]
        + [list(reader.lexicon(field))]
        + [sorted(reader.terms_within(field, "alpa", distance)) for distance in (1, 2)]
        + [(field, word) in reader for word in (*WORDS, "absent")]
        + [reader.doc_frequency(field, word) for word in (*WORDS, "absent")]
        + [pytest.approx(reader.frequency(field, word)) for word in (*WORDS, "absent")]
        + [reader.most_frequent_terms(field, 3)]
        + [[term for term, _ in reader.iter_from(field, "b")]]
        for field in SCORABLE
        if field in reader.indexed_field_names()
    ] + [sorted(reader.indexed_field_names())]


def _cursor(reader: IndexReader, field: str) -> Any:
    cursor, seen = reader.cursor(field), []
    while cursor.is_valid():
        seen.append((cursor.text(), _statistics(cursor.term_info())))
        cursor.next()
    ended = cursor.text(), cursor.term_info()
    found = [cursor.find(text) for text in ("b", b"alpha", "", "\U0010ffff")]
    return seen, ended, found, cursor.first()


@pytest.fixture(scope="module")
def long_postings() -> Iterator[Twins]:
    """One segment, where "alfa" is in most of 700 documents and others are in fewer."""
    rng = random.Random(7)
    texts = [
        " ".join(word for rank, word in enumerate(WORDS) if rng.random() < 1 / (rank + 1))
        for _ in range(700)
    ]
    with twins([Batch(added=[{"body": text} for text in texts])]) as pair:
        yield pair


STEPS = st.lists(
    st.one_of(st.just(None), st.integers(0, 720), st.floats(0, 2.0)), min_size=1, max_size=12
)


@given(st.sampled_from(WORDS), STEPS)
def test_matchers_walk_alike(long_postings: Twins, word: str, steps: list[float | None]) -> None:
    with long_postings.stock.searcher() as stock, long_postings.ours.searcher() as ours:
        ours_at, stock_at = ours.postings("body", word), stock.postings("body", word)
        for step in steps:
            if not stock_at.is_active():
                break
            assert _step(ours_at, step) == _step(stock_at, step)
            assert _place(ours_at) == _place(stock_at)


def _step(matcher: Matcher, step: float | None) -> Any:
    """To the next posting, to a doc_id (int) or to a better block (float)."""
    if step is None:
        return matcher.next()
    return matcher.skip_to(step) if isinstance(step, int) else matcher.skip_to_quality(step)


def _place(matcher: Matcher) -> Any:
    if not matcher.is_active():
        return None
    return (
        (matcher.id(), matcher.weight(), matcher.score()),
        [span.start for span in matcher.spans()],
        (matcher.block_min_id(), matcher.block_max_id(), matcher.block_max_weight()),
        (matcher.block_min_length(), matcher.block_max_length()),
        (matcher.max_quality(), matcher.block_quality(), matcher.supports_block_quality()),
    )


def test_a_matcher_can_be_copied_and_reset(long_postings: Twins) -> None:
    with long_postings.ours.reader() as reader:
        matcher = reader.postings("body", "alfa")
        first = matcher.id()
        matcher.skip_to(500)
        copied, rest = matcher.copy(), list(matcher.all_ids())
        matcher.skip_to(10_000)
        assert not matcher.is_active()
        assert copied.is_active()
        assert copied.id() == rest[0] >= 500
        assert rest == [doc for doc in reader.postings("body", "alfa").all_ids() if doc >= 500]
        matcher.reset()
        assert matcher.is_active()
        assert matcher.id() == first


def test_an_absent_term(long_postings: Twins) -> None:
    with long_postings.ours.reader() as reader:
        assert reader.frequency("body", "absent") == 0
        assert reader.doc_frequency("body", "absent") == 0
        for field in ("body", "title"):
            with pytest.raises(TermNotFound, match="absent"):
                reader.postings(field, "absent")
            with pytest.raises(TermNotFound, match="absent"):
                reader.term_info(field, "absent")


@given(st.integers(1, 40), st.lists(st.tuples(st.integers(0, 39), st.booleans()), max_size=60))
def test_deletions_are_like_a_set(doc_count: int, changes: list[tuple[int, bool]]) -> None:
    segment, twin = ArraySegment(ArrayCodec(), "MAIN"), set[int]()
    segment.set_doc_count(doc_count)
    for doc, delete in changes:
        if doc < doc_count:
            segment.delete_document(doc, delete)
            (twin.add if delete else twin.discard)(doc)
    assert list(segment.deleted_docs()) == sorted(twin)
    assert segment.deleted_count() == len(twin)
    # Whoosh also asks past the end.
    asked = range(doc_count + 9)
    assert [segment.is_deleted(doc) for doc in asked] == [doc in twin for doc in asked]
    assert segment.doc_count() == doc_count - len(twin)


def test_one_file_a_segment_that_whoosh_cleans_up(tmp_path: Path) -> None:
    def files() -> list[str]:
        return sorted(path.name for path in tmp_path.glob("MAIN_*.*"))

    write(tmp_path, [Batch(added=[{"body": "alfa"}])] * 3, ArrayCodec())
    before = files()
    assert [re.fullmatch(r"MAIN_[0-9a-z]+\.arrays", name) is not None for name in before] == [
        True
    ] * 3
    index.open_dir(tmp_path).writer(codec=ArrayCodec()).commit(optimize=True)
    assert len(files()) == 1
    assert not set(files()) & set(before)


def test_a_cancelled_writer_leaves_no_file(tmp_path: Path) -> None:
    writer = index.create_in(tmp_path, schema()).writer(codec=ArrayCodec())
    writer.add_document(body="alfa")
    writer.cancel()
    assert not list(tmp_path.glob("*.arrays"))


def test_another_process_opens_the_index_with_whoosh_alone(tmp_path: Path) -> None:
    write(tmp_path, [Batch(added=[{"id": "a", "body": "alfa bravo"}])], ArrayCodec())
    program = (
        "import sys, whoosh.index\n"
        "with whoosh.index.open_dir(sys.argv[1]).searcher() as searcher:\n"
        "    print(searcher.document(body='bravo')['id'])\n"
    )
    root = Path(__file__).resolve().parents[3]
    ran = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=root,
    )
    assert ran.stdout == "a\n"


def test_terms_that_whoosh_adds_for_spelling() -> None:
    of = fields.Schema(body=fields.TEXT(analyzer=StemmingAnalyzer(), spelling=True))
    texts = ["rendering renders", "renders", "rendered"]
    batch = Batch(added=[{"body": text} for text in texts])
    with (
        twins([batch], of) as pair,
        pair.stock.searcher() as stock,
        pair.ours.searcher() as ours,
    ):
        expected = stock.suggest("body", "rendring", limit=2)
        assert ours.suggest("body", "rendring", limit=2) == expected
        assert "rendering" in expected
