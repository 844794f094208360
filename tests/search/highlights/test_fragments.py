"""Which pieces of a text are shown: beside a slow twin, and by what must hold of any of them."""

from __future__ import annotations

from itertools import pairwise, permutations

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from sanbao.search.highlights.fragments import (
    COLUMNS,
    FRAGMENTS,
    REACH,
    Core,
    Fragment,
    Span,
    best_core,
    columns_before,
    fragments,
    joined,
)
from tests.growth import assert_linear

PIECES = [
    *("微信公开课", "國", "の", "カｶﾞ", "𠮷", "rate cuts ", "e\u0301cole ", "1,000", "x" * 30),
    *("。", "。」", "，", ". ", ", ", " ", "\n", "　", "！", "-", "       "),
    *("🇯🇵", "👨\u200d👩\u200d👧", "\u0301", "\u0301" * 200, "\u200b", "각", "\u0600"),
]
texts = st.lists(st.sampled_from(PIECES), max_size=120).map("".join)
needles = st.integers(0, 4)
WEIGHTS = {0: 2, 1: 4, 2: 6, 3: 8, 4: 1_000}


@st.composite
def texts_with_spans(draw: st.DrawFn) -> tuple[str, list[Span]]:
    """A text, and matches in it, each of which begins and ends with a letter."""
    text = draw(texts)
    letters = [place for place, character in enumerate(text) if character.isalnum()]
    spans = []
    if letters:
        numbers = st.integers(0, len(letters) - 1)
        for first, length, needle in draw(
            st.lists(st.tuples(numbers, st.integers(0, 12), needles), max_size=30)
        ):
            last = letters[min(first + length, len(letters) - 1)]
            spans.append(Span(letters[first], last + 1, needle))
    return text, sorted(spans)


def best_core_twin(text: str, spans: list[Span]) -> Core | None:
    """Every run of spans looked at by itself."""
    columns = columns_before(text)
    best: Core | None = None
    for right in range(len(spans)):
        for left in range(right + 1):
            begin = columns[spans[left].start]
            ends = [
                min(columns[span.end], columns[span.start] + REACH)
                for span in spans[left : right + 1]
            ]
            if max(ends) - begin > REACH:
                continue
            weight = sum(WEIGHTS[needle] for needle in {s.needle for s in spans[left : right + 1]})
            extent = ends[-1] - begin
            if best is None or (weight, -extent) > (best.weight, -best.extent):
                best = Core(weight, extent, spans[left].start, spans[right].end)
    return best


@given(texts_with_spans())
def test_the_best_core_is_that_of_a_slow_twin(given: tuple[str, list[Span]]) -> None:
    text, spans = given
    found = best_core(spans, columns_before(text), WEIGHTS, (0, len(text)))
    assert found == best_core_twin(text, spans)


@given(texts_with_spans())
@example(("国國" + "\u0301" * 200, [Span(1, 2, 0)]))
@example((" \u0301\u0600 ", []))
@example(("国。\u0301微信" + "很长" * 60, [Span(3, 5, 0)]))
def test_what_holds_of_all_fragments(given: tuple[str, list[Span]]) -> None:
    text, spans = given
    found = fragments(text, spans, WEIGHTS)
    columns = columns_before(text)
    boundaries = [0, *(match.end() for match in regex.finditer(r"\X", text))]
    assert bool(found) == bool(text.strip())
    assert len(found) <= (FRAGMENTS if spans else 1)
    for start, end, *_ in found:
        assert start in boundaries
        assert end in boundaries
        assert text[start:end].strip()
        is_one_character = boundaries[boundaries.index(start) + 1] == end
        assert columns[end] - columns[start] <= COLUMNS or is_one_character
        assert not spans or any(span.start < end and start < span.end for span in spans)
    assert all(before.end <= after.start for before, after in pairwise(found))


@given(texts_with_spans())
def test_each_further_fragment_shows_something_new(given: tuple[str, list[Span]]) -> None:
    text, spans = given
    found = fragments(text, spans, WEIGHTS)
    shown = [{s.needle for s in spans if start <= s.start < end} for start, end, *_ in found]
    assert not spans or any(
        all(order[n] - set().union(*order[:n]) for n in range(len(order)))
        for order in permutations(shown)
    )


@given(texts_with_spans())
def test_the_most_telling_needle_is_shown(given: tuple[str, list[Span]]) -> None:
    text, spans = given
    phrases = [span for span in spans if span.needle == 4]
    found = fragments(text, spans, WEIGHTS)
    assert not phrases or any(
        start <= span.start < end for span in phrases for start, end, *_ in found
    )


