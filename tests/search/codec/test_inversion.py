"""Inversion against a plain Python inverter."""

from __future__ import annotations

from array import array
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.codec.interning import pack_field
from sanbao.search.codec.inversion import IndexedField, PackedDocument, SegmentBuffer
from sanbao.search.codec.segment_arrays import SegmentArrays
from sanbao.search.codec.segment_writer import SegmentData, write_segment

FIELDS = (
    IndexedField("a_words", positions=False, scorable=True),
    IndexedField("b_grams", positions=True, scorable=True),
    IndexedField("c_names", positions=False, scorable=False),
)
FACETS = ("one", "two")

TERMS = st.one_of(
    st.sampled_from(
        ["a", "b", "ab", "", "\0", "a\0", "\n", "日本経済", "日本経由", "日本経済新聞"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)


@dataclass
class Document:
    """Terms of the fields in order, the positions of the second, and the rest."""

    fields: tuple[list[str], list[tuple[str, int]], list[str]]
    stored: bytes = b""
    published: int = 0
    facets: tuple[tuple[str, ...], ...] = ((), ())

    def packed(self) -> PackedDocument:
        words, grams, names = self.fields
        terms = (words, [term for term, _ in grams], names)
        return PackedDocument(
            terms=b"".join(map(pack_field, terms)),
            positions=array("I", [position for _, position in grams]).tobytes(),
            stored=self.stored,
            published=self.published,
            facets=self.facets,
        )


@st.composite
def documents(draw: st.DrawFn) -> Document:
    grams = draw(st.lists(TERMS, max_size=8))
    positions = sorted(draw(st.lists(st.integers(0, 70_000), min_size=8, max_size=8)))
    values = st.lists(st.sampled_from(["x", "日本", "", "xy"]), unique=True, max_size=3)
    return Document(
        fields=(
            draw(st.lists(TERMS, max_size=8)),
            list(zip(grams, positions, strict=False)),
            draw(st.lists(TERMS, max_size=3)),
        ),
        stored=draw(st.binary(max_size=9)),
        published=draw(st.integers(-(2**62), 2**62)),
        facets=(tuple(draw(values)), tuple(draw(values))),
    )


def invert(docs: list[Document]) -> SegmentData:
    buffer = SegmentBuffer(FIELDS, FACETS)
    assert [buffer.add(doc.packed()) for doc in docs] == list(range(len(docs)))
    return buffer.build()


Postings = dict[tuple[str, bytes], list[tuple[int, int, list[int]]]]


def inverted_slowly(docs: list[Document]) -> Postings:
    """(doc_id, term_freq, positions) by (field, term): the honest twin."""
    found: dict[tuple[str, bytes], dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for doc_id, doc in enumerate(docs):
        words, grams, names = doc.fields
        for word in words:
            found["a_words", word.encode()][doc_id].append(-1)
        for gram, position in grams:
            found["b_grams", gram.encode()][doc_id].append(position)
        for name in set(names):
            found["c_names", name.encode()][doc_id].append(-1)
    return {
        key: [
            (doc_id, len(places), places if key[0] == "b_grams" else [])
            for doc_id, places in sorted(by_doc.items())
        ]
        for key, by_doc in sorted(found.items())
    }


def postings_of(data: SegmentData) -> Postings:
    """The same, read from the arrays."""
    read: Postings = {}
    term = position = 0
    for field in data.fields:
        for _ in range(field.term_count):
            text = data.term_blob[data.term_offsets[term] : data.term_offsets[term + 1]].tobytes()
            read[field.name, text] = entries = []
            for posting in range(int(data.term_postings[term]), int(data.term_postings[term + 1])):
                freq = int(data.freqs[posting])
                places = data.positions[position : position + freq].tolist()
                entries.append((int(data.docs[posting]), freq, places if field.positions else []))
                position += freq if field.positions else 0
            assert sum(freq for _, freq, _ in entries) == data.term_totals[term]
            term += 1
    assert position == len(data.positions)
    return read


@given(st.lists(documents(), max_size=12))
def test_postings_are_those_of_a_plain_inverter(docs: list[Document]) -> None:
    slow = inverted_slowly(docs)
    fast = postings_of(invert(docs))
    assert fast == slow
    assert list(fast) == list(slow), "terms in order of field and bytes"


@given(st.lists(documents(), min_size=1, max_size=8))
def test_batches_make_no_difference(docs: list[Document]) -> None:
    one_by_one = SegmentBuffer(FIELDS, FACETS)
    for doc in docs:
        one_by_one.add(doc.packed())
        one_by_one._number_waiting()
    assert postings_of(one_by_one.build()) == postings_of(invert(docs))


@given(st.lists(documents(), max_size=12))
def test_lengths_count_the_tokens_of_scorable_fields(docs: list[Document]) -> None:
    expected = [[len(d.fields[0]) for d in docs], [len(d.fields[1]) for d in docs], [0] * len(docs)]
    assert invert(docs).lengths.tolist() == expected


@given(st.lists(documents(), max_size=12))
def test_stored_fields_dates_and_facets(docs: list[Document]) -> None:
    data = invert(docs)
    bounds = data.stored_offsets.tolist()
    blob = data.stored_blob.tobytes()
    assert [blob[bounds[i] : bounds[i + 1]] for i in range(len(docs))] == [d.stored for d in docs]
    assert data.extra["published"].tolist() == [d.published for d in docs]
    for number, name in enumerate(FACETS):
        assert facet_values(data, name) == [list(d.facets[number]) for d in docs]


def facet_values(data: SegmentData, name: str) -> list[list[str]]:
    arrays = {n.split("/")[2]: a for n, a in data.extra.items() if n.startswith(f"facets/{name}/")}
    blob, offsets = arrays["values_blob"], arrays["values_offsets"]
    values = [blob[offsets[i] : offsets[i + 1]].tobytes().decode() for i in range(len(offsets) - 1)]
    assert values == sorted(values, key=str.encode)
    if "single" in arrays:
        return [values[ordinal : ordinal + 1] for ordinal in arrays["single"].tolist()]
    starts, ordinals = arrays["starts"], arrays["ordinals"]
    assert max(np.diff(starts)) > 1, "else one number for each document is enough"
    return [
        [values[ordinal] for ordinal in ordinals[starts[i] : starts[i + 1]]]
        for i in range(len(starts) - 1)
    ]


def test_100_000_terms_in_a_document_and_one_token_a_million_times(tmp_path: Path) -> None:
    many = [f"term {i}" for i in range(100_000)]
    docs = [
        Document((many, [], [])),
        Document((["a"] * 1_000_000, [("a", i) for i in range(1_000_000)], ["a"] * 300)),
        Document(([], [], [])),
    ]
    path = tmp_path / "one.arrays"
    with path.open("wb") as file:
        write_segment(file, invert(docs))
    arrays = SegmentArrays(path)
    assert arrays.fields["a_words"].end_term == 100_001
    assert arrays.find("a_words", b"term 99999") >= 0
    first, end = arrays.postings_of(arrays.find("a_words", b"a"))
    assert arrays.term_freqs(first, end).tolist() == [1_000_000]
    assert arrays.positions.dtype == np.uint32
    assert arrays.positions[-1] == 999_999
    assert arrays.lengths[:, 1].tolist() == [1_000_000, 1_000_000, 0]


def test_half_a_character_is_refused() -> None:
    for terms in (["a\ud800"], ["\n", "\udc80"]):
        with pytest.raises(UnicodeEncodeError):
            pack_field(terms)
