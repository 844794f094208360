"""Numbers that a narrow integer would not hold, and nothing at all: exact like Whoosh's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from whoosh import fields, index, query
from whoosh.analysis import SpaceSeparatedTokenizer

from sanbao.search.codec.segment_arrays import SegmentArrays
from sanbao.search.codec.whoosh_codec.codec import ArrayCodec
from tests.search.codec.stock_twin import Batch, Twins, twins, write


def _schema() -> fields.Schema:
    return fields.Schema(
        id=fields.ID(stored=True),
        body=fields.TEXT(analyzer=SpaceSeparatedTokenizer()),
        words=fields.TEXT(analyzer=SpaceSeparatedTokenizer(), phrase=False),
    )


def _assert_alike(pair: Twins, words: list[str]) -> None:
    with pair.stock.searcher() as stock, pair.ours.searcher() as ours:
        for word in words:
            for field in ("body", "words"):
                assert _postings(ours, field, word) == _postings(stock, field, word)
        for question in _questions(words):
            hits = [[(hit.docnum, hit.score) for hit in s.search(question)] for s in (ours, stock)]
            assert hits[0] == hits[1]


def _questions(words: list[str]) -> Iterator[query.Query]:
    terms = [query.Term("body", word) for word in words]
    yield from terms
    yield from (query.Term("words", word) for word in words)
    yield query.Or(terms)
    yield query.And(terms)
    yield query.Phrase("body", words[:2])


def _postings(searcher: Any, field: str, word: str) -> list[Any]:
    matcher, found = searcher.postings(field, word), []
    while matcher.is_active():
        positions = matcher.value_as("positions") if field == "body" else None
        length = searcher.doc_field_length(matcher.id(), field)
        frequency = matcher.value_as("frequency")
        found.append((matcher.id(), matcher.weight(), frequency, positions, length))
        matcher.next()
    return found


@pytest.mark.parametrize("often", [14, 15, 16, 255, 256, 65_535, 65_536, 70_000])
def test_one_term_many_times(often: int) -> None:
    texts = ["far alfa", " ".join(["alfa"] * often) + " far", "alfa far"]
    batch = Batch(added=[{"id": "x", "body": text, "words": text} for text in texts])
    with twins([batch], _schema()) as pair:
        _assert_alike(pair, ["alfa", "far"])
        with pair.ours.reader() as reader:
            assert reader.frequency("body", "alfa") == often + 2


@pytest.mark.slow
def test_one_term_a_million_times() -> None:
    text = " ".join(["alfa"] * 1_000_000) + " far"
    with twins([Batch(added=[{"body": text, "words": text}])], _schema()) as pair:
        _assert_alike(pair, ["alfa", "far"])


def test_a_document_of_a_hundred_thousand_terms() -> None:
    text = " ".join(f"w{number}" for number in range(100_000))
    with twins([Batch(added=[{"body": text, "words": "w7"}])], _schema()) as pair:
        _assert_alike(pair, ["w7"])
        with pair.ours.reader() as reader:
            assert sum(1 for _ in reader.lexicon("body")) == 100_000
            assert reader.postings("body", "w99999").value_as("positions") == [99_999]
            assert reader.field_length("body") == 100_000
            # Whoosh's byte for it stands for another number, by which it scores.
            assert reader.doc_field_length(0, "body") == 102_975


def test_narrow_numbers_take_two_bytes(tmp_path: Path) -> None:
    for name, often in (("narrow", 10), ("wide", 70_000)):
        folder = tmp_path / name
        folder.mkdir()
        text = " ".join(["alfa"] * often)
        write(folder, [Batch(added=[{"body": text}])], ArrayCodec(), _schema())
    sizes = {
        name: (arrays.positions.itemsize, arrays.lengths.itemsize)
        for name in ("narrow", "wide")
        for arrays in [SegmentArrays(*(tmp_path / name).glob("*.arrays"))]
    }
    assert sizes == {"narrow": (2, 2), "wide": (4, 4)}


def test_exact_lengths_are_kept_beside_whooshs_rounded_ones(tmp_path: Path) -> None:
    text = " ".join(["alfa"] * 1_001)
    write(tmp_path, [Batch(added=[{"body": text}])], ArrayCodec(), _schema())
    arrays = SegmentArrays(*tmp_path.glob("*.arrays"))
    assert arrays.lengths[arrays.fields["body"].number].tolist() == [1_001]
    with index.open_dir(tmp_path).reader() as reader:
        assert reader.doc_field_length(0, "body") != 1_001


@pytest.mark.parametrize(
    "documents",
    [
        [{}],
        [{"id": "a"}],
        [{"body": ""}, {"words": ""}, {"body": "", "words": "alfa"}],
        [{"id": "a", "body": "alfa"}, {}, {"id": "", "body": "bravo"}],
    ],
)
def test_empty_fields(documents: list[dict[str, str]]) -> None:
    with twins([Batch(added=documents)], _schema()) as pair:
        for each in (pair.stock, pair.ours):
            with each.reader() as reader:
                assert reader.doc_count() == len(documents)
                stored = [{"id": d["id"]} if "id" in d else {} for d in documents]
                assert list(reader.all_stored_fields()) == stored
        with pair.stock.searcher() as stock, pair.ours.searcher() as ours:
            for question in (query.Every(), query.Every("body"), query.Term("body", "alfa")):
                hits = [[h.docnum for h in s.search(question)] for s in (ours, stock)]
                assert hits[0] == hits[1]


def test_an_empty_segment(tmp_path: Path) -> None:
    """All documents of an index deleted, and then merged."""
    write(tmp_path, [Batch(added=[{"id": "a", "body": "alfa"}])], ArrayCodec(), _schema())
    for _ in range(2):
        writer = index.open_dir(tmp_path).writer(codec=ArrayCodec())
        writer.delete_by_query(query.Every())
        writer.commit(optimize=True)
        assert len(index.open_dir(tmp_path)._segments()) == 1
        with index.open_dir(tmp_path).searcher() as searcher:
            assert searcher.doc_count_all() == 0
            assert len(searcher.search(query.Every())) == 0
            assert list(searcher.reader().all_terms()) == []
            assert searcher.field_length("body") == 0
