"""Writes docs/held.md, ties and memberships beside the record: `uv run python docs/held.py [SEEDS]`.

Ties grown from none against the record, by one estimator; degrees grown with each kind of propensity; and a
world held from its record to 2050, at the defaults, without founding, and at draws of the prior.
"""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from citysim.arrays import Floats, Ints
from citysim.model.model import CityModel
from citysim.model.parameters import parameter_specs
from citysim.model.state import DT
from citysim.patterns.course import OPEN, Course, Spells
from citysim.patterns.gravity import TERMS as NAMES
from citysim.patterns.gravity import gravity
from citysim.patterns.record import record_course
from citysim.patterns.shape import closed, graph, unequal
from citysim.world.world import World

PAGE = Path(__file__).parent / "held.md"
HEAD = """<!-- made by docs/held.py -->
# Ties and memberships beside the record

`uv run python docs/held.py {seeds}`: the real world of {cities} cities at stall 0, means over {seeds} seeds unless said
otherwise. The same functions work on the record and on the simulated world. *Without*: share of cities without any;
*transitivity*: share of pairs of partners that are partners; *clustering*: mean of that share over cities.
"""

#: Coefficients of the pair regression (``citysim.patterns.gravity``), with the record's range (docs/patterns.md, T2-T5).
TERMS = {
    "distance": "-1.2 … -0.9",
    "population": "0.94 … 1.06",
    "same country": "-4.4 … -3.1",
    "both European": "0.55 … 0.72",
    "other same continent": "-1.3 … -1.1",
    "both rich": "2.0 … 2.3",
    "one rich": "0.5 … 1.1",
}
LABELS = {"gini": "Gini"}
GROWN_QUARTERS = 152  # 1985 to 2023
#: In grown worlds: populations stay, and proposals bring about as many ties as the record has.
GROWN = {"urbanisation": False, "proposal_rate": 0.08}
#: The law of the pair by itself.
ALONE = {"attention": False, "propensity_spread": 0.0, "closure": 0.0, "rupture": 0.0}
PRIOR_DRAWS = 3
#: Of the tables of held worlds.
COLUMNS = (
    "| year | twinnings a city | without | most | Gini | transitivity | clustering "
    "| memberships a city | without | most | Gini | networks |"
)


def course(world: World, keys: Ints) -> Course:
    """A course that ends with the twinnings a · N + b."""
    first, second = np.divmod(keys, world.n_cities)
    always = Spells(first, second, np.full(len(keys), np.nan), np.full(len(keys), OPEN), 0.0)
    return replace(record_course(world), twins=always, memberships=Spells.none())


def coefficients(world: World, ties: Iterable[Ints]) -> Floats:
    """Of the pair regression, in the order of ``TERMS``; ``ties``: a · N + b, pooled."""
    found = gravity(course(world, np.concatenate(list(ties))))
    return np.array([found[name] for name in NAMES])


def shape(keys: Ints, cities: int) -> dict[str, float]:
    """Mean, share without, maximum and Gini of degrees, transitivity and clustering of ties a · N + b."""
    first, second = np.divmod(keys, cities)
    return unequal(np.bincount(np.r_[first, second], minlength=cities)) | closed(graph(first, second, cities))


def main() -> None:
    """Run the worlds and write the page."""
    seeds = range(1, 1 + (int(sys.argv[1]) if len(sys.argv) > 1 else 4))
    world = World.real(cities=2000)
    lines = [HEAD.format(seeds=len(seeds), cities=f"{world.n_cities:,}")]
    for part in (grown(world, seeds), kinds(seeds), held(world, seeds)):
        lines += [*part, ""]
    PAGE.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


def without_ties(world: World) -> World:
    """The same world with no twinning."""
    nothing = np.empty(0, dtype=np.int64)
    return replace(world, twin_a=nothing, twin_b=nothing)


def end(world: World, seed: int, quarters: int, **parameters: Any) -> Ints:
    """Twinnings at the end of a run."""
    return CityModel(world, parameters, rng=seed, quarters=quarters).run().state.twinnings.key


