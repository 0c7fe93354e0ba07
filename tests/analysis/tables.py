"""Result tables with a known effect, known noise and known gaps."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

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


def write_runs(folder: Path, *tables: pd.DataFrame, config: str = CONFIG) -> Path:
    """A result folder with these runs, one file per table."""
    (folder / "runs").mkdir(parents=True, exist_ok=True)
    for i, table in enumerate(tables):
        table.to_parquet(folder / "runs" / f"{i}.parquet", index=False)
    design = pd.concat(tables)[["run", "arm", "seed", "draw"]].drop_duplicates()
    design.to_parquet(folder / "design.parquet", index=False)
    (folder / "config.toml").write_text(config)
    return folder
