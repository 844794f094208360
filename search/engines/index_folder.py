"""The folder of an embedded index: what marks it as ours, and who may write to it.

``sanbao.json`` holds the format version and how the text was analysed; ``write.lock`` is locked by
the one writer for as long as it lives.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import time
from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC, IndexVersionError

from search.analysis import fingerprints
from search.codec.array_codec import check_segments
from search.codec.array_segment import EXTENSION, ArraySegment
from search.codec.segment_arrays import SegmentArrays
from search.errors import (
    AnalysisMismatch,
    IndexCorrupt,
    IndexLocked,
    IndexNotFound,
    IndexProblem,
    IndexVersionMismatch,
    SearchError,
)
from search.request import FACETS

FORMAT_VERSION = 2
LOCK_WAIT_SECONDS = 5.0

NAME = "MAIN"
"""What Whoosh calls the index inside its folder."""

_MARK = "sanbao.json"
_TOC = re.compile(f"_{NAME}_([0-9]+)[.]toc")


def check(folder: Path) -> None:
    """Return when the folder holds an index that this program can use.

    Raises:
        IndexNotFound, IndexCorrupt, IndexVersionMismatch, AnalysisMismatch.
    """
    stored = check_format(folder)
    for part, fingerprint in fingerprints().items():
        if stored.get(part) != fingerprint:
            raise AnalysisMismatch(
                f"the index at {folder} was built with other {part} "
                f"({stored.get(part)}, now {fingerprint}); "
                f"run `sanbao rebuild --index {folder}`"
            )


def check_format(folder: Path) -> dict[str, str]:
    """The fingerprints of an index whose format, if not its analysis, is this program's.

    Raises:
        IndexNotFound, IndexCorrupt, IndexVersionMismatch.
    """
    stored = _read_mark(folder)
    if stored["format"] != FORMAT_VERSION:
        raise IndexVersionMismatch(
            f"the index at {folder} has format version {stored['format']}, this program reads "
            f"version {FORMAT_VERSION}; index the articles again into another folder"
        )
    analysis: dict[str, str] = stored["analysis"]
    return analysis


def mark(folder: Path) -> None:
    """Mark the folder as an index of this program's format and analysis, durably."""
    content = {"format": FORMAT_VERSION, "analysis": fingerprints()}
    temporary = folder / f"{_MARK}.tmp"
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / _MARK)


def _read_mark(folder: Path) -> dict[str, Any]:
    path = folder / _MARK
    try:
        stored = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise _no_index(folder) from None
    except (OSError, ValueError) as error:
        raise IndexCorrupt(f"cannot read {path}: {error}; restore it from a copy") from error
    if not (
        isinstance(stored, dict)
        and isinstance(stored.get("format"), int)
        and isinstance(stored.get("analysis"), dict)
    ):
        raise IndexCorrupt(f"{path} does not hold what Sanbao writes; restore it from a copy")
    return stored


def _no_index(folder: Path) -> Exception:
    if folder.is_dir() and any(folder.glob(f"{NAME}_*{EXTENSION}")):
        return IndexCorrupt(
            f"{folder / _MARK} is missing beside the segments of an index; "
            "copy the whole folder once more"
        )
    if folder.is_dir() and any(folder.glob("_*_*.toc")):
        return IndexVersionMismatch(
            f"the folder {folder} holds a Whoosh index that Sanbao did not make; "
            "name another folder with --index"
        )
    return IndexNotFound(
        f"there is no index at {folder}; make one with `sanbao index PATH... --index {folder}`"
    )


def generation(folder: Path) -> int:
    """The number of the newest commit of a checked folder.

    Raises:
        IndexNotFound, AnalysisMismatch, IndexVersionMismatch, IndexCorrupt: when there is none.
    """
    try:
        with os.scandir(folder) as files:
            found = [int(match[1]) for file in files if (match := _TOC.fullmatch(file.name))]
    except OSError:
        found = []
    if not found:
        check(folder)
        raise IndexCorrupt(
            f"the index at {folder} has no table of contents, _{NAME}_*.toc; restore it from a copy"
        )
    return max(found)


def read_toc(folder: Path) -> TOC:
    """The newest table of contents of a checked folder.

    Raises:
        IndexVersionMismatch, IndexCorrupt.
        FileNotFoundError: when a commit has just replaced it.
    """
    newest = generation(folder)
    path = folder / f"_{NAME}_{newest}.toc"
    try:
        toc = TOC.read(FileStorage(str(folder)), NAME, newest)
        check_segments(folder, toc.segments)
    except (FileNotFoundError, SearchError):
        raise
    except IndexVersionError as error:
        raise IndexVersionMismatch(
            f"{path} is of another version of Whoosh; index the articles again into another folder"
        ) from error
    except Exception as error:  # Whoosh raises whatever unpickling a damaged file raises.
        raise IndexCorrupt(f"cannot read {path}: {error!r}; restore it from a copy") from error
    return toc


def open_segment(segment: ArraySegment, storage: FileStorage) -> SegmentArrays:
    """The arrays of a segment of the table of contents, which this program wrote.

    Raises:
        IndexVersionMismatch, IndexCorrupt.
    """
    arrays = segment.open(storage)
    names = ("published", *(f"facets/{name}/values_blob" for name in FACETS))
    missing = [name for name in names if name not in arrays.container]
    if missing:
        raise IndexVersionMismatch(
            f"{arrays.container.path} has no {missing[0]}: Whoosh wrote it without Sanbao; "
            "index the articles again into another folder"
        )
    return arrays


class WriteLock:
    """The exclusive right to write to the index in ``folder``, which is made if it is not there.

    Raises:
        IndexLocked: when another writer still holds it after :data:`LOCK_WAIT_SECONDS`.
        IndexProblem: when the folder cannot be made or written to.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = (folder / "write.lock").open("w")
        except OSError as error:
            raise IndexProblem(f"cannot write to the index at {folder}: {error}") from error
        give_up = time.monotonic() + LOCK_WAIT_SECONDS
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() > give_up:
                    self._file.close()
                    raise IndexLocked(
                        f"another program is writing to the index at {folder}; "
                        "try again when it has finished"
                    ) from None
                time.sleep(0.05)

    def release(self) -> None:
        """Let other writers in. Calling it twice is legal."""
        self._file.close()
