"""The kinds of commits that there are, each to be made again and again from the same start."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sanbao.search.engines.embedded.writer import EmbeddedWriter
from tests.search.storage.faulty_folder import FaultyFolder, Stopped
from tests.search.storage.states import (
    ABSENT,
    Changes,
    State,
    abandon,
    after,
    copied,
    made,
    write,
)


def _titles(first: int, end: int, edition: str = "first") -> Changes:
    return {f"article-{number}": f"rain {edition}{number}" for number in range(first, end)}


@dataclass(frozen=True)
class Commit:
    """One commit by a new writer.

    Attributes:
        start: the batches that were committed before.
    """

    name: str
    start: tuple[Changes, ...]
    changes: Changes

    @property
    def old(self) -> State:
        """What the index holds before the commit."""
        state: State = {} if self.start else ABSENT
        for changes in self.start:
            state = after(state, changes)
        return state

    @property
    def new(self) -> State:
        """What it holds after the commit."""
        return after({} if self.old is ABSENT else self.old, self.changes)

    @property
    def allowed(self) -> list[State]:
        """What it may hold when the commit was cut off: the old state, or the new one."""
        return [self.old, self.new] if self.start else [ABSENT, {}, self.new]

    def prepared(self, folder: Path) -> Path:
        """The index as it is before the commit, made in the folder."""
        template = folder / f"{self.name} before"
        if self.start and not template.exists():
            made(template, *self.start)
        return copied(template, folder / "index")

    def run(self, disk: FaultyFolder) -> None:
        """Make the commit with a writer of its own, which ends as that of a killed process."""
        writer = None
        try:
            writer = EmbeddedWriter(disk)
            write(writer, self.changes)
            writer.commit()
        finally:
            abandon(writer)

    def run_until_stopped(self, disk: FaultyFolder) -> None:
        """The same on a disk that stops the program."""
        try:
            self.run(disk)
        except Stopped:
            return
        raise AssertionError("the program was not stopped")

    def steps(self, folder: Path) -> list[str]:
        """The operations of the disk that it takes, with those of opening the writer."""
        disk = FaultyFolder(self.prepared(folder))
        self.run(disk)
        return disk.done


COMMITS = (
    Commit("the first of an index", (), _titles(0, 3)),
    Commit("articles added", (_titles(0, 3), _titles(3, 4)), _titles(4, 24)),
    Commit(
        "articles updated and deleted",
        (_titles(0, 5), _titles(5, 8)),
        {**_titles(4, 7, "second"), "article-0": None},
    ),
    Commit("a deletion alone", (_titles(0, 5), _titles(5, 8)), {"article-6": None}),
    Commit(
        "a segment written again",
        (_titles(0, 3), _titles(3, 6)),
        {"article-0": None, "article-1": None},
    ),
    Commit("ten segments merged", tuple(_titles(n, n + 1) for n in range(9)), _titles(9, 10)),
    Commit("everything deleted", (_titles(0, 2),), {"article-0": None, "article-1": None}),
)
