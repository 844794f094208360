"""The language of an article, and the languages that a query may be in."""

from __future__ import annotations

import re

from search.analysis.runs import HAN, HIRAGANA, KATAKANA, has_kana

_HAN = re.compile(f"[{HAN}]")
_KANA = re.compile(f"[{HIRAGANA}{KATAKANA}]")
_LATIN_WORD = re.compile("[A-Za-z]+")


def detect(title: str, body: str, hint: str | None = None) -> str:
    """The language of an article: zh-Hans, zh-Hant, ja, en or und."""
    text = f"{title}\n{body}"
    han, kana = len(_HAN.findall(text)), len(_KANA.findall(text))
    if kana > (han + kana) * 0.1:
        return "ja"
    if han:
        big5 = len(text.encode("big5", "ignore"))
        gb = len(text.encode("gb2312", "ignore"))
        return "zh-Hant" if big5 > gb else "zh-Hans"
    return "en" if _LATIN_WORD.search(text) else "und"


def query_languages(text: str) -> tuple[str, ...]:
    """The base languages that a query may be in, the likelier first."""
    if has_kana(text):
        return ("ja",)
    if not _HAN.search(text):
        return ("en",)
    return ("zh", "ja", "en") if _LATIN_WORD.search(text) else ("zh", "ja")
