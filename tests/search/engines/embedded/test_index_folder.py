"""What can be wrong with the folder of an embedded index, and that each is named."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from whoosh import fields
from whoosh import index as whoosh_index

from sanbao.search.article import Article
from sanbao.search.care.repair import repairing
from sanbao.search.care.verify import verify_index
from sanbao.search.codec import FORMAT_VERSION
from sanbao.search.codec.inversion import PackedDocument
from sanbao.search.engines import open_engine, open_writer
from sanbao.search.engines.embedded import index as embedded_index
from sanbao.search.engines.embedded.document import pack_article
from sanbao.search.engines.embedded.rebuild import rebuild_index
from sanbao.search.engines.embedded.writer import EmbeddedWriter
from sanbao.search.errors import (
    AnalysisMismatch,
    IndexCorrupt,
    IndexLocked,
    IndexNotFound,
    IndexProblem,
    IndexVersionMismatch,
)
from sanbao.search.request import SearchRequest
from sanbao.search.results import OUTDATED
from sanbao.search.storage import write_lock
from sanbao.search.storage.manifest import FileEntry
from sanbao.search.storage.snapshots import read_snapshot
from tests.search.care.damage import (
    change_analysis,
    change_manifest,
    flip,
    halve,
    newest_manifest,
    newest_segment,
    newest_table,
)

OPENING: tuple[Callable[[Path], object], ...] = (open_engine, open_writer, rebuild_index)
ARTICLES = [Article(id=str(number), title=f"economy {number}") for number in range(5)]
BEFORE = {"0", "1", "2", "3", "4", "gone"}
"""What the commit before the newest holds."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six articles, then one of them deleted and the others written anew."""
    folder = tmp_path / "index"
    with open_writer(folder) as writer:
        writer.add(Article(id="gone", title="economy"))
        for article in ARTICLES:
            writer.add(article)
        writer.commit()
        for article in ARTICLES:
            writer.add(article)
        writer.delete("gone")
    return folder


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_lock, "WAIT_SECONDS", 0.1)


def _repair(folder: Path) -> None:
    with repairing(folder):
        pass


def age(folder: Path) -> None:
    """Make the index look as if an older analysis had built it."""
    change_analysis(folder, {"han folding": "0 opencc-0"})


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
    assert not list(tmp_path.glob("*.manifest"))


@pytest.mark.damages_its_index
@pytest.mark.parametrize("opening", OPENING)
def test_another_format_version(folder: Path, opening: Callable[[Path], object]) -> None:
    change_manifest(folder, format=FORMAT_VERSION + 1)
    with pytest.raises(IndexVersionMismatch) as caught:
        opening(folder)
    assert str(folder) in str(caught.value)
    assert f"version {FORMAT_VERSION + 1}" in str(caught.value)
    assert "index the articles again" in str(caught.value)


@pytest.mark.damages_its_index
@pytest.mark.parametrize("opening", [*OPENING, verify_index, _repair, read_snapshot])
def test_the_version_is_looked_at_before_anything_is_unpickled(
    folder: Path, opening: Callable[[Path], object]
) -> None:
    """As of an index of version 3, which names classes that are no more."""
    before = b"csearch.codec.array_segment\nArraySegment\n."
    table = newest_table(folder)
    table.write_bytes(before)
    files = {table.name: FileEntry.of(before)}
    change_manifest(folder, format=3, files=files)
    with pytest.raises(IndexVersionMismatch) as caught:
        opening(folder)
    assert str(caught.value) == (
        f"the index at {folder} has format version 3, this program reads version "
        f"{FORMAT_VERSION}; index the articles again into another folder: "
        "`sanbao index PATH... --index FOLDER`"
    )


@pytest.mark.parametrize("opening", OPENING)
def test_an_index_of_before_there_were_manifests(
    folder: Path, opening: Callable[[Path], object]
) -> None:
    for manifest in folder.glob("*.manifest"):
        manifest.unlink()
    (folder / "sanbao.json").write_text('{"format": 2}')
    with pytest.raises(IndexVersionMismatch, match="has format version 2"):
        opening(folder)


