"""The command that says how well the index ranks: evaluate."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sanbao.search.cli.asking import PATIENCE_SECONDS
from sanbao.search.cli.printing import count, print_json, progress_bar
from sanbao.search.cli.settings import filter_option, index_option, json_option, limit_options
from sanbao.search.errors import SearchError
from sanbao.search.fields import LANGUAGE
from sanbao.search.limits import Limits

if TYPE_CHECKING:
    from sanbao.search.engines import SearchEngine
    from sanbao.search.evaluation.judged import JudgedSet
    from sanbao.search.evaluation.losses import Placed
    from sanbao.search.evaluation.report import Comparison, Report
    from sanbao.search.evaluation.runs import Answers, Run

_A_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_QUERIES = ("query", "queries")
_SHOWN_IDS = 5
_SHOWN_TITLE = 60


@click.command()
@click.option("--queries", required=True, type=_A_FILE, help="Query id, tab, text on each line.")
@click.option("--qrels", required=True, type=_A_FILE, help="Query id, 0, article id, grade; TREC.")
@filter_option(LANGUAGE)
@click.option(
    "--losses",
    default=20,
    show_default=True,
    metavar="N",
    type=click.IntRange(min=0),
    help="How many of the queries that went worst to list.",
)
@click.option(
    "--save",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the run to this file, in the format of TREC.",
)
@click.option("--against", type=_A_FILE, help="Compare with the run in this file.")
@limit_options(Limits(seconds=PATIENCE_SECONDS))
@index_option
@json_option
def evaluate(
    queries: Path,
    qrels: Path,
    lang: tuple[str, ...],
    losses: int,
    save: Path | None,
    against: Path | None,
    limits: Limits,
    index: Path,
    as_json: bool,
) -> None:
    """Measure how well the index ranks, on queries whose relevant articles are known.

    Prints mean reciprocal rank and nDCG of the first 10 articles, recall of the first 1, 10 and
    100, and the queries that went worst. Newer articles are not favoured.
    """
    if find_spec("ir_measures") is None:
        raise SearchError(
            "evaluate needs the package ir-measures; install it with `pip install '.[evaluate]'`"
        )
    from sanbao.search.engines import open_engine
    from sanbao.search.evaluation.judged import read_judged_set
    from sanbao.search.evaluation.report import report
    from sanbao.search.evaluation.runs import read_run, write_run

    judged = read_judged_set(queries, qrels)
    before = read_run(against) if against else None
    engine = open_engine(index, limits=limits)
    answers = _ask(engine, judged, lang)
    if save:
        write_run(save, answers.run)
    _tell_what_is_odd(engine, judged, answers, before)
    found = report(engine, judged, answers, before, losses)
    if as_json:
        print_json(found.to_dict())
    else:
        _print(found)


def _ask(engine: SearchEngine, judged: JudgedSet, languages: tuple[str, ...]) -> Answers:
    from sanbao.search.evaluation.runs import ask

    total = len(judged.queries)
    with progress_bar("asking") as on_progress:
        return ask(
            engine,
            judged.queries,
            languages,
            on_progress=lambda done: on_progress(count(total, "query", "queries"), done, total),
        )


def _tell_what_is_odd(
    engine: SearchEngine, judged: JudgedSet, answers: Answers, before: Run | None
) -> None:
    """What a reader of the figures has to know, on standard error."""
    ids = {article_id for grades in judged.relevance.values() for article_id in grades}
    unknown = sorted(article_id for article_id in ids if engine.get(article_id) is None)
    _tell_ids("left out, since no article is relevant to them", judged.unjudged, _QUERIES)
    _tell_ids("judged, but not asked, since their text is not known", judged.unasked, _QUERIES)
    _tell_ids("judged, but not in the index", unknown, ("article", "articles"))
    _tell_ids("refused, which counts as nothing found", answers.refused, _QUERIES)
    _tell_ids("cut short by a limit", answers.partial, _QUERIES)
    if before is not None:
        absent = [query_id for query_id in judged.queries if query_id not in before]
        _tell_ids("found nothing, or were not asked, in the earlier run", absent, _QUERIES)


def _tell_ids(what: str, ids: Collection[str], noun: tuple[str, str]) -> None:
    if ids:
        shown = ", ".join(list(ids)[:_SHOWN_IDS]) + ", ..." * (len(ids) > _SHOWN_IDS)
        click.echo(f"sanbao: {what}: {count(len(ids), *noun)} ({shown})", err=True)


def _print(found: Report) -> None:
    click.echo(count(found.queries, *_QUERIES))
    if found.comparison:
        _print_comparison(found.comparison)
    else:
        _print_measures(found.measures)
    _print_losses(found)


def _print_measures(measures: Mapping[str, float]) -> None:
    for name, value in measures.items():
        click.echo(f"{name:<8}{value:8.4f}")


def _print_comparison(comparison: Comparison) -> None:
    click.echo("          before     now    difference       p   better   worse    same")
    for name, each in comparison.measures.items():
        click.echo(
            f"{name:<8}{each.before:8.4f}{each.now:8.4f}{each.now - each.before:+14.4f}"
            f"{each.p_value:8.4f}{each.better:9}{each.worse:8}{each.same:8}"
        )
    if comparison.worst:
        click.echo(f"\nlower than before: {_some(comparison.fallen, len(comparison.worst))}\n")
    for change in comparison.worst:
        ranks = f"{_rank(change.before)} -> {_rank(change.now)}"
        click.echo(f"{ranks:>10}  {change.query_id}  {change.query}")


def _print_losses(found: Report) -> None:
    if found.losses:
        click.echo(f"\nrelevant article not first: {_some(found.lost, len(found.losses))}")
    for loss in found.losses:
        click.echo(f"\n{loss.query_id}  {loss.query}")
        _print_placed("sought", loss.relevant)
        if loss.first:
            _print_placed("first", loss.first)
        else:
            click.echo(f"  nothing found{f': {loss.refused}' if loss.refused else ''}")


def _print_placed(what: str, placed: Placed) -> None:
    score = "" if placed.score is None else f"{placed.score:.4f}"
    title = "not in the index" if placed.title is None else placed.title[:_SHOWN_TITLE]
    facts = f"{placed.article_id}  {placed.language or '-'}  {title}"
    click.echo(f"  {what:<6}{_rank(placed.rank):>5}{score:>10}  {facts}")


def _rank(rank: int | None) -> str:
    return "none" if rank is None else str(rank)


def _some(number: int, shown: int) -> str:
    return count(number, *_QUERIES) + (f", of which the worst {shown}" if shown < number else "")
