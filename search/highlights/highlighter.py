"""Highlights: extracts of the original text in which matches stand in ``<mark>``.

Matches are looked for in the normalized and folded text and carried back by offsets, so that no
article is cut into words again to show it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from html import escape
from itertools import islice, takewhile
from operator import itemgetter
from typing import Any, NamedTuple

from sanbao.search.analysis import japanese
from sanbao.search.analysis.english import beginning, stem
from sanbao.search.analysis.fold import fold
from sanbao.search.analysis.grams import Gram, gram_spans, word_term
from sanbao.search.analysis.normalize import NormalizedText, normalize
from sanbao.search.analysis.runs import KATAKANA, Kind, Run, has_cjk, is_hiragana, runs, word_at
from sanbao.search.article import Article
from sanbao.search.highlights.fragments import COLUMNS, Span, fragments, joined
from sanbao.search.highlights.graphemes import boundaries
from sanbao.search.highlights.similar_words import similar_words
from sanbao.search.limits import NEVER, Deadline
from sanbao.search.query.tree import Near, Phrase, Query, Slot, Term, Text
from sanbao.search.results import Highlight

PHRASE_WEIGHT = 1_000
"""More than the words of a query together."""

LONG_TEXT = 20_000
"""Characters: in longer texts the clock is looked at before each thing that is looked for."""

LONGEST_SEARCHED = 100_000
"""Characters: what stands further on in a body is found by a search, and not marked."""

Watched = Callable[[Iterable[Any]], Iterator[Any]]
"""What goes through things to look for, and may stop when the time is up."""

_KATAKANA = re.compile(f"[{KATAKANA}]+")
_PLACE = itemgetter(0, 1)


class _Searched(NamedTuple):
    """A text as it is searched: normalized, with the way back, and folded."""

    normalized: NormalizedText
    folded: str

    @classmethod
    def of(cls, text: str) -> _Searched:
        normalized = normalize(text)
        return cls(normalized, fold(normalized.text))


class Highlighter:
    """Finds and marks what one query looks for. Safe to share between threads."""

    def __init__(self, query: Query) -> None:
        texts = [node for node in query.walk() if isinstance(node, Text)]
        self._stems = tuple({stem for text in texts for stem in text.stems})
        self._similar = tuple({term for text in texts for term in text.terms() if term.edits})
        self._phrases = tuple(dict.fromkeys(_phrases(query)))
        self._words = _shortest_first(_telling(needle for text in texts for needle in text.needles))
        self._grams = _shortest_first(_cjk_grams(texts))
        self._weights: dict[Hashable, int] = {
            **{needle: _weight(needle) for needle in (*self._words, *self._grams, *self._stems)},
            **{term.text: _weight(term.text) for term in self._similar},
            **dict.fromkeys(range(len(self._phrases)), PHRASE_WEIGHT),
        }

    def highlight(self, article: Article, deadline: Deadline = NEVER) -> Highlight:
        """The title and the best extracts of the body.

        Raises:
            TimeIsUp: when the deadline is past.
        """
        texts = _Searched.of(article.title), _Searched.of(article.body[:LONGEST_SEARCHED])
        found = [self._spans(text, self._words, deadline) for text in texts]
        if not any(found):
            # Matched by character pairs only: the words of the query are cut differently there.
            found = [self._spans(text, self._grams, deadline) for text in texts]
        return Highlight(
            title=_mark(article.title, 0, len(article.title), found[0]),
            body=tuple(_extracts(article.body, found[1], self._weights)),
        )

    def _spans(self, text: _Searched, needles: Sequence[str], deadline: Deadline) -> list[Span]:
        """Where the needles, stems and phrases stand in the original text, in order."""
        deadline.check()
        normalized, folded = text
        watched: Watched = deadline.checked if len(folded) > LONG_TEXT else iter
        found = [
            *_needle_spans(folded, watched(needles)),
            *_stem_spans(folded, watched(self._stems)),
            *_phrase_spans(normalized.text, self._phrases, watched),
            *_similar_spans(normalized.text, folded, self._similar, watched),
        ]
        if normalized.starts is not None:
            found = [Span(*normalized.original_span(s.start, s.end), s.needle) for s in found]
        return sorted(found, key=_PLACE)


def unmarked(article: Article) -> Highlight:
    """The title and the beginning of the body, in which nothing is looked for."""
    title = _mark(article.title, 0, len(article.title), [])
    return Highlight(title, tuple(_extracts(article.body, [], {})))


def _phrases(query: Query) -> Iterator[Phrase]:
    for node in query.walk():
        if isinstance(node, Phrase):
            yield node
        elif isinstance(node, Near):
            yield from node.phrases


def _telling(needles: Iterable[str]) -> list[str]:
    """The CJK needles without those that would mark half the text, unless all are such."""
    cjk = [needle for needle in needles if has_cjk(needle)]
    return [n for n in cjk if len(n) > 1 and not is_hiragana(n)] or cjk


def _cjk_grams(texts: Iterable[Text]) -> Iterator[str]:
    for text in texts:
        for term in (term for unit in text.units for term in unit.terms):
            if term.kind == "grams" and has_cjk(term.text):
                yield term.text


def _shortest_first(needles: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(needles), key=len))


def _needle_spans(folded: str, needles: Iterable[str]) -> Iterator[Span]:
    """Every place of every needle, overlapping ones too; of those at one place the longest."""
    longest = {place: needle for needle in needles for place in _places(folded, needle)}
    for place, needle in longest.items():
        yield Span(place, place + len(needle), needle)


def _stem_spans(folded: str, stems: Iterable[str]) -> Iterator[Span]:
    for wanted in stems:
        for place in _places(folded, beginning(wanted)):
            word = word_at(folded, place)
            if word and stem(word_term(folded, word)) == wanted:
                yield Span(word.start, word.end, wanted)


def _similar_spans(
    text: str, folded: str, terms: Iterable[Term], watched: Watched
) -> Iterator[Span]:
    """Words that are a few typing errors away from those of the terms."""
    words = cache(lambda kind: _katakana(text) if kind == "words" else _words(text, folded))
    for term in terms:
        places = words(term.kind)
        for word in similar_words(watched(places), term.text, term.edits):
            yield from (Span(run.start, run.end, term.text) for run in places[word])


def _words(text: str, folded: str) -> dict[str, list[Run]]:
    """Where each word of other scripts stands."""
    places = defaultdict(list)
    for run in runs(text):
        if run.kind is Kind.WORD:
            places[word_term(folded, run)].append(run)
    return places


def _katakana(text: str) -> dict[str, list[Run]]:
    """Where each Japanese word in katakana stands."""
    places = defaultdict(list)
    for match in _KATAKANA.finditer(text):
        for base, start, end, _ in japanese.tokenize(match[0]):
            places[base].append(Run(Kind.CJK, match.start() + start, match.start() + end))
    return places


def _places(text: str, needle: str) -> Iterator[int]:
    place = text.find(needle)
    while place >= 0:
        yield place
        place = text.find(needle, place + 1)


def _phrase_spans(text: str, phrases: Sequence[Phrase], watched: Watched) -> Iterator[Span]:
    if not phrases:
        return
    by_position = {gram.position: gram for gram in gram_spans(text)}
    by_term: dict[str, list[int]] = defaultdict(list)
    for gram in by_position.values():
        by_term[gram.term].append(gram.position)
    open_ended = any(slot.prefix for phrase in phrases for slot in phrase.slots)
    terms = sorted(by_term) if open_ended else []
    for number, phrase in enumerate(phrases):
        for start in _phrase_starts(watched(phrase.slots), by_term, terms):
            last = by_position[start + phrase.length - 1]
            yield Span(by_position[start].start, _own_end(last), number)


def _phrase_starts(
    slots: Iterable[Slot], by_term: dict[str, list[int]], terms: list[str]
) -> set[int]:
    starts: set[int] | None = None
    for slot in slots:
        found = {
            position - slot.offset
            for term in (_beginning_with(slot.text, terms) if slot.prefix else (slot.text,))
            for position in by_term.get(term, ())
        }
        starts = found if starts is None else starts & found
        if not starts:
            break
    return starts or set()


def _beginning_with(text: str, terms: list[str]) -> Iterator[str]:
    """Those of the terms, which are in order."""
    begin = bisect_left(terms, text)
    return takewhile(lambda term: term.startswith(text), islice(terms, begin, None))


def _own_end(gram: Gram) -> int:
    """Where the characters of the gram's own position end: a pair reaches into the next one."""
    return gram.start + 1 if has_cjk(gram.term) else gram.end


