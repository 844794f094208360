"""Every error that a caller may want to tell apart, as one tree.

::

    SearchError                 anything below; str() is a sentence for the user
    ├── InvalidRequest          the question is wrong: names the parameter and what is allowed
    │   ├── EmptyQuery          neither words nor filters to search for
    │   └── QueryTooLarge       beyond the limits of a search
    ├── InvalidArticle          an article that cannot be indexed: names the field
    ├── InvalidUserDictionary   a user dictionary that cannot be read: names file and line
    ├── InvalidSynonyms         a file of synonyms that cannot be used: names file and line
    ├── UnusableFile            a file for an evaluation that cannot be used: names file and line
    └── IndexProblem            the index cannot serve: names the folder and what to do
        ├── IndexNotFound       there is no index at this place
        ├── IndexLocked         another process is writing
        ├── AnalysisMismatch    the index was built by another text analysis
        ├── IndexVersionMismatch    the index has another format version
        ├── StorageFailed       the system refused to read or write a file: full disk, no rights...
        └── IndexCorrupt        a file of the index is damaged or missing

Messages say what is wrong, where, and what to do next.
"""

from __future__ import annotations


class SearchError(Exception):
    """Base of all errors that Sanbao raises on purpose; ``str()`` is fit to show to a user."""


class InvalidRequest(SearchError):
    """A search that cannot be answered as asked.

    Args:
        parameter: the name the user gave it, such as ``limit`` or ``from``.
        reason: what is wrong with it and what would be right.
    """

    def __init__(self, parameter: str, reason: str) -> None:
        super().__init__(f"{parameter}: {reason}")
        self.parameter = parameter
        self.reason = reason


class EmptyQuery(InvalidRequest):
    """The query is empty, and there is no filter beside it."""


class QueryTooLarge(InvalidRequest):
    """A search beyond :class:`search.limits.Limits`: too long, or of too many filters."""


class InvalidArticle(SearchError):
    """An article that cannot be indexed.

    Args:
        field: the field of :class:`search.article.Article` that is wrong.
        reason: what is wrong with it and what would be right.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class InvalidUserDictionary(SearchError):
    """A user dictionary that cannot be read; the message names the file and the line."""


class InvalidSynonyms(SearchError):
    """A file of synonyms that cannot be used; the message names the file and the line."""


class UnusableFile(SearchError):
    """A file of queries, judgements or a run that cannot be used; the message names it, and the
    line."""


class IndexProblem(SearchError):
    """The index cannot be used; the message names it and says what to do."""


class IndexNotFound(IndexProblem):
    """There is no index at the place that was named."""


class IndexLocked(IndexProblem):
    """Another writer holds the index; try again when it has finished."""


class AnalysisMismatch(IndexProblem):
    """The index was built by another text analysis, or with other constants, than today's."""


class IndexVersionMismatch(IndexProblem):
    """The index has a format version that this program does not read."""


class StorageFailed(IndexProblem):
    """The system refused an operation on a file; the message names it and says what to do.

    Args:
        disk_full: whether there was no space left.
    """

    def __init__(self, message: str, *, disk_full: bool = False) -> None:
        super().__init__(message)
        self.disk_full = disk_full


class IndexCorrupt(IndexProblem):
    """A file of the index is damaged or missing."""
