"""Plain articles, written as segments of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sanbao.search.codec.segment_arrays import SegmentArrays
from sanbao.search.engines.arrays.evaluator import ArrayEvaluator
from tests.search.codec.plain_segment import plain_segment, write_plain_segment
from tests.search.engines.plain_index import FACETS, KEYWORD_FIELDS, TEXT_FIELDS, PlainArticle


def array_evaluator(folder: Path, segments: Sequence[Sequence[PlainArticle]]) -> ArrayEvaluator:
    """The evaluator of these articles, written as one segment file each."""
    return ArrayEvaluator(
        [
            (_write(folder / f"{number}.arrays", articles), _deleted(articles))
            for number, articles in enumerate(segments)
        ]
    )


def _write(path: Path, articles: Sequence[PlainArticle]) -> SegmentArrays:
    data = plain_segment(
        {
            name: [list(article.terms(name)) for article in articles]
            for name in (*TEXT_FIELDS, *KEYWORD_FIELDS)
        },
        keywords=KEYWORD_FIELDS,
        without_positions=("title_words", "text_words"),
        published=[article.published for article in articles],
        facets={
            facet: [list(article.terms(name)) for article in articles]
            for facet, name in FACETS.items()
        },
    )
    return SegmentArrays(write_plain_segment(path, data))


def _deleted(articles: Sequence[PlainArticle]) -> np.ndarray | None:
    if not any(article.deleted for article in articles):
        return None
    return np.packbits([article.deleted for article in articles], bitorder="little")
