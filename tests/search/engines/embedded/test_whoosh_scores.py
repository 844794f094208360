"""The embedded engine's scores against BM25 written down plainly, from counts of terms."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest
import whoosh.index
from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh.matching import Matcher, NullMatcher
from whoosh.reading import IndexReader

from sanbao.search.analysis import analyze, words_analyzer
from sanbao.search.analysis.keyword import keyword, whole_title
from sanbao.search.analysis.token import Token
from sanbao.search.article import Article, base_language
from sanbao.search.engines import open_engine, open_writer
from sanbao.search.engines.embedded.schema import from_stored
from sanbao.search.query.tree import And, Everything, Not, Or, Part, Phrase, Prefer, Query, Text
from sanbao.search.query.understanding import query_of
from sanbao.search.ranking.weights import KIND_WEIGHT, WEAK
from sanbao.search.request import SearchRequest
from tests.search.engines.slow_evaluator import ENOUGH, K1, RARITY, B, Evaluator

Field = tuple[Part, str]
"""A part and a kind of term."""

WORDS = ("apple", "bank", "banks", "cut", "中国", "经济", "発展", "的")
articles = st.builds(
    lambda title, body, language: (" ".join(title), " ".join(body), language),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=1),
    st.lists(st.sampled_from(WORDS), max_size=3),
    st.sampled_from(["zh-Hans", "ja", "en"]),
)
QUERIES = (
    "apple",
    "apple bank cut",
    "中国经济",
    "title:apple bank",
    '"bank cut"',
    "「中国 经济」",
    "apple OR 経済",
    "apple AND (bank OR cut)",
    "bank -apple",
    "経",
    "ban*",
)


class PlainIndex:
    """Terms counted article by article; nothing is inverted, cached or skipped."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self.articles = articles
        self.tokens = [
            {
                (part, kind): _tokens(texts, kind, article.language)
                for part, texts in (
                    ("text", (article.title, article.title, article.body)),
                    ("title", (article.title,)),
                )
                for kind in ("words", "grams")
            }
            for article in articles
        ]
        self.language: set[str] = set()

    def scores(self, query: Query) -> dict[str, float]:
        """Of the whole query, which has its preferred languages on top."""
        self.language.clear()
        node = query
        while isinstance(node, Prefer):
            if node.field == "language":
                self.language |= set(node.values)
            node = node.node
        return self._scores(query)

    def _scores(self, query: Query) -> dict[str, float]:
        match query:
            case Everything():
                return {article.id: 0.0 for article in self.articles}
            case Text():
                return self._text(query)
            case Phrase():
                return self._phrase(query)
            case And():
                found = [self._scores(node) for node in query.nodes]
                ids = set.intersection(*map(set, found))
                return {id_: sum(scores[id_] for scores in found) for id_ in ids}
            case Or():
                found = [self._scores(node) for node in query.nodes]
                return {
                    id_: sum(scores.get(id_, 0.0) for scores in found)
                    for id_ in set().union(*found)
                }
            case Not():
                excluded = self._scores(query.node)
                return {a.id: 0.0 for a in self.articles if a.id not in excluded}
            case Prefer():
                bonus = query.bonus * self._best_score(query.node)
                return {
                    id_: score + bonus * len(self._values(query.field, id_) & set(query.values))
                    for id_, score in self._scores(query.node).items()
                }
        raise AssertionError(query)

    def _values(self, field: str, id_: str) -> set[str]:
        article = next(article for article in self.articles if article.id == id_)
        if field == "whole_title":
            return {whole_title(article.title)}
        return {keyword(article.language), base_language(article.language)}

    def _text(self, query: Text) -> dict[str, float]:
        scores: Counter[str] = Counter()
        strong = {*query.extra, *(term for unit in query.units for term in unit.terms)}
        for term in query.terms():
            field = (query.part, term.kind)
            counts = self._counts(field, term.text, term.prefix)
            weight = KIND_WEIGHT[term.kind] * (1 if term in strong else WEAK)
            scores.update(self._bm25(field, counts, weight * self._idf(counts)))
        units = [
            {
                id_
                for term in unit.terms
                for id_ in self._counts((query.part, term.kind), term.text, term.prefix)
            }
            for unit in query.units
        ]
        commonest = [
            min(
                self._idf(self._counts((query.part, term.kind), term.text, term.prefix))
                for term in unit.terms
            )
            for unit in query.units
        ]
        nowhere = self._idf({})
        rarest = max((idf for idf in commonest if idf < nowhere), default=nowhere)
        weights = [round(15 * min(idf, rarest) / rarest) or 1 for idf in commonest]
        asked = [
            w
            for w, idf in zip(weights, commonest, strict=True)
            if idf < nowhere or query.share == 1
        ]
        enough = max(query.share * sum(asked), query.share > 0)
        return {
            article.id: scores[article.id]
            for article in self.articles
            if sum(w for w, found in zip(weights, units, strict=True) if article.id in found)
            >= enough - 1e-5
        }

    def _best_score(self, query: Query) -> float:
        return sum(
            (1 + K1) * weight * self._idf(self._counts((part, kind), text, prefix))
            for node in query.walk()
            for part, kind, text, prefix, weight in _scored(node)
        )

    def _phrase(self, query: Phrase) -> dict[str, float]:
        field = (query.part, "grams")
        counts = {
            article.id: count
            for article, tokens in zip(self.articles, self.tokens, strict=True)
            if (count := _occurrences(query, {t.position: t.text for t in tokens[field]}))
        }
        idf = sum(self._idf(self._counts(field, s.text, s.prefix)) for s in query.slots)
        return self._bm25(field, counts, idf)

    def _counts(self, field: Field, term: str, prefix: bool) -> dict[str, int]:
        found = {}
        for article, tokens in zip(self.articles, self.tokens, strict=True):
            count = sum(
                token.text.startswith(term) if prefix else token.text == term
                for token in tokens[field]
            )
            if count:
                found[article.id] = count
        return found

    def _idf(self, having: Iterable[str]) -> float:
        found, total = set(having), len(self.articles)
        n = float(len(found))
        own = {a.id for a in self.articles if self._values("language", a.id) & self.language}
        if own:
            n = (total * len(found & own) + ENOUGH * n) / (len(own) + ENOUGH)
        return math.log(1 + (total - n + 0.5) / (n + 0.5)) ** RARITY

    def _bm25(self, field: Field, counts: dict[str, int], idf: float) -> dict[str, float]:
        lengths = {
            article.id: len(tokens[field])
            for article, tokens in zip(self.articles, self.tokens, strict=True)
        }
        average = sum(lengths.values()) / len(lengths)
        return {
            id_: idf * tf * (K1 + 1) / (tf + K1 * (1 - B + B * lengths[id_] / average))
            for id_, tf in counts.items()
        }


