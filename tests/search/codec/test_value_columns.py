"""Dates and facets are to Whoosh what its own columns of the same values would be."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from whoosh import index, query, sorting
from whoosh.columns import Column, ColumnReader, NumericColumn, VarBytesColumn
from whoosh.filedb.structfile import BufferFile, StructFile
from whoosh.query.qcolumns import ColumnQuery

from sanbao.search.article import Article
from sanbao.search.codec.container import Container
from sanbao.search.codec.kernels.dates import NO_DATE
from sanbao.search.codec.whoosh_codec.codec import ArrayCodec
from sanbao.search.codec.whoosh_codec.value_columns import value_column, value_columns
from sanbao.search.engines.embedded.schema import schema, to_document
from sanbao.search.engines.embedded.writer import EmbeddedWriter
from sanbao.search.storage.folder import Folder
from tests.search.codec.plain_segment import plain_segment, write_plain_segment

COLUMNS = ("published", "lang_facet", "source_facet", "category_facet")


def stock_column(column: Column, values: Sequence[Any]) -> ColumnReader:
    """The values as Whoosh would write and read them."""
    buffer = BytesIO()
    writer = column.writer(StructFile(buffer))
    for doc, value in enumerate(values):
        writer.add(doc, value)
    writer.finish(len(values))
    data = buffer.getvalue()
    return column.reader(BufferFile(data), 0, len(data), len(values))


def assert_same_column(ours: ColumnReader, stock: ColumnReader) -> None:
    assert len(ours) == len(stock)
    assert list(ours) == list(stock)
    assert list(ours.load()) == list(stock.load())
    for doc, value in enumerate(stock):
        assert type(ours[doc]) is type(value)
        assert ours[doc] == stock[doc]
        assert ours.sort_key(doc) == stock.sort_key(doc)


VALUES = st.lists(st.sampled_from(["x", "日本", "xy"]), unique=True, max_size=3)


@given(
    st.lists(
        st.tuples(st.sampled_from([NO_DATE, -1, 0]) | st.integers(-(2**60), 2**60), VALUES),
        min_size=1,
        max_size=9,
    ),
    st.sampled_from([1, 3]),
)
def test_columns_are_like_those_of_whoosh(
    tmp_path_factory: pytest.TempPathFactory,
    documents: list[tuple[int, list[str]]],
    most_values: int,
) -> None:
    published = [seconds for seconds, _ in documents]
    values = [values[:most_values] for _, values in documents]
    data = plain_segment(
        {"body": [["a"]] * len(documents)}, published=published, facets={"one": values}
    )
    path = write_plain_segment(tmp_path_factory.mktemp("one") / "one.arrays", data)
    container = Container(path)
    assert value_columns(container) == ["published", "one_facet"]
    dates = stock_column(NumericColumn("q", default=NO_DATE), published)
    ours = value_column(container, "published")
    assert_same_column(ours, dates)
    for column in (ours, dates):
        column.set_reverse()
    assert_same_column(ours, dates)
    facet = value_column(container, "one_facet")
    joined = ["\x1f".join(each).encode() for each in values]
    assert_same_column(facet, stock_column(VarBytesColumn(), joined))
    with pytest.raises(NotImplementedError):  # as Whoosh's own readers of such columns do
        facet.set_reverse()


def articles() -> Iterator[Article]:
    for number in range(40):
        yield Article(
            id=str(number),
            title=f"{'rain ' * (1 + number % 3)}{number}",
            language=("en", "zh-Hans", "ja")[number % 3],
            source=("", "Harbour Ledger", "三報")[number % 7 % 3],
            published=datetime(2022, 1, 1 + number % 9, tzinfo=UTC) if number % 5 else None,
            categories=("a", "b", "c")[: number % 4 % 3],
        )


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same articles by our own writer, and by Whoosh's with its own codec."""
    ours, stock = tmp_path_factory.mktemp("ours"), tmp_path_factory.mktemp("stock")
    made = index.create_in(stock, schema())
    some = list(articles())
    with EmbeddedWriter(Folder(ours)) as writer:
        for part in (some[:15], some[15:]):
            stock_writer = made.writer()
            for article in part:
                writer.add(article)
                stock_writer.add_document(**to_document(article))
            writer.commit()
            stock_writer.commit(merge=False)
    return ours, stock


RAIN = query.Term("title_words", "rain")


@pytest.mark.parametrize("name", COLUMNS)
def test_sorting_grouping_and_collapsing(folders: tuple[Path, Path], name: str) -> None:
    def asked(folder: Path) -> Iterator[Any]:
        with index.open_dir(folder).searcher() as searcher:
            for options in (
                {"sortedby": name},
                {"sortedby": [sorting.FieldFacet(name), sorting.ScoreFacet()]},
                {"sortedby": "published", "reverse": True},
                {"sortedby": sorting.FieldFacet("published", reverse=True)},
                {"groupedby": name, "maptype": sorting.Count},
                {"groupedby": name},
                {"collapse": name, "collapse_limit": 2},
                {"collapse": name, "collapse_order": "published"},
            ):
                found = searcher.search(RAIN, limit=None, **options)
                groups = found.groups() if "groupedby" in options else None
                yield [(hit.docnum, hit.score) for hit in found], groups
            yield [searcher.stored_fields(0).keys(), list(searcher.reader().column_reader(name))]
            yield [leaf.has_column(name) for leaf, _ in searcher.reader().leaf_readers()]

    ours, stock = map(list, map(asked, folders))
    assert ours == stock


def test_columns_by_value(folders: tuple[Path, Path]) -> None:

    def found(folder: Path) -> list[list[int]]:
        with index.open_dir(folder).searcher() as searcher:
            questions = (
                ColumnQuery("published", lambda seconds: seconds > 1_641_300_000),
                ColumnQuery("category_facet", b"a\x1fb"),
            )
            return [list(searcher.docs_for_query(question)) for question in questions]

    ours, stock = map(found, folders)
    assert ours == stock
    assert all(ours)


def test_whooshs_merging_keeps_the_values(folders: tuple[Path, Path], tmp_path: Path) -> None:
    copies = [Path(shutil.copytree(f, tmp_path / str(n))) for n, f in enumerate(folders)]
    for folder, codec in zip(copies, (ArrayCodec(), None), strict=True):
        writer = index.open_dir(folder).writer(codec=codec)
        writer.delete_by_term("id", "17")
        writer.commit(optimize=True)
    with index.open_dir(copies[0]).reader() as ours, index.open_dir(copies[1]).reader() as stock:
        assert len(ours.leaf_readers()) == len(stock.leaf_readers()) == 1
        for name in COLUMNS:
            assert list(ours.column_reader(name)) == list(stock.column_reader(name))
