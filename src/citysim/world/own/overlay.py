"""The data pack with tables of one's own laid over it, so that the pack's rules build the world of both."""

from collections.abc import Sequence
from pathlib import Path

from citysim.errors import ConfigError
from citysim.world.own.laid import Overlay
from citysim.world.own.lay_cities import lay_cities, lay_countries
from citysim.world.own.lay_networks import lay_memberships, lay_networks
from citysim.world.own.lay_ties import lay_conflicts, lay_twinning
from citysim.world.own.laying import Laying
from citysim.world.own.read import Report, read_tables
from citysim.world.pack import DataPack, load_pack

_STEPS = (lay_countries, lay_cities, lay_networks, lay_memberships, lay_twinning, lay_conflicts)


def laid_over(folder: Path, replace: Sequence[str] = (), pack: DataPack | None = None) -> Overlay:
    """The pack with the tables of ``folder`` over it; tables in ``replace`` take the place of the pack's.

    Raises ``DataError`` with every fault of the tables, ``ConfigError`` where a table that is to replace the
    pack's is not there.
    """
    overlay, report = checked(folder, replace, pack)
    report.raise_any(folder)
    return overlay


def checked(
    folder: Path, replace: Sequence[str] = (), pack: DataPack | None = None
) -> tuple[Overlay, Report]:
    """The same, with all faults and notes instead of an error."""
    report = Report()
    tables = read_tables(folder, report)
    for name in replace:
        if name not in tables.tables:
            raise ConfigError(f"world.replace: found '{name}', {tables.file(name)} is not there")
    lay = Laying(tables, frozenset(replace), load_pack() if pack is None else pack, report)
    for step in _STEPS:
        step(lay)
    report.in_order()
    return lay.result, report
