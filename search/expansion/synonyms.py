"""Synonyms from a user's file, for what is typed: docs/decisions/0015-synonyms.md.

::

    # One group a line; whoever types one of them finds all.
    央行, 中央银行, 人民银行
    # One-way: what is typed stands on the left, what it finds too on the right.
    WHO => World Health Organization, 世界卫生组织
    # Up to the next section, only for queries that may be Japanese.
    [ja]
    日銀, 日本銀行
"""

from __future__ import annotations

import codecs
import logging
import re
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sanbao.search.analysis.fold import fold
from sanbao.search.analysis.grams import BREAK_TERM, word_term
from sanbao.search.analysis.language import query_languages
from sanbao.search.analysis.normalize import normalize
from sanbao.search.analysis.runs import Kind, runs
from sanbao.search.errors import InvalidSynonyms
from sanbao.search.expansion.meanings import Meaning

WEIGHT = 0.9
"""Of articles that fit equally well the one that has what was typed comes first."""

SECTIONS = ("zh", "ja", "en")
MAX_LINES = 10_000
MAX_MEMBERS = 100
"""Of a line: each may become part of a query."""
MAX_MEMBER = 100
"""Characters."""
SECONDS_BETWEEN_LOOKS = 1.0

_COMMENT = re.compile(r"(?:^|\s)#.*")
_COMMA = re.compile("[,，、]")
_SECTION = re.compile(r"\[\s*(\w*)\s*\]")
_ARROW = "=>"
_SPACE_TERM = " "

_log = logging.getLogger(__name__)

Key = tuple[str, ...]
"""The terms of a text: its words, and each character of its CJK runs."""


class _Term(NamedTuple):
    text: str
    start: int
    end: int


class _Member(NamedTuple):
    text: str
    key: Key


class _Rule(NamedTuple):
    """What finds what: each of ``typed`` each of ``found``, in queries of a section, or of any."""

    section: str | None
    typed: tuple[_Member, ...]
    found: tuple[_Member, ...]


@dataclass(frozen=True, slots=True)
class Synonyms:
    """What a file says.

    Attributes:
        entries: what may be typed, to the synonyms it has in each section; None is before any.
        lengths: by the first term of what may be typed, how many terms it has, the most first.
    """

    entries: Mapping[Key, Mapping[str | None, tuple[str, ...]]]
    lengths: Mapping[str, tuple[int, ...]]

    def meanings(self, text: str) -> tuple[Meaning, ...]:
        """What stands in a text and has synonyms: from left to right, of several the longest.

        Those of one place follow each other.
        """
        sections = (None, *query_languages(text))
        return tuple(self._meanings(list(_terms(text)), sections))

    def _meanings(
        self, terms: Sequence[_Term], sections: Sequence[str | None]
    ) -> Iterator[Meaning]:
        at = 0
        while at < len(terms):
            for length in self.lengths.get(terms[at].text, ()):
                span = terms[at : at + length]
                by_section = self.entries.get(tuple(term.text for term in span), {})
                if found := _in_sections(by_section, sections):
                    start, end = span[0].start, span[-1].end
                    for synonym, section in found.items():
                        yield Meaning(start, end, synonym, WEIGHT, section)
                    at += length
                    break
            else:
                at += 1


def _in_sections(
    by_section: Mapping[str | None, tuple[str, ...]], sections: Sequence[str | None]
) -> dict[str, str | None]:
    """Each text of the sections once, and the first section that has it."""
    found: dict[str, str | None] = {}
    for section in sections:
        for text in by_section.get(section, ()):
            found.setdefault(text, section)
    return found


def _terms(text: str) -> Iterator[_Term]:
    """The terms of any text, with a term between two CJK runs that a space parts."""
    folded = fold(normalize(text).text)
    end_of_cjk = None
    for run in runs(folded):
        if run.kind is Kind.CJK:
            if end_of_cjk is not None:
                yield _Term(_SPACE_TERM, end_of_cjk, run.start)
            end_of_cjk = run.end
            yield from (_Term(folded[at], at, at + 1) for at in range(run.start, run.end))
        else:
            end_of_cjk = None
            term = BREAK_TERM if run.kind is Kind.BREAK else word_term(folded, run)
            yield _Term(term, run.start, run.end)


def _key(member: str) -> Key:
    """The terms of a member, without punctuation around it."""
    terms = [term.text for term in _terms(member)]
    while terms and terms[-1] == BREAK_TERM:
        terms.pop()
    while terms and terms[0] == BREAK_TERM:
        terms.pop(0)
    return tuple(terms)


def read_synonyms(path: Path) -> Synonyms:
    """The synonyms of a UTF-8 file, which may begin with a byte order mark.

    Raises:
        InvalidSynonyms: naming the file, the line and what to do.
    """
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InvalidSynonyms(f"{path}: cannot read these synonyms: {reason}") from None
    return parse_synonyms(content, str(path))


