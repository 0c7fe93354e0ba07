"""The data pack: the files a real world is built from, read and checked."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from citysim.errors import DataError
from citysim.world.schema import MAP_FILE, SCHEMA, Outlines

if TYPE_CHECKING:
    import pandas as pd

    from citysim.world.checks import Faults

SHIPPED = Path(__file__).parent / "data"


@dataclass(frozen=True)
class DataPack:
    """Checked tables of one data folder, with typed columns and the file's own row order.

    ``tables`` is keyed by file name; row ``i`` of a table is line ``i + 2`` of its file.
    """

    path: Path
    tables: Mapping[str, "pd.DataFrame"]

    def __getitem__(self, name: str) -> "pd.DataFrame":
        """Table of the file ``name.csv``."""
        return self.tables[f"{name}.csv"]


def load_pack(path: Path | str | None = None) -> DataPack:
    """Read and check the data pack in the folder ``path`` (default: the one that ships with the package).

    Raises ``DataError`` with one line per fault: file, row (line of the file), field, what was found,
    what is allowed.
    """
    return _shipped_pack() if path is None else read_pack(Path(path))


@cache
def _shipped_pack() -> DataPack:
    return read_pack(SHIPPED)


def read_pack(path: Path) -> DataPack:
    """Read and check the folder ``path``; see ``load_pack``."""
    from citysim.world import checks  # noqa: PLC0415  keeps pandas out of the import of the package

    if not path.is_dir():
        raise DataError(f"{path}: no such folder; it must hold the data pack")
    faults = checks.Faults()
    tables: dict[str, pd.DataFrame] = {}
    for name, columns in SCHEMA.items():
        table = _read_table(path / name, faults)
        if table is not None:
            tables[name] = checks.typed(name, table, columns, faults)
    outlines = _read_outlines(path / MAP_FILE, faults)
    checks.check_outlines(MAP_FILE, outlines, faults)
    faults.raise_any()  # later checks compare files, so each must stand first
    checks.check_pack(tables, outlines, faults)
    faults.raise_any()
    return DataPack(path, tables)


def _read_table(path: Path, faults: "Faults") -> "pd.DataFrame | None":
    """All cells as text; ``None`` and a fault where the file cannot be read."""
    import pandas as pd  # noqa: PLC0415  keeps pandas out of the import of the package

    try:
        content = path.read_bytes()
        # No cell is taken for missing by its text: "NA" is Namibia.
        table = pd.read_csv(
            io.BytesIO(content), dtype=str, keep_default_na=False, na_filter=False, encoding="utf-8"
        )
    except OSError as error:
        faults.file(path.name, f"cannot be read ({error.strerror or 'no such file'})")
    except UnicodeDecodeError:
        faults.file(path.name, "is not UTF-8 text")
    except pd.errors.EmptyDataError:
        faults.file(path.name, "is empty")
    except pd.errors.ParserError as error:
        faults.file(path.name, f"is not a well-formed CSV file ({str(error).strip().splitlines()[-1]})")
    else:
        if len(table) and content.endswith(b"\n"):
            return table
        last = content.count(b"\n") + 1
        faults.file(
            path.name, f"row {last}: ends within the line, is cut off" if len(table) else "holds no rows"
        )
    return None


def _read_outlines(path: Path, faults: "Faults") -> Outlines:
    try:
        countries = json.loads(path.read_text(encoding="utf-8"))["countries"]
    except OSError as error:
        faults.file(path.name, f"cannot be read ({error.strerror or 'no such file'})")
    except UnicodeDecodeError:
        faults.file(path.name, "is not UTF-8 text")
    except json.JSONDecodeError as error:
        faults.file(path.name, f"line {error.lineno}: is not valid JSON ({error.msg})")
    except (KeyError, TypeError):
        faults.file(path.name, "countries: not found; must map codes of countries to polygons")
    else:
        if isinstance(countries, dict) and countries:
            return countries
        faults.file(path.name, "countries: holds no polygons")
    return {}
