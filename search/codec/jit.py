"""How every kernel is compiled: once, then kept beside the program; without Python's lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

Function = TypeVar("Function", bound=Callable[..., object])


def kernel(function: Function) -> Function:
    """Compiles a function of arrays and numbers.

    Arrays are not checked for indices out of bounds, and unsigned and signed integers must not be
    mixed in one expression: the sum of both is a float.
    """
    compiled: Any = njit(cache=True, nogil=True, boundscheck=False, error_model="numpy")(function)
    return compiled  # type: ignore[no-any-return]
