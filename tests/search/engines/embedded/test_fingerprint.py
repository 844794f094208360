"""An index made with other constants is refused by name, and a rebuild mends it.

What the writer does with an article, step by step, and where each constant of it is kept. F: in the
fingerprint, so that an index made with another is refused and can be rebuilt. S: in the
specification of :mod:`search.codec`, a change of which needs a new FORMAT_VERSION. Q: matters only
when a query is answered.

===============================  ==================================================================
normalize, fold                  F normalization, han folding
terms: words, grams, sentences   F words, grams, quantities, Chinese, Japanese and English words
title_keys                       F readings, suggestion keys
keyword, whole_title             F keywords
language of the article          neither: it is stored in the article, and a rebuild keeps it
to_document                      F fields (VERSION), copies of the title, gaps between parts, ends
                                 of sentences
pack_article                     F fields (names, order, positions, scorable), facets; S dates,
                                 NO_DATE, the stored field, names of classes
bytes of terms between the two   neither: TERM_END and FIELD_END never reach the disk
posting_writer, bitmaps          S, and F layout of arrays, since nothing in a file tells it
evaluation arrays                F impacts; S the rest
container, manifest, table       S, and versions of their own in the container
merge policy, memory limits      neither: what a segment holds does not depend on them
idf, weights of kinds, recency   Q
estimates, GRAIN, FEW, HEAVIEST  Q
===============================  ==================================================================
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest

from sanbao.search import fields
from sanbao.search.analysis import (
    chinese,
    english,
    grams,
    han,
    japanese,
    keyword,
    normalize,
    quantities,
    romaji,
    suggestion_keys,
    words,
)
from sanbao.search.article import Article
from sanbao.search.care import proof
from sanbao.search.care.verify import verify_index
from sanbao.search.codec.inversion import IndexedField
from sanbao.search.codec.kernels import bitmaps, evaluation_arrays, positions, small_freqs
from sanbao.search.engines import open_engine, open_writer
from sanbao.search.engines.embedded import document, fingerprint, schema, writer
from sanbao.search.engines.embedded.fingerprint import fingerprints
from sanbao.search.engines.embedded.rebuild import rebuild_index
from sanbao.search.errors import AnalysisMismatch
from sanbao.search.ranking import bm25, weights
from sanbao.search.request import SearchRequest
from tests.search.care.damage import newest_manifest

Other = list[tuple[Any, str, Any]]
"""A module, a name in it, and what stands there in another program."""


def _fields(indexed: tuple[IndexedField, ...]) -> Other:
    return [(module, "PACKED_FIELDS", indexed) for module in (document, writer, proof)]


def _facets(*facets: str) -> Other:
    return [(module, "FACETS", facets) for module in (fields, writer, proof)]


def _with_a_field_more(article: Article) -> dict[str, Any]:
    return schema.to_document(article) | {"zone": fields.Tokens(["east"])}


WITH_POSITIONS = tuple(replace(f, positions=f.name != "id") for f in document.PACKED_FIELDS)
ONE_MORE = (*document.PACKED_FIELDS, IndexedField("zone", False, False))

OTHERS: dict[str, tuple[str, Other]] = {
    "normalization": ("normalization", [(normalize, "VERSION", "other")]),
    "han folding": ("han folding", [(han, "VERSION", "other")]),
    "grams": ("grams", [(grams, "VERSION", "other")]),
    "words": ("words", [(words, "VERSION", "other")]),
    "quantities": ("quantities", [(quantities, "VERSION", "other")]),
    "Chinese words": ("Chinese words", [(chinese, "fingerprint", lambda: "other")]),
    "Japanese words": ("Japanese words", [(japanese, "VERSION", "other")]),
    "English words": ("English words", [(english, "fingerprint", lambda: "other")]),
    "keywords": ("keywords", [(keyword, "VERSION", "other")]),
    "readings": ("readings", [(romaji, "VERSION", "other")]),
    "suggestion keys": ("suggestion keys", [(suggestion_keys, "VERSION", "other")]),
    "code that fills fields": ("fields", [(fingerprint, "VERSION", "other")]),
    "positions in words": ("fields", _fields(WITH_POSITIONS[:-3] + document.PACKED_FIELDS[-3:])),
    "a field more": (
        "fields",
        [*_fields(ONE_MORE), (document, "to_document", _with_a_field_more)],
    ),
    "a field less": ("fields", _fields(document.PACKED_FIELDS[:-1])),
    "a facet less": ("facets", _facets(*fields.FACETS[:-1])),
    "facets in another order": ("facets", _facets(*fields.FACETS[::-1])),
    "copies of the title": (
        "copies of the title",
        [(weights, "TITLE_COPIES", 3)],
    ),
    "gaps": ("gaps between parts", [(grams, "PART_GAP", 10)]),
    "ends of sentences": ("ends of sentences", [(fields, "SENTENCE_END_TERM", "!")]),
    "K1": ("impacts", [(bm25, "K1", 1.2)]),
    "B": ("impacts", [(bm25, "B", 0.5)]),
    "windows": ("layout of arrays", [(bitmaps, "WINDOW", 4096)]),
    "ranks": ("layout of arrays", [(bitmaps, "RANK_WORDS", 16)]),
    "position strides": ("layout of arrays", [(positions, "POSITIONS_STRIDE", 32)]),
    "position bases": ("layout of arrays", [(positions, "STARTS_A_BASE", 128)]),
    "frequencies": ("layout of arrays", [(small_freqs, "LARGE", 7)]),
    "bitmaps": ("layout of arrays", [(evaluation_arrays, "BITMAP_SHARE", 64)]),
    "columns": ("layout of arrays", [(evaluation_arrays, "DENSE_SHARE", 4)]),
    "lists": ("layout of arrays", [(evaluation_arrays, "MIN_POSTINGS", 128)]),
}

ARTICLES = [
    Article(
        id="1",
        title="Salt ferry 2026",
        body="The ferry sails. It is U.S. built, for $3 million.",
        language="en",
        source="Harbour",
        categories=("Sea", "Trade"),
        author="Ada",
        published=datetime(2026, 10, 30, 8, tzinfo=UTC),
    ),
    Article(id="2", title="微信公開課", body="開始了。4.5亿人，在北京。", language="zh-Hant"),
    Article(id="3", title="东京都知事", body="汉字和 English。", language="zh-Hans"),
    Article(id="4", title="東京都知事", body="ストライキの予定。", language="ja"),
]


@pytest.fixture(params=OTHERS)
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The name of a part, and an index of another program, in which that part is not the same."""
    part, patches = OTHERS[request.param]
    folder = tmp_path / "index"
    with pytest.MonkeyPatch.context() as patched:
        for module, name, value in patches:
            patched.setattr(module, name, value)
        with open_writer(folder) as writing:
            for article in ARTICLES:
                writing.add(article)
    yield part, folder


