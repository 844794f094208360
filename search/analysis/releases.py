"""Which releases of the packages that analyse text are installed."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version


@cache
def release(package: str) -> str:
    """The version of a package; to read it takes as long as to answer a query, so it is kept."""
    return version(package)
