"""A corpus of any size, made of real sentences.

The sentences of the judged documents are analysed once, by our own analyzers, and shuffled into
new documents: half of a document's sentences come from one neighbourhood of the real ones, the
others from anywhere in its language, popular sentences more often. So terms are as skewed, and
stand beside each other, as in real text. There are two streams of tokens:

    words    the words analyzers, every language mixed
    bigrams  the grams analyzer, its CJK terms only

A stream is a folder: ``tokens.npy`` (u32, every token of every document), ``offsets.npy`` (i64,
where each document begins), ``language.npy``, ``source.npy``, ``category.npy`` (u8, numbers of
values), ``date.npy`` (i64, seconds since 1970), ``vocabulary.txt`` (a term a line, in order of its
number), and the same once more as text, ``documents.tsv``, for the engines that read text: date,
language, source, category and the tokens joined by blanks. The same seed makes the same files.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sanbao.search.analysis import analyze, words_analyzer
from sanbao.search.analysis.runs import has_cjk
from sanbao.search.codec.kernels.jit import kernel

StreamName = Literal["words", "bigrams"]
Array = NDArray[Any]

STREAMS: tuple[StreamName, ...] = ("words", "bigrams")
MEAN_LENGTH: dict[StreamName, int] = {"words": 150, "bigrams": 240}
SHORTEST, LONGEST = 30, 1800
SIGMA_OF_LENGTHS = 0.8
SIGMA_OF_POPULARITY = 1.0
NEIGHBOURHOOD = 60

SENTENCE = re.compile(r"[^。！？!?\n]+?(?:[。！？!?\n]+|\.\s+|$)")

LANGUAGES = ("en", "ja", "zh")
SOURCES = tuple(f"source-{number:02d}" for number in range(50))
CATEGORIES = tuple(f"category-{number:02d}" for number in range(12))
FIRST_DAY = 1_704_067_200  # 2024-01-01
DAYS = 730
DAY = 86_400

_SEED = 20_240_101
_BLOCK = 50_000


@dataclass(frozen=True, slots=True)
class Sentences:
    """The real sentences of a stream, in order of language.

    Attributes:
        tokens: term numbers of all sentences; sentence i has ``tokens[offsets[i]:offsets[i + 1]]``.
        language: of each sentence, a number in :data:`LANGUAGES`.
    """

    vocabulary: list[str]
    tokens: Array
    offsets: Array
    language: Array


@dataclass(frozen=True, slots=True)
class Corpus:
    """A stream on disk, its arrays memory-mapped. The names are those of the module's table."""

    name: StreamName
    folder: Path
    vocabulary: list[str]
    tokens: Array
    offsets: Array
    language: Array
    source: Array
    category: Array
    date: Array

    @property
    def documents(self) -> Path:
        """The file of the documents as text."""
        return self.folder / "documents.tsv"

    def __len__(self) -> int:
        return len(self.offsets) - 1


def open_corpus(folder: Path) -> Corpus:
    """The stream in the folder, which :func:`make_corpus` filled."""
    arrays = {
        name: np.load(folder / f"{name}.npy", mmap_mode="r")
        for name in ("tokens", "offsets", "language", "source", "category", "date")
    }
    vocabulary = (folder / "vocabulary.txt").read_text("utf-8").split("\n")
    return Corpus(_stream_name(folder), folder, vocabulary, **arrays)


def make_corpus(folder: Path, documents: int, eval_folder: Path) -> None:
    """Write the stream named as the folder, unless it is there already."""
    if (folder / "complete").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    name = _stream_name(folder)
    sentences = read_sentences(eval_folder, name)
    (folder / "vocabulary.txt").write_text("\n".join(sentences.vocabulary), "utf-8")
    rng = np.random.default_rng(_SEED + STREAMS.index(name))
    popularity = np.cumsum(rng.lognormal(0.0, SIGMA_OF_POPULARITY, len(sentences.language)))
    centres = np.searchsorted(popularity, rng.random(documents) * popularity[-1])
    offsets = np.zeros(documents + 1, np.int64)
    offsets[1:] = np.cumsum(_lengths(rng, MEAN_LENGTH[name], documents))
    metadata = {"language": sentences.language[centres], **_metadata(rng, documents)}
    for column, values in {"offsets": offsets, **metadata}.items():
        np.save(folder / f"{column}.npy", values)
    _write_tokens(folder, rng, sentences, popularity, centres, offsets)
    _write_documents(open_corpus(folder))
    (folder / "complete").touch()


def judged_documents(eval_folder: Path) -> Iterator[dict[str, Any]]:
    """The records of every judged set, with title, body and lang."""
    for path in sorted(eval_folder.glob("*/docs.jsonl.gz")):
        yield from map(json.loads, gzip.decompress(path.read_bytes()).splitlines())


