"""Folders that are no whole index of this program: each command says which file and what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from whoosh import fields
from whoosh import index as whoosh_index

from sanbao import commands
from sanbao.search.article import Article
from sanbao.search.codec.whoosh_codec.codec import ArrayCodec
from sanbao.search.engines import open_engine, open_writer
from sanbao.search.engines.embedded.rebuild import rebuild_index
from sanbao.search.engines.embedded.schema import schema, to_document
from sanbao.search.errors import IndexCorrupt, IndexProblem, IndexVersionMismatch
from sanbao.search.storage.table import table_bytes, table_segments
from tests.search.care.damage import (
    halve,
    newest_manifest,
    newest_segment,
    newest_table,
    reseal,
)

pytestmark = pytest.mark.damages_its_index

ROOT = Path(__file__).resolve().parents[4]
ARTICLE = Article(id="1", title="economy", body="The economy grew.")

OPENING: tuple[Callable[[Path], object], ...] = (open_engine, open_writer, rebuild_index)

Damage = Callable[[Path], object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A good index of one segment."""
    folder = tmp_path / "index"
    with open_writer(folder) as writer:
        writer.add(ARTICLE)
    return folder


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


def _delete_with_whoosh(folder: Path) -> None:
    writer: Any = whoosh_index.open_dir(folder).writer(codec=ArrayCodec())
    writer.delete_by_term("id", "1")
    writer.commit(merge=False)


def _make_with_whoosh(folder: Path) -> None:
    for path in folder.glob("*MAIN_*"):
        path.unlink()
    writer = whoosh_index.create_in(folder, schema()).writer()
    writer.add_document(**to_document(ARTICLE))
    writer.commit()


def _another_codec_version(folder: Path) -> None:
    table = newest_table(folder)
    segments = table_segments(table.read_bytes())
    segments[0].codec().format_version += 1
    table.write_bytes(table_bytes(schema(), segments, 1))


def _change_segment(old: bytes, new: bytes) -> Damage:
    return lambda folder: _replace(newest_segment(folder), old, new)


WHOOSH: dict[str, Damage] = {
    "added a segment of its own": _add_with_whoosh(None),
    "added one of our codec": _add_with_whoosh(ArrayCodec()),
    "merged": _merge_with_whoosh,
    "deleted": _delete_with_whoosh,
}

OTHER_VERSION: dict[str, tuple[Damage, str]] = {
    "another codec": (_another_codec_version, r"MAIN_\w+\.arrays has format version"),
    "another container": (
        _change_segment(b"SANBAO\x01\x00", b"SANBAO\x63\x00"),
        r"\.arrays has container version 99",
    ),
}

PARTS = {"segment": newest_segment, "table": newest_table, "manifest": newest_manifest}

HALF: dict[str, tuple[str, Damage]] = {
    f"{name} of a {part}": (part, damage)
    for part in PARTS
    for name, damage in {"half": halve, "nothing": lambda path: path.write_bytes(b"")}.items()
}

LIES: dict[str, tuple[Damage, str]] = {
    "a directory of no arrays": (
        _change_segment(b'{"arrays": {', b'["arrays", {'),
        r"\w+\.arrays\W",
    ),
    "an article that is none": (
        _change_segment(b'"title": "economy"', b'"titel": "economy"'),
        r"\.arrays: document 0 is no article",
    ),
    "stored fields that are none": (
        _change_segment(b"\x8c\x07article", b"\xff\x07article"),
        r"\.arrays: document 0 has no stored fields",
    ),
}


def _say(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What the command line says on stderr when it fails."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sys, "argv", ["sanbao", *arguments])
        with pytest.raises(SystemExit) as stopped:
            commands.main()
    assert stopped.value.code == 1
    return capsys.readouterr().err


@pytest.mark.parametrize("case", WHOOSH)
def test_whoosh_changed_it(folder: Path, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    WHOOSH[case](folder)
    for opening in OPENING:
        with pytest.raises(IndexCorrupt, match="Whoosh changed the index without Sanbao") as caught:
            opening(folder)
        assert str(newest_manifest(folder)) in str(caught.value)
    for command in (["search", "economy"], ["stats"], ["rebuild"]):
        assert str(folder) in _say(capsys, *command, "--index", str(folder))


def test_whoosh_made_it(folder: Path) -> None:
    _make_with_whoosh(folder)
    for opening in OPENING:
        with pytest.raises(IndexVersionMismatch, match="Whoosh index that Sanbao did not make"):
            opening(folder)


@pytest.mark.parametrize("case", OTHER_VERSION)
def test_another_version_wrote_it(folder: Path, case: str) -> None:
    damage, complaint = OTHER_VERSION[case]
    damage(folder)
    reseal(folder)
    for opening in OPENING:
        with pytest.raises(IndexVersionMismatch, match=complaint) as caught:
            opening(folder)
        assert "another folder" in str(caught.value)


@pytest.mark.parametrize("case", HALF)
def test_it_is_not_whole(folder: Path, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    part, damage = HALF[case]
    path = PARTS[part](folder)
    damage(path)
    with pytest.raises(IndexCorrupt) as caught:
        open_engine(folder)
    assert str(caught.value).startswith(f"{path} ")
    assert str(caught.value).endswith(
        f"run `sanbao repair --index {folder}`, or restore a snapshot"
    )
    said = _say(capsys, "search", "economy", "--index", str(folder))
    assert said == f"sanbao: {caught.value}\n"


@pytest.mark.parametrize("case", LIES)
def test_checksums_that_fit_what_is_no_index(
    folder: Path, case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    damage, complaint = LIES[case]
    damage(folder)
    reseal(folder)
    with pytest.raises(IndexCorrupt, match=complaint) as caught:
        list(open_engine(folder).articles())
    said = _say(capsys, "search", "economy", "--index", str(folder))
    assert said == f"sanbao: {caught.value}\n"


@pytest.mark.parametrize(
    "damage", [_merge_with_whoosh, lambda folder: halve(newest_segment(folder))]
)
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


def test_whoosh_under_another_name(tmp_path: Path) -> None:
    whoosh_index.create_in(tmp_path, fields.Schema(text=fields.TEXT), indexname="OTHER")
    with pytest.raises(IndexVersionMismatch, match="Whoosh index that Sanbao did not make"):
        open_engine(tmp_path)