def parse_synonyms(content: bytes, name: str) -> Synonyms:
    """The synonyms of a file's content.

    Args:
        name: of the file, for messages.

    Raises:
        InvalidSynonyms: naming the file, the line and what to do.
    """
    found: dict[Key, dict[str | None, list[str]]] = defaultdict(lambda: defaultdict(list))
    for section, typed, meant in _rules(content, name):
        for _, key in typed:
            found[key][section] += (other.text for other in meant if other.key != key)
    return Synonyms(
        {key: {part: tuple(s) for part, s in parts.items()} for key, parts in found.items()},
        _lengths(found),
    )


def _lengths(keys: Mapping[Key, object]) -> dict[str, tuple[int, ...]]:
    lengths: dict[str, set[int]] = defaultdict(set)
    for key in keys:
        lengths[key[0]].add(len(key))
    return {first: tuple(sorted(each, reverse=True)) for first, each in lengths.items()}


def _rules(content: bytes, name: str) -> Iterator[_Rule]:
    lines = content.removeprefix(codecs.BOM_UTF8).splitlines()
    if len(lines) > MAX_LINES:
        raise InvalidSynonyms(f"{name}: has {len(lines)} lines, at most {MAX_LINES} are allowed")
    section = None
    for number, encoded in enumerate(lines, 1):
        try:
            line = _COMMENT.sub("", encoded.decode("utf-8")).strip()
            if line.startswith("["):
                section = _section(line)
            elif line:
                yield _Rule(section, *_sides(line))
        except UnicodeDecodeError:
            raise InvalidSynonyms(f"{name}, line {number}: not UTF-8; save it as such") from None
        except ValueError as error:
            raise InvalidSynonyms(f"{name}, line {number}: {error}") from None


def _section(line: str) -> str:
    match = _SECTION.fullmatch(line)
    if match is None or match[1] not in SECTIONS:
        known = ", ".join(f"[{section}]" for section in SECTIONS)
        raise ValueError(f"{_short(line)} is no section; those are {known}")
    return match[1]


def _sides(line: str) -> tuple[tuple[_Member, ...], tuple[_Member, ...]]:
    """What is typed, and what it finds; of a group, both are all of it."""
    sides = tuple(map(_members, line.split(_ARROW)))
    typed, found = sides[0], sides[-1]
    if len(sides) > 2:
        raise ValueError(f"{_ARROW} stands there more than once; write 'typed {_ARROW} found too'")
    if len({member.key for member in (*typed, *found)}) < 2:
        raise ValueError(f"{_short(line)} names only one thing; write at least two, with a comma")
    return typed, found


def _members(side: str) -> tuple[_Member, ...]:
    members = _COMMA.split(side)
    if len(members) > MAX_MEMBERS:
        raise ValueError(f"has {len(members)} members, at most {MAX_MEMBERS} are allowed")
    return tuple(_member(member.strip()) for member in members)


def _member(text: str) -> _Member:
    if not text:
        raise ValueError(f"nothing stands beside a comma or {_ARROW}; take that out")
    if len(text) > MAX_MEMBER:
        raise ValueError(
            f"{_short(text)} has {len(text)} characters, at most {MAX_MEMBER} are allowed"
        )
    if not (key := _key(text)):
        raise ValueError(f"{_short(text)} has no letter or digit; take it out")
    return _Member(text, key)


def _short(text: str) -> str:
    return repr(text if len(text) <= MAX_MEMBER else f"{text[:MAX_MEMBER]}…")


class Loaded(NamedTuple):
    """Synonyms, and what is wrong with their file if it has become unusable since.

    Attributes:
        version: differs when the file has been written or replaced, and is the same in all
            processes.
    """

    synonyms: Synonyms
    problem: InvalidSynonyms | None = None
    version: tuple[int, int, int] | None = None


class SynonymsFile:
    """The synonyms of a file, which is read again when it has changed. Threads may share one.

    A file that becomes unusable leaves those that were read before, and a warning in the log.

    Raises:
        InvalidSynonyms: when the file cannot be used to begin with.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reading = threading.Lock()
        # Taken before it is read: what changes meanwhile is seen at the next look.
        self._stamp = _stamp(path)
        self._loaded = Loaded(read_synonyms(path), version=self._stamp)
        self._next_look = time.monotonic() + SECONDS_BETWEEN_LOOKS

    def current(self) -> Loaded:
        """The synonyms as of a second ago at most; while one thread reads, the ones before."""
        if time.monotonic() >= self._next_look and self._reading.acquire(blocking=False):
            try:
                self._look()
                self._next_look = time.monotonic() + SECONDS_BETWEEN_LOOKS
            finally:
                self._reading.release()
        return self._loaded

    def _look(self) -> None:
        stamp = _stamp(self._path)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._loaded = Loaded(read_synonyms(self._path), version=stamp)
        except InvalidSynonyms as problem:
            _log.warning("%s; the synonyms read before stay in use", problem)
            self._loaded = self._loaded._replace(problem=problem, version=stamp)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What differs when a file has been written or replaced; None while it is not there."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
