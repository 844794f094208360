"""Highlights: extracts of the original text in which matches stand in ``<mark>``.

Matches are looked for in the normalized and folded text and carried back by offsets, so that no
article is cut into words again to show it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from html import escape
from itertools import chain, islice, takewhile
from operator import itemgetter
from typing import Any, NamedTuple
from unicodedata import combining

from search.analysis import japanese
from search.analysis.english import beginning, stem
from search.analysis.fold import fold
from search.analysis.grams import Gram, gram_spans, word_term
from search.analysis.normalize import NormalizedText, normalize
from search.analysis.runs import KATAKANA, Kind, Run, has_cjk, is_hiragana, runs, word_at
from search.article import Article
from search.codec.term_expansion import WordList
from search.limits import NEVER, Deadline
from search.query import Near, Phrase, Query, Slot, Term, Text
from search.results import Highlight

EXTRACTS = 2
EXTRACT_LENGTH = 90
"""Characters of an extract of CJK text; other scripts get twice as many, being half as wide."""

LONG_TEXT = 20_000
"""Characters: in longer texts the clock is looked at before each thing that is looked for."""

LONGEST_SEARCHED = 100_000
"""Characters: what stands further on in a body is found by a search, and not marked."""

Watched = Callable[[Iterable[Any]], Iterator[Any]]
"""What goes through things to look for, and may stop when the time is up."""

_LENGTHS = (EXTRACT_LENGTH, EXTRACT_LENGTH * 2)
_SENTENCE_END = re.compile(r"(?:[。！？!?\n]|\.(?=[\s”’)]))[」』”’)）]*\s*")
# Two characters that are never parts of one that readers see: ASCII, Han, kana, CJK punctuation.
_APART = re.compile(
    "[\n -~\u2010-\u2027\u3001-\u3029\u3041-\u3096\u309b-\u30ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uff01-\uff9d]{2}"
)
_KATAKANA = re.compile(f"[{KATAKANA}]+")
_LOOK_BACK = 64
_PLACE = itemgetter(0, 1)


class Span(NamedTuple):
    """Characters ``start`` to ``end`` of a text, and which needle was found there."""

    start: int
    end: int
    needle: object


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
            body=tuple(_extracts(article.body, found[1])),
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
            *_similar_spans(normalized.text, folded, watched(self._similar)),
        ]
        if normalized.starts is not None:
            found = [Span(*normalized.original_span(s.start, s.end), s.needle) for s in found]
        return sorted(found, key=_PLACE)


def unmarked(article: Article) -> Highlight:
    """The title and the beginning of the body, in which nothing is looked for."""
    title = _mark(article.title, 0, len(article.title), [])
    return Highlight(title, tuple(_extracts(article.body, [])))


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


def _similar_spans(text: str, folded: str, terms: Iterable[Term]) -> Iterator[Span]:
    """Words that are a few typing errors away from those of the terms."""
    words = cache(lambda kind: _katakana(text) if kind == "words" else _words(text, folded))
    lists = cache(lambda kind: WordList(words(kind)))
    for term in terms:
        for word in lists(term.kind).similar(term.text, term.edits):
            yield from (Span(run.start, run.end, term.text) for run in words(term.kind)[word])


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


def _extracts(body: str, spans: list[Span]) -> Iterator[str]:
    """Extracts with the most different needles, in the order of the text; the lead if none."""
    if not body.strip():
        return
    windows = _best_windows(body, spans) or [_window(body, 0, 0)]
    for start, end in sorted(windows):
        before = "…" if start > 0 else ""
        after = "…" if end < len(body) else ""
        yield before + _mark(body, start, end, spans) + after


def _best_windows(body: str, spans: list[Span]) -> list[tuple[int, int]]:
    chosen: list[tuple[int, int]] = []
    rest = spans
    while rest and len(chosen) < EXTRACTS:
        first = most_telling(rest, body)
        window = _window(body, first.start, first.end)
        chosen.append(window)
        seen = {span.needle for span in rest if _inside(span, window)}
        rest = [s for s in rest if s.needle not in seen and not _overlaps(s, window)]
    return _joined(chosen)


def most_telling(spans: list[Span], body: str) -> Span:
    """From which an extract shows the most different needles, then the most places; the first."""
    starts = [span.start for span in spans]
    kinds = len({span.needle for span in spans})
    # Extracts of one length end the later the later they start; those of two lengths need not.
    shown: dict[int, _Shown] = {}
    best, most = spans[0], (0, 0)
    for number, first in enumerate(spans):
        length = _length(body, first.start)
        end = first.start + length * 3 // 4
        near = bisect_left(starts, end, number) - number
        if (min(near, kinds), near) > most:
            if length not in shown:
                shown[length] = _Shown(spans)
            variety = shown[length].move(number, end)
            if variety > most:
                best, most = first, variety
    return best


class _Shown:
    """The spans from one of them on that end by some place, as both move to the right.

    So each span is counted in once and out once, however many stand close together.

    Args:
        spans: in order of start.
    """

    def __init__(self, spans: list[Span]) -> None:
        self._spans = spans
        self._by_end = sorted((span.end, number) for number, span in enumerate(spans))
        self._first = self._seen = self._end = self._count = 0
        self._needles: dict[object, int] = {}

    def move(self, first: int, end: int) -> tuple[int, int]:
        """To the spans from number ``first`` on that end by ``end``: how many different needles
        they have, and how many they are."""
        needles = self._needles
        for number in range(self._first, first):
            _, span_end, needle = self._spans[number]
            if span_end <= self._end:
                self._count -= 1
                needles[needle] -= 1
                if not needles[needle]:
                    del needles[needle]
        seen, by_end = self._seen, self._by_end
        while seen < len(by_end) and by_end[seen][0] <= end:
            number = by_end[seen][1]
            if number >= first:
                self._count += 1
                needle = self._spans[number].needle
                needles[needle] = needles.get(needle, 0) + 1
            seen += 1
        self._first, self._seen, self._end = first, seen, end
        return len(needles), self._count


def _window(body: str, start: int, end: int) -> tuple[int, int]:
    """The extract around a place: from near the start of its sentence, at full length.

    No character as readers see it is cut, and no word unless it is longer than the extract.
    """
    length = _length(body, start)
    begin = _window_start(body, start - length // 3, start) if start > length // 2 else 0
    return begin, _window_end(body, begin, max(end, begin + 1), max(end, begin + length))


def _window_start(body: str, earliest: int, latest: int) -> int:
    sentences = (match.end() for match in _SENTENCE_END.finditer(body, earliest, latest))
    for place in chain(sentences, range(earliest, latest + 1)):
        if _is_between_words(body, place):
            return place
    places = _boundaries(body, earliest, latest)
    return next((place for place in places if not _in_word(body, place)), places[0])


def _window_end(body: str, begin: int, earliest: int, latest: int) -> int:
    for place in range(min(latest, len(body)), earliest - 1, -1):
        if _is_between_words(body, place):
            return place
    places = [place for place in _boundaries(body, earliest, latest) if place > begin]
    return next((place for place in reversed(places) if not _in_word(body, place)), places[-1])


def _length(body: str, at: int) -> int:
    of_cjk, of_others = _LENGTHS
    return of_cjk if has_cjk(body[at : at + 40]) else of_others


def _is_between_words(body: str, place: int) -> bool:
    """Whether neither a word nor a character as readers see it is cut there."""
    if place in (0, len(body)):
        return True
    if _in_word(body, place):
        return False
    return _APART.match(body, place - 1) is not None or _boundaries(body, place, place) == [place]


def _boundaries(body: str, start: int, end: int) -> list[int]:
    """Places from ``start`` to ``end`` between two characters as readers see them.

    Where there are none, all of it being one such character, those on its two sides.
    """
    # Here, since few texts need it.
    import regex

    before = 0
    within: list[int] = []
    # Whether a character goes on depends on what stands before; this far back is enough.
    for match in regex.finditer(r"\X", body, pos=max(0, start - _LOOK_BACK)):
        if match.start() > end:
            return within or [before, match.start()]
        if match.start() >= start:
            within.append(match.start())
        else:
            before = match.start()
    if end >= len(body):
        within.append(len(body))
    return within or [before, len(body)]


def _in_word(body: str, place: int) -> bool:
    return 0 < place < len(body) and _is_letter(body[place - 1]) and _is_letter(body[place])


def _is_letter(character: str) -> bool:
    return (character.isalnum() and not has_cjk(character)) or combining(character) != 0


def _inside(span: Span, window: tuple[int, int]) -> bool:
    return window[0] <= span.start and span.end <= window[1]


def _overlaps(span: Span, window: tuple[int, int]) -> bool:
    return span.start < window[1] and window[0] < span.end


def _joined(windows: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The windows in order, those that overlap as one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(windows):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _mark(text: str, start: int, end: int, spans: list[Span]) -> str:
    """``text[start:end]`` escaped, with the merged spans in ``<mark>``."""
    pieces = []
    at = start
    within = [(s.start, s.end) for s in spans if s.start < end and start < s.end]
    for mark_start, mark_end in _joined(within):
        mark_start, mark_end = max(mark_start, at), min(mark_end, end)
        if mark_start < mark_end:
            pieces.append(escape(text[at:mark_start]))
            pieces.append(f"<mark>{escape(text[mark_start:mark_end])}</mark>")
            at = mark_end
    pieces.append(escape(text[at:end]))
    return "".join(pieces)