def grown(world: World, seeds: Iterable[int]) -> Iterator[str]:
    """Ties of a world that starts without any beside the record, by the same estimator."""
    n = world.n_cities
    several = record_course(world, lists="several").twins
    record, sure = [world.twin_a * n + world.twin_b], [several.first * n + several.second]
    simulated = [end(without_ties(world), seed, GROWN_QUARTERS, **GROWN) for seed in seeds]
    alone = [end(without_ties(world), seed, GROWN_QUARTERS, **GROWN, **ALONE) for seed in seeds]
    columns = (record, sure, simulated, alone)
    fits = [coefficients(world, ties) for ties in columns]
    yield "## Grown"
    yield ""
    yield "No ties at first, 38 years (as from 1985 to 2023), populations of 2023, `proposal_rate` 0.08 to reach as"
    yield "many ties as the record. Log-linear regression of all pairs; patterns are T2 to T5 of [patterns.md](patterns.md)."
    yield ""
    yield "*Pair law alone*: without attention, propensity, closure and rupture. Of the misses, both European: cities of"
    yield "Europe are in more networks, so that ties cost them more of their attention, and lose ties across the front of the"
    yield "conflict of 2022; the coefficients of hazards will have to be calibrated with all of that."
    yield ""
    yield "| term | patterns | record, all lists | record, two lists or more | grown | grown, pair law alone |"
    yield "|---|---|---|---|---|---|"
    for place, (term, target) in enumerate(TERMS.items()):
        yield f"| {term} | {target} | " + " | ".join(f"{fit[place]:.2f}" for fit in fits) + " |"
    shapes = [[shape(keys, n) for keys in ties] for ties in columns]
    for name in shapes[0][0]:
        row = " | ".join(f"{np.mean([one[name] for one in many]):.3g}" for many in shapes)
        yield f"| {LABELS.get(name, name)} | | {row} |"


def kinds(seeds: Iterable[int]) -> Iterator[str]:
    """Rank correlation of grown with recorded degrees, by what the propensity is made of."""
    yield "## Where propensity comes from"
    yield ""
    yield "Grown as above. Propensity made of the ties of 2023 reproduces their degrees, which shows nothing; the other two"
    yield "do not know them ([data.md](data.md))."
    yield ""
    yield "| propensity | rank correlation of degrees with the record's | of propensities | grown Gini |"
    yield "|---|---|---|---|"
    record = World.real(cities=2000)
    degree = np.bincount(np.r_[record.twin_a, record.twin_b], minlength=record.n_cities)
    for kind in ("record", "covariates", "chance"):
        world = World.real(cities=2000, propensity=kind)
        n, found, gini = world.n_cities, [], []
        for seed in seeds:
            keys = end(without_ties(world), seed, GROWN_QUARTERS, **GROWN)
            own = np.bincount(np.r_[keys // n, keys % n], minlength=n)
            found.append(spearmanr(own, degree).statistic)
            gini.append(unequal(own)["gini"])
        alike = spearmanr(world.propensity, record.propensity).statistic
        yield f"| {kind} | {np.mean(found):.2f} | {alike:.2f} | {np.mean(gini):.2f} |"


def held(world: World, seeds: Iterable[int]) -> Iterator[str]:
    """Twinnings and memberships of the record's world, year by year."""
    chance = np.random.default_rng(1)
    cases: list[tuple[str, dict[str, float], Iterable[int], int]] = [
        ("Held, defaults", {}, seeds, 1),
        ("Held, no network founded", {"founding_rate": 0.0}, seeds, 9),
    ]
    cases += [(f"Held, draw {k} of the prior", drawn(chance), [k], 9) for k in range(1, 1 + PRIOR_DRAWS)]
    for name, parameters, own, every in cases:
        yield f"## {name}"
        yield ""
        yield COLUMNS
        yield "|" + "---|" * 12
        yield from years(world, parameters, own, every)
        yield ""


def years(world: World, parameters: dict[str, float], seeds: Iterable[int], every: int) -> Iterator[str]:
    """A row at the beginning of 2023, of each year or each so many years, and of 2051."""
    models = [CityModel(world, parameters, rng=seed) for seed in seeds]
    for year in range(29):
        if year % every == 0 or year == 28:
            seen = [
                shape(m.state.twinnings.key, world.n_cities)
                | {f"m {key}": value for key, value in unequal(memberships(m)).items()}
                | {"networks": float(m.state.networks.alive.sum())}
                for m in models
            ]
            row = " | ".join(f"{np.mean([one[key] for one in seen]):.3g}" for key in seen[0])
            yield f"| {world.start_year + year} | {row} |"
        if year < 28:
            for model in models:
                for _ in range(round(1 / DT)):
                    model.step()


def memberships(model: CityModel) -> Ints:
    """Memberships of each city, (N,)."""
    return np.bincount(model.state.networks.member_city, minlength=model.world.n_cities)


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
