"""Memory that compiled functions hand on by its address: one word, where an array takes seven.

What a function is given is copied for every call. To call one that gets five arrays can take as
long as what it does. So the kernel's functions hand on the addresses, and make an array of a part
where one is needed: for a loop over all of it, of which the compiler then knows the length.
"""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import lower_builtin, type_callable
from numpy.typing import NDArray

Memory = Any
"""A flat array; in compiled code its address, read and written at an index as an array is."""


def address_of(array: NDArray[Any]) -> Memory:
    """Return an array without gaps as memory."""
    return array


def row_of(memory: Memory, row: int, length: int) -> Memory:
    """Return a row of memory that holds rows of this length, an array of shape (n_rows, length)."""
    found: Memory = memory[row][:length]
    return found


def stretch(memory: Memory, begin: int, length: int) -> NDArray[Any]:
    """Return a part of memory as an array, shape (length,); it must lie within."""
    part: NDArray[Any] = memory[begin : begin + length]
    return part


# In Python these three work on arrays, as they are written. What follows tells Numba how to type
# them and which code to generate.


@type_callable(address_of)
def _type_of_address(_context: Any) -> Any:
    return lambda array: types.CPointer(array.dtype)


@type_callable(row_of)
def _type_of_row(_context: Any) -> Any:
    return lambda memory, _row, _length: types.CPointer(memory.dtype)


@type_callable(stretch)
def _type_of_stretch(_context: Any) -> Any:
    return lambda memory, _begin, _length: types.Array(memory.dtype, 1, "C")


@lower_builtin(address_of, types.Array)
def _code_of_address(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    return context.make_array(signature.args[0])(context, builder, arguments[0]).data


@lower_builtin(row_of, types.CPointer, types.Integer, types.Integer)
def _code_of_row(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    row, length = _whole_numbers(context, builder, signature, arguments)
    return builder.gep(arguments[0], [builder.mul(row, length)])


@lower_builtin(row_of, types.Array, types.Integer, types.Integer)
def _code_of_row_of_array(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    address = _code_of_address(context, builder, signature, arguments)
    return _code_of_row(context, builder, signature, [address, *arguments[1:]])


@lower_builtin(stretch, types.CPointer, types.Integer, types.Integer)
def _code_of_stretch(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    begin, length = _whole_numbers(context, builder, signature, arguments)
    part = context.make_array(signature.return_type)(context, builder)
    stored = context.get_data_type(signature.return_type.dtype)
    size = context.get_constant(types.intp, context.get_abi_sizeof(stored))
    context.populate_array(
        part,
        data=builder.gep(arguments[0], [begin]),
        shape=[length],
        strides=[size],
        itemsize=size,
        meminfo=None,
    )
    return part._getvalue()


@lower_builtin(stretch, types.Array, types.Integer, types.Integer)
def _code_of_stretch_of_array(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    address = _code_of_address(context, builder, signature, arguments)
    return _code_of_stretch(context, builder, signature, [address, *arguments[1:]])


def _whole_numbers(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Return all arguments but the first as 64-bit integers."""
    kinds = signature.args[1:]
    for argument, kind in zip(arguments[1:], kinds, strict=True):
        yield context.cast(builder, argument, kind, types.intp)
