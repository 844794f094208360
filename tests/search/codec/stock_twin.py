"""The same documents in two indexes: one with Whoosh's own codec, one with ours."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from whoosh import columns, fields, index, query
from whoosh.analysis import SimpleAnalyzer
from whoosh.query import spans

from sanbao.search.codec.whoosh_codec.codec import ArrayCodec

WORDS = "alfa alpha alphas bravo brave charlie delta 経済 経 é z".split()
TAGS = ("news", "sports", "world")
NUMBERS = st.integers(-300, 300)

Document = Mapping[str, Any]


def schema() -> fields.Schema:
    """Every kind of field, format and column that the codec keeps."""
    return fields.Schema(
        id=fields.ID(unique=True, stored=True),
        title=fields.TEXT(analyzer=SimpleAnalyzer(), stored=True, field_boost=2.0),
        body=fields.TEXT(analyzer=SimpleAnalyzer()),
        words=fields.KEYWORD(scorable=True),
        plain=fields.TEXT(analyzer=SimpleAnalyzer(), phrase=False),
        tag=fields.KEYWORD(sortable=True, stored=True),
        number=fields.NUMERIC(int, sortable=True, stored=True),
        price=fields.NUMERIC(float, sortable=True),
        day=fields.DATETIME(sortable=True),
        flag=fields.BOOLEAN(),
        note=fields.STORED(),
        bit=fields.COLUMN(columns.BitColumn()),
        ref=fields.COLUMN(columns.RefBytesColumn()),
        blob=fields.COLUMN(columns.VarBytesColumn()),
    )


@dataclass(frozen=True)
class Batch:
    """What one writer does before it commits."""

    added: Sequence[Document] = ()
    updated: Sequence[Document] = ()
    deleted: Sequence[str] = ()
    optimize: bool = False


@dataclass(frozen=True)
class Twins:
    """Both indexes, opened as anyone would."""

    stock: index.FileIndex
    ours: index.FileIndex


@contextmanager
def twins(batches: Sequence[Batch], of: fields.Schema | None = None) -> Iterator[Twins]:
    """Both indexes after the batches."""
    with tempfile.TemporaryDirectory() as stock, tempfile.TemporaryDirectory() as ours:
        write(stock, batches, None, of)
        write(ours, batches, ArrayCodec(), of)
        yield Twins(index.open_dir(stock), index.open_dir(ours))


def write(
    folder: str | Path, batches: Sequence[Batch], codec: object, of: fields.Schema | None = None
) -> None:
    """Write the batches into a new index."""
    made = index.create_in(folder, of or schema())
    for batch in batches:
        writer = made.writer(codec=codec)
        for text in batch.deleted:
            writer.delete_by_term("body", text)
        for document in batch.added:
            writer.add_document(**document)
        for document in batch.updated:
            writer.update_document(**document)
        writer.commit(optimize=batch.optimize, merge=batch.optimize)


def _some(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


_TEXTS = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)

DOCUMENTS = st.fixed_dictionaries(
    {
        "id": st.sampled_from("abcdefgh"),
        "title": _some(_TEXTS),
        "body": _some(_TEXTS),
        "words": _some(_TEXTS),
        "plain": _some(_TEXTS),
        "tag": _some(st.sampled_from(TAGS)),
        "number": _some(NUMBERS),
        "price": _some(st.floats(-1e6, 1e6, width=32)),
        "day": _some(st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1))),
        "flag": _some(st.booleans()),
        "note": _some(
            st.recursive(
                st.integers() | st.text(max_size=4) | st.binary(max_size=4) | st.booleans(),
                lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner),
                max_leaves=4,
            )
        ),
        "bit": _some(st.booleans()),
        "ref": _some(st.binary(max_size=2)),
        "blob": _some(st.binary(max_size=5)),
    },
    optional={"_boost": st.sampled_from([1.5, 3.0]), "_title_boost": st.just(2.5)},
)

BATCHES = st.lists(
    st.builds(
        Batch,
        added=st.lists(DOCUMENTS, max_size=6),
        updated=st.lists(DOCUMENTS, max_size=2),
        deleted=st.lists(st.sampled_from(WORDS), max_size=1),
        optimize=st.sampled_from([False, False, False, True]),
    ),
    min_size=1,
    max_size=4,
)

_FIELDS = st.sampled_from(["title", "body", "words", "plain"])
_TERMS = st.builds(
    query.Term,
    _FIELDS,
    st.sampled_from([*WORDS, "absent"]),
    boost=st.sampled_from([1.0, 1.0, 2.5]),
)
SIMPLE_QUERIES = st.one_of(
    _TERMS,
    _TERMS,
    st.builds(
        query.Phrase,
        st.sampled_from(["title", "body"]),
        st.lists(st.sampled_from(WORDS), min_size=2, max_size=3),
        slop=st.integers(1, 4),
    ),
    st.builds(query.Prefix, _FIELDS, st.sampled_from(["a", "al", "alp", "br", "経", "x"])),
    st.builds(query.Wildcard, _FIELDS, st.sampled_from(["a*", "*a*", "?ravo", "b?av*", "*"])),
    st.builds(
        query.FuzzyTerm,
        _FIELDS,
        st.sampled_from(["alpa", "brav", "delt"]),
        maxdist=st.integers(1, 2),
        prefixlength=st.integers(0, 1),
    ),
    st.builds(query.Regex, _FIELDS, st.sampled_from(["al.*", "[bc].+e$", "経.?"])),
    st.builds(
        query.TermRange,
        _FIELDS,
        st.sampled_from(["alpha", "b", None]),
        st.sampled_from(["c", "z", None]),
        st.booleans(),
        st.booleans(),
    ),
    st.builds(query.NumericRange, st.just("number"), _some(NUMBERS), _some(NUMBERS)),
    st.builds(query.Every, st.sampled_from([None, "body", "tag"])),
    st.builds(query.ConstantScoreQuery, _TERMS, st.just(3.0)),
    st.builds(query.Term, st.just("tag"), st.sampled_from(TAGS)),
)


def _compound(inner: st.SearchStrategy[query.Query]) -> st.SearchStrategy[query.Query]:
    several = st.lists(inner, min_size=1, max_size=4)
    return st.one_of(
        st.builds(query.And, several),
        st.builds(query.Or, several),
        st.builds(query.Or, several, boost=st.just(2.0)),
        st.builds(query.DisjunctionMax, several),
        st.builds(query.AndNot, inner, inner),
        st.builds(query.AndMaybe, inner, inner),
        st.builds(query.Require, inner, inner),
        st.builds(query.Not, inner),
        st.builds(lambda yes, no: query.And([yes, query.Not(no)]), inner, inner),
    )


QUERIES = st.recursive(SIMPLE_QUERIES, _compound, max_leaves=6)
PHRASES = st.builds(
    lambda words, slop, ordered: spans.SpanNear2(
        [query.Term("body", word) for word in words], slop=slop, ordered=ordered
    ),
    st.lists(st.sampled_from(WORDS), min_size=2, max_size=3),
    st.integers(1, 3),
    st.booleans(),
)
