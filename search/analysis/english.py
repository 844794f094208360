"""English words: stems, and the words too common to search for.

The stemmer is Snowball's English one (Porter 2), by M. F. Porter:
https://snowballstem.org/algorithms/english/stemmer.html
"""

from __future__ import annotations

import threading
from functools import lru_cache

import Stemmer

from sanbao.search.analysis.releases import release

STOP_WORDS = frozenset(
    "a about an and are as at be been but by can could did do does for from had has have he her "
    "his how i if in into is it its my no nor not of on or our she so than that the their them "
    "then there these they this those to was we were what when where which who whom why will with "
    "would you your".split()
)

_local = threading.local()


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The stem of a lower-case word; a word without English letters stays as it is."""
    stemmed: str = _stemmer().stemWord(word)
    return stemmed


def beginning(stemmed: str) -> str:
    """What every word with this stem begins with: three letters of it, or one of a short stem.

    The stemmer changes the ends of words; even of dying it leaves one letter in die.
    """
    return stemmed[:3] if len(stemmed) > 3 and stemmed[:3].isalpha() else stemmed[:1]


def fingerprint() -> str:
    """What decides the stems: stemmer, release and stop words."""
    return f"1 snowball-english pystemmer-{release('pystemmer')}"


def _stemmer() -> Stemmer.Stemmer:
    # A Stemmer keeps state between calls, so that each thread needs its own.
    if not hasattr(_local, "stemmer"):
        _local.stemmer = Stemmer.Stemmer("english", 0)
    return _local.stemmer
