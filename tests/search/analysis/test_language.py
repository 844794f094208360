"""Language of articles and queries: short cases of our own, then the judged sets."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.analysis.language import detect, query_languages, written_languages
from sanbao.search.article import LANGUAGES
from tests.growth import assert_linear

EVAL = Path(__file__).resolve().parents[3].parent / "shared/eval"
SETS = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant", "ja": "ja", "en": "en"}

FOREIGN = {
    "French": "Le gouvernement a annoncé lundi une baisse des impôts pour les petites entreprises.",
    "German": "Die Minister treffen sich morgen in Brüssel, um über den Haushalt zu beraten.",
    "Spanish": "La huelga de los ferroviarios continúa en varias regiones del país.",
    "Danish": "Ministrene mødes i morgen i Bruxelles for at tale om budgettet.",
    "Vietnamese": "Chính phủ hôm thứ Hai công bố giảm thuế cho các doanh nghiệp nhỏ.",
    "Korean": "정부는 월요일 중소기업 세금 인하를 발표했다.",
    "Russian": "Правительство объявило о снижении налогов для малого бизнеса.",
    "Thai": "รัฐบาลประกาศลดภาษีให้ธุรกิจขนาดเล็ก",
}


@pytest.mark.parametrize(
    ("title", "body", "language"),
    [
        ("台风登陆", "台风周一在南部沿海登陆，没有人员伤亡的报道。", "zh-Hans"),
        ("颱風登陸", "颱風週一在南部沿海登陸，沒有人員傷亡的報導。", "zh-Hant"),
        ("台風上陸", "台風は月曜日に南部の海岸に上陸した。", "ja"),
        ("Typhoon lands", "The typhoon made landfall on the southern coast on Monday.", "en"),
        ("日本銀行総裁会見", "総裁は金利について述べた。", "ja"),
        ("大統領選挙結果", "本日発表", "ja"),
        ("日本动画《となりのトトロ》重映", "这部影片周五在各地影院重新上映，票价不变。", "zh-Hans"),
        ("日本動畫《となりのトトロ》重映", "這部影片週五在各地戲院重新上映，票價不變。", "zh-Hant"),
        ("中国の「发展」", "中国語では発展を「发展」と書く。これが新聞の見出しになった。", "ja"),
        ("OpenAI 发布 GPT-4 Turbo", "", "zh-Hans"),
        ("A film by Zhang Yimou (张艺谋)", "It opens in cinemas across the country today.", "en"),
        ("Fed rate cut", "", "en"),
        ("WORLD CUP", "", "en"),
        # langdetect is certain that these are German and Catalan.
        ("Men against machines", "", "en"),
        ("Banana exports soar", "", "en"),
        # Long enough, but langdetect wavers between Indonesian and Tagalog.
        ("Kim in Hanoi, Abe in Manila, Moon in Jakarta on Sunday", "", "en"),
        ("", "2024-01-01 12:30 +3.5%", "und"),
        ("", "", "und"),
    ],
)
def test_languages_of_articles(title: str, body: str, language: str) -> None:
    assert detect(title, body) == language


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN)
def test_other_languages_are_undetermined(text: str) -> None:
    assert detect("", text) == "und"


@pytest.mark.parametrize(
    ("text", "hint", "language"),
    [
        # The text says otherwise: the hint is wrong.
        ("台風は月曜日に上陸した。", "en", "ja"),
        ("颱風週一登陸，沒有人員傷亡。", "zh-CN", "zh-Hant"),
        ("The typhoon made landfall on the southern coast.", "zh-TW", "en"),
        ("Правительство объявило о снижении налогов.", "en", "und"),
        # The text leaves it open: the hint decides.
        ("東京大学", "ja-JP", "ja"),
        ("北京大学", "zh_CN", "zh-Hans"),
        ("台北市政府", "zh-Hant-TW", "zh-Hant"),
        ("人口", "zh-HK", "zh-Hant"),
        ("人口", "zh", "zh-Hans"),
        ("Champions League", "de", "und"),
        ("2024", "ja", "ja"),
    ],
)
def test_a_hint_decides_what_the_text_leaves_open(text: str, hint: str, language: str) -> None:
    assert detect("", text, hint) == language


@given(st.text(), st.text(), st.none() | st.text(max_size=12))
def test_any_text_has_a_language_that_an_article_may_have(
    title: str, body: str, hint: str | None
) -> None:
    assert detect(title, body, hint) in LANGUAGES


@given(st.text(st.characters(categories=["L"]), max_size=30))
def test_the_answer_does_not_change(text: str) -> None:
    assert detect("", text) == detect("", text)


def test_time_of_unclosed_brackets_grows_with_the_length_only() -> None:
    def make(size: int) -> str:
        return "「经济" * size

    assert detect("", make(4_000)) == "zh-Hans"
    assert_linear(lambda text: detect("", text), make, 4_000)


def test_threads_get_the_same_answers() -> None:
    texts = ["不能行走。", "東京大学", "Elite league", *FOREIGN.values()] * 20
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(detect, texts, texts)) == [detect(text, text) for text in texts]


@pytest.mark.parametrize("name", SETS)
def test_judged_articles(name: str) -> None:
    articles = _articles(name)
    found = Counter(detect(article["title"], article["body"]) for article in articles)
    assert found[SETS[name]] / len(articles) >= 0.998, found


def test_judged_sentences() -> None:
    path = EVAL / "ntrex/sentences.tsv"
    _skip_without(path)
    lines = [line.split("\t", 1) for line in path.read_text("utf-8").splitlines()]
    wrong = [(name, text) for name, text in lines if detect("", text) != SETS[name]]
    assert len(wrong) / len(lines) <= 0.005, wrong


@pytest.mark.parametrize(
    ("query", "languages"),
    [
        ("サーバー", ("ja",)),
        ("iPhoneの価格", ("ja",)),
        ("ｻｰﾊﾞｰ", ("ja",)),
        ("ＡＩ", ("en",)),
        ("日本銀行", ("zh", "ja")),
        ("微信公开课", ("zh", "ja")),
        ("経済", ("ja", "zh")),
        ("AI 規制", ("zh", "ja", "en")),
        ("climate change", ("en",)),
        ("2024", ("zh", "ja", "en")),
        ("서울", ("zh", "ja", "en")),
        ("", ("zh", "ja", "en")),
    ],
)
def test_candidates_of_queries(query: str, languages: tuple[str, ...]) -> None:
    assert query_languages(query) == languages


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1))
def test_han_alone_is_always_both(query: str) -> None:
    assert set(query_languages(query)) == {"zh", "ja"}


def _articles(name: str) -> list[dict[str, str]]:
    path = EVAL / name / "docs.jsonl.gz"
    _skip_without(path)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _skip_without(path: Path) -> None:
    if not path.exists():
        pytest.skip(f"judged set not found: {path}")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("经济", ("zh-Hans",)),
        ("經濟", ("zh-Hant",)),
        ("経済", ("ja",)),
        ("新しい渡輪", ("ja",)),
        ("国会", ("zh-Hans", "ja")),
        ("熊本", ()),
        ("WeChat", ("en",)),
        ("2022", ()),
        ("", ()),
    ],
)
def test_the_writing_of_a_query_leaves_only_the_languages_that_write_so(
    text: str, written: tuple[str, ...]
) -> None:
    assert written_languages(text) == written
