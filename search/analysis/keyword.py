"""The keyword analyzers: a whole value, such as the name of a source, as one term."""

from __future__ import annotations

from hashlib import blake2b

from sanbao.search.analysis.fold import fold
from sanbao.search.analysis.grams import word_term
from sanbao.search.analysis.normalize import normalize
from sanbao.search.analysis.runs import Kind, runs

VERSION = "1"


def keyword(value: str) -> str:
    """The term of a value: normalized and folded, runs of white space as one space."""
    return " ".join(fold(normalize(value).text).split())


def whole_title(text: str) -> str:
    """The term of a title: the same for all that have the same words, whatever stands between.

    A hash, since titles are long and nobody looks for a part of this term. Empty for a text
    without words.
    """
    folded = fold(normalize(text).text)
    words = [word_term(folded, run) for run in runs(folded) if run.kind is not Kind.BREAK]
    return blake2b(" ".join(words).encode(), digest_size=8).hexdigest() if words else ""
