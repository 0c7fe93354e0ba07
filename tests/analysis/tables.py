"""Result tables with a known effect, known noise and known gaps."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from citysim.analysis.arms import RESPONSE
from citysim.model.outcomes import OUTCOMES

ARMS = ("none", "twinning", "networks", "both")
STALLS = (0.0, 0.5, 1.0)
CONFIG = """
name = "known"
question = "Is a known effect found?"
seeds = 20
[world]
kind = "synthetic"
cities = 60
states = 6
[arms.none]
twinning = false
networks = false
[arms.twinning]
networks = false
[arms.networks]
twinning = false
[arms.both]
twinning = true
[design]
stall = [0.0, 0.5, 1.0]
"""
NO_RESPONSE = "\n".join(f"{name} = 0.0" for name in RESPONSE)
#: An arm and the same without response.
ESTIMANDS = f"""
name = "known"
seeds = 20
[world]
kind = "synthetic"
cities = 60
states = 6
[arms.none]
twinning = false
[arms.both]
twinning = true
[arms.no_response]
twinning = true
{NO_RESPONSE}
[design]
stall = [0.0, 0.5, 1.0]
"""
NO_TRAJECTORIES = "[record]\ntrajectories = false\n"


def known_runs(
    ratio: dict[str, float],
    *,
    seeds: int = 20,
    draw: str = "prior",
    cost: float = 0.2,
    spread: float = 0.0,
    noise: float = 0.0,
    shared: float = 0.05,
    stalls: Sequence[float] = STALLS,
    outcomes: Sequence[str] = ("development", "loss"),
    rng: int = 1,
) -> pd.DataFrame:
    """Runs in which C of arm a is ``ratio[a]`` plus normal noise over replications.

    ``cost`` is what full stall takes away; ``spread``: sd of C over replications; ``noise``: sd of each
    run; ``shared``: sd of what all runs of a replication share.
    """
    r = np.random.default_rng(rng)
    sign = {"loss": -1, "conflict": -1, "marginalisation": -1}
    rows = []
    for seed in range(seeds):
        base, own = r.normal(0.5, shared, len(outcomes)), r.normal(0, spread)
        for arm, c in ratio.items():
            for stall in stalls:
                lost = cost * stall * (1 - (c + own * (arm != "none")))
                values = {
                    name: base[i] - sign.get(name, 1) * lost + r.normal(0, noise)
                    for i, name in enumerate(outcomes)
                }
                run = f"{draw}-{arm}-{seed}-{stall}"
                rows.append({"run": run, "arm": arm, "seed": seed, "draw": draw, "stall": stall} | values)
    return pd.DataFrame(rows)


def estimand_runs(
    arms: dict[str, tuple[float, float, float]],
    *,
    seeds: int = 20,
    draw: str = "prior",
    cost: float = 0.2,
    noise: float = 0.0,
    outcomes: Sequence[str] = ("development", "loss"),
) -> pd.DataFrame:
    """Runs of the arm ``none`` and of ``arms`` with a known standing value, substitution and response.

    Standing value in the outcome's unit; substitution without response and response as shares of what stall
    costs. ``cost``: what full stall takes away, in proportion to stall.
    """
    r = np.random.default_rng(4)
    rows = []
    for seed in range(seeds):
        base = r.normal(0.5, 0.05, len(outcomes))
        for arm, (standing, more, response) in ({"none": (0.0, 0.0, 0.0)} | arms).items():
            for stall in STALLS:
                good = standing - cost * stall * (1 - more - response)
                values = {
                    name: base[i] + OUTCOMES[name].better * good + r.normal(0, noise)
                    for i, name in enumerate(outcomes)
                }
                run = f"{draw}-{arm}-{seed}-{stall}-{cost}"
                rows.append({"run": run, "arm": arm, "seed": seed, "draw": draw, "stall": stall} | values)
    return pd.DataFrame(rows)


def write_runs(folder: Path, *tables: pd.DataFrame, config: str = CONFIG) -> Path:
    """A result folder with these runs, one file per table."""
    (folder / "runs").mkdir(parents=True, exist_ok=True)
    for i, table in enumerate(tables):
        table.to_parquet(folder / "runs" / f"part-{i}.parquet", index=False)
    design = pd.concat(tables)[["run", "arm", "seed", "draw"]].drop_duplicates()
    design.to_parquet(folder / "design.parquet", index=False)
    (folder / "config.toml").write_text(config if "[record]" in config else config + NO_TRAJECTORIES)
    return folder


def known_quarters(runs: pd.DataFrame, quarters: int = 12) -> pd.DataFrame:
    """Trajectories that run straight to each run's outcomes; groups differ by a known factor."""
    steps = np.arange(quarters)
    groups = {"world": 1.0, "north": 0.6, "south": 1.3, "member": 1.2, "non_member": 0.8}
    parts = []
    for row in runs.to_dict("records"):
        for group, factor in groups.items():
            share = factor * (steps + 1) / quarters
            values = {name: row[name] * share for name in runs.columns if name in OUTCOMES}
            keys = {"run": row["run"], "quarter": steps, "year": 2023.25 + steps / 4, "group": group}
            parts.append(pd.DataFrame(keys | values))
    return pd.concat(parts, ignore_index=True)


def write_quarters(folder: Path, quarters: pd.DataFrame) -> Path:
    """Add trajectories to a result folder, block by block."""
    (folder / "trajectories").mkdir(exist_ok=True)
    for block in (folder / "runs").iterdir():
        rows = quarters[quarters["run"].isin(pd.read_parquet(block)["run"])]
        rows.to_parquet(folder / "trajectories" / block.name, index=False)
    config = folder / "config.toml"
    config.write_text(config.read_text().replace(NO_TRAJECTORIES, ""))
    return folder
