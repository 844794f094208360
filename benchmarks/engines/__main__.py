"""The one command: corpus, indexes, queries, agreement, report."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.engines.agreement import ExactScores, compare_all
from benchmarks.engines.array_engine import ArrayEngine
from benchmarks.engines.build import ENGINES, LUCENE, SANBAO, TANTIVY, build_in_process
from benchmarks.engines.corpus import (
    STREAMS,
    StreamName,
    judged_documents,
    make_corpus,
    open_corpus,
)
from benchmarks.engines.engine import Engine
from benchmarks.engines.lucene_engine import LuceneEngine, LuceneProcess, java
from benchmarks.engines.measure import measure
from benchmarks.engines.queries import QuerySet, document_counts, query_sets
from benchmarks.engines.report import Results, SetResult, markdown, svg
from benchmarks.engines.tantivy_engine import TantivyEngine

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    arguments = _arguments()
    java(arguments.dir)
    work = arguments.dir / str(arguments.documents)
    builds = {}
    for stream in STREAMS:
        _say(f"corpus of {stream}")
        make_corpus(work / stream, arguments.documents, arguments.eval)
        for engine in ENGINES:
            _say(f"index of {stream} by {engine}")
            builds[engine, stream] = build_in_process(
                engine, work / stream, _index(work, engine, stream), arguments.dir
            )
    sets = [
        result
        for stream in STREAMS
        for result in _run_stream(work, arguments.dir, stream, arguments.queries)
    ]
    results = Results(arguments.documents, sets, builds)
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "engines.md").write_text(markdown(results), "utf-8")
    (arguments.out / "engines.svg").write_text(svg(results), "utf-8")
    print(markdown(results))
    if problems := [problem for result in sets for problem in result.problems()]:
        sys.exit("The engines disagree:\n" + "\n".join(problems))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engines", description=__doc__)
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=100, help="of each kind")
    parser.add_argument("--dir", type=Path, default=ROOT / ".bench", help="corpora and indexes")
    parser.add_argument("--eval", type=Path, default=ROOT.parent / "shared" / "eval")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "benchmarks")
    arguments = parser.parse_args()
    if not any(judged_documents(arguments.eval)):
        parser.error(f"--eval {arguments.eval} holds no */docs.jsonl.gz to take sentences from")
    return arguments


def _run_stream(work: Path, tools: Path, stream: StreamName, size: int) -> list[SetResult]:
    corpus = open_corpus(work / stream)
    exact = ExactScores(corpus, document_counts(corpus))
    with ExitStack() as stack:
        lucene = stack.enter_context(LuceneProcess(_index(work, LUCENE, stream), tools))
        engines: list[Engine] = [
            ArrayEngine(_index(work, SANBAO, stream)),
            TantivyEngine(_index(work, TANTIVY, stream)),
            LuceneEngine(lucene, "top"),
            LuceneEngine(lucene, "count"),
        ]
        return [_run_set(engines, exact, found) for found in query_sets(corpus, size)]


def _run_set(engines: Sequence[Engine], exact: ExactScores, query_set: QuerySet) -> SetResult:
    _say(query_set.title)
    queries = query_set.queries
    able = [engine for engine in engines if engine.takes(queries[0])]
    answers = [[engine.answer(engine.prepare(query)) for query in queries] for engine in able]
    return SetResult(
        query_set,
        measure(able, queries),
        compare_all(queries, [engine.name for engine in able], answers),
        exact.largest_error(queries, answers),
    )


def _index(work: Path, engine: str, stream: StreamName) -> Path:
    return work / f"{engine}-{stream}"


def _say(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
