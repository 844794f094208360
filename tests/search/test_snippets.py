"""Highlights: whole characters of the original, safe in HTML, with the matches marked."""

from __future__ import annotations

import re
from html import unescape

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from search.analysis.runs import has_cjk
from search.article import Article
from search.errors import InvalidRequest
from search.limits import Deadline, TimeIsUp
from search.query_parser import parse_query
from search.snippets import (
    EXTRACT_LENGTH,
    EXTRACTS,
    LONGEST_SEARCHED,
    Highlighter,
    Span,
    most_telling,
    unmarked,
)

PIECES = [
    *("微信", "公开课", "國", "国", "経済", "の", "カｶﾞ", "か\u3099", "𠮷", "々"),
    *("rate", "cuts", "e\u0301cole", "ＷｅＣｈａｔ", "wechat's", "1,000", "x" * 30, "a"),
    *("。", "，", ". ", " ", "\n", "　", "…", "！", "“", "-", "'"),
    *("<b>", "</mark>", "&amp;", "&", "<", ">", '"', "&#x27;"),
    *("🇯🇵", "👨\u200d👩\u200d👧", "👍🏽", "\u0301", "\u200b", "각", "\t\n", "\u0600"),
]
texts = st.lists(st.sampled_from(PIECES), max_size=150).map("".join)
queries = st.one_of(
    st.sampled_from(
        [
            *(
                "微信",
                "公开课",
                "國",
                '"微信公开"',
                "経済の",
                "rate",
                "cut",
                '"rate cuts"',
                "wech*",
            ),
            *("école", "a", "微信 rate 経済", '"a 微信"~5', "x1 OR の", "title:微信", "-rate 微信"),
            *("wehcat~", "ガーデソ~", "econmoy~ -rate~"),
        ]
    ),
    st.lists(st.sampled_from(PIECES[:30]), min_size=1, max_size=4).map(" ".join),
)


def highlight(query: str, body: str = "", title: str = "x") -> tuple[str, tuple[str, ...]]:
    found = Highlighter(parse_query(query)).highlight(Article(id="1", title=title, body=body))
    return found.title, found.body


def plain(extract: str) -> str:
    return unescape(re.sub("</?mark>", "", extract))


def marks(extract: str) -> list[str]:
    return [unescape(mark) for mark in re.findall("<mark>(.*?)</mark>", extract, re.DOTALL)]


def place(extract: str, body: str) -> tuple[int, int] | None:
    """Where the extract stands in the body, between characters as readers see them."""
    boundaries = {match.start() for match in regex.finditer(r"\X", body)} | {len(body)}
    text = plain(extract)
    for without_first in (False, True):
        for without_last in (False, True):
            if (without_first, without_last) > (text[:1] == "…", text[-1:] == "…"):
                continue
            inner = text[1 if without_first else 0 : len(text) - (1 if without_last else 0)]
            for match in re.finditer(f"(?={re.escape(inner)})", body):
                start, end = match.start(), match.start() + len(inner)
                if (
                    {start, end} <= boundaries
                    and without_first == (start > 0)
                    and without_last == (end < len(body))
                    and inner
                ):
                    return start, end
    return None


def assert_safe(extract: str) -> None:
    assert re.fullmatch("(?:[^<]|<mark>[^<]+</mark>)*", extract), "only whole <mark> elements"
    outside = re.sub("</?mark>", "", extract)
    assert not re.search("[<>\"']", outside)
    assert re.fullmatch("(?:[^&]|&(?:amp|lt|gt|quot|#x27);)*", outside), "only whole entities"


@given(queries, texts, texts)
def test_highlights_are_safe_and_true_to_the_text(query: str, title: str, body: str) -> None:
    try:
        marked_title, extracts = highlight(query, body, title=f"x{title}")
    except InvalidRequest:
        return
    assert_safe(marked_title)
    assert plain(marked_title) == f"x{title}"
    assert len(extracts) <= EXTRACTS
    assert bool(extracts) == bool(body.strip())
    for extract in extracts:
        assert_safe(extract)
        assert place(extract, body) is not None


@given(queries, texts)
def test_no_word_is_cut(query: str, body: str) -> None:
    try:
        extracts = highlight(query, body)[1]
    except InvalidRequest:
        return
    for extract in extracts:
        found = place(extract, body)
        assert found is not None
        for end in found:
            if 0 < end < len(body):
                before, after = body[end - 1], body[end]
                assert not (_is_latin(before) and _is_latin(after)), (before, after)


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


