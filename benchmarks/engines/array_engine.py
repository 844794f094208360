"""This engine: a segment of :mod:`search.codec`, asked through its evaluator of query trees.

What is measured begins with a plan, the terms as bytes in it, as the others begin with query
objects made before.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.engines.corpus import LONGEST, Corpus
from benchmarks.engines.engine import TOP, Answer, Build, Filter, Query
from benchmarks.engines.process import folder_size, peak_memory
from sanbao.search.codec.interning import pack_field
from sanbao.search.codec.inversion import IndexedField, PackedDocument, SegmentBuffer
from sanbao.search.codec.merging import merge_segments
from sanbao.search.codec.segment_arrays import SegmentArrays
from sanbao.search.dates import Period
from sanbao.search.engines.arrays.evaluator import ArrayEvaluator
from sanbao.search.engines.arrays.plan import Plan
from sanbao.search.engines.base import Matches, Wanted
from sanbao.search.fields import Sort
from sanbao.search.query import tree

# The names that the evaluator looks for.
_FIELDS = (
    IndexedField("text_grams", positions=True, scorable=True),
    *(IndexedField(n, positions=False, scorable=False) for n in ("category", "language", "source")),
)
_FACETS = ("category", "lang", "source")
_COUNTED = ("lang", "source")
_POSITIONS = np.arange(LONGEST, dtype=np.uint32)

Prepared = tuple[Query, Plan, Wanted]


class ArrayEngine:
    """Counts the matches, as it always does."""

    name = "Sanbao (count)"

    def __init__(self, folder: Path) -> None:
        segment = SegmentArrays(_merged(folder))
        self._published = segment.container["published"]
        self._evaluator = ArrayEvaluator([(segment, None)])

    def takes(self, query: Query) -> bool:
        """Everything."""
        return True

    def prepare(self, query: Query) -> Prepared:
        """The query made ready, its terms as bytes, and what else is asked."""
        sort: Sort = "newest" if query.newest else "relevance"
        facets = _COUNTED if query.counts else ()
        wanted = Wanted(limit=TOP, sort=sort, days=query.counts, facets=facets)
        return query, Plan(_tree(query)), wanted

    def seconds(self, prepared: Prepared) -> float:
        """One call, facets and timeline included."""
        _, plan, wanted = prepared
        started = time.perf_counter()
        self._evaluator.match(plan, wanted)
        return time.perf_counter() - started

    def answer(self, prepared: Prepared) -> Answer:
        """What the same call returns."""
        query, plan, wanted = prepared
        found = self._evaluator.match(plan, wanted)
        keys = self._published[found.keys] if query.newest else found.scores
        return Answer(
            total=found.total,
            documents=tuple(found.keys),
            keys=tuple(map(float, keys)),
            **(_counts(found) if query.counts else {}),
        )


def _tree(query: Query) -> tree.Query:
    matching = _matching(query)
    return tree.And((matching, *_filters(query.filter))) if query.filter else matching


def _matching(query: Query) -> tree.Query:
    if query.operator == "phrase":
        slots = tuple(tree.Slot(offset, term) for offset, term in enumerate(query.terms))
        return tree.Phrase(slots, len(slots), "", part="text")
    units = tuple(tree.Unit((tree.Term("grams", term),)) for term in query.terms)
    share = 1.0 if query.operator == "and" else 0.001
    return tree.Text(units, share, part="text")


def _filters(wanted: Filter) -> tuple[tree.Query, ...]:
    start, end = (datetime.fromtimestamp(seconds, UTC) for seconds in (wanted.start, wanted.end))
    return tree.Keyword("language", wanted.language), tree.Published(Period(start, end))


def _counts(found: Matches) -> dict[str, Any]:
    facets = {name: {v.value: v.count for v in values} for name, values in found.facets.items()}
    return {
        "languages": facets["lang"],
        "sources": facets["source"],
        "dated": int(found.days.counts.sum()) if found.days else 0,
    }


def build(corpus: Corpus, folder: Path, batches: int) -> Build:
    """Index the documents into as many segments, then merge them into one. All is synced."""
    folder.mkdir(parents=True)
    documents = _documents(corpus)
    _load_kernels(folder)
    started = time.perf_counter()
    for batch in range(batches):
        end, first = ((batch + n) * len(corpus) // batches for n in (1, 0))
        _write_segment(islice(documents, end - first), folder / f"{batch}.arrays")
    indexed = time.perf_counter()
    _merge(folder)
    merged = time.perf_counter()
    return Build(indexed - started, merged - indexed, folder_size(folder), peak_memory())


def _merged(folder: Path) -> Path:
    return folder / "merged.arrays"


def _write_segment(documents: Iterator[PackedDocument], path: Path) -> None:
    buffer = SegmentBuffer(_FIELDS, _FACETS)
    for document in documents:
        buffer.add(document)
    with path.open("wb") as file:
        buffer.write(file)
        os.fsync(file.fileno())


def _merge(folder: Path) -> None:
    paths = sorted(folder.glob("*.arrays"))
    with _merged(folder).open("wb") as file:
        merge_segments(file, [SegmentArrays(path) for path in paths], [None] * len(paths))
        os.fsync(file.fileno())
    for path in paths:
        path.unlink()


def _load_kernels(folder: Path) -> None:
    """Make and merge a small segment, for kernels are compiled or read at their first call."""
    word = pack_field(["a"])
    document = PackedDocument(word * len(_FIELDS), _POSITIONS[:1].tobytes(), b"", 0, (("a",),) * 3)
    _write_segment(iter([document]), folder / "0.arrays")
    _merge(folder)
    _merged(folder).unlink()


def _documents(corpus: Corpus) -> Iterator[PackedDocument]:
    with corpus.documents.open(encoding="utf-8", newline="\n") as lines:
        for line in lines:
            date, language, source, category, body = line.rstrip("\n").split("\t")
            tokens = body.split(" ")
            keywords = map(pack_field, ([category], [language], [source]))
            yield PackedDocument(
                terms=b"".join((pack_field(tokens), *keywords)),
                positions=_POSITIONS[: len(tokens)].tobytes(),
                stored=b"",
                published=int(date),
                facets=((category,), (language,), (source,)),
            )