def shown(text: str, *needles: str) -> list[str]:
    """The fragments for needles that weigh as much as they are long."""
    spans = sorted(
        Span(match.start(), match.end(), needle)
        for needle in needles
        for match in regex.finditer(needle, text)
    )
    weights = {needle: len(needle) for needle in needles}
    return [text[start:end] for start, end, *_ in fragments(text, spans, weights)]


CHINESE = "这里说的是别的事情，同要找的没有关系。"
ENGLISH = "This is about something else that nobody has asked for. "


def test_words_close_together_come_before_words_far_apart() -> None:
    far = "微信很好，但是这里没有别的什么，公开课在那里。"
    text = f"{CHINESE * 9}{far}{CHINESE * 9}微信有公开课。{CHINESE * 9}"
    (found,) = shown(text, "微信", "公开课")
    assert "微信有公开课。" in found


def test_a_longer_needle_tells_more_than_a_short_one() -> None:
    text = f"rate {ENGLISH * 9} unemployment {ENGLISH * 9}"
    assert fragments(text, [Span(0, 4, 0)], {0: 4})[0][0] == 0
    spans = [Span(0, 4, "rate"), Span(place := text.index("unemployment"), place + 12, "long")]
    best = best_core(spans, columns_before(text), {"rate": 4, "long": 12}, (0, len(text)))
    assert best is not None
    assert best.start == place


def test_whole_sentences_are_shown_where_they_fit() -> None:
    text = f"{CHINESE * 9}今天微信开讲。{CHINESE * 9}"
    assert shown(text, "微信") == [f"今天微信开讲。{CHINESE * 3}"]
    text = f"{ENGLISH * 9}WeChat opens today. {ENGLISH * 9}"
    assert shown(text, "WeChat") == [f"WeChat opens today. {ENGLISH * 2}".rstrip()]


def test_at_the_end_of_a_text_what_stands_before_fills_the_fragment() -> None:
    text = f"{CHINESE * 9}今天微信开讲。"
    assert shown(text, "微信") == [f"{CHINESE * 3}今天微信开讲。"]
    (found,) = shown("这里没有句号" * 50 + "微信", "微信")
    assert len(found) == COLUMNS // 2


def test_a_long_sentence_is_cut_after_a_clause_and_between_words() -> None:
    text = "很长的句子没有完，" * 9 + "今天微信开讲" + "，很长的句子没有完" * 9
    (found,) = shown(text, "微信")
    assert found.startswith("很长的句子没有完，")
    assert len(found) == COLUMNS // 2
    text = "and so it goes on " * 20 + "WeChat " + "and so it goes on " * 20
    (found,) = shown(text, "WeChat")
    assert 0.9 * COLUMNS <= len(found) <= COLUMNS
    assert f" {found} " in text


def test_a_sentence_does_not_begin_inside_a_character() -> None:
    (found,) = fragments("国。\u0301微信" + "很长" * 60, [Span(3, 5, 0)], {0: 4})
    assert found.start == 0


def test_no_match_is_cut_at_the_end() -> None:
    for between in range(60, 90):
        (found,) = shown(f"公开课{'长' * between}公开课{'长' * 90}", "公开课")
        assert regex.search("(公开课|长)$", found)


def test_what_a_longer_needle_has_shown_is_not_shown_again() -> None:
    text = f"微信公开课。{CHINESE * 9}公开课。{CHINESE * 9}广州。{CHINESE * 9}"
    found = shown(text, "微信公开课", "公开课", "广州")
    assert [piece[:3] for piece in found] == ["微信公", "广州。"]


def test_at_most_three_fragments_and_these_in_order() -> None:
    words = ("election", "weather", "football", "theatre")
    text = ENGLISH * 5 + "".join(f"The {word} begins. {ENGLISH * 5}" for word in words)
    found = shown(text, *words)
    assert [piece.split()[1] for piece in found] == ["election", "weather", "football"]


def test_without_matches_the_beginning_is_shown() -> None:
    assert fragments(" \n ", [], {}) == []
    assert fragments("\n 国 \n", [], {}) == [Fragment(2, 3, False, False)]
    assert shown(f"\n{CHINESE * 9}") == [CHINESE * 4]


def test_joined_places_touch_no_other() -> None:
    assert joined([(5, 6), (0, 2), (1, 3), (3, 4)]) == [(0, 4), (5, 6)]


@pytest.mark.parametrize(
    "unit", ["国", "a ", "a\u0301", "\u0301", "🇯", "각", "。", "\n国", "，", "ก"]
)
def test_the_time_of_hostile_texts_grows_with_their_length(unit: str) -> None:
    def matched_everywhere(length: int) -> tuple[str, list[Span]]:
        spans = [Span(place, place + 2, place % 7) for place in range(length - 2)]
        return (unit * length)[:length], spans

    weights = dict.fromkeys(range(7), 1)
    assert_linear(lambda given: fragments(*given, weights), matched_everywhere, 2_000)
