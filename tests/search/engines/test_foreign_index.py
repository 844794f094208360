"""Folders that are no whole index of this program: each command says which file and what to do."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from struct import pack
from typing import Any

import pytest
from whoosh import fields
from whoosh import index as whoosh_index
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC

import sanbao
from search.article import Article
from search.codec.array_codec import ArrayCodec
from search.engines import open_engine, open_writer
from search.engines.rebuild import rebuild_index
from search.engines.whoosh_schema import schema, to_document
from search.errors import IndexCorrupt, IndexProblem, IndexVersionMismatch

ROOT = Path(__file__).resolve().parents[3]
ARTICLE = Article(id="1", title="economy", body="The economy grew.")

Damage = Callable[[Path], object]


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Files that Whoosh left open are closed in the test that expects them."""
    yield
    gc.collect()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A good index of one segment."""
    folder = tmp_path / "index"
    with open_writer(folder) as writer:
        writer.add(ARTICLE)
    return folder


def _segment(folder: Path) -> Path:
    (path,) = folder.glob("MAIN_*.arrays")
    return path


def _toc(folder: Path) -> Path:
    (path,) = folder.glob("_MAIN_*.toc")
    return path


def _half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _replace(path: Path, old: bytes, new: bytes) -> None:
    whole = path.read_bytes()
    assert old in whole
    path.write_bytes(whole.replace(old, new))


def _add_with_whoosh(codec: object) -> Damage:
    """What becomes of an index when Whoosh's own writer adds to it."""

    def damage(folder: Path) -> None:
        writer = whoosh_index.open_dir(folder).writer(codec=codec)
        writer.add_document(**to_document(Article(id="2", title="economy")))
        writer.commit(merge=False)

    return damage


def _merge_with_whoosh(folder: Path) -> None:
    whoosh_index.open_dir(folder).writer(codec=ArrayCodec()).commit(optimize=True)


def _make_with_whoosh(folder: Path) -> None:
    """An index of stock Whoosh, in a folder with our mark."""
    for path in (_segment(folder), _toc(folder)):
        path.unlink()
    writer = whoosh_index.create_in(folder, schema()).writer()
    writer.add_document(**to_document(ARTICLE))
    writer.commit()


def _another_codec_version(folder: Path) -> None:
    storage = FileStorage(str(folder))
    toc = TOC.read(storage, "MAIN")
    toc.segments[0].codec().format_version += 1
    _toc(folder).unlink()
    toc.write(storage, "MAIN")


def _another_whoosh_version(folder: Path) -> None:
    version = TOC.read(FileStorage(str(folder)), "MAIN").version
    _replace(_toc(folder), pack("!2i", -12345, version), pack("!2i", -12345, -999))


def _another_container_version(folder: Path) -> None:
    _replace(_segment(folder), b"SANBAO\x01\x00", b"SANBAO\x63\x00")


FOREIGN: dict[str, tuple[Damage, str]] = {
    "Whoosh added a segment of its own": (_add_with_whoosh(None), r"MAIN_\w+ is a segment"),
    "Whoosh added one of our codec": (_add_with_whoosh(ArrayCodec()), r"MAIN_\w+\.arrays has no"),
    "Whoosh merged": (_merge_with_whoosh, r"MAIN_\w+\.arrays has no published"),
    "Whoosh made it": (_make_with_whoosh, r"MAIN_\w+ is a segment"),
    "another codec": (_another_codec_version, r"MAIN_\w+\.arrays has format version"),
    "another container": (_another_container_version, r"\.arrays has container version 99"),
    "another Whoosh": (_another_whoosh_version, r"_MAIN_\d+\.toc is of another vers"),
}

