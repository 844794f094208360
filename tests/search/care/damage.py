"""Damage to the files of an index, for tests of what then happens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sanbao.search.codec.whoosh_codec.segment import EXTENSION
from sanbao.search.storage import generations
from sanbao.search.storage.folder import Folder
from sanbao.search.storage.manifest import FileEntry, Manifest


def newest_manifest(folder: Path) -> Path:
    """The manifest of the newest generation."""
    return folder / generations.manifest_name(generations.newest(Folder(folder)))


def newest_table(folder: Path) -> Path:
    """The table of contents of the newest generation."""
    return folder / generations.table_name(generations.newest(Folder(folder)))


def newest_segment(folder: Path) -> Path:
    """The only segment of the newest generation."""
    names = Manifest.from_bytes(newest_manifest(folder).read_bytes()).files
    (path,) = (folder / name for name in names if name.endswith(EXTENSION))
    return path


def change_manifest(folder: Path, **changes: Any) -> None:
    """Another manifest with a right checksum."""
    path = newest_manifest(folder)
    path.write_bytes(replace(Manifest.from_bytes(path.read_bytes()), **changes).to_bytes())


def reseal(folder: Path) -> None:
    """Make the newest manifest fit its files, so that only what they hold is wrong."""
    files = Manifest.from_bytes(newest_manifest(folder).read_bytes()).files
    change_manifest(
        folder, files={name: FileEntry.of((folder / name).read_bytes()) for name in files}
    )


def change_analysis(folder: Path, changes: Mapping[str, str | None]) -> None:
    """Make the index look as if another analysis had built it; None leaves a part out."""
    analysis = Manifest.from_bytes(newest_manifest(folder).read_bytes()).analysis | changes
    kept = {part: stamp for part, stamp in analysis.items() if stamp is not None}
    change_manifest(folder, analysis=kept)


def flip(path: Path, place: int, bit: int = 0) -> None:
    """Change a bit of a file."""
    data = bytearray(path.read_bytes())
    data[place] ^= 1 << bit
    path.write_bytes(data)


def halve(path: Path) -> None:
    """Cut a file in the middle."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
