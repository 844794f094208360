"""Damaged, foreign and refused: each error names what is wrong, where, and what to do."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from whoosh import fields, formats, index
from whoosh.filedb.filestore import RamStorage
from whoosh.index import TOC

from sanbao.search.codec.container import Container
from sanbao.search.codec.segment_arrays import SegmentArrays
from sanbao.search.codec.whoosh_codec.codec import ArrayCodec, check_segments
from sanbao.search.errors import IndexCorrupt, IndexProblem, IndexVersionMismatch, InvalidArticle
from tests.search.codec.stock_twin import Batch, schema, write

DOCUMENTS = [{"id": "a", "body": "alfa bravo", "note": "x" * 300}, {"id": "b", "body": "alfa"}]


@pytest.fixture(scope="module")
def intact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a good index, not to be changed."""
    folder = tmp_path_factory.mktemp("intact")
    write(folder, [Batch(added=DOCUMENTS)], ArrayCodec())
    return folder


@pytest.fixture
def folder(intact: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(intact, tmp_path / "index"))


def _file(folder: Path) -> Path:
    (path,) = folder.glob("*.arrays")
    return path


def _open(folder: Path) -> None:
    index.open_dir(folder).reader().close()


@given(st.data())
def test_a_file_cut_short_anywhere(
    intact: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    copy = tmp_path_factory.mktemp("cut") / "index"
    path = _file(Path(shutil.copytree(intact, copy)))
    whole = path.read_bytes()
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(IndexCorrupt, match=path.name) as caught:
        _open(copy)
    assert "restore it from a copy" in str(caught.value)


def _blank_end(whole: bytes) -> bytes:
    return whole[: len(whole) // 2] + bytes(len(whole) - len(whole) // 2)


def _blank_directory(whole: bytes) -> bytes:
    begin = whole.rindex(b'{"arrays"')
    return whole[:begin] + b" " * (len(whole) - begin - 24) + whole[-24:]


def _no_terms(whole: bytes) -> bytes:
    return whole.replace(b'"terms/blob"', b'"terms/blot"')


def _unknown_type(whole: bytes) -> bytes:
    return whole.replace(b'"<u4"', b'"<u5"')


@pytest.mark.parametrize("damage", [_blank_end, _blank_directory, _no_terms, _unknown_type])
def test_a_damaged_file(folder: Path, damage: Callable[[bytes], bytes]) -> None:
    path = _file(folder)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(IndexCorrupt, match=path.name):
        _open(folder)


@given(st.data())
def test_a_directory_with_any_wrong_bytes(
    intact: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    whole = bytearray(_file(intact).read_bytes())
    begin = whole.rindex(b'{"arrays"')
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(begin, len(whole) - 25))
        whole[at] = data.draw(st.sampled_from(b'0179-"[]{},: aezu<|') | st.integers(0, 255))
    path = tmp_path_factory.mktemp("garbled") / "garbled.arrays"
    path.write_bytes(whole)
    try:
        SegmentArrays(path)
    except IndexCorrupt as error:
        assert str(path) in str(error)


def test_an_array_that_is_missing_when_it_is_asked_for(folder: Path) -> None:
    path = _file(folder)
    path.write_bytes(path.read_bytes().replace(b'"stored/blob"', b'"stored/blot"'))
    with Container(path) as container, pytest.raises(IndexCorrupt, match="has no array stored/blo"):
        container["stored/blob"]


def test_a_missing_file(folder: Path) -> None:
    _file(folder).unlink()
    with pytest.raises(IndexCorrupt, match=r"MAIN_\w+\.arrays is missing; restore it"):
        _open(folder)


def test_whoosh_tries_again_while_a_writer_replaces_files(folder: Path) -> None:
    path = _file(folder)
    aside = path.rename(path.with_suffix(".aside"))
    timer = Timer(0.1, aside.rename, [path])
    timer.start()
    _open(folder)
    timer.join()


def test_the_file_of_another_segment(folder: Path, tmp_path: Path) -> None:
    write(tmp_path, [Batch(added=DOCUMENTS[:1])], ArrayCodec())
    shutil.copy(_file(tmp_path), _file(folder))
    with pytest.raises(IndexCorrupt, match="holds 1 documents where the index expects 2"):
        _open(folder)


def test_another_format_version(folder: Path) -> None:
    opened = index.open_dir(folder)
    toc = TOC.read(opened.storage, opened.indexname)
    toc.segments[0].format_version = 99
    toc.generation += 1
    toc.write(opened.storage, opened.indexname)
    with pytest.raises(IndexVersionMismatch, match=r"\.arrays has format version 99.*again"):
        _open(folder)
    with pytest.raises(IndexVersionMismatch, match="has format version 99"):
        check_segments(folder, toc.segments)


def test_an_index_that_stock_whoosh_wrote(folder: Path, tmp_path: Path) -> None:
    check_segments(folder, index.open_dir(folder)._segments())
    stock = tmp_path / "stock"
    stock.mkdir()
    write(stock, [Batch(added=DOCUMENTS)], None)
    with pytest.raises(IndexVersionMismatch, match=r"stock/MAIN_\w+ is a segment.*again"):
        check_segments(stock, index.open_dir(stock)._segments())


class _Evil:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_stored_fields_run_no_code(folder: Path, tmp_path: Path) -> None:
    path, trap = _file(folder), tmp_path / "trap"
    whole = path.read_bytes()
    evil = pickle.dumps({"note": _Evil(trap)}, 4)
    begin = whole.index(b"\x80\x04\x95")
    path.write_bytes(whole[:begin] + evil + whole[begin + len(evil) :])
    with index.open_dir(folder).reader() as reader:
        with pytest.raises(IndexCorrupt, match=rf"{path.name}: document 0 .*restore it"):
            reader.stored_fields(0)
        assert reader.stored_fields(1)["id"] == "b"
    assert not trap.exists()


def test_a_stored_value_that_is_not_plain(tmp_path: Path) -> None:
    writer = index.create_in(tmp_path, schema()).writer(codec=ArrayCodec())
    for value in (datetime(2022, 1, 1), [{"when": datetime(2022, 1, 1)}], Path()):
        with pytest.raises(InvalidArticle, match="note: cannot be stored"):
            writer.add_document(id="a", note=value)
    writer.add_document(id="b", note="plain")
    writer.commit()
    with index.open_dir(tmp_path).reader() as reader:
        assert list(reader.all_stored_fields()) == [{"id": "b", "note": "plain"}]


def test_a_document_that_fails_halfway_leaves_the_others_whole(tmp_path: Path) -> None:
    writer = index.create_in(tmp_path, schema()).writer(codec=ArrayCodec())
    writer.add_document(id="a", body="alfa", number=1)
    with pytest.raises(ValueError):
        writer.add_document(id="b", body="alfa bravo alfa", number="many", note="lost")
    writer.add_document(id="c", body="alfa", number=3)
    writer.commit()
    with index.open_dir(tmp_path).searcher() as searcher:
        reader = searcher.reader()
        assert [stored["id"] for stored in reader.all_stored_fields()] == ["a", "c"]
        assert list(reader.column_reader("number")) == [1, 3]
        assert list(reader.postings("body", "alfa").all_ids()) == [0, 1]
        assert [reader.doc_field_length(doc, "body") for doc in (0, 1)] == [1, 1]


@pytest.mark.parametrize(
    ("field", "complaint"),
    [
        (fields.TEXT(chars=True), "body has the format Characters"),
        (fields.FieldType(formats.PositionBoosts(), fields.TEXT().analyzer), "PositionBoosts"),
        (fields.TEXT(vector=True), "body has term vectors"),
    ],
)
def test_fields_that_the_codec_does_not_keep(
    tmp_path: Path, field: fields.FieldType, complaint: str
) -> None:
    writer = index.create_in(tmp_path, fields.Schema(body=field)).writer(codec=ArrayCodec())
    with pytest.raises(IndexProblem, match=complaint):
        writer.add_document(body="alfa")
    writer.cancel()


def test_an_index_in_memory() -> None:
    made = RamStorage().create_index(schema())
    with pytest.raises(IndexProblem, match=r"cannot write to a RamStorage.*in a folder"):
        made.writer(codec=ArrayCodec())
