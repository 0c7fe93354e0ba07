"""When cities adopted: the pack's dated adoptions of four practices, read and checked when asked for."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from citysim.world.checks import Faults, typed
from citysim.world.pack import SHIPPED, load_pack
from citysim.world.schema import Column

_TEXT = Column()
_DATE = Column(optional=True)
_YEAR = Column("integer", low=1900, high=2100)
_COUNT = Column("integer", low=0)
_PEOPLE = Column("integer", optional=True, low=0)

#: Columns that the package reads, by file; no world needs them, so they are not of the pack that worlds read.
ADOPTION_SCHEMA: dict[str, dict[str, Column]] = {
    "parking_reform.csv": {
        "name": _TEXT,
        "country": _TEXT,
        "lat": Column("number", low=-90, high=90),
        "lon": Column("number", low=-180, high=180),
        "population": _PEOPLE,
        "adopted": _DATE,
        "repealed": _DATE,
    },
    "covenant_signatories.csv.gz": {
        "geonameid": Column("integer", optional=True, low=1, high=1e10),
        "iso2": _TEXT,
        "population": _PEOPLE,
        "joined": Column(),
        "coordinated": Column("integer", low=0, high=1),
        "status": Column(words=("published", "on_hold")),
    },
    "participatory_budgeting_brazil.csv": {
        "from": _YEAR,
        "to": _YEAR,
        **dict.fromkeys(("cities", "had", "dropped", "had_not", "adopted"), _COUNT),
    },
    "plastic_bags_us_by_year.csv": {"year": _YEAR, "adopted": _COUNT},
}
#: Columns of dates, by file: read as decimal years.
_DATES = {
    "parking_reform.csv": ("adopted", "repealed"),
    "covenant_signatories.csv.gz": ("joined",),
}


@cache
def load_adoption(folder: Path = SHIPPED) -> dict[str, pd.DataFrame]:
    """The tables in ``folder`` by the name of their file without its ending; dates are decimal years.

    Raises ``DataError`` with one line per fault: file, row (line of the file), field, what was found, what is
    allowed.
    """
    faults, tables = Faults(), {}
    for name, columns in ADOPTION_SCHEMA.items():
        table = _read(folder / name, faults)
        if table is None:
            continue
        table = typed(name, table, columns, faults)
        for field in _DATES.get(name, ()):
            if field in table:
                table[field] = _decimal_years(name, table, field, faults)
        tables[name] = table
    faults.raise_any()  # later checks compare columns, so each must stand first
    _check(tables, faults)
    faults.raise_any()
    return {name.split(".")[0]: table for name, table in tables.items()}


def _read(path: Path, faults: Faults) -> "pd.DataFrame | None":
    """All cells as text; ``None`` and a fault where the file cannot be read."""
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, na_filter=False, encoding="utf-8")
    except OSError as error:
        faults.file(path.name, f"cannot be read ({error.strerror or 'damaged'})")
    except (EOFError, ValueError) as error:  # cut off; not UTF-8, or no table
        faults.file(path.name, f"is not a well-formed CSV file ({str(error).strip().splitlines()[-1]})")
    return None


def _decimal_years(name: str, table: pd.DataFrame, field: str, faults: Faults) -> pd.Series:
    """Dates as years and shares of a year; of a month or year without a day, its middle."""
    text = table[field]
    years = pd.Series(np.nan, index=table.index)
    for length, form, half in ((4, "%Y", 183), (7, "%Y-%m", 15), (10, "%Y-%m-%d", 0)):
        dates = pd.to_datetime(text.where(text.str.len() == length), format=form, errors="coerce")
        days = 365 + dates.dt.is_leap_year
        years = years.fillna(dates.dt.year + (dates.dt.day_of_year - 1 + half) / days)
    bad = (years.isna() & (text != "")).to_numpy()
    faults.rows(name, table, bad, field, "a date, YYYY, YYYY-MM or YYYY-MM-DD")
    return years


def _check(tables: dict[str, pd.DataFrame], faults: Faults) -> None:
    """No repeal before its adoption, countries and terms that add up."""
    parking, covenant = tables["parking_reform.csv"], tables["covenant_signatories.csv.gz"]
    early = (parking["repealed"] < parking["adopted"]).to_numpy()
    faults.rows("parking_reform.csv", parking, early, "repealed", "after the adoption")
    _known("covenant_signatories.csv.gz", covenant, "iso2", load_pack()["countries"]["iso2"], faults)
    terms, name = tables["participatory_budgeting_brazil.csv"], "participatory_budgeting_brazil.csv"
    faults.rows(name, terms, (terms["to"] <= terms["from"]).to_numpy(), "to", "after the beginning")
    whole = (terms["had"] + terms["had_not"] != terms["cities"]).to_numpy()
    faults.rows(name, terms, whole, "had+had_not", "all cities")
    for part, of in (("dropped", "had"), ("adopted", "had_not")):
        faults.rows(name, terms, (terms[part] > terms[of]).to_numpy(), part, f"at most {of}")
    bags = tables["plastic_bags_us_by_year.csv"]
    faults.rows(
        "plastic_bags_us_by_year.csv", bags, bags["year"].duplicated().to_numpy(), "year", "once only"
    )


def _known(name: str, table: pd.DataFrame, field: str, known: Iterable[str], faults: Faults) -> None:
    bad = ~table[field].isin(list(known)).to_numpy()
    faults.rows(name, table, bad, field, "a code of countries.csv")
