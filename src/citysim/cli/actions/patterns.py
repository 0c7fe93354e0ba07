"""What ``patterns`` prints and writes."""

from pathlib import Path
from typing import cast, get_args

import typer

from citysim.cli.display import print_paths, print_table
from citysim.errors import ConfigError
from citysim.patterns.families import described
from citysim.patterns.record import Lists
from citysim.patterns.recorded import record_targets
from citysim.patterns.targets import INPUTS
from citysim.store.files import disk_errors
from citysim.world.world import World


def patterns(cities: int, start: int, lists: str, resamples: int, csv: Path | None) -> None:
    """Print the targets of the real world. Raises ``ConfigError`` where ``lists`` is none of these."""
    if lists not in get_args(Lists.__value__):
        raise ConfigError(f"--lists: found {lists!r}, allowed: {', '.join(get_args(Lists.__value__))}")
    if csv is not None:
        with disk_errors(csv):  # before the minutes that follow
            csv.parent.mkdir(parents=True, exist_ok=True)
            csv.open("a", encoding="utf-8").close()
    world = World.real(cities=cities, start=start)
    table = record_targets(world, resamples, cast("Lists", lists))
    what = [described(name) for name in table["statistic"]]
    table.insert(1, "unit", [one.unit for one in what])
    table["pattern"] = [one.pattern for one in what]
    table["what"] = [one.what for one in what]
    if csv is not None:
        with disk_errors(csv):
            csv.write_text(table.to_csv(index=False), encoding="utf-8")
    shown = table[["statistic", "value", "lower", "upper", "sd", "unit", "pattern", "source"]]
    print_table(shown, f"Statistics of the record: {world.title}")
    for name, why in INPUTS.items():
        typer.echo(f"input, tests nothing: {name} ({why})")
    if csv is not None:
        print_paths("Written:", [csv])
