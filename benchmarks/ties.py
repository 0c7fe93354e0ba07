"""How twinnings of the model stand beside the record: `uv run python benchmarks/ties.py [SEEDS]` prints it.

Three tables: ties grown from none against the record, by one estimator; degrees grown with each kind of
propensity; and a world held from its record to 2050, at the defaults and at draws of the prior. The grown
worlds start without ties and run for the 38 years from 1985 to 2023, with the populations of 2023.
"""

import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.stats import spearmanr

from citysim.arrays import Floats, Ints
from citysim.model.gravity import CONTINENT, EUROPE, NEAREST_KM
from citysim.model.model import CityModel
from citysim.model.parameters import parameter_specs
from citysim.model.state import DT
from citysim.world.geography import EARTH_RADIUS_KM
from citysim.world.pack import load_pack
from citysim.world.world import World

#: Coefficients of the pair regression, with the record's range (docs/patterns.md, T2-T5).
TERMS = {
    "distance": "-1.2 … -0.9",
    "population": "0.94 … 1.06",
    "same country": "-4.4 … -3.1",
    "both European": "0.55 … 0.72",
    "other same continent": "-1.3 … -1.1",
    "both rich": "2.0 … 2.3",
    "one rich": "0.5 … 1.1",
}
GROWN_QUARTERS = 152  # 1985 to 2023
#: In grown worlds: populations stay, and proposals bring about as many ties as the record has.
GROWN = {"urbanisation": False, "proposal_rate": 0.08}
PRIOR_DRAWS = 3


class Pairs:
    """All pairs of cities i < j of a world, and what gravity says of them."""

    def __init__(self, world: World) -> None:
        """Terms in the order of ``TERMS`` after the constant."""
        self.cities = world.n_cities
        i, j = np.triu_indices(self.cities, 1)
        self.place = i * self.cities + j
        angle = np.arccos(np.clip(np.einsum("na,na->n", world.xyz[i], world.xyz[j]), -1.0, 1.0))
        europe = (world.region[i] == EUROPE) & (world.region[j] == EUROPE)
        continent = CONTINENT[world.region]
        rich = world.rich[i].astype(int) + world.rich[j]
        terms = (
            np.ones(len(i)),
            np.log(np.maximum(angle * EARTH_RADIUS_KM, NEAREST_KM)),
            np.log(world.population[i]) + np.log(world.population[j]),
            world.state[i] == world.state[j],
            europe,
            (continent[i] == continent[j]) & ~europe,
            rich == 2,
            rich == 1,
        )
        self.terms = np.column_stack(terms).astype(np.float64)

    def coefficients(self, ties: Iterable[Ints]) -> Floats:
        """Log-linear (Poisson) regression of the number of ties on the terms; ``ties``: a · N + b, pooled."""
        count = np.zeros(len(self.place))
        for keys in ties:
            count[np.searchsorted(self.place, keys)] += 1.0
        middle, scale = self.terms.mean(axis=0), self.terms.std(axis=0)
        middle[0], scale[0] = 0.0, 1.0
        x = (self.terms - middle) / scale
        slope = np.zeros(x.shape[1])
        slope[0] = np.log(count.mean())
        for _ in range(100):
            mean = np.exp(x @ slope)
            move = np.linalg.solve((x * mean[:, None]).T @ x, x.T @ (count - mean))
            move *= min(1.0, 1.5 / np.abs(move).max())
            slope += move
            if np.abs(move).max() < 1e-6:
                break
        return np.asarray(slope / scale)[1:]


def shape(keys: Ints, cities: int, among: Floats) -> dict[str, float]:
    """Mean, share without, maximum and Gini of the degrees of cities ``among``; clustering of the whole."""
    a, b = np.divmod(keys, cities)
    tied = coo_array((np.ones(2 * len(a)), (np.r_[a, b], np.r_[b, a])), shape=(cities, cities)).tocsr()
    degree = np.asarray(tied.sum(axis=1)).ravel()
    triangles = np.asarray((tied @ tied).multiply(tied).sum(axis=1)).ravel() / 2
    wedges = degree * (degree - 1) / 2
    local = triangles[wedges > 0] / wedges[wedges > 0]
    own = np.sort(degree[among > 0])
    rank = 2 * np.arange(1, len(own) + 1) - len(own) - 1
    return {
        "mean": float(own.mean()),
        "none": float((own == 0).mean()),
        "maximum": float(own.max()),
        "Gini": float(rank @ own / (len(own) * own.sum())),
        "transitivity": float(triangles.sum() / wedges.sum()),
        "clustering": float(local.mean()),
    }


def main() -> None:
    """Run the worlds and print the tables."""
    seeds = range(1, 1 + (int(sys.argv[1]) if len(sys.argv) > 1 else 4))
    world = World.real(cities=2000)
    grown(world, seeds)
    print()
    kinds(seeds)
    print()
    held(world, seeds)


