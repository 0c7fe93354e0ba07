"""Twinnings and conflicts of one's own, laid over the pack's."""

import numpy as np
import pandas as pd

from citysim.arrays import Bools
from citysim.world.own.laying import ENDED, Laying, count, pair_of
from citysim.world.own.read import Row
from citysim.world.sizes import START_YEAR


def lay_twinning(lay: Laying) -> None:
    """Add and end twinnings; both ends of a tie that is added or named are in the world."""
    rows, table = lay.own["twinning"], lay.frames["twinning.csv"]
    table = table.iloc[:0] if "twinning" in lay.replace else table
    places = lay.places()
    first = lay.found("twinning", rows, places, "geonameid_a", "name_a", "iso3_a")
    second = lay.found("twinning", rows, places, "geonameid_b", "name_b", "iso3_b")
    pairs: list[tuple[Row, tuple[int, int] | None]] = []
    for row, a, b in zip(rows, first, second, strict=True):
        whole = a is not None and b is not None and a != b
        if a is not None and a == b:
            lay.report.at(lay.own.file("twinning"), row, "name_b", "found the same city twice, must be two")
        pairs.append((row, pair_of(a, b) if whole and a is not None and b is not None else None))
    before: set[tuple[int, int]] = set(_pairs(table, "geonameid_a", "geonameid_b"))
    parted = lay.part("twinning", pairs, before, "name_b")
    table = table[~_is_in(table, "geonameid_a", "geonameid_b", parted.ended)]
    added = pd.DataFrame([pair for _, pair in parted.added], columns=["geonameid_a", "geonameid_b"])
    if len(added):
        table = pd.concat((table, added.reindex(columns=table.columns)), ignore_index=True)
    lay.frames["twinning.csv"] = table
    ends = [number for row, pair in pairs if pair and row["status"] not in ENDED for number in pair]
    lay.result.always = np.union1d(lay.result.always, np.array(ends, np.int64))
    if rows:
        changes = f"{len(parted.known)} that the pack has, {len(parted.ended)} ended"
        lay.tell("twinning", f"{count(len(added), 'tie')} added, {changes}")


def lay_conflicts(lay: Laying) -> None:
    """Add and end conflicts between states at the start."""
    rows, table = lay.own["conflicts"], lay.frames["conflicts_2023.csv"]
    table = table.iloc[:0] if "conflicts" in lay.replace else table
    pairs: list[tuple[Row, tuple[str, str] | None]] = []
    for row in rows:
        a, b = row["iso3_a"], row["iso3_b"]
        if a and a == b:
            lay.report.at(lay.own.file("conflicts"), row, "iso3_b", "found the same state twice, must be two")
        pairs.append((row, pair_of(a, b) if a and b and a != b else None))
    before: set[tuple[str, str]] = set(_pairs(table, "iso3_a", "iso3_b"))
    parted = lay.part("conflicts", pairs, before, "iso3_b")
    added = [
        {"iso3_a": a, "iso3_b": b, "since": START_YEAR, "source": "own table"} for _, (a, b) in parted.added
    ]
    table = table[~_is_in(table, "iso3_a", "iso3_b", parted.ended)]
    lay.frames["conflicts_2023.csv"] = (
        pd.concat((table, pd.DataFrame(added)), ignore_index=True) if added else table
    )
    if rows:
        lay.tell("conflicts", f"{count(len(added), 'conflict')} added, {len(parted.ended)} ended")


def _pairs[T: (int, str)](table: pd.DataFrame, first: str, second: str) -> list[tuple[T, T]]:
    return [pair_of(a, b) for a, b in zip(table[first], table[second], strict=True)]


def _is_in[T: (int, str)](table: pd.DataFrame, first: str, second: str, pairs: set[tuple[T, T]]) -> Bools:
    if not pairs:
        return np.zeros(len(table), bool)
    return np.array([pair in pairs for pair in _pairs(table, first, second)], bool)
