"""What ``patterns`` prints and writes."""

from pathlib import Path
from typing import cast, get_args

import pandas as pd
import typer

from citysim.cli.display import print_paths, print_table
from citysim.errors import ConfigError
from citysim.patterns.adoption_targets import adoption_targets
from citysim.patterns.families import described
from citysim.patterns.practice_targets import practice_targets
from citysim.patterns.record import Lists, record_course
from citysim.patterns.targets import INPUTS, targets
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
    course = record_course(world, lists=cast("Lists", lists))
    parts = [of(course, resamples) for of in (adoption_targets, practice_targets)]
    table = pd.concat((targets(world, course, resamples), *parts))
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
