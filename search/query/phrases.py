"""Quoted text to query nodes, by the analyzers that also made the index."""

from __future__ import annotations

from collections.abc import Iterator

from sanbao.search.analysis.fold import fold
from sanbao.search.analysis.grams import BREAK_TERM, PART_GAP, word_term
from sanbao.search.analysis.normalize import normalize
from sanbao.search.analysis.runs import Kind, Run, runs
from sanbao.search.query.tree import Near, Part, Phrase, Query, Slot

FARTHEST = PART_GAP - 1
"""Positions apart: no more than there are between the title and the body."""


def phrase_query(text: str, part: Part = "text", *, prefix: bool = False) -> Phrase | None:
    """The node that finds ``text`` as an exact substring, or None when it holds nothing.

    Substring in characters for CJK and in whole words for other scripts, after folding.

    Args:
        prefix: the last word may go on.
    """
    folded = fold(normalize(text).text)
    found = list(runs(folded))
    while found and found[-1].kind is Kind.BREAK:
        found.pop()
    while found and found[0].kind is Kind.BREAK:
        found.pop(0)
    if not found:
        return None
    slots: list[Slot] = []
    position = 0
    for run in found:
        slots.extend(_slots(folded, run, position, last=run is found[-1], prefix=prefix))
        position += run.end - run.start if run.kind is Kind.CJK else 1
    return Phrase(tuple(slots), position, folded[found[0].start : found[-1].end], part)


def near_query(text: str, distance: int | None, part: Part = "text") -> Query | None:
    """The node that finds the words of ``text`` close together, or None when it holds nothing.

    Args:
        distance: how many positions may be between them, :data:`FARTHEST` at most; None for any
            number in one sentence.
    """
    # What is asked twice is asked once.
    phrases = dict.fromkeys(phrase_query(piece, part) for piece in dict.fromkeys(text.split()))
    found = tuple(phrase for phrase in phrases if phrase is not None)
    if len(found) < 2:
        return found[0] if found else None
    return Near(found, None if distance is None else min(distance, FARTHEST), part)


def _slots(folded: str, run: Run, position: int, *, last: bool, prefix: bool) -> Iterator[Slot]:
    if run.kind is Kind.BREAK:
        yield Slot(position, BREAK_TERM)
        return
    if run.kind is Kind.WORD:
        yield Slot(position, word_term(folded, run), prefix=last and prefix)
        return
    for start in range(run.start, run.end - 1):
        yield Slot(position + start - run.start, folded[start : start + 2])
    # The character that ends a run inside the phrase must end a run in the article too; the one
    # that ends the phrase may be followed by anything.
    final = Slot(position + run.end - run.start - 1, folded[run.end - 1], prefix=last)
    if not last or run.end - run.start == 1:
        yield final