def _extracts(body: str, spans: list[Span], weights: Mapping[Hashable, int]) -> Iterator[str]:
    """The fragments of the body, marked; points stand for the rest of a sentence."""
    body = body[: LONGEST_SEARCHED + 2 * COLUMNS]  # no further than a fragment may reach
    for fragment in fragments(body, spans, weights):
        before = "…" if fragment.is_cut_before else ""
        after = "…" if fragment.is_cut_after else ""
        yield before + _mark(body, fragment.start, fragment.end, spans) + after


def _weight(needle: str) -> int:
    """What is long is rare, and a Chinese or Japanese character tells as much as two letters."""
    return 2 * len(needle) if has_cjk(needle) else len(needle)


def _mark(text: str, start: int, end: int, spans: list[Span]) -> str:
    """``text[start:end]`` escaped, with the merged spans in ``<mark>``.

    A mark holds whole characters as readers see them.
    """
    places = boundaries(text, start, end)
    within = (
        (
            places[max(0, bisect_right(places, span.start) - 1)],
            places[min(len(places) - 1, bisect_left(places, span.end))],
        )
        for span in spans
        if span.start < end and start < span.end
    )
    pieces = []
    at = start
    for mark_start, mark_end in joined(within):
        pieces.append(escape(text[at:mark_start]))
        pieces.append(f"<mark>{escape(text[mark_start:mark_end])}</mark>")
        at = mark_end
    pieces.append(escape(text[at:end]))
    return "".join(pieces)
