"""Stored fields as bytes: pickles that name no class, so that reading one runs nobody's code."""

from __future__ import annotations

import io
import pickle
import zlib
from itertools import pairwise
from typing import Any, NoReturn

import numpy as np

from sanbao.search.codec.kernels.arrays import U8, U32, U64

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


def checksums(offsets: U64, blob: U8) -> U32:
    """The CRC-32 of each document's stored fields.

    Args:
        offsets: where those of each document begin in the blob, and where the last end.
    """
    data, bounds = blob.data, offsets.tolist()
    found = [zlib.crc32(data[begin:end]) for begin, end in pairwise(bounds)]
    return np.array(found, np.uint32)


class _Pickler(pickle.Pickler):
    def reducer_override(self, value: object) -> NoReturn:
        """Called for what is not of a built-in type."""
        raise TypeError(f"a {type(value).__name__} is not a plain value")


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> NoReturn:
        raise pickle.UnpicklingError(f"names {module}.{name}")
