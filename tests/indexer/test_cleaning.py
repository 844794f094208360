from __future__ import annotations

import pytest

from sanbao.indexer.cleaning import clean
from sanbao.indexer.drafts import Draft, Paragraph
from sanbao.indexer.paragraphs import from_html, from_markdown, from_text

PROSE = "The council voted on Tuesday to keep the ferry running through the winter."


def cleaned(*lines: str, **fields: object) -> Draft:
    return clean(Draft(name="x", body=[Paragraph(line) for line in lines], **fields))


def texts(draft: Draft) -> list[str]:
    return [paragraph.text for paragraph in draft.body]


@pytest.mark.parametrize(
    "line",
    [
        "返回首页",
        "返回某报新闻｜返回首页",
        "分享到：",
        "一覧に戻る",
        "Back to top",
        "Site | Original link · View comments · Sina Weibo",
        "#Welcome to pay attention to the official WeChat account of Site",
        "欢迎关注我们的微信公众号",
        "責任編輯：王小明",
        "http://news.example/article/1",
    ],
)
def test_furniture_goes_at_the_end_and_only_there(line):
    assert texts(cleaned(PROSE, line)) == [PROSE]
    assert texts(cleaned(PROSE, line, PROSE)) == [PROSE, line, PROSE]


def test_paragraphs_of_links_go_at_both_ends():
    links = Paragraph("More about ferries", links_only=True)
    draft = clean(Draft(name="x", body=[links, Paragraph(PROSE), links, links]))
    assert texts(draft) == [PROSE]


@pytest.mark.parametrize(
    "line",
    [
        "Market share rose to 5 percent.",
        "她说：“关注气候，就是关注我们自己。”",
        "Sources: three people who were there said so, and none gave a name.",
        "会议返回原点。",
        "甲方｜乙方",
    ],
)
def test_prose_stays(line):
    assert texts(cleaned(PROSE, line)) == [PROSE, line]


@pytest.mark.parametrize(
    "line",
    ["<<: 前の話", ">>: 次の話", "上一篇：旧闻", "相关阅读", "関連記事：", "Related articles"],
)
def test_links_to_neighbours_end_the_article(line):
    assert texts(cleaned(PROSE, line, "Another article begins ...", PROSE)) == [PROSE]


def test_an_article_of_nothing_but_furniture_stays_whole():
    draft = cleaned("返回首页", "来源：某报", title="T")
    assert texts(draft) == ["返回首页", "来源：某报"]
    assert draft.source is None


@pytest.mark.parametrize(
    "line", ["（文章来源：某报）", "来源：某报", "出典: 某报", "(Source: 某报)"]
)
def test_a_credit_line_becomes_the_source(line):
    assert cleaned(PROSE, line).source == "某报"
    assert cleaned(PROSE, line, source="别报").source == "别报"
    assert texts(cleaned(PROSE, line)) == [PROSE]


def test_a_byline_above_the_text_fills_the_fields():
    draft = cleaned("题目", "2026年11月20日 10:05 来源：某报 作者：李四", PROSE, title="题目")
    assert texts(draft) == [PROSE]
    assert (draft.source, draft.author) == ("某报", "李四")
    assert str(draft.published) == "2026-11-20 10:05:00+00:00"


def test_the_title_of_an_article_without_one_is_a_sentence_of_its_start():
    lead = "In short, it is good news."
    main = "Harbour ferry keeps running."
    rest = "The ferry is old. The Harbour board likes the ferry. Harbour traffic grows."
    assert cleaned(f"{lead} {main} {rest}").title == "Harbour ferry keeps running"


def test_a_long_sentence_is_cut_between_words():
    title = cleaned("word, " * 100).title
    assert title.endswith("word…")
    assert len(title) <= 160


def test_inline_tags_join_and_block_tags_part():
    body = from_html("<div>2022<a href=x>微信</a>公<a>开课</a><p>二</p>三<br>四</div>")
    assert [p.text for p in body] == ["2022微信公开课", "二", "三", "四"]


def test_what_is_no_text_is_dropped():
    body = from_html(
        "<p>a<!-- b --><script>c</script><style>d</style><svg><text>e</text></svg>f</p>"
        "<figure><img alt=g><figcaption>h</figcaption></figure><p>漢<ruby>字<rt>じ</rt></ruby></p>"
    )
    assert [p.text for p in body] == ["af", "h", "漢字"]


def test_a_line_break_in_the_source_is_a_space_only_between_narrow_words():
    body = from_html("<p>今天\n  天气 很好\nand the\nsun</p>")
    assert [p.text for p in body] == ["今天天气 很好 and the sun"]


def test_paragraphs_of_links_are_known():
    body = from_html("<p><a href=x>甲</a>｜<a href=y>乙</a></p><p>见<a href=x>甲</a></p>")
    assert [p.links_only for p in body] == [True, False]


def test_deep_nesting_is_no_crash():
    assert from_html("<div>" * 30_000 + "x") is not None


def test_markdown_and_html_mix():
    body = from_markdown(
        "# 标题\n\n一**二**三\n四\n\n    <b>五</b>\n\n<p>六*七</p>\n\n"
        "- 八\n- [九](x)\n\n{% raw %}\n"
    )
    assert [p.text for p in body] == ["标题", "一二三四", "五", "六*七", "八", "九"]


def test_control_characters_go_and_line_ends_are_one():
    assert [p.text for p in from_text("a\x00b\ud800c\u200bd\r\ne\u2028f\tg")] == [
        "abcd",
        "e",
        "f\tg",
    ]


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("全長の**76%**を占め", "全長の76%を占め"),
        ("这是**“重点”**内容", "这是“重点”内容"),
        ("a **bold** word and 2 ** 3", "a bold word and 2 ** 3"),
    ],
)
def test_emphasis_goes_where_cjk_text_has_no_space_beside_it(markdown: str, text: str) -> None:
    assert [paragraph.text for paragraph in from_markdown(markdown)] == [text]
