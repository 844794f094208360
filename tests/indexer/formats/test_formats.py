"""Each format, read from a real file."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from sanbao.indexer.formats.encodings import decode

EVAL = Path(__file__).resolve().parents[3].parent / "shared" / "eval"
PARAGRAPHS = ("第一段：渡轮将在冬季继续运行，市议会周二作出决定。", "第二段：票价不变，每人八元。")

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>某报</title><language>zh-tw</language>
<item><title>渡輪 &amp;amp; 市議會</title><link>https://news.example/1</link>
<pubDate>Fri, 20 Nov 2026 10:05:00 +0800</pubDate><category>港聞</category>
<author>李四</author><guid isPermaLink="false">1</guid>
<enclosure url="https://news.example/1.jpg" type="image/jpeg" length="1"/>
<description>&lt;p&gt;渡&lt;a href="x"&gt;輪&lt;/a&gt;繼續。&lt;/p&gt;
&lt;p&gt;票價不變。&lt;/p&gt;</description>
</item></channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="ja"><title>某紙</title>
<entry><title>フェリー</title><id>https://news.example/2</id><updated>2026-11-20T10:05:00Z</updated>
<summary>短い。</summary><content type="html">&lt;p&gt;フェリーは冬も運航する。&lt;/p&gt;</content>
</entry></feed>"""

PAGE = """<!DOCTYPE html><html lang="zh-CN"><head><meta charset="{charset}">
<title>渡轮 - 某报</title>
<meta property="og:title" content="渡轮将继续"><meta property="og:site_name" content="某报">
<meta property="article:published_time" content="2026-11-20T10:05:00+08:00">
<meta property="article:section" content="本地"><meta name="keywords" content="渡轮，市议会">
<meta property="og:image" content="/1.jpg"><meta name="author" content="王小明">
<link rel="canonical" href="https://news.example/1"></head><body>
<nav><ul><li><a href="/">首页</a></li><li><a href="/s">体育</a></li></ul></nav>
<article><h1>渡轮将继续</h1><p>{0}</p><p>{1}</p></article>
<footer>版权所有 某报</footer></body></html>"""


def test_markdown_with_front_matter(index_text):
    article = index_text(
        "---\ntitle: 'No: 7'\ndate: 2026-11-20 10:05:00\ncategories: [A, [B, C]]\ntags: x y\n"
        "lang: en\nauthor: {name: Ann}\nurl: https://news.example/7\n---\nOne **two**.\n",
        "post.md",
    ).article
    assert (article.title, article.author, article.body) == ("No: 7", "Ann", "One two.")
    assert (article.categories, article.tags) == (("A", "B", "C"), ("x", "y"))
    assert article.to_dict()["published"] == "2026-11-20T10:05:00Z"


def test_front_matter_values_stay_as_they_are_written(index_text):
    article = index_text("---\nid: 007\ntitle: No\ntags: 2026\n---\nText.").article
    assert (article.id, article.title, article.tags) == ("007", "No", ("2026",))


def test_plain_text_with_a_title(index_text):
    article = index_text("Ferry stays\r\n\r\nIt will run.\r\nAll winter.\r\n").article
    assert (article.title, article.body) == ("Ferry stays", "It will run.\nAll winter.")


def test_plain_text_without_a_title(index_text):
    article = index_text("The ferry will run all winter, the council says.\n").article
    assert article.title == "The ferry will run all winter, the council says"
    assert article.body == "The ferry will run all winter, the council says."


def test_json_lines_of_another_program(index_text):
    record = {
        "title": "T",
        "content": "B\n\nC",
        "lang": "en",
        "date": "2026-11-20",
        "views": 5,
        "author": True,
        "id": 12,
        "tags": "one label",
    }
    article = index_text(json.dumps(record) + "\n\n", "export.txt").article
    assert (article.id, article.body, article.author) == ("12", "B\nC", None)
    assert article.tags == ("one label",)
    assert article.to_dict()["published"] == "2026-11-20T00:00:00Z"


def test_json_documents(index_text):
    two = [{"title": "A"}, {"title": "B", "body": "<p>x<b>y</b></p><p>z</p>"}]
    indexed = index_text(json.dumps(two, indent=1))
    assert [a.title for a in indexed.articles] == ["A", "B"]
    assert indexed.articles[1].body == "xy\nz"
    assert len(index_text(json.dumps({"title": "C"}, indent=1)).articles) == 3


@pytest.mark.parametrize(
    "content", [RSS, json.dumps({"title": "A"}), PAGE, "---\ntitle: A\n---\nB"]
)
def test_gzip_is_read_by_content(index_text, content):
    plain = index_text(content).article
    assert index_text(gzip.compress(content.encode()), "other").article == plain


def test_rss(index_text):
    article = index_text(RSS).article
    assert article.to_dict() | {"id": ""} == {
        "id": "",
        "title": "渡輪 & 市議會",
        "body": "渡輪繼續。\n票價不變。",
        "language": "zh-Hant",
        "url": "https://news.example/1",
        "source": "某报",
        "author": "李四",
        "published": "2026-11-20T02:05:00Z",
        "updated": None,
        "categories": ["港聞"],
        "tags": [],
        "image": "https://news.example/1.jpg",
    }


