"""The language of an article, and the languages that a query may be in.

Which rules tell the languages apart, and how often they are right:
docs/decisions/0005-language-detection.md.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sanbao.search.analysis.certainty import Certainty
from sanbao.search.analysis.code_points import code_points, text_of
from sanbao.search.analysis.han import CHINESE_ONLY, JAPANESE_ONLY, SIMPLIFIED, TRADITIONAL
from sanbao.search.analysis.runs import HAN, HIRAGANA, KATAKANA
from sanbao.search.article import Language, base_language
from sanbao.search.limits import loading

_HAN = re.compile(f"[{HAN}]")
_KANA = re.compile(f"[{HIRAGANA}{KATAKANA}\uff66-\uff9f]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff\uff21-\uff3a\uff41-\uff5a]")
_WORD = re.compile(r"[^\W\d_]+")
# What stands in brackets or quotation marks may be a name from another language. The bound keeps
# a text full of opening ones from taking quadratic time.
_QUOTATION = re.compile(
    "|".join(
        f"{a}[^{b}]{{0,200}}{b}" for a, b in ("《》", "「」", "『』", "“”", "（）", ("\\(", "\\)"))
    )
)

# Articles in Han characters quote far more English names than English ones quote Han characters,
# and a Han character says as much as two or three letters.
_LETTERS_PER_CJK_CHARACTER = 10

_CJK_PROFILES = ("zh-cn", "zh-tw", "ja", "en")
_LATIN_PROFILES = (
    *("af", "ca", "cs", "cy", "da", "de", "en", "es", "et", "fi", "fr", "hr", "hu", "id", "it"),
    *("lt", "lv", "nl", "no", "pl", "pt", "ro", "sk", "sl", "so", "sq", "sv", "sw", "tl", "tr"),
    "vi",
)
_SAMPLE = 1000
"""Characters of a text that langdetect sees: more take longer and change no verdict."""

# A verdict of langdetect on fewer words, or a less certain one, calls too many English headlines
# Dutch or Tagalog.
_WORDS_TO_CALL_FOREIGN = 8
_CERTAIN = 0.99

# No other language with a profile has one of them among its common words.
_ENGLISH_ONLY = frozenset("the and that with this from which have their would".split())
_ENOUGH_ENGLISH = 3
_MOST_WORDS_FOR_ONE_ENGLISH = 20

_TRADITIONAL_SUBTAGS = {"hant", "tw", "hk", "mo"}


def detect(title: str, body: str, hint: str | None = None) -> Language:
    """The language of an article, by its text.

    Args:
        hint: a BCP 47 tag from its metadata. It decides only what the text leaves open, since
            many pages carry the tag of the template they were made from.

    Returns:
        ``zh-Hans``, ``zh-Hant``, ``ja`` or ``en``; ``und`` for any other language and for text
        without letters.
    """
    text = f"{title}\n{body}"
    kinds = _count_kinds(text)
    cjk, latin, other = kinds.han + kinds.kana, kinds.latin, kinds.other
    if cjk and cjk >= other and cjk * _LETTERS_PER_CJK_CHARACTER >= latin:
        return _chinese_or_japanese(text, kinds, hint)
    if latin > other:
        return _english_or_other(text, hint)
    return "und" if other else _language_of_tag(hint)


def query_languages(text: str) -> tuple[str, ...]:
    """The base languages that a query may be in, the likelier first.

    Kana makes it Japanese. Han characters without kana are Chinese and Japanese both, since no
    method tells for a name or a word or two; a form that only Japanese writes puts that first.
    Latin letters are English, beside Han characters too. Text without any of these may be in any.
    """
    if _KANA.search(text):
        return ("ja",)
    english = ("en",) if _LATIN.search(text) else ()
    if not _HAN.search(text):
        return english or ("zh", "ja", "en")
    if JAPANESE_ONLY.isdisjoint(text):
        return ("zh", "ja", *english)
    return ("ja", "zh", *english)


def written_languages(text: str) -> tuple[str, ...]:
    """The languages with script that the Han characters and kana of a query are written in.

    ``("zh-Hans",)`` for 经济, ``("ja",)`` for 経済, ``("zh-Hans", "ja")`` for 国; empty when they
    leave all of them possible. Without any, English if there are Latin letters.
    """
    if _KANA.search(text) or not JAPANESE_ONLY.isdisjoint(text):
        return ("ja",)
    if not _HAN.search(text):
        return ("en",) if _LATIN.search(text) else ()
    possible = {
        "zh-Hans": TRADITIONAL.isdisjoint(text),
        "zh-Hant": SIMPLIFIED.isdisjoint(text),
        "ja": CHINESE_ONLY.isdisjoint(text),
    }
    found = tuple(language for language, is_possible in possible.items() if is_possible)
    return found if len(found) < len(possible) else ()


def _chinese_or_japanese(text: str, kinds: _Counts, hint: str | None) -> Language:
    margin = _japanese_margin(_count_kinds(_QUOTATION.sub("", text))) or _japanese_margin(kinds)
    if margin > 0:
        return "ja"
    possible: list[Language] = ["zh-Hans", "zh-Hant"]
    if margin == 0:
        possible.append("ja")
    simplified, traditional = kinds.simplified, kinds.traditional
    if simplified != traditional:
        possible.remove("zh-Hant" if simplified > traditional else "zh-Hans")
    return _first_possible(possible, text, hint)


def _japanese_margin(kinds: _Counts) -> int:
    """How many more characters only Japanese writes than only Chinese does.

    About half of a Japanese text is kana. Of a simplified text a quarter are forms that Japanese
    does not write, of a traditional one a tenth.
    """
    return kinds.kana + kinds.japanese_only - kinds.chinese_only


def _first_possible(possible: list[Language], text: str, hint: str | None) -> Language:
    """What the hint or else langdetect says, as far as the script leaves it possible."""
    if len(possible) == 1:
        return possible[0]
    hinted = _language_of_tag(hint)
    same_base = [p for p in possible if base_language(p) == base_language(hinted)]
    if same_base:
        return hinted if hinted in same_base else same_base[0]
    for profile, _ in _verdicts(text, _CJK_PROFILES):
        if _language_of_tag(profile) in possible:
            return _language_of_tag(profile)
    return possible[0]


def _english_or_other(text: str, hint: str | None) -> Language:
    if _is_plainly_english(text[:_SAMPLE]):
        return "en"
    verdicts = _verdicts(text, _LATIN_PROFILES)
    if verdicts and verdicts[0][0] == "en":
        return "en"
    if (
        verdicts
        and verdicts[0][1] >= _CERTAIN
        and len(_WORD.findall(text)) >= _WORDS_TO_CALL_FOREIGN
    ):
        return "und"
    return "und" if hint and _language_of_tag(hint) != "en" else "en"


def _is_plainly_english(text: str) -> bool:
    """Whether langdetect would say so too, which takes it many times longer."""
    words = _WORD.findall(text.lower())
    telling = sum(word in _ENGLISH_ONLY for word in words)
    return telling >= _ENOUGH_ENGLISH and telling * _MOST_WORDS_FOR_ONE_ENGLISH >= len(words)


def _verdicts(text: str, profiles: tuple[str, ...]) -> list[tuple[str, float]]:
    """langdetect's answers for the start of a text, best first: (profile, probability)."""
    return _certainty(profiles).verdicts(text[:_SAMPLE])


