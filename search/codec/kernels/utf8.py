"""Characters in UTF-8."""

from __future__ import annotations

import numpy as np

from sanbao.search.codec.kernels.arrays import U8
from sanbao.search.codec.kernels.jit import Number, step


@step
def width(blob: U8, at: Number, end: Number) -> Number:
    """The bytes of the character that begins there, never beyond ``end``."""
    first = blob[at]
    width = 1 + np.int64(first >= 0xC0) + np.int64(first >= 0xE0) + np.int64(first >= 0xF0)
    return min(width, end - at)


@step
def character(blob: U8, at: Number, width: Number) -> Number:
    """The code point of the character of so many bytes."""
    if width == 1:
        return np.uint32(blob[at])
    code = np.uint32(blob[at]) & np.uint32(0x7F >> width)
    for i in range(1, width):
        code = code << np.uint32(6) | np.uint32(blob[at + i]) & np.uint32(0x3F)
    return np.uint32(code)
