"""The one path of an article into the index: find, read, clean, identify, write, commit."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from sanbao.indexer.analysis_pool import AnalysisStopped, map_in_processes
from sanbao.indexer.articles import to_article
from sanbao.indexer.cleaning import clean
from sanbao.indexer.drafts import Draft, Failure, InputError
from sanbao.indexer.formats import json_records, recognize_input
from sanbao.indexer.identity import SameIds, content_of
from sanbao.indexer.inputs.files import Input, display_name, find_files, open_input, os_reason
from sanbao.indexer.text import visible
from sanbao.search.article import Article, shown_id
from sanbao.search.engines.base import ArticleWriter
from sanbao.search.errors import InvalidArticle

COMMIT_EVERY = 10_000
"""Articles in one commit: what an interruption can lose, and what memory holds."""
MAX_REASON = 300
"""Characters of a reason that somebody else's program gives: some repeat the whole input."""
MAX_LISTED = 1_000
"""Failures and warnings that a report lists; it counts them all."""


@dataclass(slots=True)
class IndexReport:
    """What a run of indexing did.

    Attributes:
        files: inputs that were opened.
        read: articles that were read and written.
        added, updated: how many of them are new, and how many replaced one.
        failed: files and articles that could not be indexed.
        failures, warnings: what happened to which, the first :data:`MAX_LISTED` of each.
        interrupted: the user stopped it; what is counted was committed.
    """

    files: int = 0
    read: int = 0
    added: int = 0
    updated: int = 0
    failed: int = 0
    seconds: float = 0.0
    interrupted: bool = False
    failures: list[Failure] = field(default_factory=list)
    warnings: list[Failure] = field(default_factory=list)

    def fail(self, failure: Failure) -> None:
        """Counts a failure, and lists it while there is room."""
        self.failed += 1
        if len(self.failures) < MAX_LISTED:
            self.failures.append(failure)

    def warn(self, name: str, reasons: Iterable[str]) -> None:
        """Lists warnings while there is room."""
        room = MAX_LISTED - len(self.warnings)
        self.warnings += [Failure(name, reason) for reason in reasons][:room]

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON types."""
        return {
            "files": self.files,
            "read": self.read,
            "added": self.added,
            "updated": self.updated,
            "failed": self.failed,
            "seconds": round(self.seconds, 3),
            "interrupted": self.interrupted,
            "failures": [{"name": f.name, "reason": f.reason} for f in self.failures],
            "warnings": [{"name": w.name, "reason": w.reason} for w in self.warnings],
        }


OnProgress = Callable[[int, int, int], None]
"""Called with the inputs done, the inputs in all, and the articles read."""


def index_paths(
    paths: Iterable[str],
    writer: ArticleWriter,
    *,
    stdin: BinaryIO | None = None,
    jobs: int = 1,
    on_progress: OnProgress = lambda done, total, articles: None,
) -> IndexReport:
    """Indexes files, folders and glob patterns, and JSON lines from ``stdin``.

    Commits every :data:`COMMIT_EVERY` articles and at the end. An input that cannot be read
    is a failure of the report and does not stop the others; an interruption (Ctrl-C) ends
    the run with what was committed.

    Args:
        jobs: how many processes analyse articles.

    Raises:
        IndexProblem: when the index cannot be written.
        AnalysisStopped: when one of the processes was killed; what came before is committed.
    """
    started = time.monotonic()
    run = _Run(writer)
    try:
        inputs: list[Path | Failure | BinaryIO] = [*find_files(paths), *([stdin] if stdin else [])]
        items = run.read(inputs, on_progress)
        with closing(map_in_processes(partial(_prepare, writer.pack), items, jobs)) as prepared:
            for item in prepared:
                run.index(item)
        run.commit()
        on_progress(len(inputs), len(inputs), run.report.read)
    except AnalysisStopped:
        run.commit()
        raise
    except KeyboardInterrupt:
        run.interrupt()
    run.report.seconds = time.monotonic() - started
    return run.report


@dataclass(frozen=True, slots=True)
class _Prepared:
    """An article that is ready to be written."""

    name: str
    article_id: str
    content: bytes
    packed: Any
    warnings: list[str]


class _Run:
    """Writes what is read and keeps count."""

    def __init__(self, writer: ArticleWriter) -> None:
        self._writer = writer
        self._uncommitted = 0
        self._same_ids = SameIds()
        self.report = IndexReport()

    def read(
        self, inputs: list[Path | Failure | BinaryIO], on_progress: OnProgress
    ) -> Iterator[Draft | Failure]:
        for done, found in enumerate(inputs):
            self.report.files += not isinstance(found, Failure)
            for item in _read(found):
                on_progress(done, len(inputs), self.report.read)
                yield item

    def index(self, item: _Prepared | Failure) -> None:
        if isinstance(item, Failure):
            self.report.fail(item)
            return
        self._writer.add_packed(item.article_id, item.packed)
        self.report.warn(item.name, item.warnings)
        earlier = self._same_ids.replaced_by(item.article_id, item.name, item.content)
        if earlier is not None:
            reason = f"has the id {shown_id(item.article_id)} of another article, {earlier}, and"
            self.report.warn(item.name, [f"{reason} replaces it"])
        self.report.read += 1
        self._uncommitted += 1
        if self._uncommitted == COMMIT_EVERY:
            self.commit()

    def commit(self) -> None:
        committed = self._writer.commit()
        self.report.added += committed.added
        self.report.updated += committed.updated
        self._uncommitted = 0

    def interrupt(self) -> None:
        self._writer.rollback()
        self.report.interrupted = True
        self.report.read -= self._uncommitted


def _prepare(pack: Callable[[Article], Any], item: Draft | Failure) -> _Prepared | Failure:
    """Everything that can be done to an article without the index."""
    if isinstance(item, Failure):
        return item
    try:
        article, warnings = to_article(clean(item))
        return _Prepared(
            item.name, article.id, content_of(article), pack(article), list(map(str, warnings))
        )
    except InvalidArticle as error:
        return Failure(item.name, str(error))
    except Exception as error:  # One article must not take the others with it.
        return Failure(item.name, _unexpected(error))


def _read(found: Path | Failure | BinaryIO) -> Iterator[Draft | Failure]:
    """What one input holds; whatever goes wrong in it comes out as a failure."""
    if isinstance(found, Failure):
        yield found
        return
    name = display_name(found) if isinstance(found, Path) else "stdin"
    try:
        if isinstance(found, Path):
            with open_input(found) as opened:
                yield from recognize_input(opened).read(opened)
        else:
            yield from json_records.read_lines(Input(name, found))
    except InputError as error:
        yield Failure(name, str(error))
    except OSError as error:
        yield Failure(name, os_reason(error))
    except Exception as error:  # The parsers are other people's, and so are the files.
        yield Failure(name, _unexpected(error))


def _unexpected(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "needs more memory than there is; split it into smaller files"
    if isinstance(error, RecursionError):
        return "is nested too deeply to be read"
    return visible(f"could not be read: {type(error).__name__}: {error}"[:MAX_REASON])