@given(texts, texts)
def test_an_exact_phrase_is_marked_exactly(before: str, after: str) -> None:
    body = f"{before[-60:]}。微信公開課。{after[:60]}"
    for extract in highlight('"信公开"', body)[1]:
        seen = {mark.replace("\u200b", "") for mark in marks(extract)}
        assert seen <= {"信公開", "信公开"}
        assert not re.search("信公[開开]", re.sub("<mark>.*?</mark>", "", extract))


@pytest.mark.parametrize(
    ("query", "title", "expected"),
    [
        ("微信公开课", "2022微信公开课开讲", "2022<mark>微信公开课</mark>开讲"),
        ("广州", "在廣州、広州、广州", "在<mark>廣州</mark>、<mark>広州</mark>、<mark>广州</mark>"),
        ("wechat", "ＷｅＣｈａｔ Pay", "<mark>ＷｅＣｈａｔ</mark> Pay"),
        ("ガーデン", "ｶﾞｰﾃﾞﾝ開園", "<mark>ｶﾞｰﾃﾞﾝ</mark>開園"),
        ("école", "L'e\u0301cole", "L&#x27;école"),
        ("école", "une e\u0301cole!", "une <mark>e\u0301cole</mark>!"),
        ("run", "She runs, running", "She <mark>runs</mark>, <mark>running</mark>"),
        ("run", "The brunch", "The brunch"),
        ("1000", "1,000元", "<mark>1,000</mark>元"),
        ("課", "公开课", "公开<mark>课</mark>"),
        ('"rate cut"', "rate. rate cut, cut", "rate. <mark>rate cut</mark>, cut"),
        ('"公开"', "公开课公 开", "<mark>公开</mark>课公 开"),
        ("econ*", "economy macro-economics", "<mark>economy</mark> macro-<mark>economics</mark>"),
        ('"rate cut"~3', "cut the rate", "<mark>cut</mark> the <mark>rate</mark>"),
        ("rate -cut", "rate cut", "<mark>rate</mark> cut"),
        ("title:rate", "rate", "<mark>rate</mark>"),
        ("lang:en", "rate", "rate"),
        ("*", "rate", "rate"),
        (
            "b",
            "<b>bold</b> a&b",
            "&lt;<mark>b</mark>&gt;bold&lt;/<mark>b</mark>&gt; a&amp;<mark>b</mark>",
        ),
        (
            "script",
            "<script>x</script>",
            "&lt;<mark>script</mark>&gt;x&lt;/<mark>script</mark>&gt;",
        ),
        ("amp", "a &amp; b", "a &amp;<mark>amp</mark>; b"),
        ("mark", "<mark>x</mark>", "&lt;<mark>mark</mark>&gt;x&lt;/<mark>mark</mark>&gt;"),
    ],
)
def test_what_is_marked(query: str, title: str, expected: str) -> None:
    if title == "L'e\u0301cole":
        expected = expected.replace("é", "e\u0301")
    assert highlight(query, title=title)[0] == expected
    # In a short body the same stands in the one extract.
    assert highlight(query, body=title)[1] == (expected,)


def test_no_body_no_extract() -> None:
    assert highlight("x", body="", title="x") == ("<mark>x</mark>", ())
    assert highlight("x", body=" \n ", title="x")[1] == ()


def test_without_a_match_the_start_is_shown() -> None:
    body = "経済の話。" * 100
    (extract,) = highlight("rate", body)[1]
    assert extract == body[:EXTRACT_LENGTH] + "…"


def test_the_extract_shows_the_place_with_most_different_words() -> None:
    filler = "无关的内容很多很多。" * 20
    body = f"{filler}微信很好。{filler}微信和公开课在广州。{filler}广州很大。{filler}"
    extracts = highlight("微信 公开课 广州", body)[1]
    assert "<mark>微信</mark>和<mark>公开课</mark>在<mark>广州</mark>。" in extracts[0]


def test_a_second_extract_shows_what_the_first_does_not() -> None:
    filler = "nothing of interest here. " * 20
    body = f"{filler}The economy grows. {filler}The weather changes. {filler}"
    extracts = highlight("economy weather", body)[1]
    assert [marks(extract) for extract in extracts] == [["economy"], ["weather"]]