def read_sentences(eval_folder: Path, name: StreamName) -> Sentences:
    """Every sentence of the judged documents as term numbers."""
    numbers: dict[str, int] = {}
    sentences = [
        (LANGUAGES.index(language), [numbers.setdefault(term, len(numbers)) for term in terms])
        for language, terms in _analysed(eval_folder, name)
    ]
    sentences.sort(key=lambda sentence: sentence[0])
    lengths = [len(terms) for _, terms in sentences]
    return Sentences(
        vocabulary=list(numbers),
        tokens=np.fromiter(chain.from_iterable(terms for _, terms in sentences), np.uint32),
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        language=np.array([language for language, _ in sentences], np.uint8),
    )


def _analysed(eval_folder: Path, name: StreamName) -> Iterator[tuple[str, list[str]]]:
    """The language and the terms of every sentence that has any."""
    for record in judged_documents(eval_folder):
        for sentence in SENTENCE.findall(record["body"]):
            if terms := _terms(sentence, record["lang"], name):
                yield record["lang"], terms


def _terms(sentence: str, language: str, name: StreamName) -> list[str]:
    if name == "words":
        return [token.text for token in analyze(sentence, words_analyzer(language))]
    return [token.text for token in analyze(sentence, "grams") if has_cjk(token.text)]


def _lengths(rng: np.random.Generator, mean: int, documents: int) -> Array:
    median = mean * np.exp(-(SIGMA_OF_LENGTHS**2) / 2)
    lengths: Array = median * rng.lognormal(0.0, SIGMA_OF_LENGTHS, documents)
    return np.clip(lengths, SHORTEST, LONGEST).astype(np.int64)


def _metadata(rng: np.random.Generator, documents: int) -> dict[str, Array]:
    return {
        "source": _skewed(rng, len(SOURCES), documents),
        "category": _skewed(rng, len(CATEGORIES), documents),
        "date": FIRST_DAY + rng.integers(0, DAYS * DAY, documents),
    }


def _skewed(rng: np.random.Generator, values: int, documents: int) -> Array:
    """Numbers of values, the n-th in proportion to 1 / n."""
    weights = 1 / np.arange(1, values + 1)
    return rng.choice(values, documents, p=weights / weights.sum()).astype(np.uint8)


def _write_tokens(
    folder: Path,
    rng: np.random.Generator,
    sentences: Sentences,
    popularity: Array,
    centres: Array,
    offsets: Array,
) -> None:
    tokens = np.lib.format.open_memmap(folder / "tokens.npy", "w+", np.uint32, (int(offsets[-1]),))
    language_starts = np.searchsorted(sentences.language, np.arange(len(LANGUAGES) + 1))
    for first in range(0, len(centres), _BLOCK):
        block = slice(first, first + _BLOCK)
        bounds = offsets[first : first + _BLOCK + 1]
        out = np.empty(bounds[-1] - bounds[0], np.uint32)
        _mix(
            rng,
            centres[block],
            language_starts[sentences.language[centres[block]]],
            language_starts[sentences.language[centres[block]] + 1],
            popularity,
            sentences.offsets,
            sentences.tokens,
            bounds - bounds[0],
            out,
        )
        tokens[bounds[0] : bounds[-1]] = out
    tokens.flush()


@kernel
def _mix(
    rng: np.random.Generator,
    centres: Array,
    firsts: Array,
    ends: Array,
    popularity: Array,
    sentence_offsets: Array,
    sentence_tokens: Array,
    bounds: Array,
    out: Array,
) -> None:
    """Fill each document ``out[bounds[i]:bounds[i + 1]]`` with sentences ``firsts[i]:ends[i]``."""
    for document in range(len(centres)):
        first, end = firsts[document], ends[document]
        below = popularity[first - 1] if first > 0 else 0.0
        at = bounds[document]
        while at < bounds[document + 1]:
            if rng.random() < 0.5:
                sentence = centres[document] + np.int64(rng.random() * NEIGHBOURHOOD)
            else:
                drawn = below + rng.random() * (popularity[end - 1] - below)
                sentence = np.searchsorted(popularity, drawn)
            sentence = min(sentence, end - 1)
            for token in range(sentence_offsets[sentence], sentence_offsets[sentence + 1]):
                if at < bounds[document + 1]:
                    out[at] = sentence_tokens[token]
                    at += 1


def _write_documents(corpus: Corpus) -> None:
    with corpus.documents.open("w", encoding="utf-8", newline="\n") as file:
        for first in range(0, len(corpus), _BLOCK):
            for document in range(first, min(first + _BLOCK, len(corpus))):
                file.write(_line(corpus, document))


def _line(corpus: Corpus, document: int) -> str:
    tokens = corpus.tokens[corpus.offsets[document] : corpus.offsets[document + 1]]
    return "\t".join(
        [
            str(corpus.date[document]),
            LANGUAGES[corpus.language[document]],
            SOURCES[corpus.source[document]],
            CATEGORIES[corpus.category[document]],
            " ".join([corpus.vocabulary[token] for token in tokens.tolist()]) + "\n",
        ]
    )


def _stream_name(folder: Path) -> StreamName:
    return "words" if folder.name == "words" else "bigrams"
