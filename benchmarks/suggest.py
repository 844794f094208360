"""How long suggestions take: typed beginnings of 1 to 8 characters, in every way to type.

    python -m benchmarks.suggest INDEX [--titles 200]

Takes the newest titles of the index, and types the beginning of each: as it is written, and as it
is read, in pinyin, initials and romaji. Prints p50 and p95 in milliseconds, by way and length.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sanbao.search.analysis.normalize import normalize
from sanbao.search.analysis.readings import read, script_of
from sanbao.search.analysis.suggestion_keys import spellings
from sanbao.search.article import Article, base_language
from sanbao.search.engines import SearchEngine, open_engine
from sanbao.search.request import SearchRequest

LENGTHS = range(1, 9)
PASSES = 3
LANGUAGES = ("zh-Hans", "zh-Hant", "ja", "en")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.suggest")
    parser.add_argument("index", type=Path)
    parser.add_argument("--titles", type=int, default=200)
    arguments = parser.parse_args()
    engine = open_engine(arguments.index)
    typed = _typed(engine, arguments.titles // len(LANGUAGES))
    print(f"{engine.stats().articles:,} articles; p50 / p95 ms by typed characters")
    print("| way | " + " | ".join(map(str, LENGTHS)) + " | all |")
    print("|---" * (len(LENGTHS) + 2) + "|")
    everything: list[float] = []
    for way, texts in typed.items():
        by_length = [_milliseconds(engine, texts[length]) for length in LENGTHS]
        whole = [each for times in by_length for each in times]
        everything += whole
        print(f"| {way} | " + " | ".join(map(_percentiles, [*by_length, whole])) + " |")
    print("all ways:", _percentiles(everything))


def _typed(engine: SearchEngine, titles: int) -> dict[str, dict[int, list[str]]]:
    """Beginnings by way to type and by length."""
    typed: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for language in LANGUAGES:
        request = SearchRequest(
            text="*", filters={"lang": (language,)}, sort="newest", limit=titles, highlight=False
        )
        for hit in engine.search(request).hits:
            for way, text in _ways(hit.article):
                for length in LENGTHS:
                    if len(text) >= length:
                        typed[way][length].append(text[:length])
    return typed


def _ways(article: Article) -> Iterator[tuple[str, str]]:
    yield f"as written, {base_language(article.language)}", article.title
    text = normalize(article.title).text
    script = script_of(text, article.language)
    if script:
        for spelling, letters in spellings(read(text, script), script).items():
            yield spelling.name.lower(), letters


def _milliseconds(engine: SearchEngine, texts: list[str]) -> list[float]:
    """For each text the median of the passes."""
    times = np.empty((1 + PASSES, len(texts)))
    for turn in range(1 + PASSES):
        for number, text in enumerate(texts):
            started = time.perf_counter()
            engine.suggest(text)
            times[turn, number] = (time.perf_counter() - started) * 1000
    medians: list[float] = np.median(times[1:], axis=0).tolist()
    return medians


def _percentiles(times: list[float]) -> str:
    if not times:
        return ""
    p50, p95 = np.percentile(times, (50, 95))
    return f"{p50:.1f} / {p95:.1f}"


if __name__ == "__main__":
    main()
