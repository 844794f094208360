"""Plain words to a query node, by the analyzers that also made the index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from sanbao.search.analysis import chinese
from sanbao.search.analysis.english import STOP_WORDS, stem
from sanbao.search.analysis.fold import fold
from sanbao.search.analysis.grams import word_term
from sanbao.search.analysis.language import query_languages
from sanbao.search.analysis.normalize import normalize
from sanbao.search.analysis.runs import Kind, Run, is_hiragana, runs
from sanbao.search.analysis.words import Word, word_spans
from sanbao.search.expansion.meanings import Meaning
from sanbao.search.query.tree import Part, Term, Text, Unit

SHARE_OF_ONE = 1.0
"""How much of a text of n units must match, by idf: ``SHARE_OF_ONE / n`` of it, which is what one
weighs on average. So the rarest unit alone is always enough, and a frequent one never is: long
questions are answered, and no query finds nothing of which any word is anywhere."""

MOST_FOR_FEWER = 2.0
"""How many times as much a term counts because its meaning has fewer terms than what was typed, at
most: few terms are rarer than many that say the same."""

KEPT = 1000
LONGEST_KEPT = 64
"""How many analysed texts are kept, of how many characters: 6 kB each, or at worst 50 kB."""


def text_query(
    text: str,
    part: Part = "text",
    *,
    require_all: bool = False,
    is_beside_phrase: bool = False,
    meanings: tuple[Meaning, ...] = (),
) -> Text | None:
    """The node of plain words, or None when there is nothing to search for in them.

    A word of other scripts is one unit: its exact form or its stem. In a CJK run each pair of
    neighbours inside a word or across two is one: the pair itself, or any word, of any candidate
    language, that covers it. All words add to the score and need not match; so do, as weak terms,
    pairs of which a character belongs to no word. Pairs of hiragana outside of words and stop
    words say nothing, unless there is nothing else. Then all of the stop words must match.

    Args:
        require_all: every unit must match, not only a share of them.
        is_beside_phrase: a quoted phrase must match too; then no unit must.
        meanings: of places in the normalized text, from left to right and apart; those of one
            place follow each other. What has some is found by what these are made of as well.
    """
    if len(text) > LONGEST_KEPT:
        return _TextBuilder(text, meanings).build(part, require_all, is_beside_phrase)
    dictionary = chinese.fingerprint()
    return kept_text_query(text, part, require_all, is_beside_phrase, meanings, dictionary)


@lru_cache(maxsize=KEPT)
def kept_text_query(
    text: str,
    part: Part,
    require_all: bool,
    is_beside_phrase: bool,
    meanings: tuple[Meaning, ...],
    dictionary: str,
) -> Text | None:
    """A user turns pages, chooses facets, comes back: the same words are analysed once.

    Args:
        dictionary: what decides the Chinese words, and may change.
    """
    return _TextBuilder(text, meanings).build(part, require_all, is_beside_phrase)


class _Placed(NamedTuple):
    """A unit and the characters that it is of."""

    start: int
    end: int
    unit: Unit

    def is_within(self, place: tuple[int, int]) -> bool:
        return place[0] <= self.start and self.end <= place[1]

    def overlaps(self, place: tuple[int, int]) -> bool:
        return self.start < place[1] and place[0] < self.end


class _TextBuilder:
    """Collects units, extra terms and needles of one piece of plain text."""

    def __init__(self, text: str, meanings: tuple[Meaning, ...] = ()) -> None:
        self.meanings = meanings
        self.normalized = normalize(text).text
        self.folded = fold(self.normalized)
        self.words = _words_of_all_languages(self.normalized, query_languages(text))
        self.words_at = _by_character(self.words)
        self.units: list[_Placed] = []
        self.loose: list[_Placed] = []
        self.stop_words: list[_Placed] = []
        self.extra: list[Term] = []
        self.weak: list[Term] = []
        self.shares: dict[Term, float] = {}
        self.needles: list[str] = []
        self.stems: list[str] = []

    def build(self, part: Part, require_all: bool, is_beside_phrase: bool) -> Text | None:
        for run in runs(self.normalized):
            if run.kind is Kind.WORD:
                self._add_word(run)
            elif run.kind is Kind.CJK:
                self._add_cjk(run)
        self.needles += self._own_needles()
        self.extra[:0] = [Term("words", word.term) for word in self.words]
        asked = self._add_meanings(part)
        loose = [] if is_beside_phrase else self.loose
        required = _distinct(self.units) or _distinct(loose)
        if not required:
            return None if is_beside_phrase else _stop_words_query(self.stop_words, part)
        share = 0.0 if is_beside_phrase else min(1.0, SHARE_OF_ONE / (asked or len(required)))
        return Text(
            units=required,
            share=1.0 if require_all else share,
            extra=tuple(dict.fromkeys(self.extra)),
            weak=tuple(dict.fromkeys(self.weak)),
            shares=tuple(self.shares.items()),
            part=part,
            needles=tuple(dict.fromkeys(self.needles)),
            stems=tuple(dict.fromkeys(self.stems)),
        )

    def _add_word(self, run: Run) -> None:
        term = word_term(self.folded, run)
        stems = [Term("words", word.term) for word in self._words_covering(run.start, run.end)]
        if term in STOP_WORDS:
            self.stop_words.append(_Placed(run.start, run.end, Unit((Term("grams", term),))))
            return
        unit = Unit((Term("grams", term), *stems))
        self.units.append(_Placed(run.start, run.end, unit))
        self.stems.extend(stem.text for stem in stems)

    def _add_cjk(self, run: Run) -> None:
        if run.end - run.start == 1:
            self._add_character(run.start)
        for start in range(run.start, run.end - 1):
            self._add_pair(start)

    def _add_character(self, start: int) -> None:
        character = self.folded[start]
        beyond = [word for word in self.words_at[start] if word.end - word.start > 1]
        if beyond:  # what counts a number, as in 1979年
            unit = Unit(tuple(Term("words", word.term) for word in beyond))
            self.units.append(_Placed(start, start + 1, unit))
            return
        unit = Unit((Term("grams", character, prefix=True),))
        kept = self.loose if is_hiragana(character) else self.units
        kept.append(_Placed(start, start + 1, unit))

    def _add_pair(self, start: int) -> None:
        gram = Term("grams", self.folded[start : start + 2])
        covering = self._words_covering(start, start + 2)
        unit = Unit((gram, *(Term("words", word.term) for word in covering)))
        placed = _Placed(start, start + 2, unit)
        is_across = not covering and self.words_at[start] and self.words_at[start + 1]
        if self._is_content(covering) or is_across:
            self.units.append(placed)
            return
        self.loose.append(placed)
        if covering:
            self.extra.append(gram)
        elif not is_hiragana(gram.text):
            self.weak.append(gram)

    def _is_content(self, covering: list[Word]) -> bool:
        surfaces = (self.folded[word.start : word.end] for word in covering)
        return any(not is_hiragana(surface) for surface in surfaces)

    def _words_covering(self, start: int, end: int) -> list[Word]:
        return [word for word in self.words_at[start] if end <= word.end]

    def _own_needles(self) -> Iterator[str]:
        """Whole runs and their words, so that what stands together is marked together."""
        spans = [(run.start, run.end) for run in runs(self.normalized) if run.kind is Kind.CJK]
        spans += [(word.start, word.end) for word in self.words]
        return (self.folded[start:end] for start, end in spans)

    def _add_meanings(self, part: Part) -> int:
        """Let the meanings do for what has some.

        Returns:
            How many units there were, if they are one thing that has meanings, or else 0. So who
            types such a word alone gets what has it or all of a meaning, of however many units
            that is.
        """
        if not self.meanings:
            return 0
        own = self._own_terms()
        asked: list[int] = []
        widened: list[_Placed] = []
        for place, meanings in groupby(self.meanings, attrgetter("start", "end")):
            # There are none of a single character inside of a run.
            if typed := self._units_of(place):
                asked.append(len(typed))
                widened += self._widened(place, meanings, typed, part)
        self.shares = {term: share for term, share in self.shares.items() if term not in own}
        is_one_thing = len(asked) == 1 and not self.units
        self.units = sorted((*self.units, *widened), key=lambda placed: placed.start)
        return asked[0] if is_one_thing else 0

    def _own_terms(self) -> set[Term]:
        units = (placed.unit for placed in (*self.units, *self.loose, *self.stop_words))
        return {*self.extra, *self.weak, *(term for unit in units for term in unit.terms)}

    def _units_of(self, place: tuple[int, int]) -> tuple[Unit, ...]:
        """What is asked for there, or would be if the text were nothing else."""
        for placed in (self.units, self.loose, self.stop_words):
            if found := _distinct(each for each in placed if each.is_within(place)):
                return found
        return ()

    def _widened(
        self,
        place: tuple[int, int],
        meanings: Iterable[Meaning],
        typed: tuple[Unit, ...],
        part: Part,
    ) -> Iterator[_Placed]:
        """The units that take the place of those that have meanings."""
        texts: list[Text] = []
        for meaning in meanings:
            if (text := text_query(meaning.text, part)) is None:
                continue
            texts.append(text)
            ratio = _count_terms(typed) / _count_terms(text.units)
            share = meaning.weight * min(ratio, MOST_FOR_FEWER)
            self.shares |= dict.fromkeys(text.terms(), share)
            self.extra += text.extra
            self.needles += text.needles
            self.stems += text.stems
        # A pair across the end of what was typed is in no article that has a meaning there.
        across = (each for each in self.units if each.overlaps(place))
        self.extra += (term for each in across for term in each.unit.terms)
        self.units = [each for each in self.units if not each.overlaps(place)]
        for unit in _either([typed, *(text.units for text in texts)]):
            yield _Placed(*place, unit)


def _either(sides: list[tuple[Unit, ...]]) -> Iterator[Unit]:
    """Units that an article has which has all units of any side.

    There are as many as the longest side has. One for each choice of a unit from every side would
    say exactly that, but be too many; these can be met by a mixture of sides as well.
    """
    for n in range(max(map(len, sides))):
        terms = (term for side in sides for term in side[n % len(side)].terms)
        yield Unit(tuple(dict.fromkeys(terms)))


def _distinct(placed: Iterable[_Placed]) -> tuple[Unit, ...]:
    return tuple(dict.fromkeys(each.unit for each in placed))


def _count_terms(units: Iterable[Unit]) -> int:
    return len({term for unit in units for term in unit.terms})


def _stop_words_query(words: list[_Placed], part: Part) -> Text | None:
    if not words:
        return None
    units = _distinct(words)
    stems = tuple(dict.fromkeys(stem(unit.terms[0].text) for unit in units))
    return Text(units, 1.0, part=part, stems=stems)


def _by_character(words: list[Word]) -> dict[int, list[Word]]:
    """The words over each character, in order."""
    covering: dict[int, list[Word]] = defaultdict(list)
    for word in words:
        for place in range(word.start, word.end):
            covering[place].append(word)
    return covering


def _words_of_all_languages(normalized: str, languages: tuple[str, ...]) -> list[Word]:
    found = (word for language in languages for word in word_spans(normalized, language))
    return list(dict.fromkeys(found))