HALF: dict[str, tuple[Damage, str]] = {
    "half a segment": (lambda folder: _half(_segment(folder)), r"\.arrays is cut short"),
    "no bytes of a segment": (lambda folder: _segment(folder).write_bytes(b""), r"\.arrays"),
    "no segment": (lambda folder: _segment(folder).unlink(), r"\.arrays is missing"),
    "half a table of contents": (
        lambda folder: _half(_toc(folder)),
        r"cannot read .*_MAIN_\d+\.toc",
    ),
    "no bytes of it": (lambda folder: _toc(folder).write_bytes(b""), r"cannot read .*\.toc"),
    "no table of contents": (lambda folder: _toc(folder).unlink(), r"_MAIN_\*\.toc"),
    "half a mark": (lambda folder: _half(folder / "sanbao.json"), r"sanbao\.json"),
    "no mark": (lambda folder: (folder / "sanbao.json").unlink(), r"sanbao\.json is missing"),
    "a directory of no arrays": (
        lambda folder: _replace(_segment(folder), b'{"arrays": {', b'["arrays", {'),
        r"\w+\.arrays\W",
    ),
    "an article that is none": (
        lambda folder: _replace(_segment(folder), b'"title": "economy"', b'"titel": "economy"'),
        r"\.arrays: document 0 is no article",
    ),
    "stored fields that are none": (
        lambda folder: _replace(_segment(folder), b"\x8c\x07article", b"\xff\x07article"),
        r"\.arrays: document 0 has no stored fields",
    ),
}

whoosh_leaves_files_open = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)
"""Whoosh does not close a file when it cannot read it; the collector does, with a warning."""


def _say(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What the command line says on stderr when it fails."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sys, "argv", ["sanbao", *arguments])
        with pytest.raises(SystemExit) as stopped:
            sanbao.main()
    assert stopped.value.code == 1
    return capsys.readouterr().err


@whoosh_leaves_files_open
@pytest.mark.parametrize("case", FOREIGN)
def test_another_program_wrote_it(
    folder: Path, case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    damage, complaint = FOREIGN[case]
    damage(folder)
    for opening in (open_engine, open_writer, rebuild_index):
        with pytest.raises(IndexVersionMismatch, match=complaint) as caught:
            opening(folder)
        assert "another folder" in str(caught.value)
    for command in (["search", "economy"], ["stats"], ["rebuild"]):
        assert str(folder) in _say(capsys, *command, "--index", str(folder))


@whoosh_leaves_files_open
@pytest.mark.parametrize("case", HALF)
def test_it_is_not_whole(folder: Path, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    damage, complaint = HALF[case]
    damage(folder)
    with pytest.raises(IndexCorrupt, match=complaint) as caught:
        list(open_engine(folder).articles())
    assert "restore it from a copy" in str(caught.value) or "copy the whole" in str(caught.value)
    said = _say(capsys, "search", "economy", "--index", str(folder))
    assert said == f"sanbao: {caught.value}\n"


@whoosh_leaves_files_open
@pytest.mark.parametrize("damage", [_merge_with_whoosh, lambda folder: _half(_segment(folder))])
def test_it_is_not_served(folder: Path, damage: Damage) -> None:
    damage(folder)
    with pytest.raises(IndexProblem) as caught:
        open_engine(folder)
    served = subprocess.run(
        [sys.executable, "-m", "sanbao", "serve", "--port", "0", "--index", str(folder)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (served.returncode, served.stderr) == (1, f"sanbao: {caught.value}\n")


def test_whoosh_may_delete(folder: Path) -> None:
    """Which writes no segment."""
    with open_writer(folder) as writer:
        writer.add(Article(id="2", title="economy"))
    opened: Any = whoosh_index.open_dir(folder)
    writer = opened.writer(codec=ArrayCodec())
    writer.delete_by_term("id", "1")
    writer.commit(merge=False)
    assert [article.id for article in open_engine(folder).articles()] == ["2"]


def test_whoosh_under_another_name(tmp_path: Path) -> None:
    whoosh_index.create_in(tmp_path, fields.Schema(text=fields.TEXT), indexname="OTHER")
    with pytest.raises(IndexVersionMismatch, match="Whoosh index that Sanbao did not make"):
        open_engine(tmp_path)
