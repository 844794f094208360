"""How fast token lists become a segment, and segments one, beside tantivy-py.

    python -m benchmarks.inversion [DOCUMENTS]

Makes documents of words that are as unevenly frequent as those of a language (Zipf), indexes the
same token lists with both engines in turn, body with positions only, and prints medians and their
ratio as Markdown. Both write to a temporary folder and are not asked to sync it. Needs
``pip install tantivy``, which indexes in one thread of its own beside the caller's.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from array import array
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tantivy

from sanbao.search.codec.interning import pack_field
from sanbao.search.codec.inversion import IndexedField, PackedDocument, SegmentBuffer
from sanbao.search.codec.merging import merge_segments
from sanbao.search.codec.segment_arrays import SegmentArrays

ROUNDS = 5
VOCABULARY = 225_000
MEAN_LENGTH = 150
SEGMENTS = 8
BODY = (IndexedField("body", positions=True, scorable=True),)

Documents = list[list[str]]


def make_documents(count: int) -> Documents:
    """Token lists of lognormal length; the n-th word has a frequency of about 1 / (n + 2)."""
    random = np.random.default_rng(1)
    lengths = np.clip(random.lognormal(np.log(MEAN_LENGTH) - 0.18, 0.6, count), 10, 1_800)
    weights = 1 / (np.arange(VOCABULARY) + 2)
    ranks = random.choice(VOCABULARY, int(lengths.sum()) + count, p=weights / weights.sum())
    words = [_word(rank) for rank in range(VOCABULARY)]
    tokens = [words[rank] for rank in ranks.tolist()]
    ends = np.cumsum(lengths.astype(int)).tolist()
    return [tokens[first:end] for first, end in zip([0, *ends], ends, strict=False)]


def _word(rank: int) -> str:
    """A made-up word, Latin or Chinese in turn, the longer the rarer."""
    if rank % 2:
        return f"{rank:x}q"
    word = chr(0x4E00 + rank % 5_000)
    return word if rank < 5_000 else word + _word(2 * (rank // 5_000))


def write_arrays(documents: Documents, path: Path) -> None:
    """One segment of ours."""
    buffer = SegmentBuffer(BODY, [])
    for tokens in documents:
        positions = array("I", range(len(tokens))).tobytes()
        buffer.add(PackedDocument(pack_field(tokens), positions, b"", 0, ()))
    with path.open("wb") as file:
        buffer.write(file)


def new_tantivy(folder: Path) -> tuple[tantivy.Index, tantivy.IndexWriter]:
    folder.mkdir()
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("body", stored=False, tokenizer_name="whitespace")
    index = tantivy.Index(builder.build(), path=str(folder))
    return index, index.writer(heap_size=1_000_000_000, num_threads=1)


def add_tantivy(writer: tantivy.IndexWriter, documents: Documents) -> None:
    """One commit, which is one segment."""
    for tokens in documents:
        document = tantivy.Document()
        document.add_text("body", " ".join(tokens))
        writer.add_document(document)
    writer.commit()


def seconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def index_round(documents: Documents, folder: Path) -> tuple[float, float]:
    """Seconds of indexing: ours, tantivy's."""
    _, writer = new_tantivy(folder / "tantivy")
    ours = seconds(lambda: write_arrays(documents, folder / "ours"))
    theirs = seconds(lambda: add_tantivy(writer, documents))
    return ours, theirs


def merge_round(documents: Documents, folder: Path) -> tuple[float, float]:
    """Seconds of merging eight segments: ours, and tantivy's after its eighth commit returns."""
    step = -(-len(documents) // SEGMENTS)
    parts = [documents[first : first + step] for first in range(0, len(documents), step)]
    sources = []
    for number, part in enumerate(parts):
        write_arrays(part, folder / f"{number}")
        sources.append(SegmentArrays(folder / f"{number}"))
    with (folder / "merged").open("wb") as file:
        ours = seconds(lambda: merge_segments(file, sources, [None] * SEGMENTS))
    index, writer = new_tantivy(folder / "tantivy")
    for part in parts:
        add_tantivy(writer, part)
    theirs = seconds(writer.wait_merging_threads)
    index.reload()
    assert index.searcher().num_segments == 1
    return ours, theirs


def report(what: str, rounds: list[tuple[float, float]], documents: Documents) -> None:
    ours, theirs = (statistics.median(times) for times in zip(*rounds, strict=True))
    ratio = statistics.median(theirs / ours for ours, theirs in rounds)
    tokens = sum(map(len, documents))
    for engine, taken in (("arrays", ours), ("tantivy-py", theirs)):
        rate = f"{len(documents) / taken:,.0f} | {tokens / taken / 1e6:.2f}"
        print(f"| {what} | {engine} | {taken:.2f} | {rate} |")
    print(f"| {what} | ratio | {ratio:.2f}x | | |")


def main() -> None:
    documents = make_documents(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
    print("| | engine | s | docs/s | M tokens/s |\n|---|---|---|---|---|")
    for what, run in (("index", index_round), (f"merge {SEGMENTS} segments", merge_round)):
        rounds = []
        for number in range(ROUNDS + 1):
            with tempfile.TemporaryDirectory() as folder:
                run_time = run(documents if number else documents[:2_000], Path(folder))
            rounds.append(run_time)
        report(what, rounds[1:], documents)  # the first one compiles


if __name__ == "__main__":
    main()
