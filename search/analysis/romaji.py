"""Kana in Latin letters, in one spelling whichever way they are typed.

The spelling is the Kunrei one without long vowels: とうきょう, toukyou, tōkyō, Tokyo and tokyo are
all ``tokyo``; しんぶん, shimbun, sinbun and shinbun are all ``sinbun``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product

VERSION = "1"

_ROWS = {
    **{"": "アイウエオ", "k": "カキクケコ", "s": "サシスセソ", "t": "タチツテト"},
    **{"n": "ナニヌネノ", "h": "ハヒフヘホ", "m": "マミムメモ", "y": "ヤ ユ ヨ"},
    **{"r": "ラリルレロ", "w": "ワヰ ヱヲ", "g": "ガギグゲゴ", "z": "ザジズゼゾ"},
    **{"d": "ダ  デド", "b": "バビブベボ", "p": "パピプペポ"},
}
_SMALL_VOWELS = dict(zip("ァィゥェォ", "aiueo", strict=True))
_GLIDES = {"ャ": "a", "ュ": "u", "ョ": "o"}
# What a kana is before a small vowel: ファ fa, ウィ wi, ヴァ ba, ツァ tsa, ティ ti, シェ sye.
_BEFORE_SMALL_VOWEL = {
    **{"フ": "f", "ウ": "w", "ヴ": "b", "ツ": "ts", "テ": "t", "デ": "d", "ト": "t", "ド": "d"},
    **{"シ": "sy", "ジ": "zy", "チ": "ty", "ク": "k", "グ": "g"},
}
_OTHERS = {"ヂ": "zi", "ヅ": "zu", "ヴ": "bu", "ン": "n", "ヮ": "wa", "ヵ": "ka", "ヶ": "ke"}
_DOUBLES = "ッ"
_FIRST_HIRAGANA, _LAST_HIRAGANA, _TO_KATAKANA = 0x3041, 0x3096, 0x60


def _spellings() -> dict[str, str]:
    single = {
        kana: consonant + vowel
        for consonant, row in _ROWS.items()
        for kana, vowel in zip(row, "aiueo", strict=True)
        if kana != " "
    }
    single |= _OTHERS | _SMALL_VOWELS | {kana: f"y{vowel}" for kana, vowel in _GLIDES.items()}
    pairs = {
        kana + small: f"{single[kana][:-1]}y{vowel}"
        for kana, (small, vowel) in product("キシチニヒミリギジヂビピテデフヴ", _GLIDES.items())
    }
    pairs |= {
        kana + small: start + vowel
        for kana, start in _BEFORE_SMALL_VOWEL.items()
        for small, vowel in _SMALL_VOWELS.items()
    }
    return single | pairs


_SPELLINGS = _spellings()
_KANA = re.compile(f"({_DOUBLES}*)({'|'.join(sorted(_SPELLINGS, key=len, reverse=True))})")
_HIRAGANA_TO_KATAKANA = {
    code: code + _TO_KATAKANA for code in range(_FIRST_HIRAGANA, _LAST_HIRAGANA + 1)
}

# Ways to type the same, in the order in which they are undone.
_WAYS = [
    (re.compile(pattern), spelling)
    for pattern, spelling in (
        ("[^a-z0-9]", ""),  # n' and the bar that lengthens a vowel
        ("c(?=ch)", "t"),
        ("ch", "ty"),
        ("sh", "sy"),
        ("jy?", "zy"),
        ("(?<=[tsz])yi", "i"),
        ("tsu", "tu"),
        ("d?zu|du", "zu"),
        ("fu", "hu"),
        ("v", "b"),
        ("m(?=[bpm])", "n"),
        ("nn+", "n"),
        (r"([aiue])\1+", r"\1"),
        ("o[ou]+", "o"),
        ("nipon|nippon", "nihon"),  # the dictionary reads 日本 so
    )
]
# What a text may go on as that ends so in the middle of a sound.
_TAILS = {
    **{"ch": ("ti", "ty"), "c": ("ti", "ty"), "sh": ("si", "sy"), "j": ("zi", "zy")},
    **{"ts": ("tu", "ts"), "f": ("f", "hu"), "dz": ("z",), "m": ("m", "n")},
}
_TAIL = re.compile(f"({'|'.join(_TAILS)})$")


# Letters that no sound has, each with what may follow it in one.
_NO_ROMAJI = re.compile(
    r"[xql]|([kgbprvjhfzw])(?!\1|[yaiueo]|$)|s(?![shyaiueo]|$)|t(?![tscyaiueo]|$)|c(?![ch]|$)"
    "|d(?![dzyaiueo]|$)|m(?![mbpyaiueo]|$)|y(?![aiueo]|$)"
)


def may_be(latin: str) -> bool:
    """Whether letters may be the beginning of something in romaji."""
    return bool(latin) and _NO_ROMAJI.search(latin) is None


def kana_to_latin(text: str) -> str:
    """The text with its kana in Latin letters, to be given to :func:`one_spelling`."""
    katakana = text.translate(_HIRAGANA_TO_KATAKANA)
    return _KANA.sub(_latin, katakana).replace(_DOUBLES, "")


@lru_cache(maxsize=100_000)
def one_spelling(latin: str) -> str:
    """Lower-case Latin letters, however Japanese is spelled in them, in one spelling."""
    for pattern, spelling in _WAYS:
        latin = pattern.sub(spelling, latin)
    return latin


def beginnings(latin: str) -> tuple[str, ...]:
    """With what the one spelling of a word begins whose beginning is typed as ``latin``."""
    tail = _TAIL.search(latin)
    if not tail:
        return (one_spelling(latin),)
    head = one_spelling(latin[: tail.start()])
    return tuple(head + end for end in _TAILS[tail[0]])


def _latin(kana: re.Match[str]) -> str:
    spelling = _SPELLINGS[kana[2]]
    return spelling[0] * len(kana[1]) + spelling
