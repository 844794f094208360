"""Stored fields as bytes: pickles that name no class, so that reading one runs nobody's code."""

from __future__ import annotations

import io
import pickle
from typing import Any, NoReturn

_PROTOCOL = 4


def pack(values: dict[str, Any]) -> bytes:
    """The values as bytes.

    Raises:
        TypeError: when one is not made of None, bool, int, float, str, bytes, list, tuple, dict and
            set alone.
    """
    buffer = io.BytesIO()
    _Pickler(buffer, _PROTOCOL).dump(values)
    return buffer.getvalue()


def unpack(packed: bytes) -> dict[str, Any]:
    """The inverse of :func:`pack`.

    Raises:
        ValueError: when the bytes are not what it returned.
    """
    try:
        values = _Unpickler(io.BytesIO(packed)).load()
    except Exception as error:  # pickle raises a dozen kinds of errors at damaged bytes
        raise ValueError(f"no stored fields: {error}") from error
    if not isinstance(values, dict):
        raise ValueError(f"no stored fields: a {type(values).__name__}")
    return values


class _Pickler(pickle.Pickler):
    def reducer_override(self, value: object) -> NoReturn:
        """Called for what is not of a built-in type."""
        raise TypeError(f"a {type(value).__name__} is not a plain value")


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> NoReturn:
        raise pickle.UnpicklingError(f"names {module}.{name}")
