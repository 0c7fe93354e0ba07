"""Lists as columns: what Arrow itself makes of them, but without pandas."""

import subprocess
import sys

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysim.store.blocks import parquet
from citysim.store.columns import table_of

WHOLE = st.integers(-(2**63), 2**63 - 1)
KINDS = (st.text(max_size=20), WHOLE, st.floats(allow_nan=False), st.booleans())
COLUMNS = st.one_of([st.lists(kind, min_size=7, max_size=7) for kind in KINDS])


@given(st.dictionaries(st.sampled_from("abcde"), COLUMNS, min_size=1))
def test_a_table_is_the_one_that_arrow_makes_to_the_byte_of_its_file(columns: dict[str, list]) -> None:
    table = table_of(columns)
    assert table.equals(pa.table(columns), check_metadata=True)
    assert table.validate(full=True) is None
    assert parquet(table) == parquet(pa.table(columns))


@pytest.mark.parametrize("values", [[], [1, 2.5], [None, "x"], [None, 1], [float("nan"), 1.0]])
def test_what_is_of_several_kinds_is_left_to_arrow(values: list) -> None:
    assert table_of({"a": values})["a"].type == pa.array(values).type
    assert str(table_of({"a": values}).to_pydict()) == str(pa.table({"a": values}).to_pydict())


@pytest.mark.parametrize("values", [["x", 1], [2**63], [1, "x"]])
def test_what_arrow_refuses_is_refused(values: list) -> None:
    with pytest.raises((pa.ArrowInvalid, pa.ArrowTypeError, OverflowError)):
        pa.table({"a": values})
    with pytest.raises((pa.ArrowInvalid, pa.ArrowTypeError, OverflowError)):
        table_of({"a": values})


def test_pandas_is_not_imported() -> None:
    code = (
        "import sys; from citysim.store.columns import table_of;"
        "table_of({'a': ['x'], 'b': [1], 'c': [1.5], 'd': [True]}); print('pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