def test_an_extract_starts_with_a_sentence_near_the_match() -> None:
    body = "前面的话很长很长很长很长很长很长很长。" * 10 + "今天微信开讲。" + "后面。" * 60
    (extract,) = highlight("微信", body)[1]
    first = plain(extract).strip("…")
    assert body[body.index(first) - 1] == "。"


@pytest.mark.parametrize("filler", ["无关。", "word ", "ながい"])
def test_extracts_have_the_same_width_in_every_script(filler: str) -> None:
    body = filler * 200 + "微信" + filler * 200
    (extract,) = highlight("微信", body)[1]
    assert EXTRACT_LENGTH * 0.8 <= len(plain(extract)) <= EXTRACT_LENGTH * 2 + 2


def test_a_word_longer_than_an_extract_is_cut_but_no_character() -> None:
    word = "ab" * 500
    (extract,) = highlight("微信", f"{word}微信")[1]
    assert extract.endswith("<mark>微信</mark>")
    (start,) = highlight("x1", word)[1]
    assert len(plain(start)) > EXTRACT_LENGTH
    marked = "a" + "\u0301" * 300
    (whole,) = highlight("x1", marked * 3)[1]
    assert plain(whole) in (marked + "…", marked * 2 + "…")


def test_matches_of_character_pairs_are_marked_where_words_are_cut_otherwise() -> None:
    # Chinese words cut the query as 东京 | 都; the article has 京都.
    title, _ = highlight("东京都", title="京都の話")
    assert "<mark>京都</mark>" in title


@given(texts)
def test_a_highlighter_can_be_used_again(body: str) -> None:
    highlighter = Highlighter(parse_query("微信 rate"))
    article = Article(id="1", title="微信 rate", body=body)
    assert highlighter.highlight(article) == highlighter.highlight(article)


def most_telling_twin(spans: list[Span], body: str) -> Span:
    """Every extract looked at by itself."""
    varieties = []
    for number, first in enumerate(spans):
        length = EXTRACT_LENGTH if has_cjk(body[first.start : first.start + 40]) else 180
        end = first.start + length * 3 // 4
        shown = [span.needle for span in spans[number:] if span.end <= end]
        varieties.append((len(set(shown)), len(shown)))
    return spans[varieties.index(max(varieties))]


@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(1, 90), st.integers(0, 2)), min_size=1),
    st.lists(st.sampled_from(["latin words ", "漢字仮名交"]), min_size=60, max_size=60),
)
def test_the_most_telling_extract_is_that_of_a_slow_twin(
    places: list[tuple[int, int, int]], pieces: list[str]
) -> None:
    body = "".join(pieces)
    spans = sorted(Span(start, start + length, needle) for start, length, needle in places)
    assert most_telling(spans, body) == most_telling_twin(spans, body)


def test_the_clock_is_looked_at_while_matches_are_looked_for() -> None:
    article = Article(id="1", title="x", body="微信 rate cut")
    for query in ("微信", "rate", '"rate cut"'):
        with pytest.raises(TimeIsUp):
            Highlighter(parse_query(query)).highlight(article, Deadline(0))


def test_without_time_nothing_is_marked_but_all_is_escaped() -> None:
    article = Article(id="1", title="<b>rate</b>", body="<i>cut</i> " * 100)
    found = unmarked(article)
    assert found.title == "&lt;b&gt;rate&lt;/b&gt;"
    assert found.body[0].startswith("&lt;i&gt;cut&lt;/i&gt; ")
    assert found.body[0].endswith("…")


def test_a_phrase_of_one_character_in_a_text_of_nothing_else_keeps_to_its_time() -> None:
    """Every pair of the phrase stands at every place of the text."""
    article = Article(id="1", title="x", body="国" * 300_000)
    highlighter = Highlighter(parse_query(f'"{"国" * 1_000}"'))
    with pytest.raises(TimeIsUp):
        highlighter.highlight(article, Deadline(0.5))


def test_only_the_beginning_of_a_very_long_body_is_marked() -> None:
    body = "rain. " * (LONGEST_SEARCHED // 6) + " thunder" + " rain." * 30_000 + " thunder"
    article = Article(id="1", title="x", body=body)
    assert "<mark>thunder</mark>" not in str(Highlighter(parse_query("thunder")).highlight(article))
    near = Article(id="1", title="x", body=body[100:])
    assert "<mark>thunder</mark>" in str(Highlighter(parse_query("thunder")).highlight(near))
