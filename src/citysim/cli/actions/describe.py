"""What ``params``, ``networks`` and ``world`` print."""

from pathlib import Path

import pandas as pd
import typer

from citysim.cli.display import print_table
from citysim.model.parameter_fields import ParameterSpec
from citysim.model.parameters import parameter_specs, switches
from citysim.plan.config import load_config
from citysim.plan.faults import allowed_values
from citysim.world.describe import imputation_table, network_table, sources_table, world_summary
from citysim.world.world import World


def params(config: Path | None) -> None:
    """Print switches and parameters, a table per mechanism, then those of a config's extensions."""
    for extension in load_config(config).extensions if config else ():
        typer.echo(extension.shown, err=True)
    rows = pd.DataFrame(
        [{"switch": name, "default": "true", "what": text} for name, text in switches().items()]
    )
    print_table(rows, "Switches of the mechanisms")
    groups: dict[str, list[dict[str, object]]] = {}
    for spec in parameter_specs().values():
        groups.setdefault(spec.group, []).append(_row(spec))
    for group, specs in groups.items():
        print_table(pd.DataFrame(specs), group.capitalize())


def _row(spec: ParameterSpec) -> dict[str, object]:
    prior = f"{spec.prior[0]:g} … {spec.prior[1]:g} ({spec.scale})" if spec.prior else "fixed"
    where = f", where {spec.only[0]} is {spec.only[1]}" if spec.only else ""
    return {
        "parameter": spec.name,
        "symbol": spec.symbol,
        "default": spec.default if isinstance(spec.default, str) else f"{spec.default:g}",
        "allowed": allowed_values(spec.name),
        "prior": prior + where,
        "what": spec.description,
        "source": spec.source,
    }


def networks(cities: int) -> None:
    """Print the networks of the real world."""
    print_table(network_table(World.real(cities=cities)), "City networks")


def world(cities: int) -> None:
    """Print what the real world holds, what was filled in, and where the data come from."""
    real = World.real(cities=cities)
    print_table(world_summary(real), real.title)
    print_table(imputation_table(real), "Values the data do not hold")
    print_table(sources_table(), "Sources")
