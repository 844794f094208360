"""What it costs that no commit is lost: the writer with and without syncing, manifests, checksums.

    python -m benchmarks.durability ../shared/eval

Indexes the judged documents at or below the folder in commits of 1, 100 and 10,000 articles, by
turns with the writer as it is and with one that leaves all of that out ("unsafe"), then opens an
index by turns. Prints medians as Markdown.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, BinaryIO
from unittest.mock import patch

from benchmarks.indexing import read_records
from sanbao.indexer.intake import article_from_record
from sanbao.search.article import Article
from sanbao.search.codec import FORMAT_VERSION
from sanbao.search.codec.whoosh_codec.segment import ArraySegment
from sanbao.search.engines import open_engine
from sanbao.search.engines.embedded.writer import EmbeddedWriter
from sanbao.search.storage import generations, reserve, verified
from sanbao.search.storage.folder import Folder
from sanbao.search.storage.generations import Generation, table_name
from sanbao.search.storage.manifest import FileEntry, Manifest
from sanbao.search.storage.table import table_bytes

SIZES = {1: 200, 100: 40, 10_000: 3}
"""Articles a commit, and how many such commits there are."""
OPENINGS = 20


@dataclass(frozen=True)
class _Cost:
    """Seconds of a commit, and of it and all that went before: analysis and inversion."""

    commit: float
    whole: float


class _UnsyncedFolder(Folder):
    """Leaves to the system when it writes to the disk."""

    def sync(self) -> None:
        pass

    def _sync_file(self, file: BinaryIO) -> None:
        pass


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("eval", type=Path)
    parser.add_argument("--in", dest="disk", type=Path, help="where to write; the disk decides")
    options = parser.parse_args()
    articles = list(_articles(options.eval))
    with tempfile.TemporaryDirectory(dir=options.disk) as name:
        folder = Path(name)
        with EmbeddedWriter(Folder(folder / "first")) as writer:
            _index(writer, articles[:300])  # dictionaries are loaded
        print("| articles a commit | a commit | unsafe | more | indexing | unsafe | slower by |")
        print("|---|---|---|---|---|---|---|")
        for size, commits in SIZES.items():
            print(_compared(folder / f"{size}", articles[: size * commits], size))
        print(f"\n{_openings(folder / f'{size}' / 'safe')}")


def _articles(eval_folder: Path) -> Iterator[Article]:
    """The judged documents, again and again, each time with other ids."""
    records = read_records(eval_folder)
    for number in range(max(size * commits for size, commits in SIZES.items())):
        yield article_from_record({**records[number % len(records)], "id": f"{number}"})


def _compared(folder: Path, articles: Sequence[Article], size: int) -> str:
    """A line of the table: two indexes of the same articles, a batch at a time in each."""
    safe, unsafe = [], []
    with _nothing_safe():
        bare_writer = EmbeddedWriter(_UnsyncedFolder(folder / "unsafe"))
    with bare_writer, EmbeddedWriter(Folder(folder / "safe")) as writer:
        for first in range(0, len(articles), size):
            batch = articles[first : first + size]
            safe.append(_index(writer, batch))
            with _nothing_safe():
                unsafe.append(_index(bare_writer, batch))
    commit, bare_commit = (median(cost.commit for cost in costs) for costs in (safe, unsafe))
    whole, bare_whole = (median(cost.whole for cost in costs) for costs in (safe, unsafe))
    return (
        f"| {size} | {commit * 1e3:.1f} ms | {bare_commit * 1e3:.1f} ms "
        f"| {(commit - bare_commit) * 1e3:+.1f} ms "
        f"| {size / whole:.0f}/s | {size / bare_whole:.0f}/s | {1 - bare_whole / whole:.1%} |"
    )


def _index(writer: EmbeddedWriter, articles: Sequence[Article]) -> _Cost:
    started = time.perf_counter()
    for article in articles:
        writer.add(article)
    added = time.perf_counter()
    writer.commit()
    ended = time.perf_counter()
    return _Cost(ended - added, ended - started)


@contextmanager
def _nothing_safe() -> Iterator[None]:
    """Inside, writers make no manifests and no checksums."""
    no_checksum = classmethod(lambda cls, data: cls(len(data), 0))
    with (
        patch.object(FileEntry, "of_mapped", no_checksum),
        patch.object(generations, "publish", _bare_publish),
        patch.object(generations, "sweep", _bare_sweep),
    ):
        yield


def _bare_publish(
    folder: Folder,
    number: int,
    segments: Sequence[ArraySegment],
    files: Mapping[str, FileEntry],
    schema: Any,
    analysis: dict[str, str],
) -> Generation:
    """What Whoosh does: a table of contents, renamed."""
    name = table_name(number)
    table = table_bytes(schema, segments, number)
    folder.write(f"{name}.new", lambda file: file.write(table))
    folder.rename(f"{name}.new", name)
    manifest = Manifest(FORMAT_VERSION, number, analysis, {**files, name: FileEntry(0, 0)})
    return Generation(folder, manifest, segments)


def _bare_sweep(folder: Folder, generation: Generation) -> None:
    """Only the newest generation stays."""
    for name in set(folder.names()) - generation.manifest.files.keys() - {reserve.NAME}:
        folder.remove(name)


def _openings(folder: Path) -> str:
    """What checking costs at opening, when nothing is remembered of earlier openings."""
    checked, unchecked = [], []
    with patch.object(verified, "remember", lambda status, entry: None):
        for _ in range(OPENINGS):
            with patch.object(verified, "is_known", lambda status, entry: False):
                checked.append(_opening(folder))
            with patch.object(verified, "is_known", lambda status, entry: True):
                unchecked.append(_opening(folder))
    size = sum(path.stat().st_size for path in folder.glob("*.arrays"))
    seconds, without = median(checked), median(unchecked)
    return (
        f"Opening {size / 1e6:.1f} MB: {seconds * 1e3:.1f} ms, without checksums "
        f"{without * 1e3:.1f} ms; checking reads {size / (seconds - without) / 1e9:.1f} GB/s."
    )


def _opening(folder: Path) -> float:
    started = time.perf_counter()
    open_engine(folder)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
