"""Patterns and misspelt words stand for the same terms as on Whoosh's own codec."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from whoosh import fields, index, query
from whoosh.reading import MultiReader
from whoosh.support.levenshtein import damerau_levenshtein, levenshtein

from sanbao.search.codec.segment_arrays import SegmentArrays
from sanbao.search.codec.whoosh_codec.codec import ArrayCodec
from sanbao.search.codec.whoosh_codec.speed_up import speed_up_whoosh
from sanbao.search.codec.whoosh_codec.term_expansion import fuzzy_terms, wildcard_terms
from sanbao.search.codec.whoosh_codec.terms import ArrayTermsReader
from tests.search.codec.stock_twin import Batch, Twins, twins, write

# Characters of one, two, three and four bytes, some of which begin with the same.
LETTERS = "abnéèß経済渉歩ガ한𠮷𠮶😀"
WORDS = st.text(LETTERS, min_size=1, max_size=6)
PATTERNS = st.text(LETTERS[:9] + "**???", max_size=6)
SETS = st.text("abn経𠮷*?[]]!-^", max_size=9)
REAL = (
    "economy economic economist 经济 经济学 經濟 経済 経済学者 "
    "微信 微信公开课 ガンダム 𠮷野家 吉野家"
)


def _schema() -> fields.Schema:
    return fields.Schema(
        id=fields.ID(stored=True), words=fields.KEYWORD(scorable=True), other=fields.KEYWORD
    )


def _batches(segments: list[list[str]]) -> list[Batch]:
    """A document for each word, and one for all of a segment."""
    return [
        Batch(
            added=[{"id": word, "words": word, "other": "zz"} for word in [*words, " ".join(words)]]
        )
        for words in segments
    ]


@pytest.fixture(scope="module", params=[False, True], ids=["as it is", "sped up"], autouse=True)
def sped_up(request: pytest.FixtureRequest) -> Iterator[bool]:
    """Every test, with Whoosh as it is and with :func:`speed_up_whoosh`."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param:
            for cls, name in ((query.Wildcard, "_btexts"), (MultiReader, "terms_within")):
                patch.setattr(cls, name, None)  # what is undone at the end
            speed_up_whoosh()
        yield request.param


HISTORIES = st.lists(st.lists(WORDS, max_size=12), min_size=1, max_size=3)


@pytest.fixture(scope="module")
def library() -> Iterator[Twins]:
    """Three segments of real words and near copies of them, with deletions."""
    words = REAL.split()
    near = [word[:i] + letter + word[i + 1 :] for word in words for i, letter in enumerate("x学𠮷")]
    swapped = [word[1] + word[0] + word[2:] for word in words]
    batches = _batches([words, near, [*swapped, *words[::2]]])
    with twins([*batches, Batch(deleted=[])], _schema()) as pair:
        for each in (pair.stock, pair.ours):
            writer = each.writer(codec=ArrayCodec() if each is pair.ours else None)
            writer.delete_by_term("id", "economic")
            writer.delete_by_term("id", "経済")
            writer.commit(merge=False)
        yield pair


def _hits(opened: index.FileIndex, question: query.Query) -> Any:
    with opened.searcher() as searcher:
        results = searcher.search(question, limit=None)
        return [(hit.docnum, hit.score) for hit in results]


def _terms(opened: index.FileIndex, question: query.Query) -> list[bytes]:
    with opened.reader() as reader:
        return sorted(text for _, text in question.expanded_terms(reader))


def _assert_alike(pair: Twins, question: query.Query) -> None:
    assert _terms(pair.ours, question) == _terms(pair.stock, question)
    assert _hits(pair.ours, question) == _hits(pair.stock, question)


@given(HISTORIES, st.lists(PATTERNS | SETS, max_size=20))
@settings(max_examples=60)
def test_wildcards_after_any_history(segments: list[list[str]], patterns: list[str]) -> None:
    with twins(_batches(segments), _schema()) as pair:
        for pattern in patterns:
            _assert_alike(pair, query.Wildcard("words", pattern))


@given(st.sampled_from(REAL.split()), st.data())
def test_wildcards_in_three_languages(library: Twins, word: str, data: st.DataObject) -> None:
    letters = [data.draw(st.sampled_from([letter, letter, "?", "*", "[!x]"])) for letter in word]
    _assert_alike(library, query.Wildcard("words", "".join(letters)))


@given(
    st.sampled_from(REAL.split()) | WORDS,
    st.integers(0, 3),
    st.integers(0, 2),
    st.booleans(),
)
def test_fuzzy_words_in_three_languages(
    library: Twins, word: str, distance: int, prefix: int, constant: bool
) -> None:
    question = query.FuzzyTerm("words", word, 1.0, distance, min(prefix, len(word)), constant)
    assert _hits(library.ours, question) == _hits(library.stock, question)


@given(HISTORIES, WORDS, st.integers(0, 3), st.integers(0, 2))
@settings(max_examples=60)
def test_similar_terms_after_any_history(
    segments: list[list[str]], word: str, distance: int, prefix: int
) -> None:
    prefix = min(prefix, len(word))
    with (
        twins(_batches(segments), _schema()) as pair,
        pair.stock.reader() as stock,
        pair.ours.reader() as ours,
    ):
        assume("words" in stock.indexed_field_names())
        readers = [(ours, stock)]
        for (our_leaf, _), (stock_leaf, _) in zip(
            ours.leaf_readers(), stock.leaf_readers(), strict=True
        ):
            readers.append((our_leaf, stock_leaf))
        for our_reader, stock_reader in readers:
            expected = list(stock_reader.terms_within("words", word, distance, prefix))
            assert list(our_reader.terms_within("words", word, distance, prefix)) == expected


