"""What ``world template`` and ``world check`` do."""

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from citysim.cli.display import console, print_table
from citysim.errors import ConfigError, DataError
from citysim.plan.faults import suggestion
from citysim.plan.kinds import ReplaceKind
from citysim.world.own.overlay import checked
from citysim.world.own.template import write_templates
from citysim.world.world import World


def template(folder: Path, delimiter: str) -> None:
    """Write the templates and say what comes next."""
    for file in write_templates(folder, delimiter):
        console().print(str(file), soft_wrap=True)
    console().print(
        f"fill in what you need and delete the rest; then: citysim world check {folder}", soft_wrap=True
    )


def check(folder: Path, replace: Sequence[str], cities: int) -> None:
    """Print what tables change and what is worth a second look.

    Raises ``DataError`` with every fault, ``ConfigError`` where a table cannot take the place of the pack's.
    """
    allowed = get_args(ReplaceKind)
    for name in replace:
        if name not in allowed:
            raise ConfigError(f"--replace: found '{name}', {suggestion(name, allowed)}")
    overlay, report = checked(folder, replace)
    if report.faults:
        raise DataError(*report.faults)
    for line in (*overlay.changes, *(f"note: {note}" for note in report.notes)):
        console().print(line, soft_wrap=True)
    own, pack = World.real(cities, data=folder, replace=replace), World.real(cities)
    numbers = {
        "cities": (pack.n_cities, own.n_cities),
        "states": (pack.n_states, own.n_states),
        "networks": (pack.n_networks, own.n_networks),
        "memberships": (len(pack.membership_city), len(own.membership_city)),
        "twinnings": (len(pack.twin_a), len(own.twin_a)),
        "pairs of states in conflict": (int(pack.conflict.sum()) // 2, int(own.conflict.sum()) // 2),
    }
    rows: dict[str, Sequence[object]] = {
        "the world has": list(numbers),
        "without the tables": [before for before, _ in numbers.values()],
        "with them": [after for _, after in numbers.values()],
    }
    print_table(rows, f"{folder}: no fault")
    text = f'to use it, in a config beside the folder: [world] data = "{folder.name}"'
    console().print(text, soft_wrap=True)