def _tokens(texts: Sequence[str], kind: str, language: str) -> list[Token]:
    """The tokens of several texts, so far apart that nothing stands across two."""
    analyzer = words_analyzer(language) if kind == "words" else kind
    return [
        token._replace(position=token.position + 1000 * number)
        for number, text in enumerate(texts)
        for token in analyze(text, analyzer)
    ]


def _scored(node: Query) -> Iterator[tuple[Part, str, str, bool, float]]:
    """Part, kind and text of all that can add to a score, whether more may follow the text, and
    its weight."""
    if isinstance(node, Text):
        strong = {*node.extra, *(term for unit in node.units for term in unit.terms)}
        for term in node.terms():
            weight = KIND_WEIGHT[term.kind] * (1 if term in strong else WEAK)
            yield node.part, term.kind, term.text, term.prefix, weight
    elif isinstance(node, Phrase):
        for slot in node.slots:
            yield node.part, "grams", slot.text, slot.prefix, 1.0


def _occurrences(phrase: Phrase, at: dict[int, str]) -> int:
    def stands_at(start: int) -> bool:
        for slot in phrase.slots:
            text = at.get(start + slot.offset, "")
            if not (text.startswith(slot.text) if slot.prefix else text == slot.text):
                return False
        return True

    return sum(stands_at(start) for start in at)


