"""Single instructions of the processor that numba has no word for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic


def instruction(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make the function one that kernels can call; it writes the instruction down for LLVM."""
    written: Callable[..., Any] = intrinsic(function)
    return written


@instruction
def popcount(typing_context: Any, word: Any) -> Any:
    """How many bits of a u64 are set, as u64."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


@instruction
def lowest_bit(typing_context: Any, word: Any) -> Any:
    """The place of the lowest set bit of a u64 that is not 0, as u64."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), generate


# numba computes narrow integers as 64 bits wide, which costs a vector loop three quarters of its
# speed; these stay as narrow as they are.


@instruction
def add16(typing_context: Any, a: Any, b: Any) -> Any:
    """a + b, modulo 2**16."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.add(*arguments)

    return types.uint16(types.uint16, types.uint16), generate


@instruction
def max16(typing_context: Any, a: Any, b: Any) -> Any:
    """The larger of two u16."""
    return types.uint16(types.uint16, types.uint16), _maximum(16)


@instruction
def max8(typing_context: Any, a: Any, b: Any) -> Any:
    """The larger of two u8."""
    return types.uint8(types.uint8, types.uint8), _maximum(8)


def _maximum(width: int) -> Callable[..., Any]:
    number = ir.IntType(width)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        larger = ir.FunctionType(number, [number, number])
        maximum = builder.module.declare_intrinsic("llvm.umax", [number], larger)
        return builder.call(maximum, arguments)

    return generate


@instruction
def share16(typing_context: Any, impact: Any, high: Any, low: Any) -> Any:
    """``impact * high + impact * low // 256``, of u8 numbers, the last two of them as u16."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        narrow = ir.IntType(16)
        impact, (high, low) = builder.zext(arguments[0], narrow), arguments[1:]
        rest = builder.lshr(builder.mul(impact, low), ir.Constant(narrow, 8))
        return builder.add(builder.mul(impact, high), rest)

    return types.uint16(types.uint8, types.uint16, types.uint16), generate
