"""How well the right article comes first, on the judged sets in one index of all languages.

    python -m benchmarks.relevance ../shared/eval [--queries N]

The index has the articles of all sets and is told no language, and no query says its own. Prints
Markdown: each set beside the best of Lucene, as the README of the sets has it, and beside an index
of the set alone; headlines and questions whose article is in another language; headlines whose
article, without its title, is in their own. With ``--queries``, N queries of each set.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.indexing import read_records
from sanbao.indexer.intake import article_from_record
from sanbao.search.article import base_language
from sanbao.search.engines import SearchEngine, open_engine, open_writer
from sanbao.search.evaluation.judged import JudgedSet, Relevance, read_judged_set, relevant
from sanbao.search.evaluation.measures import MEASURES, mean, measure
from sanbao.search.evaluation.runs import Run, ask

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "eval"
SETS = ("zh-hans", "zh-hant", "ja", "en")
NEWS = "ntrex"
CROSSING = "zh-to-en"
GOALS = {"zh-hans": 0.988, "zh-hant": 0.975, "ja": 0.953, "en": 0.960}
"""MRR@10 in the mixed index."""
LARGEST_PENALTY = 0.002
"""How much MRR@10 a set may lose by being mixed with the others."""

NEWS_LANGUAGES = {"en": "en", "ja": "ja", "zh-hans": "zh-Hans", "zh-hant": "zh-Hant"}
"""The language of an article of the news set, by how its id ends."""

ALL = 10**9

Record = dict[str, str]


def main() -> None:
    arguments = _arguments()
    data, size = arguments.data, arguments.queries
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        mixed = index(Path(folder) / "mixed", mixed_records(data))
        indexed = time.perf_counter()
        _print_sets(data, mixed, Path(folder), size)
        _print_crossings(data, mixed, size)
        _print_headlines(data, Path(folder) / "headlines")
    asked = time.perf_counter() - indexed
    print(f"\nIndexed in {indexed - started:.0f} s; the rest took {asked:.0f} s.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.relevance", description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", default=DATA, help="the judged sets")
    parser.add_argument("--queries", type=int, default=ALL, metavar="N", help="of each set")
    arguments = parser.parse_args()
    if not (arguments.data / "README.md").is_file():
        parser.error(f"the judged sets are not at {arguments.data}")
    return arguments


def mixed_records(data: Path) -> list[Record]:
    """The articles of all sets, without their language."""
    return [record for name in (*SETS, NEWS) for record in read_records(data / name)]


def index(location: Path, records: Iterable[Record]) -> SearchEngine:
    """An engine on a new index of these."""
    with open_writer(location) as writer:
        for record in records:
            writer.add(article_from_record(record))
    return open_engine(location)


def judged_set(data: Path, name: str, size: int = ALL) -> JudgedSet:
    """At most ``size`` queries of a set."""
    return read_judged_set(data / name / "queries.tsv", data / name / "qrels.txt").sample(size)


def figures(engine: SearchEngine, judged: JudgedSet) -> dict[str, float]:
    """The mean of every measure."""
    values = measure(judged.relevance, ask(engine, judged.queries).run)
    return {name: mean(each) for name, each in values.items()}


def lucene_best(readme: str) -> dict[str, float]:
    """By set, the highest figure in the README's table of analyzers."""
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in readme.splitlines()]
    start = next(n for n, cells in enumerate(rows) if cells and cells[0].startswith("analyzers"))
    columns = {name: rows[start].index(name) for name in SETS}
    table = []
    for cells in rows[start + 2 :]:
        if not cells:
            break
        table.append(cells)
    return {name: max(float(cells[at]) for cells in table) for name, at in columns.items()}


def news_language(item_id: str) -> str:
    """The language of a headline or an article of the news set, such as ``ntrex-q000-zh-hans``."""
    return NEWS_LANGUAGES[item_id.split("-", 2)[2]]


def directions(data: Path, size: int = ALL) -> Iterator[tuple[str, str, JudgedSet]]:
    """Headlines by their language and the other in which their story is relevant."""
    news = judged_set(data, NEWS)
    for own in ("en", "ja", "zh"):
        for other in ("en", "ja", "zh"):
            if own != other:
                yield own, other, _between(news, own, other).sample(size)


