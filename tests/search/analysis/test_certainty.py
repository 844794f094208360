"""The arrays answer what langdetect answers, in less time."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st
from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory
from langdetect.lang_detect_exception import LangDetectException

from sanbao.search.analysis.certainty import Certainty

PROFILES = ("da", "de", "en", "es", "fr", "it", "ja", "nl", "no", "pt", "sv", "tl", "vi", "zh-cn")
SENTENCES = (
    "Ministrene mødes i morgen i Bruxelles for at tale om budgettet.",
    "Oil price falls on supply, Acme Corp. says",
    "Men against machines",
    "Oslo Bergen Trondheim",
    "东京大学 東京大学 ABC",
    "Chính phủ hôm thứ Hai công bố giảm thuế",
)
words = st.sampled_from([word for sentence in SENTENCES for word in sentence.split()])


@cache
def factory() -> DetectorFactory:
    factory = DetectorFactory()
    factory.set_seed(0)
    folder = Path(PROFILES_DIRECTORY)
    factory.load_json_profile([(folder / name).read_text("utf-8") for name in PROFILES])
    return factory


@cache
def certainty() -> Certainty:
    factory.cache_clear()
    taken = Certainty(factory())
    factory.cache_clear()
    return taken


def by_langdetect(text: str) -> list[tuple[str, float]]:
    detector = factory().create()
    detector.append(text)
    try:
        return [(found.lang, found.prob) for found in detector.get_probabilities()]
    except LangDetectException:  # no letter that it could use
        return []


@given(st.lists(words, max_size=30).map(" ".join) | st.text(max_size=30))
@example("")
@example("a")
@example("x" * 1_000)
@example("no no no")
def test_verdicts_are_those_of_langdetect(text: str) -> None:
    found = {lang: round(share, 6) for lang, share in certainty().verdicts(text)}
    assert found == {lang: round(share, 6) for lang, share in by_langdetect(text)}


def test_the_best_comes_first() -> None:
    for text in SENTENCES:
        assert certainty().verdicts(text)[0][0] == by_langdetect(text)[0][0]


def test_they_take_less_time() -> None:
    def processor_time(ask: Callable[[str], object]) -> float:
        started = time.thread_time()
        for _ in range(20):
            for text in SENTENCES:
                ask(text)
        return time.thread_time() - started

    certainty().verdicts("a"), by_langdetect("a")
    ratio = min(processor_time(certainty().verdicts) / processor_time(by_langdetect) for _ in "abc")
    assert ratio < 0.9
