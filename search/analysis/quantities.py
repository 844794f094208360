"""Quantities: numbers however they are written, as words beside those of the text.

    4.5亿, 4億5000万, 450 million    450000000        what they are worth
    二十三, 百万                      23, 1000000
    1979年, 昭和54年                  1979年           with the character that counts
    第十六, 16th                      第16
    45%, 百分之四十五, 4割5分          45%

A number that is written plainly is a word already; these are the words that others lack. So an
article that says 4.5亿 is found by 450 million, in every language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

VERSION = "1"

_DIGITS = {digit: value for value, digit in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
_SCALES = {"万": 10**4, "亿": 10**8, "兆": 10**12}
_ENGLISH_SCALES = {
    "thousand": 10**3,
    "million": 10**6,
    "mn": 10**6,
    "billion": 10**9,
    "bn": 10**9,
    "trillion": 10**12,
    "tn": 10**12,
}
_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018, "民国": 1911}

_PLAIN = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_HAN = f"[{''.join((*_DIGITS, *_TENS))}]+"
_CORE = f"(?:{_PLAIN}|{_HAN})"
_SCALE = f"[{''.join(_SCALES)}]"
_QUANTITY = re.compile(
    f"(?P<before>第|百分之|{'|'.join(_ERAS)})?"
    rf"(?<![\d.,])(?P<amount>(?:{_CORE}{_SCALE})+(?:{_CORE})?|{_CORE}|元(?=年))"
    f"(?P<scale> ?(?:{'|'.join(_ENGLISH_SCALES)})(?![a-z]))?"
    r"(?P<after>(?:st|nd|rd|th)(?![a-z])| ?%| ?(?:percent|per cent)(?![a-z])|パーセント"
    r"|割(?:(?P<tenth>[1-9一二三四五六七八九])分)?|[\u4e00-\u9fff])?"
)
_PIECE = re.compile(f"({_CORE})({_SCALE}?)")
_PERCENT = ("%", "percent", "per cent", "パーセント")

_COUNTERS_OF_ONE = frozenset("年月日位名次回届世岁人")
"""After a single 一, 二 or 十; with others, as in 一个, it mostly counts nothing."""

_LONGEST = 24
"""Characters of a number; what has more counts nothing that anybody looks for."""


class Quantity(NamedTuple):
    """The word for a quantity, and the characters ``start`` to ``end`` that say it."""

    term: str
    start: int
    end: int


def quantities(folded: str) -> Iterator[Quantity]:
    """The words for the quantities in a normalized and folded text, in order."""
    for match in _QUANTITY.finditer(folded):
        if len(match["amount"]) <= _LONGEST:
            for term in dict.fromkeys(_terms(match)):
                yield Quantity(term, match.start(), match.end())


def _terms(match: re.Match[str]) -> Iterator[str]:
    amount, before, after = match["amount"], match["before"], (match["after"] or "").strip()
    value = _value(amount) * _ENGLISH_SCALES.get((match["scale"] or "").strip(), 1)
    if before in _ERAS:
        if after == "年":
            yield f"{_written(value + _ERAS[before])}年"
        return
    if before == "百分之" or after in _PERCENT:
        yield f"{_written(value)}%"
    elif after.startswith("割"):
        yield f"{_written(value * 10 + _value(match['tenth'] or '0'))}%"
    elif before == "第" or after in ("st", "nd", "rd", "th"):
        yield f"第{_written(value)}"
    elif amount == "元" or (len(amount) == 1 and not amount.isascii()):
        if after in _COUNTERS_OF_ONE and amount != "元":
            yield f"{_written(value)}{after}"
        return
    elif len(after) == 1:
        yield f"{_written(value)}{after}"
    if (written := _written(value)) != amount.replace(",", ""):
        yield written


def _value(amount: str) -> Decimal:
    if amount == "元":  # of an era: its first year
        return Decimal(1)
    return sum((_core(core) * _SCALES.get(scale, 1) for core, scale in _pieces(amount)), Decimal(0))


def _pieces(amount: str) -> list[tuple[str, str]]:
    return _PIECE.findall(amount)


def _core(core: str) -> Decimal:
    """The value of a number without 万 and what is larger."""
    if core[0].isdigit():
        return Decimal(core.replace(",", ""))
    if not any(character in _TENS for character in core):
        return Decimal("".join(str(_DIGITS[character]) for character in core))
    total, digit = 0, 0
    for character in core:
        if character in _TENS:
            total += (digit or 1) * _TENS[character]
            digit = 0
        else:
            digit = _DIGITS[character]
    return Decimal(total + digit)


def _written(value: Decimal) -> str:
    """In digits alone: 450000000, 4.5."""
    plain = f"{value:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
