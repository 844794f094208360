"""The real articles that every release must read right, field by field."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from sanbao.search.article import Article

SEEDS = Path(__file__).resolve().parents[2].parent / "shared" / "seeds"

pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason="shared/seeds is not there")


@pytest.fixture
def seed(index: Callable[..., object]) -> Callable[[str], Article]:
    def read(number: str) -> Article:
        (path,) = SEEDS.glob(f"{number}_*.txt")
        indexed = index(path)
        assert indexed.report.warnings == []
        return indexed.article

    return read


def fields(article: Article) -> dict[str, object]:
    """All fields but the body and the id."""
    record = article.to_dict()
    del record["body"], record["id"]
    return record


def test_jekyll_post_with_furniture_at_its_end(seed):
    article = seed("000")
    assert fields(article) == {
        "title": "2022微信公开课开讲",
        "language": "zh-Hans",
        "url": "http://finews.zning.xyz/html_News/NewsShare.html?infoCode=NW202201102241429760",
        "source": "青岛财经日报",
        "author": None,
        "published": "2022-01-10T01:37:29Z",
        "updated": None,
        "categories": ["qingdaocaijingribao"],
        "tags": ["青岛财经日报新闻"],
        "image": None,
    }
    assert article.body.startswith("近日，以“入微”为主题的2022微信公开课PRO在广州开讲")
    assert article.body.endswith("为客户提供在线服务的微信客服的能力。")
    assert len(article.body.split("\n")) == 25
    assert not re.search("返回|文章来源|zning|withounder|[<>]", article.body)


def test_hexo_post_with_links_inside_words(seed):
    article = seed("001")
    image = "https://img.36krcdn.com/20220106/v2_86e638bf76734da28e749505a4becc72_img_000"
    assert fields(article) == {
        "title": "张小龙缺席的2022微信公开课Pro，到底讲了哪些干货？",
        "language": "zh-Hans",
        "url": None,
        "source": None,
        "author": "36kr",
        "published": "2022-01-09T03:28:37Z",
        "updated": None,
        "categories": ["新媒体", "36kr", "资讯"],
        "tags": [],
        "image": image,
    }
    assert article.body.startswith("2022微信公开课Pro在广州举行。\n")
    assert "被誉为“微信之父”的张小龙可以说是微信的灵魂人物，他缺席" in article.body
    assert article.body.endswith("让微信融入广大民众的生活。")
    assert not re.search("[<>]|http|class=", article.body)


def test_jekyll_post_with_a_stock_chart(seed):
    article = seed("002")
    assert fields(article) == {
        "title": "支付分推出音视频会员“先看后付”、视频号有望开发付费内容……"
        "张小龙没来 但微信公开课透露这些动作",
        "language": "zh-Hans",
        "url": "http://finews.zning.xyz/html_News/NewsShare.html?infoCode=NW202201062238952656",
        "source": "中国证券报",
        "author": None,
        "published": "2022-01-06T12:44:03Z",
        "updated": None,
        "categories": ["zhongguozhengquanbao"],
        "tags": ["中国证券报新闻"],
        "image": None,
    }
    assert article.body.startswith("虽然“微信之父”张小龙没有现身")
    assert article.body.endswith("较前一年上涨20%。")
    assert not re.search("[<>]|StockImg|K图|00700|返回|文章来源", article.body)


def test_scraped_japanese_page_on_few_lines(seed):
    article = seed("003")
    assert fields(article) == {
        "title": "昨夜、2023 WeChatオープンクラスPRO・WeChat面接が広州で開催されました",
        "language": "ja",
        "url": None,
        "source": "WeChat公開アカウント「Yan Tao Sanshou(ID:yantao-219)」",
        "author": "ヤン・タオ",
        "published": None,
        "updated": None,
        "categories": [],
        "tags": [],
        "image": None,
    }
    assert article.body.startswith("これまでの年間オープンクラスに加え")
    assert article.body.endswith("待って見てみましょう。")
    assert len(article.body.split("\n")) == 5
    assert not re.search("<<|>>|アリペイ|バイトダンス|ISCC|1年間で100回", article.body)


def test_english_text_whose_first_line_is_its_title(seed):
    article = seed("004")
    assert fields(article) == {
        "title": "2022 WeChat Open Class PRO: Zhang Xiaolong is absent, "
        "but WeChat “spoilers” these major updates",
        "language": "en",
        "url": None,
        "source": None,
        "author": None,
        "published": None,
        "updated": None,
        "categories": [],
        "tags": [],
        "image": None,
    }
    assert article.body.startswith("Since 2008, children in the compulsory education stage")
    assert article.body.endswith("\nNot too interesting, not too optimistic.")
    assert not re.search("Sina Weibo|View comments|#Welcome", article.body)


def test_reading_them_again_doubles_nothing(index):
    assert index(SEEDS).report.added == 5
    again = index(SEEDS)
    assert (again.report.added, again.report.updated) == (0, 5)
    assert len(again.articles) == 5
