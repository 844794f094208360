"""The query as a tree that knows no engine; its terms are already analysed.

::

    Query
    ├── Everything                      every article
    ├── Nothing                         none
    ├── Text(units, share, ...)         plain words: enough of them must match
    ├── Phrase(slots)                   exactly these, side by side
    ├── Near(phrases, distance)         all of them, close together or in one sentence
    ├── Keyword(field, value)           a whole value, as of a source or a tag
    ├── Published(period)
    ├── And(children)  Or(children)  Not(child)
    └── Prefer(child, field, values)    the same articles, those with such a value higher

``Text``, ``Phrase`` and ``Near`` look into one ``part`` of an article: its text, which is the title
and the body together, or its title alone. :mod:`search.query.understanding` makes the tree from
what a user typed; each engine evaluates it in its own way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from sanbao.search.analysis.runs import has_cjk
from sanbao.search.dates import Period

AnalyzerKind = Literal["words", "grams"]
Part = Literal["text", "title"]


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the words or the grams, or several.

    Attributes:
        prefix: every gram that starts with ``text`` is meant.
        edits: above 0, every term is meant that is so many typing errors away from ``text`` at
            most and begins with the same character; ``text`` too
            (:mod:`search.codec.kernels.edit_distance`).
    """

    kind: AnalyzerKind
    text: str
    prefix: bool = False
    edits: int = 0


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing that the user asked for; an article has it when it has any of the terms."""

    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """A gram of a phrase. ``offset`` counts positions from the phrase's first slot."""

    offset: int
    text: str
    prefix: bool = False

    @property
    def is_open_ended(self) -> bool:
        """Whether it stands for all words that begin so, of which there may be any number.

        A CJK character begins pairs with one character more, which are as many as the writing has.
        """
        return self.prefix and not has_cjk(self.text)


class Query:
    """Base of all nodes."""

    __slots__ = ()

    def children(self) -> tuple[Query, ...]:
        """The nodes directly below."""
        return ()

    def walk(self) -> Iterator[Query]:
        """This node and all below it that an article should match, so none below ``Not``."""
        yield self
        for child in self.children():
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Everything(Query):
    """Matches every article, each with score 0."""


@dataclass(frozen=True, slots=True)
class Nothing(Query):
    """Matches no article: what was typed holds nothing that could be in one."""


@dataclass(frozen=True, slots=True)
class Text(Query):
    """Plain words.

    Attributes:
        units: what was asked for, each found in ``part``.
        share: how much of the units an article must have, from 0 to 1. A unit counts by the idf
            of its most frequent term, so that rare words decide and words like "what" do not
            (:mod:`search.codec.kernels.text`). 1 means every unit; with 0 every article matches,
            and the terms only add to the scores.
        extra: terms that add to the score and need not match,
        weak: and such terms that say less than others and add less.
        shares: what each term of a synonym adds, as a share of what it would if it were typed.
        needles: folded strings to highlight where they stand in CJK text, and
        stems: of words of other scripts to highlight.
    """

    units: tuple[Unit, ...]
    share: float
    extra: tuple[Term, ...] = ()
    weak: tuple[Term, ...] = ()
    shares: tuple[tuple[Term, float], ...] = ()
    part: Part = "text"
    needles: tuple[str, ...] = ()
    stems: tuple[str, ...] = ()

    def terms(self) -> tuple[Term, ...]:
        """Every term that adds to the score, once."""
        unit_terms = (term for unit in self.units for term in unit.terms)
        return tuple(dict.fromkeys((*unit_terms, *self.extra, *self.weak)))


@dataclass(frozen=True, slots=True)
class Phrase(Query):
    """Grams that stand in one part of the article at just these distances.

    Attributes:
        length: how many positions the phrase takes.
        needle: the folded string to highlight.
    """

    slots: tuple[Slot, ...]
    length: int
    needle: str
    part: Part = "text"


@dataclass(frozen=True, slots=True)
class Near(Query):
    """All phrases, which are of one part, in any order.

    Attributes:
        distance: how many positions may be between them altogether; None for any number in one
            sentence.
    """

    phrases: tuple[Phrase, ...]
    distance: int | None
    part: Part = "text"


@dataclass(frozen=True, slots=True)
class Keyword(Query):
    """A filter on a whole value.

    Attributes:
        field: that of one of :data:`search.fields.FILTERS`.
        value: as :func:`search.analysis.keyword.keyword` makes it.
    """

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Published(Query):
    """A filter on the date; articles without a date never match."""

    period: Period


@dataclass(frozen=True, slots=True)
class And(Query):
    """Matches what all match; the scores are added."""

    nodes: tuple[Query, ...]

    def children(self) -> tuple[Query, ...]:
        return self.nodes


@dataclass(frozen=True, slots=True)
class Or(Query):
    """Matches what any matches; the scores are added."""

    nodes: tuple[Query, ...]

    def children(self) -> tuple[Query, ...]:
        return self.nodes


@dataclass(frozen=True, slots=True)
class Not(Query):
    """Matches what ``node`` does not, each with score 0."""

    node: Query


@dataclass(frozen=True, slots=True)
class Prefer(Query):
    """Matches what ``node`` does; the score of articles with such a value is raised.

    Where the field is the language, it is among these articles that the terms of the query are
    rare or frequent.

    Attributes:
        values: terms of the field, of which an article has one at most, such as ``ja`` or
            ``zh-hant``; for each that it has the bonus is added.
        bonus: what is added, as a share of the best score that the texts in ``node`` could have.
    """

    node: Query
    field: Literal["language", "whole_title"]
    values: tuple[str, ...]
    bonus: float

    def children(self) -> tuple[Query, ...]:
        return (self.node,)


def join(kind: Callable[[tuple[Query, ...]], Query], nodes: Sequence[Query | None]) -> Query | None:
    """The nodes that there are as one: of ``kind``, if they are several; None if there is none."""
    present = [node for node in nodes if node is not None]
    if len(present) > 1:  # what is asked twice is asked once
        present = list(dict.fromkeys(present))
    return kind(tuple(present)) if len(present) > 1 else (present[0] if present else None)