def _between(news: JudgedSet, own: str, other: str) -> JudgedSet:
    queries = {
        query_id: text
        for query_id, text in news.queries.items()
        if base_language(news_language(query_id)) == own
    }
    relevance = {
        query_id: {
            article_id: grade
            for article_id, grade in news.relevance[query_id].items()
            if base_language(news_language(article_id)) == other
        }
        for query_id in queries
    }
    return JudgedSet(queries, relevance)


def recall(relevance: Relevance, run: Run, depth: int) -> float:
    """The share of the relevant articles among the first ``depth``, or of the places there if
    these are fewer: of two versions of a story one can be first."""
    shares = []
    for query_id, grades in relevance.items():
        first = {found.article_id for found in run[query_id][:depth]}
        wanted = relevant(grades)
        shares.append(len(first.intersection(wanted)) / min(depth, len(wanted)))
    return sum(shares) / len(shares)


def headlines(data: Path) -> dict[str, JudgedSet]:
    """By language, with its script: headlines that seek the article that they stand above."""
    news = judged_set(data, NEWS)
    return {
        language: JudgedSet(
            {query_id: news.queries[query_id] for query_id in ids},
            {query_id: {query_id.replace("-q", "-", 1): 1} for query_id in ids},
        )
        for language in NEWS_LANGUAGES.values()
        for ids in [[query_id for query_id in news.queries if news_language(query_id) == language]]
    }


def bodies_alone(data: Path) -> list[Record]:
    """The articles of the news set without their titles."""
    return [{**record, "title": ""} for record in read_records(data / NEWS)]


def _print_sets(data: Path, mixed: SearchEngine, folder: Path, size: int) -> None:
    best = lucene_best((data / "README.md").read_text("utf-8"))
    print("One index of all sets; `alone`: MRR@10 in an index of the set alone.\n")
    _print_row(["set", "queries", *MEASURES, "Lucene's best", "goal", "alone", "penalty"])
    _print_row(["---"] * 11)
    for name in SETS:
        judged = judged_set(data, name, size)
        found = figures(mixed, judged)
        alone = _alone(folder / name, read_records(data / name), judged)
        _print_row(
            [
                name,
                str(len(judged.queries)),
                *(f"{value:.4f}" for value in found.values()),
                *(f"{best[name]:.4f}", f"{GOALS[name]:.3f}", f"{alone:.4f}"),
                f"{alone - found['MRR@10']:+.4f} (goal {LARGEST_PENALTY})",
            ]
        )


def _alone(location: Path, records: Sequence[Record], judged: JudgedSet) -> float:
    engine = index(location, records)
    run = ask(engine, judged.queries, depth=10).run
    return mean(measure(judged.relevance, run)["MRR@10"])


def _print_crossings(data: Path, mixed: SearchEngine, size: int) -> None:
    print("\nThe same index; the article is in another language, which the search asks for.\n")
    _print_row(["from, to", "queries", "R@1", "R@10"])
    _print_row(["---"] * 4)
    _print_recall("zh questions to en", mixed, judged_set(data, CROSSING, size), ("en",))
    for own, other, judged in directions(data, size):
        _print_recall(f"{own} headlines to {other}", mixed, judged, (other,))


def _print_headlines(data: Path, location: Path) -> None:
    print("\nThe news alone, without titles; headlines in the language of their article.\n")
    _print_row(["language", "queries", "R@1 (goal 1)", "R@10"])
    _print_row(["---"] * 4)
    engine = index(location, bodies_alone(data))
    for language, judged in headlines(data).items():
        _print_recall(language, engine, judged, (language,))


def _print_recall(
    what: str, engine: SearchEngine, judged: JudgedSet, languages: tuple[str, ...]
) -> None:
    run = ask(engine, judged.queries, languages, depth=10).run
    shares: Mapping[int, float] = {k: recall(judged.relevance, run, k) for k in (1, 10)}
    _print_row([what, str(len(judged.queries)), *(f"{share:.4f}" for share in shares.values())])


def _print_row(cells: Sequence[str]) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
