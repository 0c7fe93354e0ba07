"""Memberships of a held world beside those of 2023: mean, share without any, maximum, Gini.

    uv run python docs/held_memberships.py            # founding as by default
    uv run python docs/held_memberships.py 0          # no network founded

The same function counts record and simulation; means over four seeds. For docs/model.md, 7.3.
"""

import sys

import numpy as np

from citysim.arrays import Ints
from citysim.model.model import CityModel
from citysim.world.world import World

YEARS = (2023, 2030, 2040, 2050)
SEEDS = (1, 2, 3, 4)
COLUMNS = ("networks", "mean", "without", "most", "Gini")


def spread(city: Ints, cities: int) -> list[float]:
    """Mean, share without any, maximum and Gini of the memberships of ``cities``; ``city`` of each, (M,)."""
    count = np.sort(np.bincount(city, minlength=cities)).astype(float)
    rank = 2.0 * np.arange(1, cities + 1) - cities - 1.0
    gini = float(rank @ count) / (cities * count.sum()) if count.sum() else 0.0
    return [count.mean(), float((count == 0).mean()), count[-1], gini]


def held(world: World, seed: int, **parameters: float) -> list[list[float]]:
    """A row of ``COLUMNS`` at the beginning of each of ``YEARS`` after the first."""
    model, rows = CityModel(world, parameters, rng=seed), []
    for year in YEARS[1:]:
        while model.state.step < min((year - world.start_year) * 4, model.quarters):
            model.step()
        networks = model.state.networks
        rows.append([float(networks.alive.sum()), *spread(networks.member_city, world.n_cities)])
    return rows


def main() -> None:
    """Print the table."""
    world = World.real(cities=2000)
    given = {"founding_rate": float(sys.argv[1])} if len(sys.argv) > 1 else {}
    record = [float(world.n_networks), *spread(world.membership_city, world.n_cities)]
    means = np.mean([held(world, seed, **given) for seed in SEEDS], axis=0)
    lines = ["year " + " ".join(f"{name:>9}" for name in COLUMNS)]
    for year, row in zip(YEARS, [record, *means], strict=True):
        lines.append(f"{year} " + " ".join(f"{value:9.3g}" for value in row))
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
