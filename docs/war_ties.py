"""What the war of `experiments/what_if/war_and_ties.toml` does to Russian ties in its first quarter.

    uv run python docs/war_ties.py 16      # replications of the prior

Prints, over replications, the share of live ties with cities of third states that are suspended or gone after a
quarter, and how many cities and states that is. The record: PATTERNS T8.
"""

import sys

import numpy as np

from citysim import CityModel, World
from citysim.plan.draws import prior_draws

EVENTS = [
    {"kind": "peace", "at": 2023, "states": ["RUS", "UKR"]},
    {"kind": "conflict", "at": 2026, "states": ["RUS", "UKR"], "years": 4},
]
QUARTERS_BEFORE = 12


def live_ties(model: CityModel) -> set[tuple[int, int]]:
    """Live ties of Russian cities with those of third states, the Russian one last."""
    world, ties = model.world, model.state.twinnings
    russian, ukrainian = (world.state_iso3.index(code) for code in ("RUS", "UKR"))
    a, b = world.state[ties.a], world.state[ties.b]
    third = ((a == russian) != (b == russian)) & (a != ukrainian) & (b != ukrainian) & ~ties.suspended
    pairs = zip(ties.a[third].tolist(), ties.b[third].tolist(), strict=True)
    return {(x, y) if world.state[y] == russian else (y, x) for x, y in pairs}


def lost(world: World, given: dict, seed: int) -> tuple[float, int, int, float]:
    """Share of ties lost in the first quarter, cities and states that lost one, share of such cities."""
    model = CityModel(world, {**given, "events": EVENTS}, rng=seed, quarters=QUARTERS_BEFORE + 1)
    for _ in range(QUARTERS_BEFORE):
        model.step()
    before = live_ties(model)
    model.step()
    gone = before - live_ties(model)
    cities, had = {city for city, _ in gone}, {city for city, _ in before}
    return (
        len(gone) / len(before),
        len(cities),
        len({world.state[city] for city in cities}),
        len(cities) / len(had),
    )


if __name__ == "__main__":
    replications = int(sys.argv[1]) if len(sys.argv) > 1 else 16
    real = World.real()
    rows = np.array(
        [lost(real, given, seed) for seed, given in prior_draws(range(1, replications + 1)).items()]
    )
    for name, column in zip(
        ("share of ties", "cities", "states", "share of cities with such ties"), rows.T, strict=True
    ):
        low, middle, high = np.quantile(column, (0.05, 0.5, 0.95))
        print(f"{name}: {middle:.3g} (90 % interval {low:.3g} … {high:.3g})")