class WhooshReader:
    """What the slow evaluator asks for, by Whoosh's own interface; nothing may be deleted."""

    def __init__(self, reader: IndexReader) -> None:
        self._reader = reader
        self.published = list(reader.column_reader("published"))

    def terms(self, field: str) -> list[str]:
        return [term.decode() for term in self._reader.lexicon(field)]

    def lengths(self, field: str) -> list[int]:
        return [self._reader.doc_field_length(doc, field) for doc in range(len(self.published))]

    def frequencies(self, field: str, term: str) -> dict[int, int]:
        matcher, found = self._matcher(field, term), {}
        while matcher.is_active():
            found[matcher.id()] = int(matcher.weight())
            matcher.next()
        return found

    def positions(self, field: str, term: str) -> dict[int, list[int]]:
        return dict(self._matcher(field, term).items_as("positions"))

    def _matcher(self, field: str, term: str) -> Matcher:
        is_there = (field, term) in self._reader
        return self._reader.postings(field, term) if is_there else NullMatcher()


def assert_equal_scores(folder: Path, corpus: Sequence[Article], tolerance: float) -> None:
    plain = PlainIndex(corpus)
    with whoosh.index.open_dir(str(folder)).reader() as reader:
        ids = {doc: from_stored(reader.stored_fields(doc)).id for doc in reader.all_doc_ids()}
        for text in QUERIES:
            query = query_of(SearchRequest(text=text))
            found = Evaluator(WhooshReader(reader)).evaluate(query).items()
            assert {ids[doc]: score for doc, score in found} == pytest.approx(
                plain.scores(query), rel=tolerance
            ), text


def write(folder: Path, corpus: Sequence[Article], batch: int) -> Path:
    with open_writer(folder) as writer:
        for number, article in enumerate(corpus):
            writer.add(article)
            if number % batch == 0:
                writer.commit()
    return folder


@settings(max_examples=40)
@given(st.lists(articles, min_size=1, max_size=10), st.integers(1, 4))
def test_scores_are_bm25(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[tuple[str, str, str]], batch: int
) -> None:
    corpus = [
        Article(id=str(number), title=title, body=body, language=language)
        for number, (title, body, language) in enumerate(pieces)
    ]
    folder = write(tmp_path_factory.mktemp("scores") / "index", corpus, batch)
    # Whoosh keeps a length in one byte, which is exact up to 10: twice the title, and the body.
    assert_equal_scores(folder, corpus, tolerance=1e-5)


def test_scores_of_long_articles_are_nearly_bm25(tmp_path: Path) -> None:
    corpus = [
        Article(id=str(n), title="bank 中国", body=f"{'bank cut 中国经济 ' * n} {'news ' * 50}")
        for n in range(1, 30)
    ]
    folder = write(tmp_path / "index", corpus, batch=7)
    assert_equal_scores(folder, corpus, tolerance=0.05)


def test_deleted_articles_leave_no_weight(tmp_path: Path) -> None:
    def scores(folder: Path) -> list[float]:
        page = open_engine(folder).search(SearchRequest(text="rate OR bank"))
        return [round(hit.score, 4) for hit in page.hits]

    corpus = [
        Article(id=str(n), title="rate", body=f"{'bank ' * n} news today") for n in range(1, 6)
    ]
    for name, rounds in (("once", 1), ("often", 3)):
        with open_writer(tmp_path / name) as writer:
            for _ in range(rounds):
                for article in corpus:
                    writer.add(article)
                writer.commit()
    assert scores(tmp_path / "often") == scores(tmp_path / "once")