def test_there_is_another_program_for_every_part() -> None:
    assert {part for part, _ in OTHERS.values()} == fingerprints().keys()


def test_it_is_refused_by_the_name_of_the_part(other: tuple[str, Path]) -> None:
    part, folder = other
    before = newest_manifest(folder).read_bytes()
    for opening in (open_engine, open_writer):
        with pytest.raises(AnalysisMismatch) as caught:
            opening(folder)
        assert f"with other {part} (" in str(caught.value)
        assert f"run `sanbao rebuild --index {folder}`" in str(caught.value)
    report = verify_index(folder)
    assert not report.problems, "what was written in another way is not damaged"
    assert str(caught.value) == report.not_compared
    assert newest_manifest(folder).read_bytes() == before


def test_a_rebuild_mends_it(other: tuple[str, Path]) -> None:
    _, folder = other
    assert rebuild_index(folder) == len(ARTICLES)
    report = verify_index(folder)
    assert (report.problems, report.compared) == ((), True), "as this program would have made it"
    engine = open_engine(folder)
    assert sorted(engine.articles(), key=lambda article: article.id) == ARTICLES
    for article in ARTICLES:
        found = engine.search(SearchRequest(text=article.title, facets=("source",)))
        assert article.id in {hit.article.id for hit in found.hits}
    with open_writer(folder) as writing:
        writing.delete("1")
    assert open_engine(folder).stats().articles == 3


def test_a_part_that_this_program_does_not_know(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        newer = fingerprints() | {"stories": "1"}
        patched.setattr(writer, "fingerprints", lambda: newer)
        open_writer(tmp_path).close()
    with pytest.raises(AnalysisMismatch, match=r"with other stories \(1, now none\)"):
        open_engine(tmp_path)


def test_what_articles_become_changes_with_a_fingerprint_only() -> None:
    packed = repr([document.pack_article(article) for article in ARTICLES])
    assert blake2b(packed.encode(), digest_size=8).hexdigest() == "479a78200f63110e", (
        "articles become other terms than before: give the part that did it another VERSION, so "
        "that indexes made before are refused, and then write the new digest here"
    )
