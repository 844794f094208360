"""Any sequence of changes leads to what a dict would hold, for every way of looking at it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from sanbao.search.article import Article
from sanbao.search.care.verify import verify_index
from sanbao.search.engines import SearchEngine
from sanbao.search.engines.embedded.writer import EmbeddedWriter
from sanbao.search.request import SearchRequest
from sanbao.search.storage.folder import Folder
from tests.search.storage.states import (
    IDS,
    WORDS,
    State,
    after,
    article,
    check_no_orphans,
    contents,
    opened,
)
from tests.search.storage.trials import run_trials, scaled


class History:
    """An index and the dict it should be like, changed together.

    Attributes:
        committed: what readers should see.
        pending: what they should see after a commit now.
    """

    def __init__(self, path: Path, chance: Random) -> None:
        self.path = path
        self.chance = chance
        self.committed: State = {}
        self.pending: State = {}
        self.writer = self._new_writer()
        self.engine: SearchEngine = opened(path)

    def add(self) -> None:
        """Most articles are there already, so that they are updated."""
        key = self.chance.choice(IDS)
        title = f"{self.chance.choice(WORDS)} edition{self.chance.randrange(20)}"
        self.writer.add(article(key, title))
        self.pending = after(self.pending, {key: title})

    def delete(self) -> None:
        key = self.chance.choice(IDS)
        self.writer.delete(key)
        self.pending = after(self.pending, {key: None})

    def commit(self) -> None:
        report = self.writer.commit()
        old, new = self.committed, self.pending
        assert report.added == len(new.keys() - old.keys())
        assert report.deleted == len(old.keys() - new.keys())
        assert report.updated >= sum(old[key] != new[key] for key in old.keys() & new.keys())
        self.committed = new

    def rollback(self) -> None:
        self.writer.rollback()
        self.pending = self.committed

    def write_again(self) -> None:
        """With another writer; what the first one had not committed is gone."""
        self.writer.close()
        self.pending = self.committed
        check_no_orphans(self.path)
        self.writer = self._new_writer()

    def open_again(self) -> None:
        self.engine.close()
        self.engine = opened(self.path)

    def look(self) -> None:
        """At one article, at one word, and at all."""
        key = self.chance.choice(IDS)
        title = self.committed.get(key)
        assert self.engine.get(key) == (article(key, title) if title else None)
        word = self.chance.choice([*WORDS, f"edition{self.chance.randrange(20)}"])
        expected = {key for key in self.committed if _has(self._article(key), word)}
        assert _found(self.engine, word) == expected
        assert _found(self.engine, f"* -{word}") == self.committed.keys() - expected
        assert {each.id: each.title for each in self.engine.articles()} == self.committed
        assert self.engine.stats().articles == len(self.committed)

    def end(self) -> None:
        self.writer.close()
        assert contents(self.path) == self.committed
        check_no_orphans(self.path)
        assert not verify_index(self.path).problems

    def _new_writer(self) -> EmbeddedWriter:
        # With no memory, every article becomes a segment of its own.
        memory = self.chance.choice([0, 256])
        return EmbeddedWriter(Folder(self.path), memory_limit_mb=memory)

    def _article(self, key: str) -> Article:
        return article(key, self.committed[key])


OPERATIONS: dict[Callable[[History], None], int] = {
    History.add: 40,
    History.delete: 15,
    History.commit: 20,
    History.rollback: 3,
    History.write_again: 3,
    History.open_again: 3,
    History.look: 16,
}
"""What may happen, and how often in a hundred times."""


@pytest.mark.parametrize(
    ("count", "length"),
    [
        pytest.param(scaled(5), 500, id="few"),
        pytest.param(scaled(20), 20_000, id="many", marks=pytest.mark.torture),
    ],
)
def test_any_history(tmp_path: Path, count: int, length: int) -> None:
    def trial(chance: Random) -> None:
        shutil.rmtree(tmp_path / "index", ignore_errors=True)
        history = History(tmp_path / "index", chance)
        for operation in chance.choices([*OPERATIONS], [*OPERATIONS.values()], k=length):
            operation(history)
        history.end()

    run_trials(count, trial)


def _has(found: Article, word: str) -> bool:
    return word in found.body.split()


def _found(engine: SearchEngine, text: str) -> set[str]:
    page = engine.search(SearchRequest(text=text, limit=100))
    assert page.total == len(page.hits)
    return {hit.article.id for hit in page.hits}
