"""A writer that keeps articles in memory, and one call that indexes into it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import pytest

from sanbao.indexer.pipeline import IndexReport, index_paths
from sanbao.search.article import Article
from sanbao.search.engines.base import CommitReport


class MemoryWriter:
    """An ArticleWriter as the protocol has it, on two dictionaries."""

    def __init__(self) -> None:
        self.committed: dict[str, Article] = {}
        self.commits = 0
        self._changes: dict[str, Article | None] = {}

    def add(self, article: Article) -> None:
        self._changes[article.id] = article

    @staticmethod
    def pack(article: Article) -> Article:
        return article

    def add_packed(self, article_id: str, packed: Article) -> None:
        self.add(packed)

    def delete(self, article_id: str) -> None:
        self._changes[article_id] = None

    def commit(self) -> CommitReport:
        before = self.committed
        new = {i: a for i, a in (before | self._changes).items() if a is not None}
        added = len(new.keys() - before.keys())
        updated = sum(i in before and a is not None for i, a in self._changes.items())
        self.committed, self._changes = new, {}
        self.commits += 1
        return CommitReport(added, updated, len(before.keys() - new.keys()))

    def rollback(self) -> None:
        self._changes = {}

    def close(self) -> None:
        self.rollback()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self.commit()
        self.close()


class Indexed(NamedTuple):
    """What indexing gave: the report, and the articles in the order of their titles."""

    report: IndexReport
    articles: list[Article]

    @property
    def article(self) -> Article:
        """The only article; fails with the reasons when there is none."""
        assert len(self.articles) == 1, self.report
        return self.articles[0]

    @property
    def failure(self) -> str:
        """The only failure as the user sees it."""
        assert len(self.report.failures) == 1, self.report
        return f"{self.report.failures[0].name}: {self.report.failures[0].reason}"


@pytest.fixture
def writer() -> MemoryWriter:
    return MemoryWriter()


@pytest.fixture
def index(writer: MemoryWriter) -> Callable[..., Indexed]:
    """Indexes the paths that it is called with."""

    def run(*paths: str | Path) -> Indexed:
        report = index_paths(map(str, paths), writer)
        return Indexed(report, sorted(writer.committed.values(), key=lambda a: a.title))

    return run


@pytest.fixture
def index_text(index: Callable[..., Indexed], tmp_path: Path) -> Callable[..., Indexed]:
    """Indexes one file with this content."""

    def run(content: str | bytes, name: str = "article.txt") -> Indexed:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return index(path)

    return run
