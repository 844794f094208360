"""What can be wrong with the folder of an embedded index, and that each is named."""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from search.engines.index_folder import FORMAT_VERSION
from whoosh import fields
from whoosh import index as whoosh_index

from search.article import Article
from search.codec.inversion import PackedDocument
from search.engines import index_folder, open_engine, open_writer
from search.engines.array_document import pack_article
from search.engines.rebuild import rebuild_index
from search.errors import (
    AnalysisMismatch,
    IndexCorrupt,
    IndexLocked,
    IndexNotFound,
    IndexProblem,
    IndexVersionMismatch,
)
from search.request import SearchRequest

ARTICLES = [Article(id=str(number), title=f"economy {number}") for number in range(5)]

whoosh_leaves_files_open = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)
"""Whoosh does not close a file when it cannot read it; the collector does, with a warning."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An index of five articles, one of them deleted again."""
    folder = tmp_path / "index"
    with open_writer(folder) as writer:
        for article in ARTICLES:
            writer.add(article)
        writer.add(Article(id="gone", title="economy"))
        writer.commit()
        writer.delete("gone")
    return folder


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Files that Whoosh left open are closed in the test that expects them."""
    yield
    gc.collect()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_folder, "LOCK_WAIT_SECONDS", 0.1)


def change_mark(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "sanbao.json"
    content = json.loads(path.read_text("utf-8"))
    change(content)
    path.write_text(json.dumps(content), "utf-8")


def age(folder: Path) -> None:
    """Make the index look as if an older analysis had built it."""
    change_mark(folder, lambda mark: mark["analysis"].update({"han folding": "0 opencc-0"}))


def ids(folder: Path) -> set[str]:
    page = open_engine(folder).search(SearchRequest(text="economy", limit=100))
    return {hit.article.id for hit in page.hits}


# What cannot be opened


def test_no_index(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(IndexNotFound) as caught:
            open_engine(folder)
        assert str(folder) in str(caught.value)
        assert f"sanbao index PATH... --index {folder}" in str(caught.value)
    assert not (tmp_path / "nothing").exists()


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("not a folder")
    with pytest.raises(IndexNotFound, match="file"):
        open_engine(path)
    with pytest.raises(IndexProblem, match=r"cannot write to the index at .*file"):
        open_writer(path)


def test_a_folder_of_stock_whoosh(tmp_path: Path) -> None:
    whoosh_index.create_in(str(tmp_path), fields.Schema(text=fields.TEXT))
    for opening in (open_engine, open_writer):
        with pytest.raises(IndexVersionMismatch, match="Whoosh index that Sanbao did not make"):
            opening(tmp_path)
    assert not (tmp_path / "sanbao.json").exists()


@pytest.mark.parametrize("opening", [open_engine, open_writer, rebuild_index])
def test_another_format_version(folder: Path, opening: Callable[[Path], object]) -> None:
    change_mark(folder, lambda mark: mark.update(format=FORMAT_VERSION + 1))
    with pytest.raises(IndexVersionMismatch) as caught:
        opening(folder)
    assert str(folder) in str(caught.value)
    assert f"version {FORMAT_VERSION + 1}" in str(caught.value)
    assert "index the articles again" in str(caught.value)


@pytest.mark.parametrize("opening", [open_engine, open_writer])
@pytest.mark.parametrize("part", ["normalization", "han folding", "Japanese words"])
def test_another_analysis(folder: Path, opening: Callable[[Path], object], part: str) -> None:
    change_mark(folder, lambda mark: mark["analysis"].update({part: "0 old"}))
    with pytest.raises(AnalysisMismatch) as caught:
        opening(folder)
    assert part in str(caught.value)
    assert "0 old" in str(caught.value)
    assert f"sanbao rebuild --index {folder}" in str(caught.value)


def test_an_analysis_with_a_part_missing(folder: Path) -> None:
    change_mark(folder, lambda mark: mark["analysis"].pop("grams"))
    with pytest.raises(AnalysisMismatch, match="grams"):
        open_engine(folder)


@pytest.mark.parametrize("opening", [open_engine, open_writer, rebuild_index])
@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"\xff\xfe", b"{}", b'{"format": "1", "analysis": {}}', b'{"format": 1}'],
)
def test_a_damaged_mark(folder: Path, opening: Callable[[Path], object], content: bytes) -> None:
    (folder / "sanbao.json").write_bytes(content)
    with pytest.raises(IndexCorrupt) as caught:
        opening(folder)
    assert str(folder / "sanbao.json") in str(caught.value)


@whoosh_leaves_files_open
@pytest.mark.parametrize("opening", [open_engine, open_writer, rebuild_index])
def test_a_damaged_table_of_contents(folder: Path, opening: Callable[[Path], object]) -> None:
    (table,) = folder.glob("_MAIN_*.toc")
    table.write_bytes(table.read_bytes()[:40])
    with pytest.raises(IndexCorrupt, match=r"cannot read .*; restore it from a copy") as caught:
        opening(folder)
    assert str(table) in str(caught.value)


@whoosh_leaves_files_open
def test_a_missing_segment(folder: Path) -> None:
    for segment in folder.glob("MAIN_*.arrays"):
        segment.unlink()
    with pytest.raises(IndexCorrupt, match="is missing; restore it from a copy"):
        ids(folder)


@whoosh_leaves_files_open
def test_what_happens_to_an_open_index_is_named(folder: Path) -> None:
    engine = open_engine(folder)
    assert engine.stats().articles == 5
    moved = folder.with_name("moved")
    folder.rename(moved)
    with pytest.raises(IndexNotFound):
        engine.search(SearchRequest(text="economy"))
    moved.rename(folder)
    assert engine.search(SearchRequest(text="economy")).total == 5
    (table,) = folder.glob("_MAIN_*.toc")
    generation = int(table.stem.removeprefix("_MAIN_"))
    (folder / f"_MAIN_{generation + 1}.toc").write_bytes(b"damaged")
    with pytest.raises(IndexCorrupt):
        engine.search(SearchRequest(text="economy"))
    with pytest.raises(IndexCorrupt):
        engine.get("1")


def test_a_failed_first_writer_leaves_no_index_that_cannot_be_opened(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    folder.mkdir()
    index_folder.mark(folder)  # as if it had been killed just then
    with open_writer(folder) as writer:
        writer.add(ARTICLES[0])
    assert ids(folder) == {"0"}


# One writer at a time


@pytest.mark.usefixtures("impatient")
def test_a_second_writer_in_the_same_process(folder: Path) -> None:
    with open_writer(folder) as writer:
        with pytest.raises(IndexLocked) as caught:
            open_writer(folder)
        assert str(folder) in str(caught.value)
        assert "try again" in str(caught.value)
        writer.add(Article(id="later", title="economy"))
    open_writer(folder).close()
    assert "later" in ids(folder)


@pytest.fixture
def holder(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the writer with an article not yet committed."""
    code = (
        "import sys, time; from search.article import Article\n"
        "from search.engines import open_writer\n"
        "writer = open_writer(sys.argv[1]); writer.add(Article(id='lost', title='economy'))\n"
        "print('held', flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


@pytest.mark.usefixtures("impatient")
def test_a_second_writer_in_another_process(folder: Path, holder: subprocess.Popen[str]) -> None:
    with pytest.raises(IndexLocked, match="another program is writing"):
        open_writer(folder)
    with pytest.raises(IndexLocked):
        rebuild_index(folder)
    assert len(ids(folder)) == 5, "searching goes on"
    holder.communicate("")
    open_writer(folder).close()


@pytest.mark.usefixtures("impatient")
def test_the_lock_ends_with_a_killed_writer(folder: Path, holder: subprocess.Popen[str]) -> None:
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with open_writer(folder) as writer:
        writer.add(Article(id="after", title="economy"))
    assert ids(folder) == {"0", "1", "2", "3", "4", "after"}


@pytest.mark.usefixtures("impatient")
def test_a_writer_that_cannot_open_the_index_gives_the_lock_back(folder: Path) -> None:
    age(folder)
    for _ in range(2):
        with pytest.raises(AnalysisMismatch):
            open_writer(folder)


def test_a_writer_waits_for_the_one_before(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = open_writer(folder)
    monkeypatch.setattr("time.sleep", lambda seconds: first.close())
    open_writer(folder).close()


# Rebuilding


def test_rebuilding_brings_back_every_article(folder: Path) -> None:
    age(folder)
    with pytest.raises(AnalysisMismatch):
        open_engine(folder)
    assert rebuild_index(folder) == 5
    engine = open_engine(folder)
    assert sorted(engine.articles(), key=lambda article: article.id) == ARTICLES
    assert ids(folder) == {"0", "1", "2", "3", "4"}
    assert [path.name for path in folder.parent.iterdir()] == ["index"]
    with open_writer(folder) as writer:
        writer.delete("0")
    assert ids(folder) == {"1", "2", "3", "4"}


def test_an_open_engine_sees_the_rebuilt_index(folder: Path) -> None:
    engine = open_engine(folder)
    before = engine.stats().generation
    assert rebuild_index(folder) == 5
    assert engine.stats().generation > before
    assert engine.search(SearchRequest(text="economy")).total == 5


def test_rebuilding_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFound):
        rebuild_index(tmp_path / "nothing")
    assert not list(tmp_path.iterdir())


def test_a_rebuild_that_fails_leaves_the_old_index(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(article: Article) -> PackedDocument:
        if article.id == "3":
            raise OSError("disk full")
        return pack_article(article)

    with monkeypatch.context() as patched:
        patched.setattr("search.engines.array_writer.ArrayWriter.pack", staticmethod(fail))
        with pytest.raises(OSError, match="disk full"):
            rebuild_index(folder)
    assert len(ids(folder)) == 5
    assert rebuild_index(folder) == 5
    assert len(ids(folder)) == 5


def test_a_rebuild_killed_before_the_mark_is_done_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(folder: Path) -> None:
        raise KeyboardInterrupt

    age(folder)
    with monkeypatch.context() as patched:
        patched.setattr("search.engines.index_folder.mark", killed)
        with pytest.raises(KeyboardInterrupt):
            rebuild_index(folder)
    with pytest.raises(AnalysisMismatch):
        open_engine(folder)
    assert rebuild_index(folder) == 5
    assert len(ids(folder)) == 5
