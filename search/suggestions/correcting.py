"""What somebody may have meant whose query has a word that hardly any article has.

What is suggested is in the index: a word a typing error or two away, the same with a character
that sounds alike, or the word that Latin letters are the reading of. Ordinary queries cost one look
into the dictionary, which says that their words are not rare.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice, pairwise
from typing import NamedTuple

from sanbao.search.analysis.english import STOP_WORDS, stem
from sanbao.search.analysis.fold import fold
from sanbao.search.analysis.grams import plain_word
from sanbao.search.analysis.han import unfold
from sanbao.search.analysis.homophones import homophones
from sanbao.search.analysis.language import written_languages
from sanbao.search.analysis.normalize import NormalizedText, normalize
from sanbao.search.analysis.runs import Kind, Run, has_han, is_katakana
from sanbao.search.analysis.suggestion_keys import SEPARATOR, Spelling, reading_key, typed_spellings
from sanbao.search.limits import Limits
from sanbao.search.query.correctable import query_words
from sanbao.search.query.phrases import phrase_query
from sanbao.search.suggestions.spelled_words import READINGS, cut
from sanbao.search.suggestions.titles import Title
from sanbao.search.suggestions.vocabulary import FoundRanges, TermRange, Vocabulary

FEWEST_ARTICLES = 3
"""That must have what is suggested."""

TIMES_AS_MANY = 20
"""As have what was typed."""

FEW_OF = 100_000
"""A word is rare that no more than one of so many articles has."""

RARE_PAIRS = 1000
"""A Chinese or Japanese word is looked at when one of its pairs is in one of so many articles."""

MOST_RARE_WORDS = 3
"""A query with more of them is not misspelled but foreign to the index."""

_SHORTEST_LATIN = 4
_SHORTEST_MISSPELLED = 5
_ENDINGS = ("", "s", "d", "r", "n", "es", "ed", "er")
_TWO_EDITS_FROM = 7
_SECOND_EDIT = 1 / 3
"""What a word with two typing errors is worth against one with one."""

_SHORTEST_KATAKANA = 4
_LONGEST_KATAKANA = 12
_LONGEST_HAN = 6
_COUNTED = 6
"""Candidates whose articles are counted."""

_WRITINGS = 5
_SAMPLE = 16
_READ = (Spelling.PINYIN, Spelling.ROMAJI)
_GRAMS, _WORDS = "text_grams", "text_words"
_KATAKANA = tuple(chr(code) for code in (*range(0x30A1, 0x30F5), 0x30FC))


class _Candidate(NamedTuple):
    """What may have been meant, as it is to be written; the one with more weight rather."""

    weight: float
    written: str
    articles: int


class _Word(NamedTuple):
    """A word or CJK run of the query: a span of the normalized text, and the text there.

    Attributes:
        written: normalized.
        folded: what the index has of it.
    """

    run: Run
    written: str
    folded: str


class Corrector:
    """Corrects queries on one state of an index."""

    def __init__(self, vocabulary: Vocabulary, limits: Limits) -> None:
        self._vocabulary = vocabulary
        self._limits = limits

    def correct(self, text: str) -> str | None:
        """The query with what is misspelled in it replaced; None if nothing is.

        Raises:
            TimeIsUp.
        """
        normalized = normalize(text)
        rare = self._rare_words(text, normalized)
        if not 0 < len(rare) <= MOST_RARE_WORDS:
            return None
        found = self._read_together(normalized.text, rare)
        replacements = [found] if found else list(self._replacements(rare))
        corrected = text
        for run, written in reversed(replacements):
            start, end = normalized.original_span(run.start, run.end)
            corrected = corrected[:start] + written + corrected[end:]
        return corrected if replacements else None

    def _rare_words(self, typed: str, normalized: NormalizedText) -> list[_Word]:
        """The words that so few articles have that another may have been meant."""
        text, folded = normalized.text, fold(normalized.text)
        runs = query_words(typed, normalized, self._limits)
        words = [_Word(run, *_texts(text, folded, run)) for run in runs]
        words = [word for word in words if _can_be_corrected(word)]
        terms = [_terms(word) for word in words]
        postings = iter(self._vocabulary.find(list(chain.from_iterable(terms))).postings)
        freqs = [list(islice(postings, len(its_terms))) for its_terms in terms]
        return [word for word, its in zip(words, freqs, strict=True) if self._is_rare(word, its)]

    def _is_rare(self, word: _Word, freqs: Sequence[int]) -> bool:
        """By how many articles have its :func:`_terms`."""
        articles = self._vocabulary.size
        few = articles // FEW_OF
        if word.run.kind is Kind.WORD:
            return max(freqs) <= few
        if min(freqs) * RARE_PAIRS > articles:
            return False
        return self._articles(word.folded) <= few

    def _replacements(self, rare: Iterable[_Word]) -> Iterator[tuple[Run, str]]:
        """What each word is to be replaced by that should be."""
        for word in rare:
            best = max(self._candidates(word), default=None)
            if best and best.weight >= max(FEWEST_ARTICLES, self._needed(word)):
                is_word = word.run.kind is Kind.WORD
                yield word.run, best.written if is_word else _as_written(word, best.written)

    def _candidates(self, word: _Word) -> Iterator[_Candidate]:
        if word.run.kind is Kind.WORD:
            yield from self._similar(word.folded)
            yield from self._read_as(word.folded)
        else:
            yield from self._respelled(word)

    def _read_together(self, text: str, rare: Sequence[_Word]) -> tuple[Run, str] | None:
        """Words of Latin letters side by side that are the reading of one phrase."""
        whole = Run(Kind.WORD, rare[0].run.start, rare[-1].run.end)
        together = "".join(word.folded for word in rare)
        if len(rare) == 1 or "".join(text[whole.start : whole.end].split()) != together:
            return None
        best = max(self._read_as(together), default=None)
        if best is None or best.articles < FEWEST_ARTICLES:
            return None
        return whole, best.written

    def _similar(self, word: str) -> Iterator[_Candidate]:
        """Latin words that begin alike, a typing error away; or two in a long word."""
        if len(word) < _SHORTEST_MISSPELLED:
            return
        edits = 2 if len(word) >= _TWO_EDITS_FROM else 1
        for term, (distance, articles) in self._vocabulary.similar(_GRAMS, word, edits).items():
            if term.isalpha() and term not in STOP_WORDS and not _is_inflected(word, term):
                weight = articles if distance == 1 else articles * _SECOND_EDIT
                yield _Candidate(weight, term, articles)

    def _read_as(self, latin: str) -> Iterator[_Candidate]:
        """Words and phrases of titles that are read so."""
        typed = typed_spellings(latin)
        for spelling in _READ:
            for each in typed.get(spelling, ())[:1]:
                written = self._written_word(spelling, each) or self._written_phrase(spelling, each)
                if written:
                    articles = self._articles(written)
                    yield _Candidate(articles, written, articles)

    def _written_word(self, spelling: Spelling, typed: str) -> str | None:
        """How the most frequent word that is read so is most often written."""
        term_range = TermRange(READINGS, reading_key(spelling, typed), prefix=True)
        for term, _ in self._vocabulary.frequent([term_range], 1):
            word = term.partition(SEPARATOR)[2]
            found = self._vocabulary.find([TermRange(READINGS, term)])
            writings = Counter[str]()
            for title in self._newest(found, [0], _WRITINGS):
                for place in title.places_of(word):
                    writings[title.written(place, place + len(word))] += 1
            return _most_common(writings)
        return None

    def _written_phrase(self, spelling: Spelling, typed: str) -> str | None:
        """The same for several words side by side."""
        pieces = cut(self._vocabulary, spelling, typed)
        if pieces is None:
            return None
        titles = self._newest(pieces.ranges, pieces.words, _SAMPLE)
        read = (title.read_exactly_as(spelling, typed) for title in titles)
        return _most_common(Counter(filter(None, read)))

    def _newest(self, ranges: FoundRanges, words: Sequence[int], count: int) -> Sequence[Title]:
        newest = self._vocabulary.newest(ranges, [[word] for word in words], count)
        return self._vocabulary.titles(newest.keys)

    def _respelled(self, word: _Word) -> Iterator[_Candidate]:
        """A CJK run with another character of the same sound, or a typing error in katakana."""
        freqs = self._vocabulary.find(_terms(word)).postings
        rarest = freqs.index(min(freqs))
        edit = _katakana_edits if is_katakana(word.folded) else _same_sound
        respelled = (each for place in (rarest, rarest + 1) for each in edit(word.folded, place))
        candidates = [each for each in dict.fromkeys(respelled) if each != word.folded]
        least = self._least_frequent_pairs(candidates)
        best = sorted(candidates, key=lambda each: -least[each])[:_COUNTED]
        counts = {each: self._articles(each) for each in best if least[each] >= FEWEST_ARTICLES}
        for each, articles in counts.items():
            if not _is_beginning(each, counts):
                yield _Candidate(articles, each, articles)

    def _least_frequent_pairs(self, texts: Sequence[str]) -> dict[str, int]:
        """For each text how many articles have that of its pairs that fewest have."""
        known = sorted({pair for text in texts for pair in _pairs(text)})
        ranges = [TermRange(_GRAMS, pair) for pair in known]
        found = self._vocabulary.find(ranges).postings
        freqs = dict(zip(known, found, strict=True))
        return {text: min(freqs[pair] for pair in _pairs(text)) for text in texts}

    def _needed(self, word: _Word) -> int:
        """In how many articles what replaces the word must be."""
        return TIMES_AS_MANY * self._articles(word.folded)

    def _articles(self, phrase: str) -> int:
        """How many articles have a phrase."""
        query = phrase_query(phrase)
        return self._vocabulary.count(query) if query else 0


def _texts(text: str, folded: str, run: Run) -> tuple[str, str]:
    if run.kind is Kind.WORD:
        return text[run.start : run.end], plain_word(folded[run.start : run.end])
    return text[run.start : run.end], folded[run.start : run.end]


def _can_be_corrected(word: _Word) -> bool:
    text = word.folded
    if word.run.kind is Kind.WORD:
        return len(text) >= _SHORTEST_LATIN and text.isalpha() and text not in STOP_WORDS
    if is_katakana(text):
        return _SHORTEST_KATAKANA <= len(text) <= _LONGEST_KATAKANA
    return 2 <= len(text) <= _LONGEST_HAN and has_han(text)


def _terms(word: _Word) -> list[TermRange]:
    """What says how rare a word is: itself and its stem, or its pairs."""
    if word.run.kind is Kind.WORD:
        return [TermRange(_GRAMS, word.folded), TermRange(_WORDS, stem(word.folded))]
    return [TermRange(_GRAMS, pair) for pair in _pairs(word.folded)]


def _pairs(text: str) -> list[str]:
    return list(map("".join, pairwise(text)))


def _as_written(word: _Word, folded: str) -> str:
    """A respelled run in the writing of the query; what the query has itself stays."""
    languages = written_languages(word.written)
    unfolded = unfold(folded, languages[0]) if languages else folded
    if len(folded) != len(word.folded):
        return unfolded
    return "".join(
        old if same == wanted else new
        for old, same, wanted, new in zip(word.written, word.folded, folded, unfolded, strict=True)
    )


def _is_inflected(word: str, term: str) -> bool:
    """Whether a word may be another form of the term, which is nothing to correct."""
    return not _stems(word).isdisjoint(_stems(term))


def _stems(word: str) -> set[str]:
    return {word.removesuffix(ending) for ending in _ENDINGS}


def _is_beginning(text: str, counts: Mapping[str, int]) -> bool:
    """Whether a text is mostly the beginning of another: コンピュー of コンピュータ."""
    return any(
        other != text and other.startswith(text) and 2 * articles >= counts[text]
        for other, articles in counts.items()
    )


def _same_sound(text: str, place: int) -> Iterator[str]:
    """The text with another character in a place."""
    for other in homophones(text[place]):
        yield text[:place] + other + text[place + 1 :]


def _katakana_edits(text: str, place: int) -> Iterator[str]:
    """The text with one edit in a place."""
    head, tail = text[:place], text[place:]
    yield head + tail[1:]
    yield head + tail[1:2] + tail[:1] + tail[2:]
    for other in _KATAKANA:
        yield head + other + tail[1:]
        yield head + other + tail


def _most_common(writings: Counter[str]) -> str | None:
    return writings.most_common(1)[0][0] if writings else None
