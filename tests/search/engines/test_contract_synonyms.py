"""The contract of synonyms: what is found by the words of a file, and how it is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from sanbao.search.article import Article
from sanbao.search.engines import SearchEngine, open_engine, open_writer
from sanbao.search.errors import InvalidSynonyms
from sanbao.search.expansion import synonyms
from sanbao.search.request import SearchRequest
from sanbao.search.results import OLD_SYNONYMS
from tests.search.engines.conftest import NewLocation

FILE = """
央行, 中央银行, 人民银行
WHO => World Health Organization, 世界卫生组织
rate cut, easing, 降息
[ja]
日銀, 日本銀行
地震 => 揺れ
[zh]
渡轮, 轮渡
[en]
gas, petrol
"""

TEXTS = {
    "typed": "央行宣布新政策。",
    "central": "中央银行宣布新政策。",
    "people": "人民银行宣布新政策。",
    "commercial": "商业银行宣布新政策。",
    "weather": "中央气象台发布预警。",
    "who": "The WHO gave advice.",
    "organization": "The World Health Organization gave advice.",
    "世卫": "世界卫生组织给出建议。",
    "world": "The world cup began.",
    "cut": "A rate cut came early.",
    "easing": "More easing came early.",
    "降息": "市场预期降息。",
    "rate": "The rate of growth came down.",
    "日銀": "日銀が発表した。",
    "日本銀行": "日本銀行が発表した。",
    "both": "日銀とは日本銀行のことだ。",
    "地震": "地震がありました。",
    "揺れ": "強い揺れがありました。",
    "渡轮": "渡轮今天停航。",
    "轮渡": "轮渡今天停航。",
    "gas": "Gas became cheaper.",
    "petrol": "Petrol became cheaper.",
    "titled": "Nothing more.",
}
TITLES = {"titled": "人民银行"}

Located = tuple[str, Path]


@pytest.fixture(scope="module")
def located(new_location: NewLocation, tmp_path_factory: pytest.TempPathFactory) -> Located:
    """An index and a file of synonyms."""
    location = new_location()
    with open_writer(location) as writer:
        for id_, body in TEXTS.items():
            source = "A" if len(id_) % 2 else "B"
            writer.add(Article(id=id_, title=TITLES.get(id_, "News"), body=body, source=source))
        for number in range(30):
            writer.add(Article(id=f"other{number}", title="News", body="天气 weather 天気の話"))
    file = tmp_path_factory.mktemp("synonyms") / "synonyms.txt"
    file.write_text(FILE, "utf-8")
    return location, file


@pytest.fixture(scope="module")
def plain(located: Located) -> SearchEngine:
    return open_engine(located[0])


@pytest.fixture(scope="module")
def engine(located: Located) -> SearchEngine:
    return open_engine(located[0], synonyms=located[1])


def found(engine: SearchEngine, text: str) -> set[str]:
    return {hit.article.id for hit in engine.search(SearchRequest(text=text, limit=50)).hits}


BANKS = {"typed", "central", "people", "titled"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("央行", BANKS),
        ("WHO", {"who", "organization", "世卫"}),
        ("rate cut AND early", {"cut", "easing"}),
        ("降息", {"cut", "easing", "降息"}),
        ("日銀", {"日銀", "日本銀行", "both"}),
        ("渡輪", {"渡轮", "轮渡"}),
        ("渡轮停航 AND 今天", {"渡轮", "轮渡"}),
        ("gas", {"gas", "petrol"}),
        ("petrol 渡轮", {"gas", "petrol", "渡轮", "轮渡"}),
        ("央行 AND 宣布", {"typed", "central", "people"}),
        ("(央行 OR WHO) AND (宣布 OR advice)", {*BANKS, "who", "organization"} - {"titled"}),
        ("title:央行", {"titled"}),
        ("央行 source:A", {"typed", "central"}),
        ("gas -petrol", {"gas"}),
        ("政策 -央行 AND 宣布", {"central", "people", "commercial"}),
        ('"央行"', {"typed"}),
        ('"WHO"', {"who"}),
        ("央行*", {"typed"}),
    ],
)
def test_what_a_query_finds(engine: SearchEngine, text: str, expected: set[str]) -> None:
    assert found(engine, text) == expected


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("World Health Organization", "who"),
        ("揺れ", "地震"),
        ("地震", "gas"),
    ],
)
def test_what_a_query_does_not_find(engine: SearchEngine, text: str, absent: str) -> None:
    assert absent not in found(engine, text)


def test_a_section_holds_for_its_language_alone(engine: SearchEngine) -> None:
    assert "轮渡" in found(engine, "渡轮")
    assert "揺れ" in found(engine, "地震")
    assert "揺れ" in found(engine, "地震です")
    assert "轮渡" not in found(engine, "渡轮です")


def test_without_a_file_nothing_is_found_but_what_was_typed(plain: SearchEngine) -> None:
    assert found(plain, "央行") == {"typed"}
    assert found(plain, "WHO") == {"who"}


@pytest.mark.parametrize(
    "text", ["新闻", "rate", "商业银行", "政策 宣布", '"rate cut"', "gas*", "econmy~"]
)
def test_a_query_without_synonyms_is_the_same(
    plain: SearchEngine, engine: SearchEngine, text: str
) -> None:
    ours, theirs = (each.search(SearchRequest(text=text)) for each in (engine, plain))
    assert ours.understood == theirs.understood
    assert [(h.article.id, h.score) for h in ours.hits] == [
        (h.article.id, h.score) for h in theirs.hits
    ]


@pytest.mark.parametrize(("text", "first"), [("央行", "typed"), ("WHO", "who"), ("gas", "gas")])
def test_what_was_typed_comes_first_and_synonyms_near(
    engine: SearchEngine, text: str, first: str
) -> None:
    hits = engine.search(SearchRequest(text=text, recency=False)).hits
    scores = {hit.article.id: hit.score for hit in hits if hit.article.id != "titled"}
    assert max(scores, key=lambda id_: scores[id_]) == first
    assert min(scores.values()) > scores[first] / 4


def test_synonyms_are_marked(engine: SearchEngine) -> None:
    hits = engine.search(SearchRequest(text="WHO 央行")).hits
    marked = {hit.article.id: hit.highlight.body for hit in hits if hit.highlight}
    assert marked["世卫"] == ("<mark>世界卫生组织</mark>给出建议。",)
    assert marked["central"] == ("<mark>中央银行</mark>宣布新政策。",)
    assert "<mark>Health</mark>" in marked["organization"][0]


def test_synonyms_are_marked_beside_what_was_typed(engine: SearchEngine) -> None:
    hits = {hit.article.id: hit for hit in engine.search(SearchRequest(text="日銀")).hits}
    highlight = hits["both"].highlight
    assert highlight
    assert highlight.body == ("<mark>日銀</mark>とは<mark>日本銀行</mark>のことだ。",)


def test_an_explanation_adds_up(engine: SearchEngine) -> None:
    page = engine.search(SearchRequest(text="央行", explain=True))
    for hit in page.hits:
        assert sum(part.value for part in hit.explanation or ()) == pytest.approx(hit.score)
    assert "|words:人民银行" in page.understood


def test_a_file_is_read_again_while_searches_go_on(
    located: Located, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synonyms, "SECONDS_BETWEEN_LOOKS", 0.0)
    file = tmp_path / "s.txt"
    file.write_text("gas, petrol")
    engine = open_engine(located[0], synonyms=file)
    assert found(engine, "gas") == {"gas", "petrol"}
    file.write_text("gas, 渡轮", "utf-8")
    assert found(engine, "gas") == {"gas", "渡轮"}
    file.write_text("gas")
    page = engine.search(SearchRequest(text="gas"))
    assert page.total == 2
    assert page.warnings == (OLD_SYNONYMS,)
    file.unlink()
    assert engine.search(SearchRequest(text="gas")).warnings == (OLD_SYNONYMS,)
    file.write_text("gas => easing")
    page = engine.search(SearchRequest(text="gas"))
    assert {hit.article.id for hit in page.hits} == {"gas", "easing"}
    assert page.warnings == ()


def test_a_broken_file_opens_no_engine(located: Located, tmp_path: Path) -> None:
    (tmp_path / "s.txt").write_text("gas")
    with pytest.raises(InvalidSynonyms, match="line 1"):
        open_engine(located[0], synonyms=tmp_path / "s.txt")