@cache
@loading()
def _certainty(profiles: tuple[str, ...]) -> Certainty:
    # Here, since queries do without it.
    from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

    factory = DetectorFactory()
    folder = Path(PROFILES_DIRECTORY)
    factory.load_json_profile([(folder / name).read_text("utf-8") for name in profiles])
    return Certainty(factory)


def _language_of_tag(tag: str | None) -> Language:
    """Ours for a BCP 47 tag, written with hyphens or underscores in any case."""
    base, *subtags = (tag or "und").lower().replace("_", "-").split("-")
    if base in ("zh", "cmn"):
        return "zh-Hans" if _TRADITIONAL_SUBTAGS.isdisjoint(subtags) else "zh-Hant"
    return "ja" if base == "ja" else "en" if base == "en" else "und"


class _Counts(NamedTuple):
    """How many characters of a text are of each kind; ``other`` are letters of other scripts."""

    han: int
    kana: int
    latin: int
    other: int
    simplified: int
    traditional: int
    chinese_only: int
    japanese_only: int


def _count_kinds(text: str) -> _Counts:
    codes = code_points(text)
    counts = np.bincount(_first_plane()[np.minimum(codes, _LAST_OF_FIRST_PLANE)], minlength=256)
    rare, occurrences = np.unique(codes[codes > _LAST_OF_FIRST_PLANE], return_counts=True)
    if len(rare):
        np.add.at(counts, _kinds(text_of(rare)), occurrences)
    return _Counts(*(counts @ _KINDS_OF_NUMBER).tolist())


_LAST_OF_FIRST_PLANE = 0xFFFF  # which is no character
# The number of a character has a bit for each kind, in the order of _Counts.
_KINDS_OF_NUMBER = np.arange(256)[:, np.newaxis] >> np.arange(len(_Counts._fields)) & 1


@cache
def _first_plane() -> NDArray[np.uint8]:
    return _kinds("".join(map(chr, range(_LAST_OF_FIRST_PLANE + 1))))


def _kinds(characters: str) -> NDArray[np.uint8]:
    """The number of each of some characters, which are in order."""
    codes = code_points(characters)
    numbers = np.zeros(len(codes), np.uint8)
    letters = np.fromiter(map(str.isalpha, characters), bool, len(characters))
    scripts = ["".join(script.findall(characters)) for script in (_HAN, _KANA, _LATIN)]
    named = np.isin(codes, code_points("".join(scripts)))
    others = text_of(codes[letters & ~named])
    forms = map("".join, (SIMPLIFIED, TRADITIONAL, CHINESE_ONLY, JAPANESE_ONLY))
    for bit, found in enumerate((*scripts, others, *forms)):
        numbers[np.isin(codes, code_points(found))] |= 1 << bit
    return numbers
