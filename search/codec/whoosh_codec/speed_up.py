"""Stock Whoosh finds terms as fast as our dictionaries allow, for those who ask for it.

Whoosh's own queries need nothing of this to find what they should::

    from sanbao.search.codec.whoosh_codec.speed_up import speed_up_whoosh

    speed_up_whoosh()
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from whoosh.query import Wildcard
from whoosh.reading import MultiReader

from sanbao.search.codec.segment_arrays import SegmentArrays
from sanbao.search.codec.whoosh_codec.segment import ArraySegment
from sanbao.search.codec.whoosh_codec.term_expansion import fuzzy_terms, wildcard_terms


def speed_up_whoosh() -> None:
    """From now on, in this process, patterns and misspelled words ask our dictionaries.

    Whoosh has no hook for it: for a :class:`Wildcard`, and for similar terms of several segments,
    it reads all terms of the field and tries each in Python, which takes twenty to eighty times as
    long and finds the same. So one method of Whoosh's :class:`Wildcard` and one of its
    :class:`MultiReader` are replaced. Readers of other codecs are served as before. To call it
    twice is as once.
    """
    Wildcard._btexts = _expand_wildcard
    MultiReader.terms_within = _terms_within


def _expand_wildcard(query: Wildcard, reader: Any) -> Iterable[bytes]:
    # A class made from it may read patterns in another way.
    segments = _segments(reader, query.fieldname) if type(query) is Wildcard else []
    if not segments:
        expanded: Iterable[bytes] = super(Wildcard, query)._btexts(reader)
        return expanded
    return _merged([wildcard_terms(each, query.fieldname, query.text) for each in segments])


def _terms_within(
    reader: MultiReader, fieldname: str, text: str, maxdist: int, prefix: int = 0
) -> Iterable[str]:
    segments = _segments(reader, fieldname)
    if not segments:
        words: Iterable[str] = super(MultiReader, reader).terms_within(
            fieldname, text, maxdist, prefix
        )
        return words
    return _merged(
        [fuzzy_terms(each, fieldname, text, maxdist, prefix, swaps=True) for each in segments]
    )


def _segments(reader: Any, field: str) -> list[SegmentArrays]:
    """The segments under the reader, if all are of the array codec and the field has terms."""
    leaves = [leaf for leaf, _ in reader.leaf_readers()]
    if not all(isinstance(leaf.segment(), ArraySegment) for leaf in leaves):
        return []
    if field not in reader.schema or field not in reader.indexed_field_names():
        return []
    return [leaf.segment().open(leaf.storage()) for leaf in leaves]


def _merged(lists: list[list[Any]]) -> list[Any]:
    return lists[0] if len(lists) == 1 else sorted(set().union(*lists))