def without_ties(world: World) -> World:
    """The same world with no twinning."""
    nothing = np.empty(0, dtype=np.int64)
    return replace(world, twin_a=nothing, twin_b=nothing)


def end(world: World, seed: int, quarters: int, **parameters: Any) -> Ints:
    """Twinnings at the end of a run."""
    return CityModel(world, parameters, rng=seed, quarters=quarters).run().state.twinnings.key


def several_lists(world: World) -> Ints:
    """Twinnings of the record that at least two lists have."""
    table = load_pack()["twinning"]
    table = table[table["n_sources"] > 1]
    index = {city: place for place, city in enumerate(world.city_id.tolist())}
    ends = [
        (index.get(a, -1), index.get(b, -1))
        for a, b in zip(table["geonameid_a"], table["geonameid_b"], strict=True)
    ]
    keys = [min(a, b) * world.n_cities + max(a, b) for a, b in ends if min(a, b) >= 0]
    return np.array(sorted(keys), dtype=np.int64)


def grown(world: World, seeds: Iterable[int]) -> None:
    """Ties of a world that starts without any beside the record, by the same estimator."""
    pairs, n = Pairs(world), world.n_cities
    record, sure = [world.twin_a * n + world.twin_b], [several_lists(world)]
    simulated = [end(without_ties(world), seed, GROWN_QUARTERS, **GROWN) for seed in seeds]
    fits = [pairs.coefficients(ties) for ties in (record, sure, simulated)]
    print(
        "| term | patterns | record, all lists | record, two lists or more | grown |\n|---|---|---|---|---|"
    )
    for place, (term, target) in enumerate(TERMS.items()):
        print(f"| {term} | {target} | " + " | ".join(f"{fit[place]:.2f}" for fit in fits) + " |")
    everybody = np.ones(n)
    shapes = [[shape(keys, n, everybody) for keys in ties] for ties in (record, sure, simulated)]
    for name in shapes[0][0]:
        row = " | ".join(f"{np.mean([one[name] for one in many]):.3f}" for many in shapes)
        print(f"| {name} | | {row} |")


def kinds(seeds: Iterable[int]) -> None:
    """Rank correlation of grown with recorded degrees, by what the propensity is made of."""
    print("| propensity | rank correlation of degrees | of propensities | grown Gini |\n" + "|---" * 4 + "|")
    record = World.real(cities=2000)
    degree = np.bincount(np.r_[record.twin_a, record.twin_b], minlength=record.n_cities)
    for kind in ("record", "covariates", "chance"):
        world = World.real(cities=2000, propensity=kind)
        n, found, gini = world.n_cities, [], []
        for seed in seeds:
            keys = end(without_ties(world), seed, GROWN_QUARTERS, **GROWN)
            own = np.bincount(np.r_[keys // n, keys % n], minlength=n)
            found.append(spearmanr(own, degree).statistic)
            gini.append(shape(keys, n, np.ones(n))["Gini"])
        alike = spearmanr(world.propensity, record.propensity).statistic
        print(f"| {kind} | {np.mean(found):.2f} | {alike:.2f} | {np.mean(gini):.2f} |")


def held(world: World, seeds: Iterable[int]) -> None:
    """Twinnings of the record's world each seven years, at the defaults and at draws of the prior."""
    print("| parameters | year | mean | none | maximum | Gini | transitivity | clustering |\n|" + "---|" * 8)
    n = world.n_cities
    chance = np.random.default_rng(1)
    cases: list[tuple[str, Callable[[], dict[str, float]], Iterable[int]]]
    cases = [("defaults", dict, seeds)]
    cases += [(f"draw {k + 1}", lambda: drawn(chance), [k + 1]) for k in range(PRIOR_DRAWS)]
    for name, parameters, own in cases:
        given = parameters()
        models = [CityModel(world, given, rng=seed) for seed in own]
        for quarter in range(113):
            if quarter % 28 == 0:
                seen = [shape(model.state.twinnings.key, n, np.ones(n)) for model in models]
                row = " | ".join(f"{np.mean([one[key] for one in seen]):.3f}" for key in seen[0])
                print(f"| {name} | {world.start_year + quarter * DT:.0f} | {row} |")
            if quarter < 112:
                for model in models:
                    model.step()


def drawn(chance: np.random.Generator) -> dict[str, float]:
    """Every uncertain parameter, drawn from its prior."""
    values = {}
    for spec in parameter_specs().values():
        if spec.prior is not None:
            low, high = np.log(spec.prior) if spec.scale == "log" else spec.prior
            value = chance.uniform(low, high)
            values[spec.name] = float(np.exp(value)) if spec.scale == "log" else float(value)
    return values


if __name__ == "__main__":
    main()
