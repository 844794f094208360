"""The interner against a dict."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.codec.interning import Interner, Vocabulary, pack_field
from sanbao.search.codec.term_sorting import find_each, merge_terms, sort_terms

FIELDS = 3
TERMS = st.one_of(
    st.sampled_from(["", "a", "\0", "a\0", "\n", "12345678", "12345678\0", "123456789"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
)
DOCUMENTS = st.lists(st.tuples(*[st.lists(TERMS, max_size=6)] * FIELDS), max_size=10)


def packed(documents: list[tuple[list[str], ...]]) -> np.ndarray:
    joined = b"".join(pack_field(terms) for document in documents for terms in document)
    return np.frombuffer(joined, np.uint8)


def terms_of(vocabulary: Vocabulary) -> list[tuple[int, bytes]]:
    offsets, blob = vocabulary.offsets, vocabulary.blob
    return [
        (int(field), blob[offsets[i] : offsets[i + 1]].tobytes())
        for i, field in enumerate(vocabulary.fields)
    ]


@given(st.lists(DOCUMENTS, max_size=4))
def test_it_numbers_as_a_dict_does(batches: list[list[tuple[list[str], ...]]]) -> None:
    interner = Interner(FIELDS)
    numbers: dict[tuple[int, bytes], int] = {}
    for documents in batches:
        ids, counts = interner.intern(packed(documents))
        assert counts.tolist() == [[len(terms) for terms in document] for document in documents]
        expected = [
            numbers.setdefault((field, term.encode()), len(numbers))
            for document in documents
            for field, terms in enumerate(document)
            for term in terms
        ]
        assert ids.tolist() == expected
    assert terms_of(interner.vocabulary) == list(numbers)


@given(DOCUMENTS)
def test_terms_are_sorted_by_field_and_bytes(documents: list[tuple[list[str], ...]]) -> None:
    interner = Interner(FIELDS)
    interner.intern(packed(documents))
    terms = terms_of(interner.vocabulary)
    assert [terms[i] for i in sort_terms(interner.vocabulary)] == sorted(terms)


def test_the_table_grows_in_the_middle_of_a_document() -> None:
    terms = [f"{i:x}" for i in range(50_000)]
    interner = Interner(1)
    for _ in range(2):
        ids, counts = interner.intern(packed([(terms,)]))
        assert ids.tolist() == list(range(50_000))
        assert counts.tolist() == [[50_000]]


@given(st.lists(st.sets(st.binary(max_size=12), max_size=8), min_size=1, max_size=5))
def test_dictionaries_of_any_bytes_are_merged(dictionaries: list[set[bytes]]) -> None:
    lists = [sorted(terms) for terms in dictionaries]
    blob, offsets, numbers = merge_terms(
        [
            (np.frombuffer(b"".join(terms), np.uint8), np.cumsum([0, *map(len, terms)]))
            for terms in lists
        ]
    )
    merged = sorted(set().union(*dictionaries))
    assert [blob[offsets[i] : offsets[i + 1]].tobytes() for i in range(len(offsets) - 1)] == merged
    assert [found.tolist() for found in numbers] == [
        [merged.index(term) for term in terms] for terms in lists
    ]


@given(st.sets(st.binary(max_size=9), max_size=12), st.lists(st.binary(max_size=9), max_size=9))
def test_keys_are_found_where_they_are(terms: set[bytes], others: list[bytes]) -> None:
    ordered = sorted(terms)
    keys = [*ordered[::2], *others]
    blob, key_blob = (np.frombuffer(b"".join(part), np.uint8) for part in (ordered, keys))
    offsets, key_offsets = (np.cumsum([0, *map(len, part)]) for part in (ordered, keys))
    found = find_each(blob, offsets.astype(np.uint64), 1, len(ordered), key_blob, key_offsets)
    expected = [ordered.index(key, 1) if key in ordered[1:] else -1 for key in keys]
    assert found.tolist() == expected
