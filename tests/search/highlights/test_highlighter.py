"""Highlights: whole characters of the original, safe in HTML, with the matches marked."""

from __future__ import annotations

import re
import subprocess
import sys
from html import unescape

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.article import Article
from sanbao.search.errors import InvalidRequest
from sanbao.search.highlights.fragments import COLUMNS, FRAGMENTS
from sanbao.search.highlights.highlighter import LONGEST_SEARCHED, Highlighter, unmarked
from sanbao.search.limits import Deadline, TimeIsUp
from sanbao.search.query.understanding import parse_query

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
    for first in {0, int(text[:1] == "…")}:
        for last in {0, int(text[-1:] == "…")}:
            inner = text[first : len(text) - last]
            for match in re.finditer(f"(?={re.escape(inner)})", body):
                start, end = match.start(), match.start() + len(inner)
                if inner and {start, end} <= boundaries:
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
    assert len(extracts) <= FRAGMENTS
    assert bool(extracts) == bool(body.strip())
    for extract in extracts:
        assert_safe(extract)
        assert place(extract, body) is not None


@given(queries, texts, texts)
def test_marks_hold_whole_characters(query: str, title: str, body: str) -> None:
    try:
        marked_title, extracts = highlight(query, body, title=f"x{title}")
    except InvalidRequest:
        return
    assert cuts_no_character(marked_title, f"x{title}", 0)
    for extract in extracts:
        assert all(marks(extract))
        found = place(extract, body)
        assert found is not None
        shown = body[found[0] : found[1]]
        assert cuts_no_character(extract, shown, plain(extract).index(shown))


def cuts_no_character(extract: str, shown: str, before: int) -> bool:
    """Whether all marks begin and end between characters of the text that is shown.

    Args:
        before: how many characters stand in the extract before the text.
    """
    boundaries = {0, *(match.end() for match in regex.finditer(r"\X", shown))}
    at = -before
    ends = set()
    for number, piece in enumerate(re.split("</?mark>", extract)):
        if number:
            ends.add(at)
        at += len(unescape(piece))
    return ends <= boundaries


@given(queries, texts)
def test_every_extract_has_a_mark_unless_nothing_matched(query: str, body: str) -> None:
    try:
        _, extracts = highlight(query, body)
    except InvalidRequest:
        return
    assert len(extracts) <= 1 or all(marks(extract) for extract in extracts)


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
        # One character each, as readers see them, of which the query is the beginning.
        ("葛", "葛\U000e0100飾区", "<mark>葛\U000e0100</mark>飾区"),
        ("あ", "「あ\u3099」", "「<mark>あ\u3099</mark>」"),
        ("1", "1\ufe0f\u20e3 a", "<mark>1\ufe0f\u20e3</mark> a"),
        ("각", "\u1100\u1161\u11a8 각", "<mark>\u1100\u1161\u11a8</mark> <mark>각</mark>"),
        ("会", "会\u200d🇯🇵", "<mark>会\u200d</mark>🇯🇵"),
        ("𠮷野家", "𠮷野家", "<mark>𠮷野家</mark>"),
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
    assert extract == body[: COLUMNS // 2]


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


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ('unemployment inflation productivity "it is"', "it is"),
        ("tax war law unemployment", "unemployment"),
        ("tax war law 国会", "国会"),
    ],
)
def test_what_tells_most_is_among_the_extracts(query: str, told: str) -> None:
    """There is room for three of the four, and this one comes last."""
    filler = "nothing of interest here. " * 20
    words = query.replace(' "it is"', "").split()
    words = words if told in words else [*words, told]
    extracts = highlight(query, "".join(f"So {word}. {filler}" for word in words))[1]
    assert len(extracts) == FRAGMENTS
    assert marks(extracts[-1]) == [told]


def test_a_word_that_was_shown_inside_a_longer_one_is_not_shown_again() -> None:
    filler = "无关的内容很多很多。" * 20
    body = f"微信公开课。{filler}微信很好。{filler}公开课很好。{filler}"
    (extract,) = highlight("微信公开课", body)[1]
    assert marks(extract) == ["微信公开课"]


def test_points_stand_for_the_rest_of_a_sentence() -> None:
    filler = "无关。" * 90
    assert highlight("微信", f"{filler}微信好。{filler}")[1] == (
        "<mark>微信</mark>好。" + "无关。" * 25,
    )
    (cut,) = highlight("微信", f"{'很长' * 90}，微信{'很长' * 90}。")[1]
    assert cut.startswith("…<mark>微信</mark>很长")
    assert cut.endswith("很长…")
    (comma,) = highlight("rate", "rates" + ", x" * 90)[1]
    assert comma.endswith(" x…")
    assert highlight("微信", "\n国微信 \n")[1] == ("国<mark>微信</mark>",)


def test_an_extract_starts_with_a_sentence_near_the_match() -> None:
    body = "前面的话很长很长很长很长很长很长很长。" * 10 + "今天微信开讲。" + "后面。" * 60
    (extract,) = highlight("微信", body)[1]
    first = plain(extract).strip("…")
    assert body[body.index(first) - 1] == "。"


@pytest.mark.parametrize("filler", ["无关。", "word ", "ながい"])
def test_extracts_have_the_same_width_in_every_script(filler: str) -> None:
    body = filler * 200 + "微信" + filler * 200
    (extract,) = highlight("微信", body)[1]
    assert (COLUMNS // 2) * 0.8 <= len(plain(extract)) <= COLUMNS + 2


def test_a_word_longer_than_an_extract_is_cut_but_no_character() -> None:
    word = "ab" * 500
    (extract,) = highlight("微信", f"{word}微信")[1]
    assert extract.endswith("<mark>微信</mark>")
    (start,) = highlight("x1", word)[1]
    assert len(plain(start)) > (COLUMNS // 2)
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


def test_marking_needs_no_engine() -> None:
    """Every engine marks what it finds, so none is loaded for it."""
    code = (
        "import sys\n"
        "from sanbao.search.article import Article\n"
        "from sanbao.search.highlights.highlighter import Highlighter\n"
        "from sanbao.search.query.tree import Term, Text, Unit\n"
        "query = Text((Unit((Term('grams', 'econmy', edits=1),)),), 1.0)\n"
        "found = Highlighter(query).highlight(Article(id='1', title='economy', body=''))\n"
        "assert found.title == '<mark>economy</mark>', found\n"
        "engines = ('whoosh', 'numba', 'sanbao.search.codec', 'sanbao.search.engines')\n"
        "assert not [name for name in sys.modules if name.startswith(engines)]\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