def test_atom(index_text):
    article = index_text(ATOM).article
    assert (article.body, article.language) == ("フェリーは冬も運航する。", "ja")
    assert (article.url, article.source) == ("https://news.example/2", "某紙")
    assert article.to_dict()["published"] == "2026-11-20T10:05:00Z"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_html_page(index_text, encoding):
    page = PAGE.format(*PARAGRAPHS, charset=encoding)
    article = index_text(page.encode(encoding)).article
    assert article.to_dict() | {"id": ""} == {
        "id": "",
        "title": "渡轮将继续",
        "body": "\n".join(PARAGRAPHS),
        "language": "zh-Hans",
        "url": "https://news.example/1",
        "source": "某报",
        "author": "王小明",
        "published": "2026-11-20T02:05:00Z",
        "updated": None,
        "categories": ["本地"],
        "tags": ["渡轮", "市议会"],
        "image": "https://news.example/1.jpg",
    }


def test_html_page_that_says_it_only_to_readers(index_text):
    article = index_text(
        "<html><head><title>题目</title></head><body><div id=content><h1>题目</h1>"
        "<div class=meta>2026年11月20日 10:05 来源：某报 作者：李四</div>"
        f"<div>{PARAGRAPHS[0]}</div><div>{PARAGRAPHS[1]}</div></div></body></html>"
    ).article
    assert (article.title, article.body) == ("题目", "\n".join(PARAGRAPHS))
    assert article.to_dict()["published"] == "2026-11-20T10:05:00Z"
    assert (article.source, article.author) == ("某报", "李四")


def test_a_part_of_an_html_page(index_text):
    article = index_text(f"<!-- x -->\n<h1>题目</h1><p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1]}</p>")
    assert (article.article.title, article.article.body) == ("题目", "\n".join(PARAGRAPHS))


def test_html_page_with_linked_data(index_text):
    data = {
        "@graph": [
            {"@type": "WebSite", "name": "not this"},
            {
                "@type": "NewsArticle",
                "headline": "Ferry stays",
                "datePublished": "2026-11-20T10:05:00Z",
                "dateModified": "2026-11-21T10:05:00Z",
                "author": [{"name": "Ann"}],
                "publisher": {"name": "The Courier"},
            },
        ]
    }
    article = index_text(
        f"<html><head><script type='application/ld+json'>{json.dumps(data)}</script></head>"
        "<body><article><p>The ferry will run all winter, the council says.</p></article></body>"
    ).article
    assert (article.title, article.author, article.source) == ("Ferry stays", "Ann", "The Courier")
    assert article.to_dict()["published"] == "2026-11-20T10:05:00Z"
    assert article.to_dict()["updated"] == "2026-11-21T10:05:00Z"


CHINESE = "市议会周二决定，渡轮将在冬季继续运行，票价不变。乘客们对此表示欢迎。"
TAIWANESE = "市議會週二決定，渡輪將在冬季繼續運行，票價不變。乘客們對此表示歡迎。"
JAPANESE = (
    "市議会は火曜日、フェリーの冬の運航を続けると決めた。運賃は変わらない。乗客は喜んでいる。"
)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (CHINESE, "gb18030"),
        (CHINESE, "utf-8-sig"),
        (CHINESE, "utf-16"),
        (TAIWANESE, "big5"),
        (JAPANESE, "cp932"),
        (JAPANESE, "euc_jp"),
        (JAPANESE, "iso2022_jp"),
        ("The café’s owner – a former captain – said “no”.", "cp1252"),
    ],
)
def test_encodings_of_plain_text(index_text, text, encoding):
    assert index_text(text.encode(encoding)).article.body == text


def test_a_few_damaged_bytes_do_not_lose_the_text(index_text):
    data = (CHINESE * 20).encode() + "票".encode()[:2]
    assert index_text(data).article.body.startswith(CHINESE * 20)


def test_a_page_is_read_in_the_encoding_that_it_declares(index_text):
    page = '<html><head><meta charset="big5"></head><body><p>經濟日報</p></body></html>'
    assert index_text(page.encode("big5")).article.body == "經濟日報"


@pytest.mark.skipif(not EVAL.is_dir(), reason="shared/eval is not there")
@pytest.mark.parametrize(
    ("folder", "encoding"),
    [
        ("zh-hans", "gb18030"),
        ("zh-hant", "big5"),
        ("ja", "cp932"),
        ("ja", "euc_jp"),
        ("en", "cp1252"),
    ],
)
def test_real_articles_are_read_in_the_encodings_of_their_country(folder, encoding):
    with gzip.open(EVAL / folder / "docs.jsonl.gz") as lines:
        texts = [json.loads(line)["body"] for line in lines][:200]
    data = [text.encode(encoding, "ignore") for text in texts]
    assert [decode(one) for one in data] == [one.decode(encoding) for one in data]


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("[Update] Ferry stays\n\nIt runs.", "[Update] Ferry stays"),
        ("{sic} Ferry stays\n\nIt runs.", "{sic} Ferry stays"),
        ("<<Ferry>> stays\n\nIt runs.", "<<Ferry>> stays"),
        ("--- Ferry stays\n\nIt runs.", "--- Ferry stays"),
    ],
)
def test_text_that_starts_like_another_format_is_text(index_text, content, title):
    assert index_text(content).article.title == title


def test_names_decide_where_content_does_not(index_text):
    assert index_text("# Ferry\n\nIt *runs*.", "a.md").article.body == "Ferry\nIt runs."
    assert "not valid JSON" in index_text("Ferry", "a.jsonl").report.failures[0].reason
