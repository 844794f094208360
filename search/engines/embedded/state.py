"""One committed state of an embedded index, opened for reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from sanbao.search.article import Article
from sanbao.search.codec.segment_arrays import SegmentArrays
from sanbao.search.codec.whoosh_codec.segment import EXTENSION, ArraySegment
from sanbao.search.engines.arrays.evaluator import ArrayEvaluator
from sanbao.search.engines.arrays.vocabulary import SegmentVocabulary
from sanbao.search.engines.base import Matches, Wanted
from sanbao.search.engines.embedded.fingerprint import fingerprints
from sanbao.search.engines.embedded.schema import from_stored
from sanbao.search.errors import IndexCorrupt, IndexProblem, InvalidArticle
from sanbao.search.limits import NEVER, Deadline, Limits
from sanbao.search.query.tree import Query
from sanbao.search.results import ScorePart, TextMatching
from sanbao.search.storage import generations
from sanbao.search.storage.folder import Folder
from sanbao.search.storage.generations import Generation
from sanbao.search.storage.manifest import FileEntry


class IndexState:
    """Answers :class:`search.engines.base.IndexReader` from what a generation holds.

    Files that a later commit deletes stay readable for as long as this object lives.

    Attributes:
        generation: its number.
        newest: the number of the newest generation there was when this one was opened.
        problem: why that one is not this one, or None if it is.
    """

    @classmethod
    def open(cls, folder: Folder, before: IndexState | None = None) -> IndexState:
        """The newest generation that is whole.

        Args:
            before: a state of the same index, whose files need not be opened again.

        Raises:
            IndexNotFound, AnalysisMismatch, IndexVersionMismatch, StorageFailed.
            IndexCorrupt: when none is; says what is wrong with the newest.
        """
        while True:
            problem: IndexProblem | None = None
            numbers = generations.numbers(folder)
            for number in numbers:
                try:
                    generation = generations.read(folder, number)
                    generation.check_analysis(fingerprints())
                    if problem is None or generation.segments:  # an empty index is of no help
                        return cls(generation, before, numbers[0], problem)
                except IndexProblem as error:
                    if generations.newest(folder) != numbers[0]:
                        break  # not damaged, but swept by a newer commit
                    if problem is None and not isinstance(error, IndexCorrupt):
                        raise
                    problem = problem or error
            else:
                assert problem is not None
                raise problem

    def __init__(
        self,
        generation: Generation,
        before: IndexState | None = None,
        newest: int | None = None,
        problem: IndexProblem | None = None,
    ) -> None:
        self.generation = generation.number
        self.newest = generation.number if newest is None else newest
        self.problem = problem
        self._folder = generation.folder
        self._files = generation.manifest.files
        self._segments = [
            (segment, (before and before._shared(segment, self._files)) or generation.open(segment))
            for segment in generation.segments
        ]
        counts = [arrays.doc_count for _, arrays in self._segments]
        self._bases = np.cumsum([0, *counts])
        self._evaluator = ArrayEvaluator(
            [(arrays, segment.deleted_bits()) for segment, arrays in self._segments]
        )

    @property
    def size_bytes(self) -> int:
        """What the folder holds, with what an older generation still needs."""
        size = 0
        for path in self._folder.path.iterdir():
            with suppress(FileNotFoundError):  # a commit removes files
                size += path.stat().st_size
        return size

    def match(self, query: Query, wanted: Wanted, deadline: Deadline = NEVER) -> Matches:
        """What matches the query; keys are numbers of the index."""
        return self._evaluator.match(query, wanted, deadline)

    def fetch(self, keys: Sequence[Any]) -> list[Article]:
        """The articles of these numbers."""
        return list(map(self._article, keys))

    def explain(
        self, query: Query, keys: Sequence[Any], wanted: Wanted, deadline: Deadline = NEVER
    ) -> list[list[ScorePart]]:
        """The parts of the scores that :meth:`match` gave; raises TimeIsUp."""
        return self._evaluator.explain(query, keys, wanted, deadline)

    def matching(
        self, query: Query, wanted: Wanted, deadline: Deadline = NEVER
    ) -> tuple[TextMatching, ...]:
        """What an article must have for each text of the query; raises TimeIsUp."""
        return self._evaluator.matching(query, wanted, deadline)

    def vocabulary(
        self, languages: Sequence[str], limits: Limits, deadline: Deadline
    ) -> SegmentVocabulary:
        """The terms and titles of the articles in these languages; without any, of all."""
        return SegmentVocabulary(self._evaluator, self._article, languages, limits, deadline)

    def _article(self, number: int) -> Article:
        """The article with this number of the index."""
        place = int(np.searchsorted(self._bases, number, side="right")) - 1
        return _article(self._segments[place][1], number - int(self._bases[place]))

    def find(self, article_id: str) -> Article | None:
        """The article with this id, or None."""
        key = article_id.encode("utf-8", "surrogatepass")
        for segment, arrays in self._segments:
            term = arrays.find("id", key)
            if term >= 0:
                for doc_id in arrays.docs_of(term).tolist():
                    if not segment.is_deleted(doc_id):
                        return _article(arrays, doc_id)
        return None

    def articles(self) -> Iterator[Article]:
        """Every article."""
        for segment, arrays in self._segments:
            for doc_id in np.flatnonzero(~segment.deleted_mask()).tolist():
                yield _article(arrays, doc_id)

    def _shared(self, wanted: ArraySegment, files: Mapping[str, FileEntry]) -> SegmentArrays | None:
        """The arrays of a segment of another generation, if this one has the same file."""
        name = wanted.make_filename(EXTENSION)
        for segment, arrays in self._segments:
            same_name = segment.make_filename(EXTENSION) == name
            if same_name and self._files[name] == files.get(name):
                return arrays
        return None


def _article(arrays: SegmentArrays, doc_id: int) -> Article:
    try:
        return from_stored(arrays.stored_fields(doc_id))
    except (LookupError, TypeError, ValueError, InvalidArticle) as error:
        raise IndexCorrupt(
            f"{arrays.container.path}: document {doc_id} is no article: {error!r}; "
            "restore it from a copy"
        ) from error
