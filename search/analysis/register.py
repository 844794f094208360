"""The register of analyzers: both sides of the index take theirs from here, by name.

An index stores :func:`fingerprints`; text analysed by any other analysis would silently not be
found, so an engine opens an index only when they are equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, get_args

from sanbao.search.analysis import (
    chinese,
    english,
    grams,
    han,
    japanese,
    keyword,
    normalize,
    quantities,
    readings,
    suggestion_keys,
    words,
)
from sanbao.search.analysis.language import detect, query_languages
from sanbao.search.analysis.normalize import NormalizedText
from sanbao.search.analysis.token import Token
from sanbao.search.article import base_language

Analyzer = Callable[[NormalizedText], Iterator[Token]]

ANALYZERS: dict[str, Analyzer] = {
    "grams": grams.grams,
    "words-zh": partial(words.words, language="zh"),
    "words-ja": partial(words.words, language="ja"),
    "words-en": partial(words.words, language="en"),
}


def analyze(text: str, analyzer: str) -> list[Token]:
    """The tokens of ``text`` by the analyzer of that name, with offsets into ``text``."""
    return list(ANALYZERS[analyzer](normalize.normalize(text)))


def load_dictionaries() -> None:
    """Load now what the first text of each language would have to wait for."""
    for name in ANALYZERS:
        analyze("汉字 かな word", name)
    for script in get_args(readings.Script):
        readings.read("汉字", script)


def words_analyzer(language: str) -> str:
    """The name of the words analyzer for an article's or a query's language."""
    name = f"words-{base_language(language)}"
    return name if name in ANALYZERS else "words-zh"


def fingerprints() -> dict[str, str]:
    """What decides the tokens, part by part: code versions and dictionary releases."""
    return {
        "normalization": normalize.VERSION,
        "han folding": han.fingerprint(),
        "grams": grams.VERSION,
        "words": words.VERSION,
        "quantities": quantities.VERSION,
        "Chinese words": chinese.fingerprint(),
        "Japanese words": japanese.fingerprint(),
        "English words": english.fingerprint(),
        "keywords": keyword.VERSION,
        "readings": readings.fingerprint(),
        "suggestion keys": suggestion_keys.VERSION,
    }


def describe(text: str, language: str | None = None) -> dict[str, Any]:
    """What the analysis makes of a text, for people who ask why something is (not) found.

    Args:
        language: analyse as in this language; detected when left out.

    Returns:
        ``language``, ``candidates`` (base languages it would be searched in) and ``tokens``,
        each with ``analyzer``, ``text``, ``position``, ``start`` and ``end``.
    """
    candidates = (base_language(language),) if language else query_languages(text)
    names = dict.fromkeys((*(words_analyzer(c) for c in candidates), "grams"))
    return {
        "language": language or detect("", text),
        "candidates": list(candidates),
        "tokens": [
            {"analyzer": name, **token._asdict()} for name in names for token in analyze(text, name)
        ],
    }
