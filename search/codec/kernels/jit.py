"""How a kernel is compiled: once, kept beside its source, without the interpreter's lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., object])


Number: TypeAlias = Any
"""A Python number outside kernels, inside one a NumPy number of any width."""


def kernel(function: Function) -> Function:
    """Compile a function of arrays and numbers.

    Inside: explicit widths, and unsigned indices, which spare the test for negative ones.
    """
    compile_it = njit(cache=True, nogil=True, boundscheck=False, error_model="numpy")
    return cast(Function, compile_it(function))
