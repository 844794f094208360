"""How a kernel is compiled: once, kept beside its source, without the interpreter's lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from numba import njit

Function = TypeVar("Function", bound=Callable[..., object])


def kernel(function: Function) -> Function:
    """Compile a function of arrays and numbers.

    Inside: explicit widths, and unsigned indices, which spare the test for negative ones.
    """
    compiled: Function = njit(cache=True, nogil=True, boundscheck=False, error_model="numpy")(
        function
    )
    return compiled
