"""How a kernel is compiled: once, kept in the user's cache, without the interpreter's lock."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, cast

import platformdirs
from numba import config, njit
from numba.core import entrypoints, event

from sanbao.search.limits import begin_loading, end_loading

Function = TypeVar("Function", bound=Callable[..., object])


Number: TypeAlias = Any
"""A Python number outside kernels, inside one a NumPy number of any width."""


_SEARCH = Path(__file__).parents[2]
SOURCES = (_SEARCH / "codec", _SEARCH / "ranking")
"""Where everything lies that kernels are made of: what they call, and the constants in them."""


def sources_stamp(*folders: Path) -> str:
    """A name that changes with every file of the folders and those below.

    numba compiles a kernel again when its own file has changed, not when one has that it calls or
    that has a constant of it.
    """
    files = sorted(file for folder in folders for file in folder.rglob("*.py"))
    stamps = [(str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files]
    return hashlib.sha256(repr(stamps).encode()).hexdigest()[:16]


_SETTINGS: Any = config
if not _SETTINGS.CACHE_DIR:
    _STAMP = sources_stamp(*SOURCES)
    _SETTINGS.CACHE_DIR = str(platformdirs.user_cache_path("sanbao") / "kernels" / _STAMP)


class _Loading(event.Listener):
    """Tells deadlines that a kernel is compiled, or read compiled, or waited for."""

    def on_start(self, event: object) -> None:
        begin_loading()

    def on_end(self, event: object) -> None:
        end_loading()


# Once numba is prepared, every way to a compiled function leads through this lock, and nothing that
# runs one does.
_EVENTS: Any = event
_EXTENSIONS: Any = entrypoints
_EVENTS.register("numba:compiler_lock", _Loading())

_OPTIONS: Any = {
    "cache": True,
    "nogil": True,
    "boundscheck": False,
    "error_model": "numpy",
}


def prepare() -> None:
    """What numba does before the first kernel is compiled or read, and before it takes the lock.

    It looks for its extensions among all packages that are installed, and asks whether what it is
    given is one of NumPy's masked arrays, which are then imported: 25 ms of nobody's query.
    """
    _EXTENSIONS.init_all()
    import_module("numpy.ma")


_has_warmed = False


def is_warm() -> bool:
    """Whether all kernels have been compiled as they are now, so that none has to be waited for."""
    return _has_warmed or _mark().exists()


def mark_warm() -> None:
    """Remember that all kernels have been run."""
    global _has_warmed
    _has_warmed = True
    with suppress(OSError):  # where nothing can be kept, each process compiles them
        _mark().touch()


def _mark() -> Path:
    return Path(_SETTINGS.CACHE_DIR, "warm")


def kernel(function: Function) -> Function:
    """Compile a function of arrays and numbers.

    Inside: explicit widths, and unsigned indices, which spare the test for negative ones.
    """
    return cast(Function, njit(**_OPTIONS)(function))


def step(function: Function) -> Function:
    """Compile a function that kernels call over and over and that makes no arrays.

    Without reference counting, which for a call with three arrays takes as long as forty reads.
    Outside a kernel such a function must not be called.
    """
    return cast(Function, njit(**{**_OPTIONS, "_nrt": False})(function))


def view(function: Function) -> Function:
    """Put a short function that returns a view of memory in the place of each call.

    Functions compiled by :func:`step` cannot return arrays.
    """
    return cast(Function, njit(**_OPTIONS, inline="always")(function))