@given(st.sampled_from(REAL.split()), st.integers(1, 2), st.integers(0, 2))
def test_suggestions(library: Twins, word: str, distance: int, prefix: int) -> None:
    def suggestions(opened: index.FileIndex) -> list[str]:
        with opened.searcher() as searcher:
            return list(searcher.suggest("words", word, 10, distance, prefix))

    assert suggestions(library.ours) == suggestions(library.stock)


@pytest.mark.parametrize(
    "question", [query.Wildcard("words", "?conom*"), query.FuzzyTerm("words", "econmy")]
)
def test_only_when_sped_up_are_no_terms_read(
    library: Twins, question: query.Query, sped_up: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[bytes] = []
    texts = ArrayTermsReader._texts
    monkeypatch.setattr(
        ArrayTermsReader, "_texts", lambda *args: read.extend(texts(*args)) or texts(*args)
    )
    assert _terms(library.ours, question)
    assert bool(read) is not sped_up


def test_importing_changes_nothing_of_whoosh() -> None:
    code = (
        "from whoosh.query import Wildcard\n"
        "from whoosh.reading import MultiReader\n"
        "before = dict(vars(Wildcard)), dict(vars(MultiReader))\n"
        "import sanbao.search.codec.whoosh_codec.codec, sanbao.search.codec.whoosh_codec.speed_up\n"
        "import sanbao.search.engines.embedded.index, sanbao.search.engines.embedded.writer\n"
        "assert (dict(vars(Wildcard)), dict(vars(MultiReader))) == before\n"
        "sanbao.search.codec.whoosh_codec.speed_up.speed_up_whoosh()\n"
        "assert (dict(vars(Wildcard)), dict(vars(MultiReader))) != before\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# Laws of the kernels over any dictionary


def _arrays(folder: Path, words: set[str]) -> SegmentArrays:
    write(
        folder, [Batch(added=[{"words": " ".join(words), "other": "a"}])], ArrayCodec(), _schema()
    )
    return SegmentArrays(*folder.glob("*.arrays"))


@given(st.sets(WORDS, min_size=1, max_size=60), WORDS, st.integers(0, 4), st.integers(0, 3))
@example({"ab", "ba", "abn", "bna"}, "ab", 1, 0)
def test_distances_are_counted_in_characters(
    tmp_path_factory: pytest.TempPathFactory, words: set[str], word: str, most: int, prefix: int
) -> None:
    arrays = _arrays(tmp_path_factory.mktemp("index"), words)
    alike = sorted(each for each in words if each.startswith(word[:prefix]))
    for swaps, distance in ((False, levenshtein), (True, damerau_levenshtein)):
        expected = [each for each in alike if distance(each, word) <= most]
        assert fuzzy_terms(arrays, "words", word, most, prefix, swaps=swaps) == expected


def test_terms_that_are_too_far_are_passed_together(tmp_path: Path) -> None:
    """Long runs of terms that begin alike, so that jumps over them end anywhere."""
    words = {f"{head}{number}" for head in "abc経" for number in range(300)}
    arrays = _arrays(tmp_path, words)
    for word in ("a1", "c299", "経17", "d", "zzzz", "a", "299"):
        for most in (0, 1, 2):
            expected = sorted(each for each in words if levenshtein(each, word) <= most)
            assert fuzzy_terms(arrays, "words", word, most, 0, swaps=False) == expected
    assert fuzzy_terms(arrays, "words", "a", -9, 0, swaps=False) == []


def test_terms_that_begin_with_each_other(tmp_path: Path) -> None:
    words = {letter * length for letter in "b経" for length in range(1, 200)}
    arrays = _arrays(tmp_path, words)
    for word in ("a", "bbbb", "経" * 50):
        for most in (0, 1, 2):
            expected = sorted(each for each in words if levenshtein(each, word) <= most)
            assert fuzzy_terms(arrays, "words", word, most, 0, swaps=True) == expected


def test_a_question_mark_is_one_character(tmp_path: Path) -> None:
    arrays = _arrays(tmp_path, {"a", "é", "経", "𠮷", "経済", "ab", "経ab"})
    one = [each.encode() for each in ("a", "é", "経", "𠮷")]
    assert wildcard_terms(arrays, "words", "?") == one
    more = [each.encode() for each in ("ab", "経ab", "経済")]
    assert wildcard_terms(arrays, "words", "*??") == more
    assert wildcard_terms(arrays, "words", "?*済") == ["経済".encode()]
    # Nor does what follows a star begin within a character.
    assert wildcard_terms(arrays, "words", "*??a*") == []
    assert wildcard_terms(arrays, "absent", "?") == []


def test_other_readers_expand_as_before(tmp_path: Path) -> None:
    """Those of another codec, without a segment, and of fields that Whoosh does not know."""
    write(tmp_path, [], ArrayCodec(), _schema())
    with index.open_dir(tmp_path).reader() as empty:
        assert list(query.Wildcard("words", "*a*")._btexts(empty)) == []
    with twins(_batches([["alfa"], ["bravo"]]), _schema()) as pair:
        for each in (pair.stock, pair.ours):
            with each.reader() as reader, pytest.raises(KeyError):
                list(query.Wildcard("nothing", "*a*")._btexts(reader))


class _Backwards(query.Wildcard):  # type: ignore[misc] # Whoosh has no types
    def _get_pattern(self) -> str:
        return "b"


def test_a_class_made_from_wildcard_keeps_its_own_pattern() -> None:
    with twins(_batches([["alfa", "bravo"]]), _schema()) as pair:
        assert _terms(pair.ours, _Backwards("words", "*a")) == [b"bravo"]
