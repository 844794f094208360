"""Words of a page a few typing errors away, against the recurrence and against the kernel."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from sanbao.search.highlights.similar_words import similar_words
from sanbao.search.query.fuzzy import MOST_EDITS
from tests.search.codec.test_edit_distance import plain_distance, similar

WORDS = st.text("abcéカガ経𠮷", min_size=1, max_size=7)


@given(st.sets(WORDS, max_size=60), WORDS, st.integers(0, MOST_EDITS + 1))
@example({"ab", "ba", "abc", "acb"}, "abc", 1)
@example({"a", "aa", "aaaa", "aaaaa"}, "aaa", 2)
def test_marked_is_what_is_found(words: set[str], word: str, edits: int) -> None:
    ordered = sorted(words)
    alike = [each for each in ordered if each[0] == word[0]]
    near = [each for each in alike if plain_distance(word, each) <= edits]
    assert similar_words(ordered, word, edits) == near
    if alike:
        assert list(similar(alike, word, edits)) == near


def test_no_words() -> None:
    assert similar_words((), "word", 2) == []
    assert similar_words(("", "word"), "word", 2) == ["word"]