@pytest.mark.parametrize("opening", [open_engine, open_writer])
@pytest.mark.parametrize("part", ["normalization", "han folding", "Japanese words"])
def test_another_analysis(folder: Path, opening: Callable[[Path], object], part: str) -> None:
    change_analysis(folder, {part: "0 old"})
    with pytest.raises(AnalysisMismatch) as caught:
        opening(folder)
    assert part in str(caught.value)
    assert "0 old" in str(caught.value)
    assert f"sanbao rebuild --index {folder}" in str(caught.value)


def test_an_analysis_with_a_part_missing(folder: Path) -> None:
    change_analysis(folder, {"grams": None})
    with pytest.raises(AnalysisMismatch, match="grams"):
        open_engine(folder)


# What is damaged


DAMAGE: dict[str, tuple[Callable[[Path], Path], Callable[[Path], object]]] = {
    f"{kind} of {part.__name__}": (part, damage)
    for part in (newest_manifest, newest_table, newest_segment)
    for kind, damage in {
        "half": halve,
        "nothing left": lambda path: path.write_bytes(b""),
        "a bit flipped": lambda path: flip(path, path.stat().st_size // 3),
        "gone": Path.unlink,
        "a byte more": lambda path: path.write_bytes(path.read_bytes() + b"x"),
    }.items()
}


# Without its table of contents a commit has not happened, whatever else there is of it.
del DAMAGE["gone of newest_table"]


@pytest.mark.damages_its_index
@pytest.mark.parametrize("case", DAMAGE)
def test_damage_to_the_newest_commit(folder: Path, case: str) -> None:
    part, damage = DAMAGE[case]
    path = part(folder)
    damage(path)
    engine = open_engine(folder)
    assert {article.id for article in engine.articles()} == BEFORE, "the commit before is served"
    page = engine.search(SearchRequest(text="economy"))
    assert (page.total, page.partial, page.warnings) == (6, True, (OUTDATED,))
    problem = engine.problem()
    assert isinstance(problem, IndexCorrupt)
    assert str(path) in str(problem)
    assert "sanbao repair" in str(problem)
    for opening in (open_writer, rebuild_index):  # nothing is built on what is not the newest
        with pytest.raises(IndexCorrupt) as caught:
            opening(folder)
        assert str(caught.value) == str(problem)


@pytest.mark.damages_its_index
def test_damage_to_all_commits(folder: Path) -> None:
    for manifest in folder.glob("*.manifest"):
        flip(manifest, 5)
    with pytest.raises(IndexCorrupt, match=newest_manifest(folder).name):
        open_engine(folder)


@pytest.mark.damages_its_index
def test_damage_after_a_rebuild_is_told_as_damage(folder: Path) -> None:
    age(folder)
    rebuild_index(folder)
    halve(newest_table(folder))
    with pytest.raises(IndexCorrupt, match=r"_MAIN_3\.toc"):
        open_engine(folder)


@pytest.mark.damages_its_index
def test_an_empty_commit_is_not_what_is_left_of_a_damaged_one(tmp_path: Path) -> None:
    with open_writer(tmp_path) as writer:
        writer.add(ARTICLES[0])
    halve(newest_table(tmp_path))
    with pytest.raises(IndexCorrupt):
        open_engine(tmp_path)


@pytest.mark.damages_its_index
def test_a_segment_of_another_index_under_the_same_name(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    with open_writer(other) as writer:
        writer.add(Article(id="intruder", title="economy"))
    newest_segment(folder).write_bytes(newest_segment(other).read_bytes())
    assert open_engine(folder).problem() is not None


def test_a_commit_that_cannot_be_opened_keeps_the_open_one(folder: Path) -> None:
    engine = open_engine(folder)
    with open_writer(folder) as writer:
        writer.delete("0")
    path = newest_table(folder)
    whole = path.read_bytes()
    halve(path)
    assert engine.search(SearchRequest(text="economy")).total == 5
    problem = engine.problem()
    assert isinstance(problem, IndexCorrupt)
    assert str(path) in str(problem)
    path.write_bytes(whole)
    with open_writer(folder) as writer:
        writer.delete("1")
    page = engine.search(SearchRequest(text="economy"))
    assert (page.total, page.warnings) == (3, ())
    assert engine.problem() is None


def test_all_commits_damaged_under_an_open_engine(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_index, "TRY_AGAIN_SECONDS", 0.0)
    engine = open_engine(folder)
    with open_writer(folder) as writer:
        writer.delete("0")
    whole = {path: path.read_bytes() for path in folder.glob("*.manifest")}
    for path in whole:
        halve(path)
    assert engine.search(SearchRequest(text="economy")).total == 5
    assert isinstance(engine.problem(), IndexCorrupt)
    for path, content in whole.items():
        path.write_bytes(content)
    assert engine.search(SearchRequest(text="economy")).total == 4
    assert engine.problem() is None


def test_an_open_index_that_is_taken_away(folder: Path) -> None:
    engine = open_engine(folder)
    moved = folder.with_name("moved")
    folder.rename(moved)
    with pytest.raises(IndexNotFound):
        engine.search(SearchRequest(text="economy"))
    with pytest.raises(IndexNotFound):
        engine.problem()
    moved.rename(folder)
    assert engine.search(SearchRequest(text="economy")).total == 5


@pytest.mark.damages_its_index
def test_no_table_of_contents(folder: Path) -> None:
    for table in folder.glob("*.toc"):
        table.unlink()
    for opening in OPENING:
        with pytest.raises(IndexCorrupt, match=r"_MAIN_\*\.toc.*sanbao repair"):
            opening(folder)


@pytest.mark.parametrize("left", [["_MAIN_0.manifest"], ["_MAIN_0.manifest", "_MAIN_0.toc.new"]])
def test_a_first_writer_that_was_killed(tmp_path: Path, left: list[str]) -> None:
    for name in left:
        (tmp_path / name).write_bytes(b"half")
    with pytest.raises(IndexNotFound):
        open_engine(tmp_path)
    with open_writer(tmp_path) as writer:
        writer.add(ARTICLES[0])
    assert ids(tmp_path) == {"0"}


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
        "import sys, time; from sanbao.search.article import Article\n"
        "from sanbao.search.engines import open_writer\n"
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


@pytest.mark.usefixtures("impatient")
def test_a_forked_child_neither_has_the_lock_nor_takes_it_away(folder: Path) -> None:
    writer = open_writer(folder)
    child = os.fork()
    if not child:
        gc.collect()
        os._exit(0)
    os.waitpid(child, 0)
    with pytest.raises(IndexLocked):
        open_writer(folder)
    lingering = os.fork()
    if not lingering:
        time.sleep(60)
        os._exit(0)
    try:
        writer.close()
        open_writer(folder).close()
    finally:
        os.kill(lingering, signal.SIGKILL)
        os.waitpid(lingering, 0)


@pytest.mark.usefixtures("impatient")
def test_a_folder_in_the_place_of_the_locked_one(folder: Path) -> None:
    with open_writer(folder):
        folder.rename(folder.with_name("moved"))
        with open_writer(folder) as writer:
            writer.add(ARTICLES[0])
        with pytest.raises(IndexLocked):
            open_writer(folder.with_name("moved"))
    assert ids(folder) == {"0"}


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
        patched.setattr(EmbeddedWriter, "pack", staticmethod(fail))
        with pytest.raises(OSError, match="disk full"):
            rebuild_index(folder)
    assert len(ids(folder)) == 5
    assert rebuild_index(folder) == 5
    assert len(ids(folder)) == 5


def test_rebuilding_an_empty_index(tmp_path: Path) -> None:
    open_writer(tmp_path).close()
    age(tmp_path)
    assert rebuild_index(tmp_path) == 0
    assert open_engine(tmp_path).stats().articles == 0


@pytest.mark.damages_its_index
def test_an_open_engine_does_not_go_back_when_the_newest_table_is_lost(folder: Path) -> None:
    engine = open_engine(folder)
    everything = {article.id for article in engine.articles()}
    table = newest_table(folder)
    table.unlink()
    assert {article.id for article in engine.articles()} == everything != BEFORE
    assert OUTDATED in engine.search(SearchRequest(text="economy")).warnings
    problem = engine.problem()
    assert isinstance(problem, IndexCorrupt)
    assert str(table) in str(problem)


@pytest.mark.damages_its_index
def test_an_open_engine_goes_over_to_another_index_in_the_same_place(folder: Path) -> None:
    engine = open_engine(folder)
    shutil.rmtree(folder)
    with open_writer(folder) as writer:
        writer.add(Article(id="other", title="Another index"))
    assert [article.id for article in engine.articles()] == ["other"]
    assert engine.problem() is None
