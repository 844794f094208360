"""How a kernel is compiled: once, kept beside its source, without the interpreter's lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., object])


Number: TypeAlias = Any
"""A Python number outside kernels, inside one a NumPy number of any width."""


_OPTIONS: Any = {
    "cache": True,
    "nogil": True,
    "boundscheck": False,
    "error_model": "numpy",
}


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
    """Put a function of one expression in the place of each call: one that returns an array."""
    return cast(Function, njit(**_OPTIONS, inline="always")(function))
