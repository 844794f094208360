"""The embedded engine's scores against BM25 written down plainly, from counts of terms."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from pathlib import Path

import pytest
import whoosh.index
from hypothesis import given, settings
from hypothesis import strategies as st

from search.analysis import analyze, words_analyzer
from search.analysis.keyword import keyword
from search.article import Article, base_language
from search.engines import open_engine, open_writer
from search.engines.weights import PART_WEIGHT
from search.engines.whoosh_schema import from_stored
from search.query import PARTS, And, Everything, Not, Or, Part, Phrase, Prefer, Query, Text
from search.query_parser import query_of
from search.request import SearchRequest
from tests.search.engines.slow_evaluator import K1, B, Evaluator

Field = tuple[Part, str]
"""A part and a kind of term."""

WORDS = ("apple", "bank", "banks", "cut", "中国", "经济", "発展", "的")
articles = st.builds(
    lambda title, body, language: (" ".join(title), " ".join(body), language),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=4),
    st.lists(st.sampled_from(WORDS), max_size=5),
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
                (part, kind): analyze(
                    getattr(article, part),
                    words_analyzer(article.language) if kind == "words" else kind,
                )
                for part in PARTS
                for kind in ("words", "grams")
            }
            for article in articles
        ]

    def scores(self, query: Query) -> dict[str, float]:
        match query:
            case Everything():
                return {article.id: 0.0 for article in self.articles}
            case Text():
                return self._text(query)
            case Phrase():
                return self._phrase(query)
            case And():
                found = [self.scores(node) for node in query.nodes]
                ids = set.intersection(*map(set, found))
                return {id_: sum(scores[id_] for scores in found) for id_ in ids}
            case Or():
                found = [self.scores(node) for node in query.nodes]
                return {
                    id_: sum(scores.get(id_, 0.0) for scores in found)
                    for id_ in set().union(*found)
                }
            case Not():
                excluded = self.scores(query.node)
                return {a.id: 0.0 for a in self.articles if a.id not in excluded}
            case Prefer():
                bonus = query.bonus * self._best_score(query.node)
                return {
                    id_: score + bonus * len(self._language(id_) & set(query.languages))
                    for id_, score in self.scores(query.node).items()
                }
        raise AssertionError(query)

    def _language(self, id_: str) -> set[str]:
        language = next(article.language for article in self.articles if article.id == id_)
        return {keyword(language), base_language(language)}

    def _text(self, query: Text) -> dict[str, float]:
        scores: Counter[str] = Counter()
        for term in query.terms():
            for part in query.parts:
                counts = self._counts((part, term.kind), term.text, term.prefix)
                scores.update(self._bm25((part, term.kind), counts, self._idf(counts)))
        units = [
            {
                id_
                for term in unit.terms
                for part in query.parts
                for id_ in self._counts((part, term.kind), term.text, term.prefix)
            }
            for unit in query.units
        ]
        commonest = [
            min(
                self._idf(self._counts((part, term.kind), term.text, term.prefix))
                for term in unit.terms
                for part in query.parts
            )
            for unit in query.units
        ]
        nowhere = self._idf({})
        rarest = max((idf for idf in commonest if idf < nowhere), default=nowhere)
        weights = [round(15 * min(idf, rarest) / rarest) or 1 for idf in commonest]
        enough = query.share * sum(weights)
        return {
            article.id: scores[article.id]
            for article in self.articles
            if any(article.id in found for found in units)
            and sum(w for w, found in zip(weights, units, strict=True) if article.id in found)
            >= enough - 1e-5
        }

    def _best_score(self, query: Query) -> float:
        return sum(
            2.2 * PART_WEIGHT[part] * self._idf(self._counts((part, kind), text, prefix))
            for node in query.walk()
            for part, kind, text, prefix in _scored(node)
        )

    def _phrase(self, query: Phrase) -> dict[str, float]:
        scores: Counter[str] = Counter()
        for part in query.parts:
            field = (part, "grams")
            counts = {
                article.id: count
                for article, tokens in zip(self.articles, self.tokens, strict=True)
                if (count := _occurrences(query, {t.position: t.text for t in tokens[field]}))
            }
            idf = sum(self._idf(self._counts(field, s.text, s.prefix)) for s in query.slots)
            scores.update(self._bm25(field, counts, idf))
        return dict(scores)

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
        n, total = len(set(having)), len(self.articles)
        return math.log(1 + (total - n + 0.5) / (n + 0.5))

    def _bm25(self, field: Field, counts: dict[str, int], idf: float) -> dict[str, float]:
        lengths = {
            article.id: len(tokens[field])
            for article, tokens in zip(self.articles, self.tokens, strict=True)
        }
        average = sum(lengths.values()) / len(lengths)
        return {
            id_: PART_WEIGHT[field[0]]
            * idf
            * tf
            * (K1 + 1)
            / (tf + K1 * (1 - B + B * lengths[id_] / average))
            for id_, tf in counts.items()
        }


def _scored(node: Query) -> Iterator[tuple[Part, str, str, bool]]:
    """Part, kind and text of all that can add to a score, and whether more may follow the text."""
    if isinstance(node, Text):
        for term, part in product(node.terms(), node.parts):
            yield part, term.kind, term.text, term.prefix
    elif isinstance(node, Phrase):
        for slot, part in product(node.slots, node.parts):
            yield part, "grams", slot.text, slot.prefix


def _occurrences(phrase: Phrase, at: dict[int, str]) -> int:
    def stands_at(start: int) -> bool:
        for slot in phrase.slots:
            text = at.get(start + slot.offset, "")
            if not (text.startswith(slot.text) if slot.prefix else text == slot.text):
                return False
        return True

    return sum(stands_at(start) for start in at)


def assert_equal_scores(folder: Path, corpus: Sequence[Article], tolerance: float) -> None:
    plain = PlainIndex(corpus)
    with whoosh.index.open_dir(str(folder)).reader() as reader:
        ids = {doc: from_stored(reader.stored_fields(doc)).id for doc in reader.all_doc_ids()}
        for text in QUERIES:
            query = query_of(SearchRequest(text=text))
            found = Evaluator(reader).evaluate(query).items()
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
    # Whoosh keeps a field's length in one byte, which is exact up to 10.
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
