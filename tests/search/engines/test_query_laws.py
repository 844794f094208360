"""The laws of the query language, against a scan of every text."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from sanbao.search.analysis.language import detect
from sanbao.search.article import Article
from sanbao.search.engines import SearchEngine, open_engine, open_writer
from sanbao.search.limits import DEFAULT_LIMITS
from sanbao.search.request import SearchRequest
from tests.search.engines.conftest import PATIENT, NewEngine
from tests.search.engines.text_scan import (
    Parts,
    has_beginning,
    has_in_sentence,
    has_near,
    has_phrase,
    has_similar,
    has_word,
    parts_of,
    phrase_of,
)

# Of these each example takes a few, so that its texts have much in common. Without the quotation
# marks that phrases are typed in.
CJK = ("经济", "経済", "經濟", "经", "济", "国", "國", "カ", "ガ", "ｶﾞ", "か", "ー", "の", "𠮷")
LATIN = ("rate", "Rates", "rat", "ａ", "B", "c1", "é", "e\u0301", "ß")
NUMBERS = ("1", "1,000", "1.5", "２，５")
SPACES = (" ", "　", "\n", "\t", "-", "－")
SIGNS = (",", ".", "。", "、", "・", "「", "」", "_", "'", "’", "…")
HIDDEN = ("\u200b", "\u00ad", "\ufe0f", "🎉", "~", "～", "(", "*", ":")
PIECES = (*CJK, *LATIN, *NUMBERS, *SPACES, *SIGNS, *HIDDEN)
COMMON = ("经济", "国", "rate", " ", "。")
LANGUAGES = ("zh-Hans", "zh-Hant", "ja", "en", "und")

Draft = tuple[str, str, str, str]
"""Title, body, language and source of an article."""

alphabets = st.tuples(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=4),
    st.lists(st.sampled_from(COMMON), max_size=3),
).map(lambda lists: sorted({*lists[0], *lists[1]}))


def texts(alphabet: list[str]) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(alphabet), max_size=10).map("".join)


def drafts(alphabet: list[str]) -> st.SearchStrategy[list[Draft]]:
    text, languages = texts(alphabet), st.sampled_from(LANGUAGES)
    return st.lists(
        st.tuples(text, text, languages, st.sampled_from(["A", "Ｂ 報"])), min_size=1, max_size=8
    )


corpora = alphabets.flatmap(drafts)


def ids(engine: SearchEngine, text: str, **filters: tuple[str, ...]) -> set[str]:
    page = engine.search(SearchRequest(text=text, limit=100, highlight=False, **filters))
    assert (page.total, page.warnings) == (len(page.hits), ())
    return {hit.article.id for hit in page.hits}


def ranked(engine: SearchEngine, text: str) -> list[str]:
    request = SearchRequest(text=text, limit=100, highlight=False, recency=False)
    return [hit.article.id for hit in engine.search(request).hits]


def index(new_engine: NewEngine, drafts: list[Draft]) -> SearchEngine:
    return new_engine(
        Article(id=str(number), title=f"題{title}", body=body, language=language, source=source)
        for number, (title, body, language, source) in enumerate(drafts)
    )


def scanned(engine: SearchEngine) -> dict[str, tuple[Article, Parts]]:
    return {article.id: (article, parts_of(article)) for article in engine.articles()}


# Phrases


@settings(max_examples=80)
@given(
    alphabets.flatmap(lambda each: st.tuples(drafts(each), st.lists(texts(each), max_size=8))),
    st.data(),
)
@example(([("", "经济\n增长", "ja", "A"), ("", "经济 增长", "ja", "A")], ["经济增长"]), None)
@example(([("经济", "增长", "zh-Hans", "A")], ["题经济增长", "济\n增", "经济"]), None)
@example(([("", "计划", "zh-Hans", "A"), ("", "計画", "ja", "A")], ["计划", "計画", "計劃"]), None)
@example(([("", "U.S. don’t co-op 3.14,15", "en", "A")], ["U.S", "don't", "co op", "14"]), None)
def test_a_phrase_finds_the_texts_that_contain_it_and_no_others(
    new_engine: NewEngine, given_: tuple[list[Draft], list[str]], data: st.DataObject | None
) -> None:
    drafts, phrases = given_
    engine = index(new_engine, drafts)
    articles = scanned(engine)
    asked = list(phrases)
    if data:
        for _ in range(4):
            whole = data.draw(st.sampled_from(drafts))[data.draw(st.integers(0, 1))]
            start, end = sorted(data.draw(st.integers(0, len(whole))) for _ in range(2))
            asked += [whole, whole[start:end]]
    for phrase in filter(phrase_of, asked):
        expected = {id_ for id_, (_, parts) in articles.items() if has_phrase(parts, phrase)}
        assert ids(engine, f'"{phrase}"') == expected, phrase
        titles = {id_: {"title": parts["title"]} for id_, (_, parts) in articles.items()}
        in_title = {id_ for id_, title in titles.items() if has_phrase(title, phrase)}
        assert ids(engine, f'title:"{phrase}"') == in_title, phrase


# Sets


def leaves(alphabet: list[str]) -> st.SearchStrategy[tuple[object, ...]]:
    phrases = texts(alphabet).filter(lambda text: bool(phrase_of(text)))
    pieces = st.sampled_from(["经济", "国", "rate", *filter(phrase_of, alphabet)])
    near = st.lists(pieces, min_size=2, max_size=3)
    misspelt = st.sampled_from(["rate", "rato", "raets"])
    return st.one_of(
        st.tuples(st.just("phrase"), phrases),
        st.tuples(st.just("title"), phrases),
        st.tuples(st.just("word"), st.sampled_from(["rate", "rat", "a", "c1", "é", "rates"])),
        st.tuples(st.just("beginning"), st.sampled_from(["ra", "c1", "经", "国", "1.5"])),
        st.tuples(st.just("similar"), misspelt, st.integers(0, 2)),
        st.tuples(st.just("near"), near, st.integers(0, 5)),
        st.tuples(st.just("sentence"), near),
        st.tuples(st.just("lang"), st.sampled_from(["ja", "en", "zh-Hant", "zh"])),
        st.tuples(st.just("source"), st.sampled_from(["A", "Ｂ 報", "b 报", "C"])),
    )


def expressions(alphabet: list[str]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.recursive(
        leaves(alphabet),
        lambda inner: st.one_of(
            st.tuples(st.just("NOT"), inner),
            st.tuples(st.sampled_from(["AND", "OR"]), inner, inner),
            st.tuples(st.just("beside"), *[inner.filter(is_needed)] * 2),
        ),
        max_leaves=5,
    )


def is_needed(expression: tuple[object, ...]) -> bool:
    """Whether an article must match it, whatever stands beside; a plain word only adds to that."""
    return expression[0] != "word"


def written(expression: tuple[object, ...]) -> str:
    match expression:
        case ("NOT", tuple(inner)):
            return f"-({written(inner)})"
        case ("beside", tuple(left), tuple(right)):
            return f"({written(left)}) ({written(right)})"
        case (str(operator), tuple(left), tuple(right)):
            return f"({written(left)} {operator} ({written(right)}))"
        case ("phrase", text):
            return f'"{text}"'
        case ("title", text):
            return f'title:"{text}"'
        case ("word", word):
            return str(word)
        case ("beginning", text):
            return f"{text}*"
        case ("similar", word, edits):
            return f"{word}~{edits}"
        case ("near", [*near], distance):
            return f'"{" ".join(map(str, near))}"~{distance}'
        case ("sentence", [*pieces]):
            return f'"{" ".join(map(str, pieces))}"~s'
        case (str(field), value):
            return f'{field}:"{value}"'
    raise AssertionError(expression)


def matches(expression: tuple[object, ...], article: Article, parts: Parts) -> bool:
    match expression:
        case ("NOT", tuple(inner)):
            return not matches(inner, article, parts)
        case ("OR", tuple(left), tuple(right)):
            return matches(left, article, parts) or matches(right, article, parts)
        case ("AND" | "beside", tuple(left), tuple(right)):
            return matches(left, article, parts) and matches(right, article, parts)
        case ("phrase", str(text)):
            return has_phrase(parts, text)
        case ("title", str(text)):
            return has_phrase({"title": parts["title"]}, text)
        case ("word", str(word)):
            return has_word(parts, word)
        case ("beginning", str(text)):
            return has_beginning(parts, text)
        case ("similar", str(word), int(edits)):
            return has_similar(parts, word, edits)
        case ("near", [*near], int(distance)):
            return has_near(parts, map(str, near), distance)
        case ("sentence", [*pieces]):
            return has_in_sentence(article, map(str, pieces))
        case ("lang", language):
            return language in (article.language, article.language.partition("-")[0])
        case ("source", source):
            return (article.source == "A") == (source == "A") and source != "C"
    raise AssertionError(expression)


@settings(max_examples=150)
@given(
    alphabets.flatmap(
        lambda each: st.tuples(drafts(each), st.lists(expressions(each), min_size=1, max_size=5))
    )
)
def test_queries_find_what_they_say(
    new_engine: NewEngine, given_: tuple[list[Draft], list[tuple[object, ...]]]
) -> None:
    drafts, queries = given_
    engine = index(new_engine, drafts)
    articles = scanned(engine)
    for query in queries:
        text = written(query)
        expected = {id_ for id_, found in articles.items() if matches(query, *found)}
        assert ids(engine, text) == expected, text
        assert ids(engine, f"-({text})") == set(articles) - expected, text
        for language in ("ja", "zh"):
            found = ids(engine, text, filters={"lang": (language,)})
            assert found == {id_ for id_ in expected if articles[id_][0].language[:2] == language}


MINUS_WORDS = (*CJK, "rate", "Rates", "ａ", "ß", "1,000", "the")


SENTENCES = ("rate", "cut", "利率", ".", "。", "，", "！", " ", "\n", "”", "…")


@settings(max_examples=100)
@given(drafts(list(SENTENCES)))
@example([("rate", "cut", "en", "A"), ("rate. cut", "rate.cut 利率", "en", "A")])
def test_words_in_one_sentence(new_engine: NewEngine, drafts: list[Draft]) -> None:
    engine = index(new_engine, drafts)
    articles = [article for article, _ in scanned(engine).values()]
    for pieces in (["rate", "cut"], ["cut", "利率"], ["rate", "cut", "利率"], ["題", "rate"]):
        expected = {each.id for each in articles if has_in_sentence(each, pieces)}
        assert ids(engine, f'"{" ".join(pieces)}"~s') == expected, pieces
        titles = [replace(each, body="") for each in articles]
        in_title = {each.id for each in titles if has_in_sentence(each, pieces)}
        assert ids(engine, f'title:"{" ".join(pieces)}"~s') == in_title, pieces


@settings(max_examples=60)
@given(
    corpora,
    st.lists(st.sampled_from(MINUS_WORDS), min_size=1, max_size=8),
)
def test_a_word_with_a_minus_finds_all_that_it_does_not_find_without(
    new_engine: NewEngine, drafts: list[Draft], words: list[str]
) -> None:
    engine = index(new_engine, drafts)
    everything = ids(engine, "*")
    for word in words:
        if phrase_of(word):
            found = ids(engine, word)
            for minus in ("-", "－", "NOT "):
                assert ids(engine, minus + word) == everything - found, word


# Order

plain_words = st.sampled_from(["rate", "bank", "cut", "经济", "银行", "日本", "カメラ"])


@settings(max_examples=80)
@given(
    st.lists(st.lists(plain_words, min_size=1, max_size=8), min_size=2, max_size=8),
    st.lists(plain_words, min_size=1, max_size=3, unique=True),
    plain_words,
)
def test_another_word_never_raises_what_lacks_it_above_what_has_all(
    new_engine: NewEngine, texts: list[list[str]], asked: list[str], added: str
) -> None:
    assume(added not in asked)
    engine = new_engine(
        Article(id=str(number), title=text[0], body=" ".join(text[1:]), language="ja")
        for number, text in enumerate(texts)
    )
    before, after = ranked(engine, " ".join(asked)), ranked(engine, " ".join([*asked, added]))
    has_all = {str(n) for n, text in enumerate(texts) if {*asked, added} <= set(text)}
    lacks_it = {str(n) for n, text in enumerate(texts) if added not in text}
    for better in has_all:
        assert better in before and better in after
        for worse in lacks_it.intersection(before, after):
            if before.index(better) < before.index(worse):
                assert after.index(better) < after.index(worse)


FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}
TRADITIONAL = str.maketrans("经济国银行", "經濟國銀行")


TWIN_WORDS = ("rate", "title:rate", "Rates", "经济", "国", "カ", "1,000", "-rate", "ra*", "rato~")
TWIN_SIGNS = (
    "title:rate",
    "OR",
    "AND",
    "NOT ",
    "(",
    ")",
    '"',
    'title:"国"',
    '"国 rate"~3',
    "lang:ja",
)


@settings(max_examples=80)
@given(
    corpora,
    st.lists(
        st.sampled_from((*TWIN_WORDS, *TWIN_SIGNS)),
        min_size=1,
        max_size=6,
    ).map(" ".join),
)
def test_twins_of_a_query_find_the_same(
    new_engine: NewEngine, drafts: list[Draft], query: str
) -> None:
    engine = index(new_engine, drafts)
    found = ranked(engine, query)
    assert ranked(engine, query.translate(FULL_WIDTH)) == found
    assert ranked(engine, re.sub("[a-z]+", lambda word: word[0].upper(), query)) == found
    # Articles in the writing of the query come first, so the order may be another.
    assert set(ranked(engine, query.translate(TRADITIONAL))) == set(found)


# Articles by their own words

LONGEST = DEFAULT_LIMITS.query_length - 2
_SENTENCE = re.compile(r"[^。！？!?\n]+[。！？!?\n]?")


def sentences(article: Article) -> Iterator[str]:
    for part in (article.title, article.body):
        yield from (each for each in _SENTENCE.findall(part) if phrase_of(each))


def quoted(text: str) -> str:
    """In marks that it does not have itself; empty when it has all of them."""
    pairs = (("「", "」"), ("『", "』"), ("“", '”"＂'), ('"', '"”＂'))
    free = (pair for pair in pairs if set("".join(pair)).isdisjoint(text))
    return next((f"{opener}{text}{closers[0]}" for opener, closers in free), "")


@settings(max_examples=60)
@given(corpora)
def test_an_article_is_found_by_any_sentence_of_its_own(
    new_engine: NewEngine, drafts: list[Draft]
) -> None:
    engine = index(new_engine, drafts)
    for article in engine.articles():
        for sentence in filter(quoted, sentences(article)):
            assert article.id in ids(engine, quoted(sentence)), sentence


SHARED = Path(__file__).resolve().parents[4] / "shared"
SETS = ("zh-hans", "zh-hant", "ja", "en", "ntrex")


@cache
def real_articles(most: int) -> list[Article]:
    """So many of each judged set, and the five of the seeds."""
    if not (SHARED / "eval").is_dir():
        pytest.skip(f"there is no {SHARED}/eval")
    rng, found = random.Random(7), []
    for name in SETS:
        with gzip.open(SHARED / "eval" / name / "docs.jsonl.gz", "rt", encoding="utf-8") as lines:
            docs = [json.loads(line) for line in lines]
        for doc in rng.sample(docs, min(most, len(docs))):
            language = detect(doc["title"], doc["body"])
            id_ = f"{name} {doc['id']}"
            found.append(Article(id=id_, title=doc["title"], body=doc["body"], language=language))
    for path in sorted((SHARED / "seeds").glob("*.txt")):
        found.append(Article(id=path.name, title=path.name, body=path.read_text("utf-8")))
    return found


def check_real_texts(engine: SearchEngine, phrases: int, seed: int) -> None:
    """Sentences and extracts of articles, quoted, find those that a scan finds."""
    rng = random.Random(seed)
    articles = scanned(engine)
    for id_ in rng.sample(sorted(articles), min(phrases, len(articles))):
        article, _ = articles[id_]
        own = rng.choice([each for each in sentences(article) if len(each) <= LONGEST])
        text = f"{article.title}\n{article.body}"
        start = rng.randrange(len(text))
        extract = text[start : start + rng.choice((2, 3, 5, 9, 20, 60))]
        for phrase in (own, extract):
            typed = quoted(phrase)
            if not (typed and phrase_of(phrase)):
                continue
            expected = {
                other for other, (_, parts) in articles.items() if has_phrase(parts, phrase)
            }
            assert phrase is extract or id_ in expected
            found = engine.search(SearchRequest(text=typed, limit=100, highlight=False))
            assert found.total == len(expected), phrase
            assert {hit.article.id for hit in found.hits} <= expected, phrase
            left = engine.search(SearchRequest(text=f"-{typed}", limit=0))
            assert left.total == len(articles) - len(expected), phrase


def real_engine(location: str, most: int) -> SearchEngine:
    with open_writer(location) as writer:
        for article in real_articles(most):
            writer.add(article)
    return open_engine(location, limits=PATIENT)


def test_phrases_of_real_texts(location: str) -> None:
    check_real_texts(real_engine(location, 60), phrases=40, seed=1)
