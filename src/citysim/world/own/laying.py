"""What the steps of laying tables over the pack share: the tables, the pack as it becomes, and the faults."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np

from citysim.world.names import Countries, Places, Unfound
from citysim.world.own.laid import Overlay
from citysim.world.own.read import OwnTables, Report, Row
from citysim.world.own.tables import TABLES
from citysim.world.pack import DataPack

#: What a row says of a tie that is none any more.
ENDED = ("former", "peace")


class Laying:
    """Tables of one's own, and the pack's tables as they are changed one after another."""

    def __init__(self, tables: OwnTables, replace: frozenset[str], pack: DataPack, report: Report) -> None:
        self.own = tables
        self.replace = replace
        self.report = report
        self.frames = dict(pack.tables)
        self.result = Overlay(DataPack(pack.path, self.frames))
        countries = pack["countries"]
        self.countries = Countries(countries[["iso3", "iso2", "name"]].itertuples(index=False, name=None))
        #: Table, row and column of countries that are none, of which the report tells already.
        self._no_country: set[tuple[str, int, str]] = set()
        self._read_codes()

    def _read_codes(self) -> None:
        """Write every country as its code, in place."""
        for name, rows in self.own.tables.items():
            for column in TABLES[name]:
                for row in rows if column.kind == "country" else ():
                    found = row[column.name]
                    code = self.countries.code(found) if found else None
                    if found and code is None:
                        allowed = f"{column.allowed} of the pack"
                        self.report.cell(self.own.file(name), row, column.name, allowed)
                        self._no_country.add((name, row["row"], column.name))
                    row[column.name] = code

    def places(self) -> Places:
        """All places as they are by now."""
        table = self.frames["cities_all.csv"]
        return Places(
            ids=table["geonameid"].to_numpy(np.int64),
            names=table["name"].tolist(),
            country=table["iso3"].tolist(),
            population=table["population"].to_numpy(np.float64),
        )

    def found(
        self, name: str, rows: Sequence[Row], places: Places, number: str, city: str, iso3: str
    ) -> list[int | None]:
        """The geonameid of the city that each row names; None where it is none, and that is a fault."""
        file, known = self.own.file(name), set(places.ids.tolist())
        asked = [(row[city], row[iso3]) for row in rows if row[number] is None and row[city] and row[iso3]]
        answers = iter(places.find(asked))
        found: list[int | None] = []
        for row in rows:
            if row[number] is not None:
                found.append(row[number] if row[number] in known else None)
                if row[number] not in known:
                    self.report.cell(file, row, number, "a geonameid of the pack or of cities.csv")
            elif row[city] and row[iso3]:
                answer = next(answers)
                found.append(int(places.ids[answer]) if isinstance(answer, int) else None)
                if isinstance(answer, Unfound):
                    self.report.at(file, row, city, f"found {row[city]!r} ({row[iso3]}), {answer.why}")
            else:
                missing = city if not row[city] else iso3
                if missing == city or not self.country_was_wrong(name, row, iso3):
                    self.report.cell(file, row, missing, f"filled in where {number} is empty")
                found.append(None)
        return found

    def country_was_wrong(self, name: str, row: Row, iso3: str) -> bool:
        """Whether a fault of that cell has been told already."""
        return (name, row["row"], iso3) in self._no_country

    def once(self, name: str, rows: Sequence[Row], key: Callable[[Row], Hashable], column: str) -> None:
        """A fault where two rows are about the same."""
        seen: dict[Hashable, int] = {}
        for row in rows:
            if key(row) in seen:
                self.report.at(
                    self.own.file(name),
                    row,
                    column,
                    f"found {row[column]!r}, is in row {seen[key(row)]} already",
                )
            seen.setdefault(key(row), row["row"])

    def part[K: Hashable](
        self, name: str, rows: Sequence[tuple[Row, K | None]], before: set[K], column: str
    ) -> "Parted[K]":
        """Part rows that say what is so, or was, from what the pack says; a row of None is none."""
        file, parted, seen = self.own.file(name), Parted[K](), dict[K, int]()
        for row, key in rows:
            if key is None:
                continue
            if key in seen:
                self.report.at(file, row, column, f"found the same as in row {seen[key]}, must be there once")
                continue
            seen[key] = row["row"]
            if row["status"] in ENDED:
                if key not in before:
                    self.report.at(
                        file, row, "status", f"found '{row['status']}', but the pack has none to end"
                    )
                parted.ended.add(key)
            elif key in before:
                parted.known.append(row)
            else:
                parted.added.append((row, key))
        return parted

    def tell(self, name: str, text: str) -> None:
        """Note what a table adds and changes."""
        mode = "in place of the pack's" if name in self.replace else "over the pack's"
        self.result.changes.append(f"{name}.csv, {mode}: {text}")


@dataclass
class Parted[K]:
    """Rows of a table of ties by what they do to the pack's."""

    added: list[tuple[Row, K]] = field(default_factory=list)
    ended: set[K] = field(default_factory=set)
    known: list[Row] = field(default_factory=list)


def pair_of[T: (int, str)](a: T, b: T) -> tuple[T, T]:
    """Two ends in one order."""
    return (a, b) if a <= b else (b, a)


def count(number: int, one: str, many: str = "") -> str:
    """A number of things in words."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
