"""The keyword analyzer: a whole value, such as the name of a source, as one term."""

from __future__ import annotations

from search.analysis.fold import fold
from search.analysis.normalize import normalize


def keyword(value: str) -> str:
    """The term of a value: normalized and folded, runs of white space as one space."""
    return " ".join(fold(normalize(value).text).split())
