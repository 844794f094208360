"""Tantivy through its Python binding, https://github.com/quickwit-oss/tantivy-py."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tantivy

from benchmarks.engines.corpus import Corpus
from benchmarks.engines.engine import TOP, Answer, Build, Filter, Query
from benchmarks.engines.process import folder_size, peak_memory

BUFFER = 2_000_000_000
_AGGREGATIONS = {
    "languages": {"terms": {"field": "language", "size": 100}},
    "sources": {"terms": {"field": "source", "size": 100}},
    "months": {"date_histogram": {"field": "date", "fixed_interval": "30d"}},
}
_OCCUR = {"or": tantivy.Occur.Should, "and": tantivy.Occur.Must}

Prepared = tuple[Query, tantivy.Query]


class TantivyEngine:
    """Always counts the matches, which this binding does at no extra cost."""

    name = "tantivy-py (count)"

    def __init__(self, folder: Path) -> None:
        index = tantivy.Index.open(str(folder))
        self._schema = index.schema
        self._searcher = index.searcher()

    def takes(self, query: Query) -> bool:
        """Everything."""
        return True

    def prepare(self, query: Query) -> Prepared:
        """Tantivy's own query object."""
        matching = self._matching(query)
        return query, self._filtered(matching, query.filter) if query.filter else matching

    def seconds(self, prepared: Prepared) -> float:
        """One call, and another one for the counts: the binding has none that does both."""
        query, compiled = prepared
        order = "date" if query.newest else None
        started = time.perf_counter()
        self._searcher.search(compiled, TOP, order_by_field=order)
        if query.counts:
            self._searcher.aggregate(compiled, _AGGREGATIONS)
        return time.perf_counter() - started

    def answer(self, prepared: Prepared) -> Answer:
        """What the same calls return."""
        query, compiled = prepared
        order = "date" if query.newest else None
        result = self._searcher.search(compiled, TOP, order_by_field=order)
        addresses = [address for _, address in result.hits]
        numbers: list[Any] = self._searcher.fast_field_values("number", addresses)
        scale = 1e-9 if query.newest else 1.0
        return Answer(
            total=result.count,  # type: ignore[attr-defined]
            documents=tuple(int(number) for number in numbers),
            keys=tuple(key * scale for key, _ in result.hits),
            **(self._counts(compiled) if query.counts else {}),
        )

    def _matching(self, query: Query) -> tantivy.Query:
        if query.operator == "phrase":
            return tantivy.Query.phrase_query(self._schema, "body", list(query.terms))
        occur = _OCCUR[query.operator]
        terms = [tantivy.Query.term_query(self._schema, "body", term) for term in query.terms]
        return tantivy.Query.boolean_query([(occur, t) for t in terms]) if terms[1:] else terms[0]

    def _filtered(self, matching: tantivy.Query, wanted: Filter) -> tantivy.Query:
        language = tantivy.Query.term_query(self._schema, "language", wanted.language)
        period = tantivy.Query.range_query(
            self._schema,
            "date",
            tantivy.FieldType.Date,
            _instant(wanted.start),
            _instant(wanted.end),
            include_upper=False,
        )
        filters = [tantivy.Query.const_score_query(node, 0.0) for node in (language, period)]
        return tantivy.Query.boolean_query(
            [(tantivy.Occur.Must, node) for node in (matching, *filters)]
        )

    def _counts(self, compiled: tantivy.Query) -> dict[str, Any]:
        found = self._searcher.aggregate(compiled, _AGGREGATIONS)
        counts = {
            name: {bucket["key"]: bucket["doc_count"] for bucket in found[name]["buckets"]}
            for name in _AGGREGATIONS
        }
        return {
            "languages": counts["languages"],
            "sources": counts["sources"],
            "dated": sum(counts["months"].values()),
        }


def build(corpus: Corpus, folder: Path, batches: int) -> Build:
    """Index the documents in as many commits, then let tantivy merge them.

    Its policy merges what eight commits left, and adding runs in a thread beside this one.
    """
    folder.mkdir(parents=True)
    index = tantivy.Index(_schema(), path=str(folder))
    writer = index.writer(BUFFER, 1)
    started = time.perf_counter()
    for number, document in enumerate(_documents(corpus), 1):
        writer.add_document(document)
        if number * batches // len(corpus) > (number - 1) * batches // len(corpus):
            writer.commit()
    indexed = time.perf_counter()
    writer.wait_merging_threads()
    merged = time.perf_counter()
    return Build(indexed - started, merged - indexed, folder_size(folder), peak_memory())


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("body", tokenizer_name="whitespace", index_option="position")
    builder.add_unsigned_field("number", fast=True)
    builder.add_date_field("date", fast=True, indexed=True)
    for name in ("language", "source", "category"):
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


def _documents(corpus: Corpus) -> Iterator[tantivy.Document]:
    with corpus.documents.open(encoding="utf-8", newline="\n") as lines:
        for number, line in enumerate(lines):
            date, language, source, category, body = line.rstrip("\n").split("\t")
            document = tantivy.Document()
            document.add_unsigned("number", number)
            document.add_date("date", _instant(int(date)))
            document.add_text("language", language)
            document.add_text("source", source)
            document.add_text("category", category)
            document.add_text("body", body)
            yield document


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
