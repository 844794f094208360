"""The register of analyzers: both sides of the index take theirs from here, by name.

An index stores :func:`fingerprints`; text analysed by any other analysis would silently not be
found, so an engine opens an index only when they are equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
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
from sanbao.search.errors import InvalidRequest
from sanbao.search.limits import NEVER, Deadline, TimeIsUp

MAX_DESCRIBED_CHARACTERS = 100_000
"""Of a text that is described, as they are normalized: one character may become eighteen."""
MAX_DESCRIBED_TOKENS = 10_000
"""Of a text that is described, by all its analyzers together."""

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


def describe(text: str, language: str | None = None, deadline: Deadline = NEVER) -> dict[str, Any]:
    """What the analysis makes of a text, for people who ask why something is (not) found.

    Args:
        language: analyse as in this language; detected when left out.
        deadline: for all of it.

    Returns:
        ``language``, ``candidates`` (base languages it would be searched in) and ``tokens``,
        each with ``analyzer``, ``text``, ``position``, ``start`` and ``end``.

    Raises:
        InvalidRequest: naming ``text``, when it has more than :data:`MAX_DESCRIBED_CHARACTERS` or
            :data:`MAX_DESCRIBED_TOKENS`, or there is not enough time for it.
    """
    normalized = _normalized_within_limits(text)
    candidates = (base_language(language),) if language else query_languages(text)
    names = dict.fromkeys((*(words_analyzer(c) for c in candidates), "grams"))
    tokens = _tokens_within_limits(normalized, names, deadline)
    return {
        "language": language or detect("", text),
        "candidates": list(candidates),
        "tokens": [
            {"analyzer": name, **token._asdict()} for name in names for token in tokens[name]
        ],
    }


def _normalized_within_limits(text: str) -> NormalizedText:
    normalized = normalize.normalize(text[: MAX_DESCRIBED_CHARACTERS + 1])
    if max(len(text), len(normalized.text)) > MAX_DESCRIBED_CHARACTERS:
        raise InvalidRequest(
            "text", f"is longer than {MAX_DESCRIBED_CHARACTERS:,} characters once normalized"
        )
    return normalized


def _tokens_within_limits(
    normalized: NormalizedText, names: Iterable[str], deadline: Deadline
) -> dict[str, list[Token]]:
    """The tokens by each analyzer; grams first, which come one by one and are most."""
    found: dict[str, list[Token]] = {}
    left = MAX_DESCRIBED_TOKENS
    try:
        for name in sorted(names, key=lambda name: name != "grams"):
            tokens = deadline.checked(ANALYZERS[name](normalized))
            found[name] = list(islice(tokens, left + 1))
            left -= len(found[name])
            if left < 0:
                raise InvalidRequest(
                    "text", f"becomes more than {MAX_DESCRIBED_TOKENS:,} tokens; give less of it"
                )
    except TimeIsUp:
        raise InvalidRequest("text", "takes too long to analyse; give less of it") from None
    return found
