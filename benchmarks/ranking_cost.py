"""What the order by relevance costs beside a plain query, on an index that is there.

    python -m benchmarks.ranking_cost INDEX ../shared/eval

A plain query is the units of the text alone, scored by statistics of the whole index: no words
beside, no preference. Both are asked by turns; prints the median and the 95th percentile of each in
milliseconds, and the ratio of the medians, as Markdown.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

from benchmarks.relevance import SETS, judged_set
from sanbao.search.engines.base import Wanted
from sanbao.search.engines.embedded.state import IndexState
from sanbao.search.query.tree import Query, Text
from sanbao.search.query.understanding import parse_query, query_of
from sanbao.search.request import SearchRequest
from sanbao.search.storage.folder import Folder

QUERIES = 60
ROUNDS = 3


def main() -> None:
    index, data = map(Path, sys.argv[1:])
    state = IndexState.open(Folder(index))
    print("| set | plain p50 | p95 | ours p50 | p95 | ratio |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name in SETS:
        texts = list(judged_set(data, name, QUERIES).queries.values())
        pairs = [(plain(text), query_of(SearchRequest(text=text))) for text in texts]
        plainly, ours = measured(state, pairs)
        ratio = statistics.median(ours) / statistics.median(plainly)
        print(f"| {name} | {figures(plainly)} | {figures(ours)} | {ratio:.2f} |", flush=True)


def plain(text: str) -> Query:
    """The query of a text, without what need not match."""
    query = parse_query(text)
    return Text(query.units, query.share) if isinstance(query, Text) else query


def measured(
    state: IndexState, pairs: list[tuple[Query, Query]]
) -> tuple[list[float], list[float]]:
    """Milliseconds of the first and the second of each pair, after a round that warms the disk."""
    times: tuple[list[float], list[float]] = [], []
    for number in range(ROUNDS + 1):
        for pair in pairs:
            for query, taken in zip(pair, times, strict=True):
                started = time.perf_counter()
                state.match(query, Wanted(limit=10))
                if number:
                    taken.append(1000 * (time.perf_counter() - started))
    return times


def figures(times: list[float]) -> str:
    """The median and the 95th percentile."""
    return f"{statistics.median(times):.2f} | {statistics.quantiles(times, n=20)[-1]:.2f}"


if __name__ == "__main__":
    main()
