"""How the share of a query that must match, and the bonus of the own language, were chosen.

    python -m benchmarks.matching_share ../shared/eval

One index of the four sets of questions; every eighth question of each is asked. For each setting
prints MRR@10 by set, and how many articles match on average, as Markdown.
"""

from __future__ import annotations

import sys
import tempfile
from itertools import product
from pathlib import Path

from benchmarks.indexing import read_records
from benchmarks.relevance import SETS, judged_set
from sanbao.indexer.intake import article_from_record
from sanbao.search.engines import SearchEngine, open_engine, open_writer
from sanbao.search.evaluation.judged import relevant
from sanbao.search.query import parser, words
from sanbao.search.request import SearchRequest

SHARES = (0.5, 0.75, 1.0, 1.25, 2.0)
BONUSES = (0.05, 0.1, 0.3)


def main() -> None:
    data = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        with open_writer(Path(folder)) as writer:
            for name in SETS:
                for record in read_records(data / name):
                    writer.add(article_from_record(record))
        engine = open_engine(folder)
        print(f"| share of one, bonus | {' | '.join(SETS)} | matching |")
        print("|---" * (len(SETS) + 2) + "|")
        for share, bonus in product(SHARES, BONUSES):
            words.SHARE_OF_ONE, parser.OWN_LANGUAGE_BONUS = share, bonus
            words.kept_text_query.cache_clear()
            rows = [_judge(engine, data, name) for name in SETS]
            found = sum(matching for _, matching in rows) / len(rows)
            ranks = " | ".join(f"{rank:.3f}" for rank, _ in rows)
            print(f"| {share}, {bonus} | {ranks} | {found:.0f} |", flush=True)


def _judge(engine: SearchEngine, data: Path, name: str) -> tuple[float, float]:
    """MRR@10 and the mean number of articles that match."""
    judged = judged_set(data, name)
    asked = list(judged.queries.items())[::8]
    answers = [
        _answer(engine, text, set(relevant(judged.relevance[query_id]))) for query_id, text in asked
    ]
    return (
        sum(reciprocal for reciprocal, _ in answers) / len(answers),
        sum(matching for _, matching in answers) / len(answers),
    )


def _answer(engine: SearchEngine, question: str, relevant: set[str]) -> tuple[float, int]:
    page = engine.search(SearchRequest(text=question, highlight=False))
    ranks = [rank for rank, hit in enumerate(page.hits, 1) if hit.article.id in relevant]
    return (1 / ranks[0] if ranks else 0.0), page.total


if __name__ == "__main__":
    main()
