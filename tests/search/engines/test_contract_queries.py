"""The contract of queries: which articles match, against slow twins on strings and sets."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sanbao.search.analysis.english import STOP_WORDS, stem
from sanbao.search.article import Article
from sanbao.search.engines import SearchEngine, open_engine, open_writer
from sanbao.search.limits import Limits
from sanbao.search.query.tree import Text
from sanbao.search.query.understanding import parse_query
from sanbao.search.request import SearchRequest
from sanbao.search.results import EXPANSION_CUT
from tests.search.edits import plain_distance
from tests.search.engines.conftest import NewEngine, NewLocation


def ids(engine: SearchEngine, text: str) -> set[str]:
    page = engine.search(SearchRequest(text=text, limit=100, highlight=False))
    assert page.total == len(page.hits)
    return {hit.article.id for hit in page.hits}


def ranked(engine: SearchEngine, text: str) -> list[str]:
    page = engine.search(SearchRequest(text=text))
    return [hit.article.id for hit in page.hits]


# Languages and scripts

ECONOMY = [
    Article(id="hans", title="中国的经济发展", language="zh-Hans"),
    Article(id="hant", title="中國的經濟發展", language="zh-Hant"),
    Article(id="ja", title="中国の経済発展", language="ja"),
    Article(id="en", title="China's economic development", language="en"),
]


@pytest.mark.parametrize("text", ["经济", "經濟", "経済", "经济发展", "經濟發展", "経済発展"])
@pytest.mark.parametrize("form", ["{}", '"{}"', "「{}」", "title:{}", "{}*"])
@pytest.mark.parametrize("given_language", [True, False])
def test_every_script_finds_every_other(
    new_engine: NewEngine, text: str, form: str, given_language: bool
) -> None:
    articles = [
        a if given_language else Article(id=a.id, title=a.title, language="en") for a in ECONOMY
    ]
    assert ids(new_engine(articles), form.format(text)) == {"hans", "hant", "ja"}


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("ガーデン", "ｶﾞｰﾃﾞﾝ"),
        ("WeChat", "ＷｅＣｈａｔ公開"),
        ("1000", "1,000元"),
        ("ecole", "École"),
        ("école", "e\u0301cole"),
        ("strasse", "Straße"),
        ("微信", "微\u200b信"),
        ("running", "She runs"),
        ("wechat's", "WeChat’s team"),
        ("課", "公开课"),
        ("𠮷", "𠮷野家"),
        ("人々", "人々の"),
        ("covid 19", "COVID-19"),
    ],
)
def test_forms_of_one_word_find_each_other(new_engine: NewEngine, text: str, title: str) -> None:
    engine = new_engine([Article(id="1", title=title), Article(id="2", title="else")])
    assert ids(engine, text) == {"1"}


def test_mixed_text_is_found_by_each_of_its_languages(new_engine: NewEngine) -> None:
    mixed = "WeChat公開授業 2023微信公开课 オープンクラス"
    engine = new_engine(
        [
            Article(id=language, title=mixed, language=language)
            for language in ("zh-Hans", "ja", "en")
        ]
    )
    for text in ("wechat", "微信", "公開授業", "クラス", "2023", '"开课"'):
        assert ids(engine, text) == {"zh-Hans", "ja", "en"}, text


# Phrases

SIMPLE_FORM = str.maketrans("國經Ａ", "国经a")
mixed_text = st.text("中国國经經カaAｂＡ 。,\n-", max_size=12)


def canonical(text: str) -> str:
    """The text with words in angles, every break as one bar, and a dot where a run ends."""
    simple = text.translate(SIMPLE_FORM).replace("ｂ", "b").lower()
    simple = re.sub(r"-(?=\w)", " ", simple)
    simple = re.sub(r" *[。,\n-][ 。,\n-]*", "|", simple)
    pieces = re.findall(r"[中国经カ]+|[ab]+|\|", simple)
    return "·".join(f"<{piece}>" if piece[0] in "ab" else piece for piece in pieces).strip("|·")


@settings(max_examples=60)
@given(
    st.lists(st.tuples(mixed_text, mixed_text), min_size=1, max_size=8),
    st.lists(mixed_text, min_size=1, max_size=8),
    st.data(),
)
def test_a_phrase_is_an_exact_substring(
    new_engine: NewEngine,
    texts: list[tuple[str, str]],
    phrases: list[str],
    data: st.DataObject,
) -> None:
    articles = {
        str(number): Article(id=str(number), title=f"题{title}", body=body)
        for number, (title, body) in enumerate(texts)
    }
    engine = new_engine(articles.values())
    whole = data.draw(st.sampled_from(texts))[1]
    start = data.draw(st.integers(0, len(whole)))
    for phrase in (*phrases, whole, whole[start:], whole[:start]):
        wanted = canonical(phrase)
        if not wanted:
            continue
        expected = {
            id_
            for id_, article in articles.items()
            if wanted in canonical(article.title) or wanted in canonical(article.body)
        }
        assert ids(engine, f'"{phrase}"') == expected, phrase


def test_a_phrase_does_not_reach_from_the_title_into_the_body(new_engine: NewEngine) -> None:
    engine = new_engine(
        [Article(id="1", title="rate", body="cut"), Article(id="2", body="rate cut")]
    )
    assert ids(engine, '"rate cut"') == {"2"}
    assert ids(engine, 'title:"rate cut"') == set()


def test_more_occurrences_of_a_phrase_score_higher(new_engine: NewEngine) -> None:
    engine = new_engine(
        [
            Article(id="once", body="rate cut bank bank bank bank"),
            Article(id="twice", body="rate cut bank bank rate cut"),
            Article(id="apart", body="cut rate bank bank cut rate"),
        ]
    )
    assert ranked(engine, '"rate cut"') == ["twice", "once"]


# Near

NEAR_PIECES = ("aa", "bb", "中国", "经", "。")
near_texts = st.lists(st.sampled_from(NEAR_PIECES), min_size=1, max_size=12)


def positions(pieces: Iterable[str]) -> list[str | None]:
    """What stands at each position: a word, a character, or None for a break."""
    found: list[str | None] = []
    for piece in pieces:
        if piece == "。":
            if found[-1:] != [None]:
                found.append(None)
        else:
            found.extend([piece] if piece.isascii() else list(piece))
    return found


def near_twin(pieces: list[str], phrases: list[str], distance: int) -> bool:
    at, phrases = positions(pieces), list(dict.fromkeys(phrases))
    sizes = [1 if phrase.isascii() else len(phrase) for phrase in phrases]
    wanted = [[phrase] if phrase.isascii() else list(phrase) for phrase in phrases]
    places = [
        [start for start in range(len(at)) if at[start : start + len(w)] == w] for w in wanted
    ]
    return any(
        max(s + n for s, n in zip(starts, sizes, strict=True)) - min(starts) - sum(sizes)
        <= distance
        for starts in product(*places)
    )


@settings(max_examples=60)
@given(
    st.lists(near_texts, min_size=1, max_size=8),
    st.lists(st.sampled_from(["aa", "bb", "中国", "经"]), min_size=2, max_size=3),
)
def test_near_is_found_within_the_distance_and_not_beyond(
    new_engine: NewEngine, texts: list[list[str]], phrases: list[str]
) -> None:
    articles = [
        Article(id=str(number), title="x", body=" ".join(pieces))
        for number, pieces in enumerate(texts)
    ]
    engine = new_engine(articles)
    for distance in (0, 1, 2, 5):
        expected = {
            str(number)
            for number, pieces in enumerate(texts)
            if near_twin(pieces, phrases, distance)
        }
        assert ids(engine, f'"{" ".join(phrases)}"~{distance}') == expected


# Plain words

NUMBERED = [f"word{letter}" for letter in "abcdefghijkl"]


@pytest.mark.parametrize("asked", [1, 2, 3, 5, 6, 10, 12])
def test_enough_words_must_match(new_engine: NewEngine, asked: int) -> None:
    # Every word is in as many articles as any other, so that all count the same.
    ring = NUMBERED * 2
    texts = {
        f"{start}-{size}": ring[start : start + size]
        for start in range(len(NUMBERED))
        for size in range(1, 6)
    }
    engine = new_engine(
        Article(id=id_, title="x", body=" ".join(words)) for id_, words in texts.items()
    )
    query = parse_query(" ".join(NUMBERED[:asked]))
    assert isinstance(query, Text)
    needed, wanted = math.ceil(query.share * asked - 1e-6), set(NUMBERED[:asked])
    expected = {id_ for id_, words in texts.items() if len(wanted.intersection(words)) >= needed}
    assert ids(engine, " ".join(NUMBERED[:asked])) == expected


def test_rare_words_decide(new_engine: NewEngine) -> None:
    common = [Article(id=f"common{number}", title="storm happened") for number in range(20)]
    others = [Article(id=f"other{number}", title="weather") for number in range(10)]
    engine = new_engine([*common, *others, Article(id="rare", title="Vesuvius")])
    assert ids(engine, "storm happened vesuvius") == {"rare"}


@pytest.mark.parametrize(
    ("text", "first"), [("经济发展", "hans"), ("經濟發展", "hant"), ("経済発展", "ja")]
)
def test_the_version_in_the_writing_of_the_query_comes_first(
    new_engine: NewEngine, text: str, first: str
) -> None:
    engine = new_engine(ECONOMY)
    assert ranked(engine, text)[0] == first
    assert len(ranked(engine, text)) == 3


def test_words_may_be_shared_between_title_and_body(new_engine: NewEngine) -> None:
    engine = new_engine([Article(id="1", title="rate", body="cut"), Article(id="2", title="rate")])
    assert ids(engine, "rate cut") == {"1"}
    assert ids(engine, "title:rate cut") == {"1"}
    assert ids(engine, "title:rate title:cut") == set()


def test_the_title_weighs_more(new_engine: NewEngine) -> None:
    engine = new_engine(
        [
            Article(id="body", title="weather report", body="economy today"),
            Article(id="title", title="economy report", body="weather today"),
        ]
    )
    assert ranked(engine, "economy") == ["title", "body"]
    assert ranked(engine, "weather") == ["body", "title"]


def test_more_matching_words_and_rarer_ones_come_first(new_engine: NewEngine) -> None:
    common = [Article(id=f"c{n}", title="market bank news") for n in range(8)]
    engine = new_engine(
        [
            *common,
            Article(id="rare", title="market tariff news"),
            Article(id="both", title="bank tariff news"),
        ]
    )
    assert ranked(engine, "bank tariff")[0] == "both"
    assert ranked(engine, "market OR tariff")[0] == "rare"


def test_a_star_finds_words_that_begin_so(new_engine: NewEngine) -> None:
    engine = new_engine(
        [
            Article(id="1", title="economy"),
            Article(id="2", title="Economics"),
            Article(id="3", title="macroeconomics"),
            Article(id="4", title="经济学"),
        ]
    )
    assert ids(engine, "econ*") == {"1", "2"}
    assert ids(engine, "经济*") == {"4"}
    assert ids(engine, "-econ*") == {"3", "4"}


# Typing errors

letters = st.text("abc", min_size=1, max_size=7)


@settings(max_examples=60)
@given(st.lists(letters, min_size=1, max_size=20), letters, st.sampled_from([None, 0, 1, 2]))
def test_latin_words_with_typing_errors(
    new_engine: NewEngine, words: list[str], wanted: str, asked: int | None
) -> None:
    assume(wanted not in STOP_WORDS)
    engine = new_engine(
        Article(id=str(number), title="x", body=f"zz {word} zz", language="en")
        for number, word in enumerate(words)
    )
    by_length = 1 if len(wanted) < 6 else 2
    edits = 0 if len(wanted) < 3 else by_length if asked is None else asked
    expected = {
        str(number)
        for number, word in enumerate(words)
        if stem(word) == stem(wanted)
        or (word[0] == wanted[0] and plain_distance(word, wanted) <= edits)
    }
    assert ids(engine, f"{wanted}~{'' if asked is None else asked}") == expected


LOAN_WORDS = ["コンピューター", "ガンダム", "ウクライナ", "インフルエンザ", "トランプ", "サーバー"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("コンピュタ~2", "コンピューター"),
        ("ガンダン~", "ガンダム"),
        ("ウクレイナ～", "ウクライナ"),
        ("インフレエンザ～１", "インフルエンザ"),
        ("トランフ~", "トランプ"),
        ("サバー~", "サーバー"),
        ("ﾄﾗﾝﾌ~", "トランプ"),
    ],
)
def test_katakana_with_typing_errors(new_engine: NewEngine, typed: str, found: str) -> None:
    engine = new_engine(Article(id=word, title=f"今日の{word}です") for word in LOAN_WORDS)
    assert ids(engine, f'"{typed.rstrip("~～１2")}"') == set()
    assert ids(engine, typed) == {found}
    marked = engine.search(SearchRequest(text=typed)).hits[0].highlight
    assert marked and marked.title == f"今日の<mark>{found}</mark>です"


def test_the_word_itself_comes_first_however_common(new_engine: NewEngine) -> None:
    articles = [Article(id=f"right{n}", title="economy news") for n in range(20)]
    one = Article(id="one", title="economi news")
    two = Article(id="two", title="econommi news")
    engine = new_engine([two, one, *articles])
    page = engine.search(SearchRequest(text="economy~", limit=100, recency=False))
    found = [hit.article.id for hit in page.hits]
    assert found[-2:] == ["one", "two"] and len(found) == 22
    assert page.hits[0].highlight and page.hits[0].highlight.title == "<mark>economy</mark> news"
    assert page.hits[-1].highlight and page.hits[-1].highlight.title == "<mark>econommi</mark> news"


def test_similar_words_are_bounded_like_beginnings(location: str) -> None:
    with open_writer(location) as writer:
        for number, letter in enumerate("abcdefghijkl"):
            writer.add(Article(id=str(number), title=f"econom{letter}"))
    engine = open_engine(location, limits=Limits(terms_a_clause=3))
    page = engine.search(SearchRequest(text="economz~1"))
    assert (page.total, page.warnings) == (3, (EXPANSION_CUT,))
    assert engine.search(SearchRequest(text="* -economz~1")).total == 0


# Boolean algebra

WORDS = ("apple", "bank", "中国", "経済", "ラーメン", "covid")
LEAVES = [*WORDS, "title:apple", '"bank apple"', "lang:ja", "category:c1", "category:c2"]
stories = st.builds(
    lambda title, body, language, categories: (title, body, language, categories),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3),
    st.lists(st.sampled_from(WORDS), max_size=4),
    st.sampled_from(["ja", "en", "zh-Hans"]),
    st.sets(st.sampled_from(["c1", "c2"])),
)
expressions = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.one_of(
        st.tuples(st.just("NOT"), inner),
        st.tuples(st.sampled_from(["AND", "OR"]), inner, inner),
    ),
    max_leaves=6,
)


def written(expression: str | tuple[str, ...]) -> str:
    match expression:
        case ("NOT", inner):
            return f"(NOT {written(inner)})"
        case (operator, left, right):
            return f"({written(left)} {operator} {written(right)})"
    return str(expression)


def matching(expression: str | tuple[str, ...], articles: dict[str, Article]) -> set[str]:
    match expression:
        case ("NOT", inner):
            return set(articles) - matching(inner, articles)
        case ("AND", left, right):
            return matching(left, articles) & matching(right, articles)
        case ("OR", left, right):
            return matching(left, articles) | matching(right, articles)
    return {id_ for id_, article in articles.items() if leaf_matches(str(expression), article)}


def leaf_matches(leaf: str, article: Article) -> bool:
    if leaf.startswith("lang:"):
        return article.language == leaf[5:]
    if leaf.startswith("category:"):
        return leaf[9:] in article.categories
    if leaf.startswith("title:"):
        return leaf[6:] in article.title
    if leaf.startswith('"'):
        return any(leaf.strip('"') in part for part in (article.title, article.body))
    return leaf in article.title or leaf in article.body


@settings(max_examples=60)
@given(
    st.lists(stories, min_size=1, max_size=12),
    st.lists(expressions, min_size=1, max_size=8),
    st.sets(st.integers(0, 11)),
    st.sets(st.integers(0, 11)),
    st.integers(1, 5),
)
def test_operators_are_those_of_sets(
    new_location: NewLocation,
    pieces: list[tuple[list[str], list[str], str, set[str]]],
    queries: list[str | tuple[str, ...]],
    deleted: set[int],
    updated: set[int],
    batch: int,
) -> None:
    articles = {
        str(number): Article(
            id=str(number),
            title=" ".join(title),
            body=" ".join(body),
            language=language,
            categories=tuple(categories),
        )
        for number, (title, body, language, categories) in enumerate(pieces)
    }
    location = new_location()
    with open_writer(location) as writer:
        for number, article in enumerate(articles.values()):
            old = Article(id=article.id, title=" ".join(WORDS), categories=("c1", "c2"))
            writer.add(old if number in updated else article)
            if number % batch == 0:
                writer.commit()
        for number in (n for n in updated if str(n) in articles):
            writer.add(articles[str(number)])
        writer.commit()
        for number in deleted:
            writer.delete(str(number))
            articles.pop(str(number), None)
    engine = open_engine(location)
    for query in queries:
        assert ids(engine, written(query)) == matching(query, articles), written(query)
    engine.close()


def test_what_excludes_everything_finds_nothing(new_engine: NewEngine) -> None:
    engine = new_engine(ECONOMY)
    assert ids(engine, "经济 -发展") == set()
    assert ids(engine, "-economic") == {"hans", "hant", "ja"}
    assert ids(engine, "()") == set()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("the who", {"who"}),
        ("The Who?", {"who"}),
        ("to be or not to be", {"hamlet"}),
        ("of", {"of"}),
        ("-the", {"hamlet", "of", "ja", "zh"}),
        ("的", {"zh"}),
        ("のは", {"ja"}),
        ("the ferry", {"ferry"}),
    ],
)
def test_words_that_are_everywhere_are_searched_for_where_there_are_no_others(
    new_engine: NewEngine, text: str, found: set[str]
) -> None:
    engine = new_engine(
        [
            Article(id="who", title="Who are they?", body="The band", language="en"),
            Article(id="hamlet", title="To be, or not to be", language="en"),
            Article(id="of", title="Department of nothing", language="en"),
            Article(id="ferry", title="The ferry", language="en"),
            Article(id="ja", title="問題なのはここ", language="ja"),
            Article(id="zh", title="我们的船", language="zh-Hans"),
        ]
    )
    assert ids(engine, text) == found
