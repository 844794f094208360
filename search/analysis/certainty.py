"""langdetect's verdict, found with arrays: the same one, in a fraction of the time.

langdetect draws n-grams of a text at random and multiplies the probabilities of the languages by
those of each, number by number in Python, until one language is certain; and that seven times. Here
the draws are the same, and the products of all of them are sums of logarithms, made at once. See
N. Shuyo, Language Detection Library for Java, 2010.
"""

from __future__ import annotations

from functools import cache
from math import cos, log, pi, sin, sqrt
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from langdetect.detector_factory import DetectorFactory

Floats = NDArray[np.float64]

_FIRST_DRAWS = 50
"""After so many, one language is certain in most texts."""
_CHECK_EVERY = 5
_WORDS = 1 << 15
"""Numbers to draw from: seven times a thousand, and as many that may be too large for a place."""


class Certainty:
    """How certain each language of some profiles is for a text.

    Args:
        factory: has the profiles; its table of n-grams is taken over.
    """

    def __init__(self, factory: DetectorFactory) -> None:
        table = factory.word_lang_prob_map
        self._shares: Floats = np.array(list(table.values()))
        factory.word_lang_prob_map = {ngram: number for number, ngram in enumerate(table)}
        self._factory = factory

    def verdicts(self, text: str) -> list[tuple[str, float]]:
        """The languages of ``text``, best first, each with its probability, if that is above 0.1.

        Empty for a text without a letter that the profiles have.
        """
        detector = self._factory.create()
        detector.append(text)
        detector.cleaning_text()
        ngrams = detector._extract_ngrams()
        if not ngrams:
            return []
        numbers = [detector.word_lang_prob_map[ngram] for ngram in ngrams]
        different, places = np.unique(numbers, return_inverse=True)
        shares = self._shares[different]
        draws = _Draws(len(places))
        trials = []
        for _ in range(detector.n_trial):
            alpha = detector.alpha + draws.gauss() * detector.ALPHA_WIDTH
            logarithms = np.log(alpha / detector.BASE_FREQ + shares)
            trials.append(_trial(logarithms, places, draws, detector))
        means = zip(self._factory.langlist, np.mean(trials, axis=0).tolist(), strict=True)
        found = [(language, mean) for language, mean in means if mean > detector.PROB_THRESHOLD]
        return sorted(found, key=lambda one: one[1], reverse=True)


def _trial(logarithms: Floats, places: NDArray[np.int64], draws: _Draws, detector: Any) -> Floats:
    """The probabilities of the languages when one is certain, or there were enough draws.

    Args:
        logarithms: of each different n-gram, of how often each language has it.
        places: the row of these that each n-gram of the text has.
    """
    for draws_more in (_FIRST_DRAWS, 4 * _FIRST_DRAWS, detector.ITERATION_LIMIT):
        drawn = logarithms[places[draws.peek(1 + draws_more)]]
        between = drawn[1:].reshape(-1, _CHECK_EVERY, drawn.shape[1]).sum(axis=1)
        steps = np.cumsum(np.concatenate((drawn[:1], between)), axis=0)
        shares = np.exp(steps - steps.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        certain = np.flatnonzero(shares.max(axis=1) > detector.CONV_THRESHOLD)
        if len(certain):
            break
    last = int(certain[0]) if len(certain) else len(shares) - 1
    draws.take(last * _CHECK_EVERY + 1)
    probabilities: Floats = shares[last]
    return probabilities


class _Draws:
    """What ``random.Random(0)`` answers to :meth:`gauss`, and to ``choice`` for a list.

    Args:
        length: of the list, from which places are drawn.
    """

    def __init__(self, length: int) -> None:
        bits = length.bit_length()
        self._drawn = _words() >> np.uint32(32 - bits)
        self._usable = np.flatnonzero(self._drawn < length)
        self._next = 0
        self._second: float | None = None

    def gauss(self) -> float:
        """As Python has it: every other one comes with the one before."""
        if self._second is not None:
            second, self._second = self._second, None
            return second
        angle, radius = self._random() * 2 * pi, sqrt(-2 * log(1 - self._random()))
        self._second = sin(angle) * radius
        return cos(angle) * radius

    def peek(self, count: int) -> NDArray[np.uint32]:
        """The next places."""
        start = int(np.searchsorted(self._usable, self._next))
        return self._drawn[self._usable[start : start + count]]

    def take(self, count: int) -> None:
        """Have them drawn."""
        start = int(np.searchsorted(self._usable, self._next))
        self._next = int(self._usable[start + count - 1]) + 1

    def _random(self) -> float:
        high, low = _words()[self._next : self._next + 2].tolist()
        self._next += 2
        return float(((high >> 5) * (1 << 26) + (low >> 6)) / (1 << 53))


@cache
def _words() -> NDArray[np.uint32]:
    """The numbers of 32 bits that the seed 0 gives."""
    random = Random(0)
    return np.array([random.getrandbits(32) for _ in range(_WORDS)], np.uint32)
