"""Single instructions of the processor that numba has no word for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np import arrayobj


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
    """The place of the lowest set bit of a u64, as u64; 64 if none is set."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.uint64(types.uint64), generate


@instruction
def view8(typing_context: Any, address: Any, count: Any) -> Any:
    """The array of so many u8 at an address (both i64)."""
    return _view(types.uint8)


@instruction
def view16(typing_context: Any, address: Any, count: Any) -> Any:
    """The array of so many u16 at an address (both i64)."""
    return _view(types.uint16)


@instruction
def view32(typing_context: Any, address: Any, count: Any) -> Any:
    """The array of so many u32 at an address (both i64)."""
    return _view(types.uint32)


@instruction
def view64(typing_context: Any, address: Any, count: Any) -> Any:
    """The array of so many u64 at an address (both i64)."""
    return _view(types.uint64)


@instruction
def view_signed(typing_context: Any, address: Any, count: Any) -> Any:
    """The array of so many i64 at an address (both i64)."""
    return _view(types.int64)


def _view(number: Any) -> Any:
    array_type = types.Array(number, 1, "C")
    octets = number.bitwidth // 8

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address, count = arguments
        numba_arrays: Any = arrayobj
        array = numba_arrays.make_array(array_type)(context, builder)
        numba_arrays.populate_array(
            array,
            data=builder.inttoptr(address, array.data.type),
            shape=[count],
            strides=[ir.Constant(ir.IntType(64), octets)],
            itemsize=ir.Constant(ir.IntType(64), octets),
            meminfo=None,
        )
        return array._getvalue()

    return array_type(types.int64, types.int64), generate


# numba computes narrow integers as 64 bits wide, which costs a vector loop three quarters of its
# speed; these stay as narrow as they are.


@instruction
def add16(typing_context: Any, a: Any, b: Any) -> Any:
    """a + b, modulo 2**16."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.add(*arguments)

    return types.uint16(types.uint16, types.uint16), generate


@instruction
def min16(typing_context: Any, a: Any, b: Any) -> Any:
    """The smaller of two u16."""
    return types.uint16(types.uint16, types.uint16), _chosen("llvm.umin", 16)


@instruction
def max16(typing_context: Any, a: Any, b: Any) -> Any:
    """The larger of two u16."""
    return types.uint16(types.uint16, types.uint16), _chosen("llvm.umax", 16)


@instruction
def max8(typing_context: Any, a: Any, b: Any) -> Any:
    """The larger of two u8."""
    return types.uint8(types.uint8, types.uint8), _chosen("llvm.umax", 8)


def _chosen(name: str, width: int) -> Callable[..., Any]:
    number = ir.IntType(width)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        choice = ir.FunctionType(number, [number, number])
        return builder.call(builder.module.declare_intrinsic(name, [number], choice), arguments)

    return generate


@instruction
def share16(typing_context: Any, impact: Any, high: Any, low: Any) -> Any:
    """``impact * high + impact * low // 256``, and 1 more unless the impact is 0.

    Of u8 numbers, the last two of them as u16.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        narrow = ir.IntType(16)
        impact, (high, low) = builder.zext(arguments[0], narrow), arguments[1:]
        rest = builder.lshr(builder.mul(impact, low), ir.Constant(narrow, 8))
        share = builder.add(builder.mul(impact, high), rest)
        is_there = builder.icmp_unsigned("!=", impact, ir.Constant(narrow, 0))
        return builder.add(share, builder.zext(is_there, narrow))

    return types.uint16(types.uint8, types.uint16, types.uint16), generate
