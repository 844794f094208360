"""The folder of an index on the disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sanbao.search.article import Article
from sanbao.search.engines import open_writer


def test_the_folders_that_a_new_index_lies_in_are_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []

    def fsync(file: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{file}").readlink()))

    monkeypatch.setattr(os, "fsync", fsync)
    index = tmp_path / "new" / "a" / "index"
    with open_writer(index) as writer:
        writer.add(Article(id="1", title="An article"))
    parents = [str(path) for path in (tmp_path, tmp_path / "new", tmp_path / "new" / "a")]
    assert synced[:3] == parents, "before anything in the index is"
    assert str(index) in synced[3:]
