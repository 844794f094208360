"""What somebody who is typing may mean: phrases of titles, and titles.

A typed beginning is the beginning of terms, which stand side by side in the dictionary, and so do
their postings. From there the newest articles are a step away, and their titles say how what was
typed goes on. Nothing is kept beside the index.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from contextlib import suppress
from itertools import chain, islice
from string import ascii_lowercase, digits
from typing import NamedTuple

from sanbao.search.analysis.chinese import STOP_WORDS as CHINESE_STOP_WORDS
from sanbao.search.analysis.english import STOP_WORDS as ENGLISH_STOP_WORDS
from sanbao.search.analysis.fold import fold
from sanbao.search.analysis.grams import plain_word
from sanbao.search.analysis.normalize import normalize
from sanbao.search.analysis.readings import letters
from sanbao.search.analysis.runs import Kind, has_han, runs
from sanbao.search.analysis.suggestion_keys import (
    LONGEST_START,
    SEPARATOR,
    Spelling,
    reading_key,
    start_key,
    typed_spellings,
)
from sanbao.search.limits import TimeIsUp
from sanbao.search.query.phrases import phrase_query
from sanbao.search.query.tree import Phrase
from sanbao.search.results import Suggestion
from sanbao.search.suggestions.spelled_words import READINGS, cut
from sanbao.search.suggestions.titles import Title
from sanbao.search.suggestions.vocabulary import Newest, TermRange, Vocabulary

MAX_TYPED = 100
"""Characters; no suggestion is made for more."""

_SAMPLE = 24
_READ_SAMPLE = 16
"""Titles that are looked at for how what was typed goes on; to read one takes longer."""

_WORDS = 5
"""Most frequent words of each spelling."""

_WRITINGS = 3
"""Titles that are looked at for how a word of the dictionary is written."""

_MOST_POSTINGS = 30_000
"""Of the words that begin as the last one does, for it to be looked up with those before it."""

_AS_WRITTEN = 2.0
_WEIGHTS = {Spelling.PINYIN: 1.0, Spelling.ROMAJI: 1.0, Spelling.INITIALS: 0.5}
"""By which the number of articles is multiplied: what was typed is as likely itself as a reading,
and initials are those of many words."""


class _Phrase:
    """A phrase that may be suggested.

    Attributes:
        text: folded.
        weight: of the way in which it was typed.
        articles: about how many have it.
        writings: how it is written, and how often.
    """

    def __init__(self, text: str, weight: float) -> None:
        self.text = text
        self.weight = weight
        self.articles = 0.0
        self.writings: Counter[str] = Counter()

    def written(self, typed: str) -> str:
        """How it is most often written; in the writing that was typed, if that occurs."""
        return max(
            self.writings,
            key=lambda each: (normalize(each).text.startswith(typed), self.writings[each]),
        )


class _Word(NamedTuple):
    """A folded word of the dictionary that begins with what was typed.

    Attributes:
        term: what has it.
        articles: how many articles have the term.
        weight: of the way in which it was typed.
    """

    text: str
    term: TermRange
    articles: int
    weight: float


class _Sample(NamedTuple):
    """Some of the newest of so many articles."""

    titles: list[Title]
    articles: int


class Suggester:
    """Makes the suggestions for one typed text."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._titles: dict[Hashable, Title] = {}
        self._starting: list[Title] = []
        self._containing: list[Title] = []
        self._phrases: dict[str, _Phrase] = {}
        self._words: list[_Word] = []

    def suggest(self, typed: str, limit: int) -> tuple[Suggestion, ...]:
        """At most ``limit`` suggestions, phrases before titles; what there is when time is up."""
        text = normalize(typed[: MAX_TYPED + 1]).text.strip()
        folded = fold(text)
        if not letters(folded) or len(typed) > MAX_TYPED:
            return ()
        with suppress(TimeIsUp):
            self._look_at_starts(folded, limit)
            self._look_for_words(folded)
            self._look_for_phrases(folded)
            self._look_for_readings(text, folded)
            self._look_up_words(limit)
        phrases = self._best_phrases(text, folded, limit)
        titles = dict.fromkeys(title.text for title in chain(self._starting, self._containing))
        kept = phrases[: max(limit - len(titles), -(-limit // 2))]
        whole = (Suggestion("title", title) for title in titles)
        return (*kept, *islice(whole, limit - len(kept)))

    def _look_at_starts(self, folded: str, limit: int) -> None:
        """Titles that begin with what was typed."""
        start, wanted = start_key(folded), letters(folded)
        count = limit if len(start) < LONGEST_START else max(limit, _SAMPLE)
        sample = self._having(TermRange("title_start", start, prefix=True), count)
        self._starting += [title for title in sample.titles if title.letters.startswith(wanted)]

    def _look_for_words(self, folded: str) -> None:
        """The most frequent words that begin with what was typed, if that is one word so far."""
        typed = list(islice(runs(folded), 2))
        if len(typed) != 1:
            return
        field = "title_grams" if typed[0].kind is Kind.WORD else "title_words"
        beginning = TermRange(field, plain_word(folded[typed[0].start : typed[0].end]), True)
        for word, doc_freq in self._vocabulary.frequent([beginning], _WORDS):
            if word not in ENGLISH_STOP_WORDS | CHINESE_STOP_WORDS:
                self._words.append(_Word(word, TermRange(field, word), doc_freq, _AS_WRITTEN))

    def _look_for_phrases(self, folded: str) -> None:
        """How titles go on that have what was typed."""
        phrase = phrase_query(folded, "title", prefix=True)
        if phrase is None or not self._is_selective(phrase):
            return
        sample = self._sample(self._vocabulary.matching(phrase, _SAMPLE))
        counts = Counter[str]()
        for title in sample.titles:
            for place in islice(title.places_of(phrase.needle), 1):
                self._containing.append(title)
                for end in title.written_as(place, len(phrase.needle)):
                    self._note_writing(title, place, end, counts, _AS_WRITTEN)
        self._estimate(counts, sample)

    def _look_for_readings(self, text: str, folded: str) -> None:
        """Words and phrases that are read as what was typed."""
        lead = _lead(letters(folded))
        for spelling, beginnings in typed_spellings(text).items():
            keys = [reading_key(spelling, each)[: -len(SEPARATOR)] for each in beginnings]
            ranges = [TermRange(READINGS, key, prefix=True) for key in keys]
            for term, doc_freq in self._vocabulary.frequent(ranges, _WORDS):
                word = term.partition(SEPARATOR)[2]
                if word.startswith(lead):
                    found = TermRange(READINGS, term)
                    self._words.append(_Word(word, found, doc_freq, _WEIGHTS[spelling]))
            for beginning in beginnings:
                self._look_for_read_phrases(spelling, beginning, lead)

    def _look_for_read_phrases(self, spelling: Spelling, typed: str, lead: str) -> None:
        found = cut(self._vocabulary, spelling, typed)
        if found is None:
            return
        words = [[word] for word in found.words]
        sample = self._sample(self._vocabulary.newest(found.ranges, words, _READ_SAMPLE))
        counts = Counter[str]()
        for title in sample.titles:
            if read := title.read_as(spelling, typed, lead):
                start, ends = read
                (self._containing if start else self._starting).append(title)
                for end in ends:
                    self._note_writing(title, start, end, counts, _WEIGHTS[spelling])
        self._estimate(counts, sample)

    def _is_selective(self, phrase: Phrase) -> bool:
        """Whether not too many articles have what its last slot stands for."""
        last = phrase.slots[-1]
        if not last.prefix:
            return True
        found = self._vocabulary.find([TermRange("title_grams", last.text, prefix=True)])
        return 0 < found.postings[0] <= _MOST_POSTINGS

    def _having(self, term_range: TermRange, count: int) -> _Sample:
        found = self._vocabulary.find([term_range])
        return self._sample(self._vocabulary.newest(found, [[0]], count))

    def _sample(self, newest: Newest) -> _Sample:
        unread = [key for key in newest.keys if key not in self._titles]
        self._titles.update(zip(unread, self._vocabulary.titles(unread), strict=True))
        return _Sample([self._titles[key] for key in newest.keys], newest.total)

    def _look_up_words(self, limit: int) -> None:
        """How titles write the words that most articles have."""
        self._words.sort(key=lambda word: -word.articles * word.weight)
        for word in self._words[:limit]:
            if word.text not in self._phrases:
                for title in self._having(word.term, _WRITINGS).titles:
                    for place in islice(title.places_of(word.text), 1):
                        end = place + len(word.text)
                        self._note_writing(title, place, end, Counter(), word.weight)
            if phrase := self._phrases.get(word.text):
                phrase.articles = max(phrase.articles, float(word.articles))

    def _note_writing(
        self, title: Title, start: int, end: int, counts: Counter[str], weight: float
    ) -> None:
        text = title.folded[start:end]
        counts[text] += 1
        phrase = self._phrases.setdefault(text, _Phrase(text, weight))
        phrase.writings[title.written(start, end)] += 1

    def _estimate(self, counts: Counter[str], sample: _Sample) -> None:
        """In how many articles phrases of a sample are: in none, if it was in one by chance.

        A phrase that goes on in the same way wherever it was seen is left out for what it is part
        of.
        """
        for text, count in counts.items():
            longer = any(
                number == count and len(other) > len(text) and other.startswith(text)
                for other, number in counts.items()
            )
            if count > 1 and not longer:
                articles = count * sample.articles / len(sample.titles)
                self._phrases[text].articles = max(self._phrases[text].articles, articles)

    def _best_phrases(self, text: str, folded: str, limit: int) -> list[Suggestion]:
        """Those first that most articles have; what was typed itself is none."""
        promising = sorted(self._phrases.values(), key=lambda each: -each.articles * each.weight)
        counted = []
        with suppress(TimeIsUp):
            for phrase in promising[:limit]:
                if phrase.articles and phrase.text != folded:
                    articles = self._articles(phrase.text)
                    suggestion = Suggestion("phrase", phrase.written(text), articles)
                    counted.append((articles * phrase.weight, suggestion))
        counted.sort(key=lambda pair: -pair[0])
        return [suggestion for weight, suggestion in counted if weight]

    def _articles(self, phrase: str) -> int:
        """How many articles have a folded phrase in their title."""
        query = phrase_query(phrase, "title")
        return self._vocabulary.count(query) if query else 0


def _lead(typed: str) -> str:
    """The Han characters that folded letters begin with, if what follows is Latin."""
    head = typed.rstrip(ascii_lowercase + digits)
    return head if all(map(has_han, head)) else ""
