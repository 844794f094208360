"""Dates and facets as the Whoosh columns that they would be, without a second copy of them."""

from __future__ import annotations

from whoosh.columns import ColumnReader

from sanbao.search.codec.container import Container
from sanbao.search.codec.doc_values import FACET_SEPARATOR, facet_names, facet_values
from sanbao.search.codec.kernels.arrays import I64

_FACET_SUFFIX = "_facet"


def value_columns(container: Container) -> list[str]:
    """The names of these columns: ``published``, and ``<name>_facet`` for each facet."""
    names = [name + _FACET_SUFFIX for name in facet_names(container)]
    return ["published", *names] if "published" in container else names


def value_column(container: Container, name: str) -> ColumnReader:
    """The column of that name, one of :func:`value_columns`."""
    if name == "published":
        return PublishedColumn(container["published"])
    return FacetColumn(container, name.removesuffix(_FACET_SUFFIX))


class PublishedColumn(ColumnReader):
    """Reads as Whoosh's NumericColumn does.

    Args:
        published: as the specification has it.
    """

    def __init__(self, published: I64) -> None:
        self._doccount = len(published)
        self._published = published
        self._reverse = False

    def __getitem__(self, docnum: int) -> int:
        return int(self._published[docnum])

    def sort_key(self, docnum: int) -> int:
        """What to sort by: the date, or after :meth:`set_reverse` its negative."""
        return -self[docnum] if self._reverse else self[docnum]

    def set_reverse(self) -> None:
        """Make :meth:`sort_key` put the newest first."""
        self._reverse = True


class FacetColumn(ColumnReader):
    """Reads as Whoosh's VarBytesColumn does: the values of a document with separators between.

    Args:
        name: a facet of the container.
    """

    def __init__(self, container: Container, name: str) -> None:
        self._values = [*facet_values(container, name), b""]
        self._single = container.get(f"facets/{name}/single")
        if self._single is None:
            self._starts = container[f"facets/{name}/starts"]
            self._ordinals = container[f"facets/{name}/ordinals"]
        self._doccount = len(self._starts) - 1 if self._single is None else len(self._single)

    def __getitem__(self, docnum: int) -> bytes:
        if self._single is not None:
            value: bytes = self._values[self._single[docnum]]
            return value
        ordinals = self._ordinals[self._starts[docnum] : self._starts[docnum + 1]]
        return FACET_SEPARATOR.join([self._values[ordinal] for ordinal in ordinals.tolist()])
