"""Files that need not be read again, and that every change of one makes it be."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sanbao.search.storage import verified
from sanbao.search.storage.manifest import FileEntry

CONTENT = b"x" * (1 << 20)
ENTRY = FileEntry.of(CONTENT)

Memory = Callable[[], verified._Memory]


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "verified.json"


@pytest.fixture
def another_process(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Forgets what is only in memory."""

    def start() -> None:
        memory = verified._Memory()
        memory.path = cache
        monkeypatch.setattr(verified, "_memory", memory)

    start()
    return start


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file written some time ago."""
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    monkeypatch.setattr(time, "time", lambda: path.stat().st_ctime + 60)
    return path


def test_it_is_known_to_this_process_and_the_next(
    path: Path, another_process: Callable[[], None]
) -> None:
    assert not verified.is_known(path.stat(), ENTRY)
    verified.remember(path.stat(), ENTRY)
    assert verified.is_known(path.stat(), ENTRY)
    another_process()
    assert verified.is_known(path.stat(), ENTRY)
    assert not verified.is_known(path.stat(), FileEntry(ENTRY.size, ENTRY.checksum ^ 1))


@pytest.mark.usefixtures("another_process")
@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_bytes(CONTENT),
        lambda path: path.chmod(0o600),
        lambda path: os.utime(path, (1, 1)),
        lambda path: (path.unlink(), path.write_bytes(CONTENT)),
        lambda path: os.truncate(path, 5),
    ],
)
def test_every_change_is_noticed(path: Path, change: Callable[[Path], object]) -> None:
    verified.remember(path.stat(), ENTRY)
    time.sleep(0.02)  # the clock of a file system may tick a hundred times a second only
    change(path)
    assert not verified.is_known(path.stat(), ENTRY)


@pytest.mark.usefixtures("another_process")
def test_a_file_just_written_could_be_written_once_more(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: path.stat().st_ctime + 0.01)
    verified.remember(path.stat(), ENTRY)
    assert not verified.is_known(path.stat(), ENTRY)


def test_it_is_forgotten_when_the_machine_starts_again(
    path: Path, cache: Path, another_process: Callable[[], None]
) -> None:
    verified.remember(path.stat(), ENTRY)
    content = json.loads(cache.read_text())
    cache.write_text(json.dumps(content | {"boot": "another"}))
    another_process()
    assert not verified.is_known(path.stat(), ENTRY)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"files": 3}', b'{"files": [["x"]]}'])
def test_a_damaged_cache_is_an_empty_one(
    path: Path, cache: Path, another_process: Callable[[], None], content: bytes
) -> None:
    cache.parent.mkdir()
    cache.write_bytes(content)
    another_process()
    assert not verified.is_known(path.stat(), ENTRY)
    verified.remember(path.stat(), ENTRY)
    another_process()
    assert verified.is_known(path.stat(), ENTRY)


def test_a_cache_that_cannot_be_written_is_done_without(
    path: Path, cache: Path, another_process: Callable[[], None]
) -> None:
    cache.parent.write_bytes(b"no folder")
    another_process()
    verified.remember(path.stat(), ENTRY)
    assert verified.is_known(path.stat(), ENTRY)
