"""``sanbao index`` and ``sanbao delete``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sanbao.indexer.analysis_pool import available_processors
from sanbao.indexer.deletion import Deletion, find_ids, find_matches
from sanbao.search.cli.printing import count, print_json, shown
from sanbao.search.cli.settings import index_option, json_option
from sanbao.search.engines import open_engine, open_writer
from sanbao.search.limits import WHOLE_ANSWERS

if TYPE_CHECKING:
    from sanbao.indexer.pipeline import IndexReport, OnProgress

INTERRUPTED = 130
SHOWN_TITLES = 5


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--jobs",
    envvar="SANBAO_JOBS",
    type=click.IntRange(min=1),
    default=available_processors,
    metavar="N",
    help="Processes that analyse articles. Default: one for each processor.",
)
@click.option("--keep-going", is_flag=True, help="Exit 0 even when some input could not be read.")
@index_option
@json_option
def index(paths: tuple[str, ...], index: Path, as_json: bool, keep_going: bool, jobs: int) -> None:
    """Index articles: files, folders, patterns, or - for JSON lines on standard input.

    Reads Markdown and HTML posts with front matter, HTML pages, plain text, JSON, JSON lines,
    RSS and Atom files, each also compressed by gzip. An article that is in the index already
    is updated.
    """
    # Here, since importing the readers takes longer than all of `sanbao --help`.
    from sanbao.indexer.pipeline import index_paths

    files = [path for path in paths if path != "-"]
    stdin = sys.stdin.buffer if "-" in paths else None
    with open_writer(index) as writer, _progress() as on_progress:
        report = index_paths(files, writer, stdin=stdin, jobs=jobs, on_progress=on_progress)
    _tell(report)
    if as_json:
        print_json(report.to_dict())
    if report.interrupted:
        sys.exit(INTERRUPTED)
    if report.failed and not keep_going:
        sys.exit(1)


@click.command()
@click.argument("ids", nargs=-1, metavar="ID...")
@click.option("--source", help="Delete all articles of this source.")
@click.option("--query", help="Delete all articles that this search finds.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@index_option
@json_option
def delete(
    ids: tuple[str, ...],
    source: str | None,
    query: str | None,
    yes: bool,
    index: Path,
    as_json: bool,
) -> None:
    """Delete articles by id, by source, or by a search; --source and --query together narrow.

    Says how many articles it is about to delete, and asks.
    """
    if bool(ids) == bool(source or query):
        raise click.UsageError("name ids, or give --source or --query")
    engine = open_engine(index, limits=WHOLE_ANSWERS)
    try:
        deletion = find_ids(engine, ids) if ids else find_matches(engine, source, query)
        for missing in deletion.missing:
            click.echo(shown(f"{missing}: there is no article with this id"), err=True)
        if deletion.total and not yes:
            _ask(deletion)
        with open_writer(index) as writer:
            deleted = deletion.carry_out(writer)
    finally:
        engine.close()
    click.echo(f"deleted {count(deleted, 'article')}", err=True)
    if as_json:
        print_json({"deleted": deleted, "missing": list(deletion.missing)})
    if deletion.missing:
        sys.exit(1)


def _ask(deletion: Deletion) -> None:
    click.echo(f"about to delete {count(deletion.total, 'article')}:", err=True)
    for title in deletion.titles[:SHOWN_TITLES]:
        click.echo(f"  {title}", err=True)
    if deletion.total > SHOWN_TITLES:
        click.echo(f"  and {deletion.total - SHOWN_TITLES} more", err=True)
    if not sys.stdin.isatty():
        raise click.UsageError("nobody is there to be asked; add --yes to delete them")
    click.confirm("Delete?", abort=True, err=True)


def _tell(report: IndexReport) -> None:
    """The failures, the warnings and the summary."""
    for failure in report.failures:
        click.echo(shown(f"{failure.name}: {failure.reason}"), err=True)
    if report.failed > len(report.failures):
        click.echo(f"and {report.failed - len(report.failures)} more failures", err=True)
    for warning in report.warnings:
        click.echo(shown(f"{warning.name}: warning: {warning.reason}"), err=True)
    if report.interrupted:
        click.echo("interrupted; what was committed stays in the index", err=True)
    click.echo(_summary(report), err=True)


def _summary(report: IndexReport) -> str:
    text = (
        f"indexed {count(report.read, 'article')} ({report.added} new, {report.updated} updated) "
        f"from {count(report.files, 'file')} in {report.seconds:.1f} s"
    )
    return f"{text}; {report.failed} could not be read" if report.failed else text


@contextmanager
def _progress() -> Iterator[OnProgress]:
    """A progress bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda done, total, articles: None
        return
    # Here, since importing it takes as long as indexing a few dozen articles.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("indexing"), BarColumn(), MofNCompleteColumn())
    articles_column = TextColumn("files, {task.fields[articles]} articles")
    console = Console(stderr=True)
    with Progress(*columns, articles_column, console=console, transient=True) as progress:
        task = progress.add_task("", total=None, articles=0)
        yield lambda done, total, articles: progress.update(
            task, completed=done, total=total, articles=articles
        )
