"""Whether a segment holds what its own stored articles say, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from sanbao.search.article import Article
from sanbao.search.codec import stored_fields
from sanbao.search.codec.container import Container
from sanbao.search.codec.inversion import PackedDocument, SegmentBuffer
from sanbao.search.codec.kernels.arrays import Array
from sanbao.search.codec.merging import merge_segments
from sanbao.search.codec.segment_arrays import SegmentArrays
from sanbao.search.engines.embedded.document import PACKED_FIELDS, pack_article
from sanbao.search.engines.embedded.schema import from_stored
from sanbao.search.errors import InvalidArticle
from sanbao.search.fields import FACETS

PIECE_BYTES = 128 << 20
"""Memory for the articles that are inverted at a time."""
_COMPARED_BYTES = 1 << 20
"""Bytes that are compared at a time."""


def find_difference(
    arrays: SegmentArrays, on_article: Callable[[], object] = lambda: None
) -> str | None:
    """What first tells the segment from one that its stored articles, inverted again, would make.

    Inverting gives the same arrays bit by bit, however often the segment was merged: a merge is
    the inversion of what survives. So nothing in the segment escapes the comparison, whatever the
    files' checksums say. The articles are inverted some at a time and the pieces merged, in a
    temporary folder that takes about three times the size of the segment.

    Args:
        on_article: called after each.

    Returns:
        A phrase for after the file's name, or None when there is no difference.

    Raises:
        OSError: when there is no space for the temporary files.
    """
    with TemporaryDirectory(prefix="sanbao-") as folder:
        try:
            expected = _inverted(arrays, Path(folder), on_article)
        except _NoArticle as error:
            return str(error)
        return _difference(arrays.container, expected.container)


def stored_article(arrays: SegmentArrays, doc_id: int) -> tuple[Article, bytes] | None:
    """An article and its packed stored fields, if these are what was once written.

    None for anything else: fields without their checksum, and fields that are no article.
    """
    packed = arrays.intact_fields(doc_id)
    if packed is None:
        return None
    try:
        article = from_stored(stored_fields.unpack(packed))
        if "published" not in arrays.container:  # Whoosh's writer took it, which checks nothing
            article = Article.from_dict(article.to_dict())
        return article, packed
    except (InvalidArticle, LookupError, TypeError, ValueError, AttributeError):
        return None


def packed_again(article: Article, stored: bytes) -> PackedDocument:
    """The article, analysed by this program, with the stored fields that it had."""
    return replace(pack_article(article), stored=stored)


class _NoArticle(Exception):
    """Stored fields that cannot be inverted."""


def _inverted(
    arrays: SegmentArrays, folder: Path, on_article: Callable[[], object]
) -> SegmentArrays:
    """The segment as its stored articles make it."""
    pieces = [
        SegmentArrays(_written(buffer, folder / str(number)))
        for number, buffer in enumerate(_buffers(arrays, on_article))
    ]
    if len(pieces) == 1:
        return pieces[0]
    path = folder / "merged"
    with path.open("w+b") as file:
        merge_segments(file, pieces, [None] * len(pieces))
    return SegmentArrays(path)


def _buffers(arrays: SegmentArrays, on_article: Callable[[], object]) -> Iterator[SegmentBuffer]:
    """All documents, in their order, as many in each buffer as fit into memory; at least one."""
    buffer = SegmentBuffer(PACKED_FIELDS, FACETS)
    for doc_id in range(arrays.doc_count):
        if buffer.nbytes >= PIECE_BYTES:
            yield buffer
            arrays.container.release()
            buffer = SegmentBuffer(PACKED_FIELDS, FACETS)
        found = stored_article(arrays, doc_id)
        if found is None:
            raise _NoArticle(
                f"has no article, or a changed one, in stored/blob for document {doc_id}"
            )
        buffer.add(packed_again(*found))
        on_article()
    yield buffer


def _written(buffer: SegmentBuffer, path: Path) -> Path:
    with path.open("w+b") as file:
        buffer.write(file)
    return path


def _difference(actual: Container, expected: Container) -> str | None:
    for name in expected.names():
        array = actual.get(name)
        if array is None:
            return f"lacks the array {name}"
        if not _equal(array, expected[name]):
            return f"has an array {name} that its stored articles do not give"
    for name in actual.names():
        if name not in expected:
            return f"has an array {name}, which no index of this program has"
    if actual.meta != expected.meta:
        return "has a list of fields that its stored articles do not give"
    return None


def _equal(one: Array, other: Array) -> bool:
    """Whether two arrays are the same bit by bit."""
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    first, second = (array.reshape(-1).view(np.uint8) for array in (one, other))
    return all(
        np.array_equal(
            first[begin : begin + _COMPARED_BYTES], second[begin : begin + _COMPARED_BYTES]
        )
        for begin in range(0, len(first), _COMPARED_BYTES)
    )
