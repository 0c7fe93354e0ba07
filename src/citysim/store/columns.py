"""Lists as columns of Arrow, without pandas, which ``pyarrow.array`` imports to look at a list."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from citysim.plan.faults import Value


def table_of(columns: Mapping[str, Sequence[Value]]) -> pa.Table:
    """The table that ``pyarrow.table`` makes of the same lists."""
    return pa.Table.from_arrays([_column(values) for values in columns.values()], names=list(columns))


def _column(values: Sequence[Value]) -> pa.Array:
    kinds = set(map(type, values))
    if kinds == {str}:
        builder = pa.lib.StringBuilder()
        builder.append_values(values)
        return builder.finish()
    if kinds == {float}:
        return _of_numbers(pa.float64(), np.array(values, np.float64))
    if kinds == {int} and all(-(2**63) <= value < 2**63 for value in values):  # type: ignore[operator]
        return _of_numbers(pa.int64(), np.array(values, np.int64))
    if kinds == {bool}:
        bits = np.packbits(np.array(values, np.bool_), bitorder="little")
        return pa.Array.from_buffers(pa.bool_(), len(values), [None, pa.py_buffer(bits)])
    return pa.array(values)  # several kinds, or none: for Arrow to decide


def _of_numbers(kind: pa.DataType, values: np.ndarray) -> pa.Array:
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values)])
