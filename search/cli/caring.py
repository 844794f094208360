"""Commands that look after the index: verify, repair, snapshot, restore."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sanbao.search.cli.printing import count, print_json, progress_bar
from sanbao.search.cli.settings import index_option, json_option

if TYPE_CHECKING:
    from sanbao.search.care.repair import RepairReport
    from sanbao.search.care.verify import VerifyReport
    from sanbao.search.storage.folder import Folder
    from sanbao.search.storage.generations import Generation

SHOWN_IDS = 20

yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


@click.command()
@click.option("--quick", is_flag=True, help="Only check every byte; compare nothing.")
@index_option
@json_option
def verify(quick: bool, index: Path, as_json: bool) -> None:
    """Look for damage: every byte of the index, and every posting against its article.

    Exits with 1 if there is any. The index may be in use meanwhile. To compare takes as long as to
    index the articles on one processor, and temporary space of three times the largest segment.
    """
    from sanbao.search.care.verify import verify_index

    with progress_bar("verifying") as on_progress:
        report = verify_index(index, quick, on_progress)
    if as_json:
        print_json(report.to_dict())
    else:
        _print_verified(report)
    if report.not_compared:
        click.echo(f"articles were not compared: {report.not_compared}", err=True)
    if report.problems:
        sys.exit(1)


@click.command()
@yes_option
@index_option
@json_option
def repair(yes: bool, index: Path, as_json: bool) -> None:
    """Make a damaged index whole again from what is left of it.

    Says first what will be kept, saved and lost, and asks. Keep a copy of the folder if you are
    not sure; a snapshot, if there is one, has everything up to its day.
    """
    from sanbao.search.care.repair import repairing

    with repairing(index) as work:
        report = work.report
        if report.problems:
            _tell_repair(report)
            if not yes:
                _ask("Repair?", "repair the index")
            work.carry_out()
    if report.problems:
        click.echo(f"repaired; the index has {count(report.articles, 'article')}", err=True)
    else:
        click.echo(f"the index at {index} is whole; there is nothing to repair", err=True)
    if as_json:
        print_json(report.to_dict())


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@index_option
@json_option
def snapshot(directory: Path, index: Path, as_json: bool) -> None:
    """Copy the newest commit into the new folder DIR, checked, while the index is in use.

    On the disk of the index this takes no space at first: the files get second names. To be safe
    from a broken disk, copy DIR to another machine.
    """
    from sanbao.search.storage.folder import Folder
    from sanbao.search.storage.snapshots import take_snapshot

    taken = take_snapshot(Folder(index), directory)
    articles = taken.article_count
    click.echo(f"{count(articles, 'article')}, commit {taken.number}, are in {directory}", err=True)
    if as_json:
        print_json({"directory": str(directory), "generation": taken.number, "articles": articles})


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@yes_option
@index_option
@json_option
def restore(directory: Path, yes: bool, index: Path, as_json: bool) -> None:
    """Bring the snapshot in DIR back into the index, which may be damaged or not there.

    Says what the index then has, and asks. What is searching meanwhile sees a commit like others.
    """
    from sanbao.search.engines.embedded.fingerprint import fingerprints
    from sanbao.search.engines.embedded.schema import schema
    from sanbao.search.errors import AnalysisMismatch
    from sanbao.search.storage.folder import Folder
    from sanbao.search.storage.snapshots import read_snapshot, restore_snapshot

    found = read_snapshot(directory)
    folder = Folder(index)
    if not yes:
        _ask_to_restore(found, folder)
    restored = restore_snapshot(found, folder, schema())
    click.echo(f"the index at {index} has {count(restored.article_count, 'article')}", err=True)
    try:
        restored.check_analysis(fingerprints())
    except AnalysisMismatch as error:
        click.echo(f"before it can be searched: {error}", err=True)
    if as_json:
        print_json({"generation": restored.number, "articles": restored.article_count})


def _print_verified(report: VerifyReport) -> None:
    numbers = " and ".join(map(str, report.generations)) or "none"
    checked = "every posting compared with its article" if report.compared else "checksums only"
    click.echo(f"commits: {numbers}")
    click.echo(f"segments: {report.segments}")
    click.echo(f"articles: {report.articles}")
    click.echo(f"bytes: {report.size_bytes}")
    click.echo(f"checked: {checked}, in {report.seconds:.1f} s")
    for problem in report.problems:
        click.echo(problem.what)
    click.echo("damaged" if report.problems else "sound")


def _tell_repair(report: RepairReport) -> None:
    for problem in report.problems:
        click.echo(problem.what, err=True)
    click.echo(f"stay as they are: {count(report.kept, 'article')}", err=True)
    click.echo(f"saved from damaged files: {count(report.saved, 'article')}", err=True)
    _tell_ids(
        "from the commit before; may be an older version, or one you had deleted",
        len(report.from_before),
        report.from_before,
    )
    _tell_ids("lost, at most", report.lost, report.lost_ids)
    if report.undeleted:
        click.echo(report.undeleted, err=True)
    click.echo(f"files that go: {', '.join(report.removed)}", err=True)


def _tell_ids(label: str, number: int, ids: Sequence[str]) -> None:
    if number:
        click.echo(f"{label}: {count(number, 'article')}", err=True)
        for article_id in ids[:SHOWN_IDS]:
            click.echo(f"  {article_id}", err=True)
        if len(ids) > SHOWN_IDS:
            click.echo(f"  and {len(ids) - SHOWN_IDS} more, which --json lists", err=True)
        if number > len(ids):
            rest = f"{number - len(ids)} of which nothing tells the id"
            click.echo(f"  {rest}; the commit before may have had some of them", err=True)


def _ask_to_restore(found: Generation, folder: Folder) -> None:
    from sanbao.search.errors import IndexCorrupt, IndexNotFound
    from sanbao.search.storage import generations

    try:
        now = generations.read(folder, generations.newest(folder)).article_count
        state = f"its {count(now, 'article')}"
    except IndexNotFound:
        return  # nothing can be replaced
    except IndexCorrupt:
        state = "what is left of it"
    click.echo(
        f"about to give the index at {folder.path} the {count(found.article_count, 'article')} "
        f"of commit {found.number} in the place of {state}",
        err=True,
    )
    _ask("Restore?", "restore the snapshot")


def _ask(question: str, what: str) -> None:
    if not sys.stdin.isatty():
        raise click.UsageError(f"nobody is there to be asked; add --yes to {what}")
    click.confirm(question, abort=True, err=True)
