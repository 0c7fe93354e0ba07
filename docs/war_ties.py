"""What the war of `experiments/what_if/war_and_ties.toml` does to Russian ties, in the record and in its first quarter in runs.

    uv run python docs/war_ties.py 16      # replications of the prior

Prints what the record says of the break of 2022 (PATTERNS T8), and the parameters of a burst that follow; then, over
replications, the share of live ties with cities of third states that are suspended or gone after a quarter, and how many
cities and states that is.
"""

import sys

import numpy as np
import pandas as pd

from citysim import CityModel, World
from citysim.model.kernels.dyads import TAKES_SIDES
from citysim.model.parameters import Parameters
from citysim.plan.draws import prior_draws
from citysim.world.pack import load_pack

EVENTS = [
    {"kind": "peace", "at": 2023, "states": ["RUS", "UKR"]},
    {"kind": "conflict", "at": 2026, "states": ["RUS", "UKR"], "years": 4},
]
QUARTERS_BEFORE = 12

#: Lists of ties by their year, as the pack names them.
LISTS = {2012: "kaltenbrunner2013", 2022: "wikidata2022", 2026: "wikipedia2026"}
#: Russian cities whose ties were ended within the quarter (babel.ua 79112); German cities with Russian partners, and
#: those of them that suspended (presse-augsburg.de).
ENDED, GERMAN, GERMAN_SUSPENDED = 160, 61, 17
#: Quarters of the war after the first, to the list of 2026.
QUARTERS_AFTER = 15
DRAWS = 20_000


def listed(real: World) -> pd.DataFrame:
    """Foreign ties of the data: ``stake``, Russian with states behind Ukraine, their ``lean``, and lists."""
    pack = load_pack()
    state = pack["cities_all"].set_index("geonameid")["iso3"]
    ties = pack["twinning"]
    a, b = (ties[f"geonameid_{end}"].map(state) for end in "ab")
    russian, ukrainian = (real.state_iso3.index(code) for code in ("RUS", "UKR"))
    lean = pd.Series(real.aligned[:, ukrainian] - real.aligned[:, russian], index=real.state_iso3)
    lean = lean.drop(["RUS", "UKR"])
    one_russian = (a == "RUS") != (b == "RUS")
    third = a.where(b == "RUS", b)
    found = pd.DataFrame({"stake": one_russian & (third.map(lean) >= TAKES_SIDES), "lean": third.map(lean)})
    found["other"] = ~one_russian & (a != "UKR") & (b != "UKR")
    for year, name in LISTS.items():
        found[year] = ties["sources"].str.split("|").map(lambda names, name=name: name in names)
    return found[a != b]


def record(real: World) -> None:
    """Print the wave, what is gone by 2026 beyond other ties, and what a burst that fades has to be."""
    ties = listed(real)
    stake, known = ties["stake"], ties[2012] | ties[2022]
    at_stake = (int((stake & known).sum()), int(stake.sum()))
    lean = float(ties.loc[stake, "lean"].mean())
    wave = sorted([*(ENDED / count for count in at_stake), GERMAN_SUSPENDED / GERMAN])
    print(f"ties at stake {at_stake[0]} (lists of 2012 and 2022), {at_stake[1]} (all); mean lean {lean:.2f}")
    print(f"wave: {wave[0]:.2f} … {wave[-1]:.2f}")
    rng, gone = np.random.default_rng(1), []
    for year in (2012, 2022):
        (n, left), (m, others) = (
            (int((ties[year] & which).sum()), int((ties[year] & which & ties[2026]).sum()))
            for which in (stake, ties["other"])
        )
        print(f"listed in {year} and 2026: {left / n:.3f} of {n} at stake, {others / m:.3f} of {m} others")
        drawn = rng.binomial(n, left / n, DRAWS) / n, rng.binomial(m, others / m, DRAWS) / m
        gone.append(1.0 - drawn[0] / drawn[1])
    for year, drawn in zip((2012, 2022), gone, strict=True):
        print(f"gone beyond others, by the list of {year}: {_interval(drawn)}")
    first = rng.uniform(wave[0], wave[-1], 2 * DRAWS)
    left = (1.0 - np.concatenate(gone)) / (1.0 - first)
    later = np.maximum(1.0 - left ** (1.0 / QUARTERS_AFTER), 0.0)
    p = Parameters()
    at_full = lean * p.suspension * (1.0 - p.suspension_trust * p.trust_real)
    print(f"rupture_onset: {wave[0] / at_full:.2f} … {wave[-1] / at_full:.2f}")
    print(f"rupture_fade: {_interval(later / first)}")


def _interval(values: np.ndarray) -> str:
    low, middle, high = np.quantile(values, (0.05, 0.5, 0.95))
    return f"{middle:.3g} (90 % interval {low:.3g} … {high:.3g})"


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
    record(real)
    rows = np.array(
        [lost(real, given, seed) for seed, given in prior_draws(range(1, replications + 1)).items()]
    )
    for name, column in zip(
        ("share of ties", "cities", "states", "share of cities with such ties"), rows.T, strict=True
    ):
        print(f"{name}: {_interval(column)}")
