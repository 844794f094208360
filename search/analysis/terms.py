"""The terms of a text for an index, which wants neither the places of words nor their offsets.

They are those of :func:`search.analysis.register.analyze`, found in one pass for words and grams.
"""

from __future__ import annotations

from functools import lru_cache
from operator import add
from typing import NamedTuple

from sanbao.search.analysis import chinese, english, japanese
from sanbao.search.analysis.acronyms import acronyms
from sanbao.search.analysis.fold import fold
from sanbao.search.analysis.grams import BREAK_TERM, plain_word
from sanbao.search.analysis.normalize import normalize
from sanbao.search.analysis.quantities import quantities
from sanbao.search.analysis.runs import MAX_WORD, ends_sentence, has_kana, pieces, split
from sanbao.search.article import base_language


class Terms(NamedTuple):
    """What one text is found by.

    Attributes:
        words: with those that occur several times, in no particular order.
        grams: one for each position, from 0.
        sentence_ends: the positions of the breaks that end a sentence.
    """

    words: list[str]
    grams: list[str]
    sentence_ends: list[int]


def terms(text: str, language: str) -> Terms:
    """The terms of a text in a language, one of :data:`search.article.LANGUAGES`."""
    normalized = normalize(text).text
    folded = fold(normalized)
    folded_runs = split(folded)
    originals = folded_runs if folded == normalized else split(normalized)
    all_japanese = base_language(language) == "ja"
    some_japanese = all_japanese or has_kana(normalized)
    words = [quantity.term for quantity in quantities(folded)]
    words += [english.stem(acronym.word) for acronym in acronyms(folded)]
    grams: list[str] = []
    sentence_ends: list[int] = []
    for (cjk, word, signs, after), (original, *_) in zip(folded_runs, originals, strict=True):
        if cjk:
            grams += map(add, cjk, cjk[1:])
            grams.append(cjk[-1])
            if some_japanese and (all_japanese or has_kana(original)):
                words += _japanese(original)
            else:
                words += _chinese(cjk)
        elif word:
            for piece in (word,) if len(word) <= MAX_WORD else pieces(word):
                term = plain_word(piece)
                grams.append(term)
                if term not in english.STOP_WORDS:
                    words.append(english.stem(term))
        else:
            if ends_sentence(signs, after):
                sentence_ends.append(len(grams))
            grams.append(BREAK_TERM)
    return Terms(words, grams, sentence_ends)


def _japanese(run: str) -> list[str]:
    return list(map(_fold_word, japanese.bases(run)))


def _chinese(run: str) -> list[str]:
    return [word for word in chinese.words(run) if word not in chinese.STOP_WORDS]


_fold_word = lru_cache(maxsize=100_000)(fold)
