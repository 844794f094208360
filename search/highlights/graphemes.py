"""Characters as readers see them: extended grapheme clusters (Unicode Standard Annex 29)."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Characters of which no two neighbours are one that readers see: letters of the writings that are
# common here, digits, punctuation, syllables of Korean, pictures. Neither accents nor joiners.
_ALONE = (
    "\n -~\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u052f\u2010-\u2027\u3001-\u3029"
    "\u3041-\u3096\u309b-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff9d"
    "\U0001f300-\U0001f3fa\U0001f400-\U0001faff\U00020000-\U0003ffff"
)
_ALL_ALONE = re.compile(f"[{_ALONE}]*")
_APART = re.compile(f"\n|[{_ALONE}]{{2}}")


def boundaries(text: str, start: int, end: int) -> Sequence[int]:
    """The places between two such characters, in order.

    Args:
        start, end: the first place is the last one at or before ``start``, the last place the
            first one at or after ``end``.
    """
    if _ALL_ALONE.fullmatch(text, max(0, start - 1), end + 1):
        return range(start, end + 1)
    # Here, since few texts need it.
    import regex

    # Whether a character goes on depends on what stands before, however far.
    begin = start
    while begin > 0 and not _APART.match(text, begin - 1):
        begin -= 1
    places = [begin]
    for match in regex.finditer(r"\X", text, pos=begin):
        if places[-1] >= end:
            break
        if match.end() <= start:
            places.clear()
        places.append(match.end())
    return places
