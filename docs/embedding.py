"""Whether twinnings of cities with common partners last longer, in the lists of 2012, 2022 and 2026 and in runs.

    uv run python docs/embedding.py 8     # replications of the shipped posterior; a minute

Of ties in an earlier list, the log-odds of being in a later one too, among cities that the later names at all: by
ln (1 + common partners), both by the earlier list, with the logs of both numbers of partners and of the distance, one
state against two, and how many of their other ties the two cities keep (log-odds with one more of each kind, which
takes up that the lists know some cities better). Standard errors by resampling ties. Then the same of the ties that a
run begins with, after as many years, for several exponents by which common partners keep a tie: which of them gives
what the lists say.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from citysim import CityModel, World
from citysim.arrays import Floats
from citysim.plan.config import load_config
from citysim.plan.posterior import posterior_settings
from citysim.plan.runs import run_specs
from citysim.world.geography import EARTH_RADIUS_KM
from citysim.world.pack import load_pack

ROOT = Path(__file__).parents[1]
POSTERIOR = ROOT / "results" / "reference" / "calibration" / "posterior.parquet"
#: Lists of ties by their year, as the pack names them.
LISTS = {2012: "kaltenbrunner2013", 2022: "wikidata2022", 2026: "wikipedia2026"}
SPANS = ((2012, 2022), (2012, 2026), (2022, 2026))
TERMS = ("common partners", "partners", "distance", "one state", "others kept")
EXPONENTS = (0.0, 0.5, 1.0, 1.5)
RESAMPLES = 200


def ties_of(year: int) -> pd.DataFrame:
    """Ties of a list: the two cities, a < b, their distance, km, and whether they are of one state."""
    pack = load_pack()
    state = pack["cities_all"].set_index("geonameid")["iso3"]
    table = pack["twinning"]
    table = table[table["sources"].str.split("|").map(lambda names: LISTS[year] in names)]
    one = table["geonameid_a"].map(state) == table["geonameid_b"].map(state)
    columns = (table["geonameid_a"], table["geonameid_b"], table["distance_km"], one)
    return pd.DataFrame(dict(zip(("a", "b", "distance", "one"), columns, strict=True)))


def followed(ties: pd.DataFrame, then: pd.DataFrame) -> pd.DataFrame:
    """Earlier ties between cities that have some later: whether it is ``kept``, and the terms."""
    partners: dict[int, set[int]] = {}
    for a, b in zip(ties["a"], ties["b"], strict=True):
        partners.setdefault(a, set()).add(b)
        partners.setdefault(b, set()).add(a)
    named = {*then["a"], *then["b"]}
    ties = ties[ties["a"].isin(named) & ties["b"].isin(named)].reset_index(drop=True)
    kept = set(zip(then["a"], then["b"], strict=True))
    pairs = list(zip(ties["a"], ties["b"], strict=True))
    found = pd.DataFrame({"kept": [pair in kept for pair in pairs]})
    found["common partners"] = np.log1p([len(partners[a] & partners[b]) for a, b in pairs])
    found["partners"] = [np.log(len(partners[a]) * len(partners[b])) for a, b in pairs]
    found["distance"] = np.log1p(ties["distance"])
    found["one state"] = ties["one"].astype(float)
    ends = pd.concat((ties["a"], ties["b"]))
    by_city = pd.concat((found["kept"], found["kept"])).groupby(ends.to_numpy()).agg(["sum", "count"])
    found["others kept"] = 0.0
    for end in "ab":
        own = by_city.loc[ties[end]].reset_index(drop=True)
        others = own["sum"] - found["kept"]
        found["others kept"] += np.log((others + 1.0) / (own["count"] - 1.0 - others + 1.0))
    return found


def slopes(found: pd.DataFrame) -> Floats:
    """Log-odds of being kept by the terms, (5,)."""
    fit = LogisticRegression(C=np.inf, max_iter=1000).fit(found[list(TERMS)], found["kept"])
    return np.asarray(fit.coef_[0])


def run(world: World, exponent: float, years: int, replications: int) -> Iterator[Floats]:
    """Slopes of the ties that runs from 2023 begin with, after some years."""
    apart = np.arccos(np.clip((world.xyz[world.twin_a] * world.xyz[world.twin_b]).sum(axis=1), -1.0, 1.0))
    first = pd.DataFrame({"a": world.twin_a, "b": world.twin_b, "distance": apart * EARTH_RADIUS_KM})
    first["one"] = world.state[world.twin_a] == world.state[world.twin_b]
    held = ROOT / "experiments" / "validation" / "held.toml"
    config = load_config(held, [f"seeds={replications}", *posterior_settings(POSTERIOR)])
    for spec in run_specs(config, world.digest):
        given = dict(spec.parameters) | {"ending_form": "embedded", "ending_embedding": exponent}
        model = CityModel(world, given, rng=spec.seed, quarters=4 * years)
        for _ in range(4 * years):
            model.step()
        ties = model.state.twinnings
        yield slopes(followed(first, pd.DataFrame({"a": ties.a, "b": ties.b})))


def told(values: Floats, errors: Floats) -> str:
    """Each value with its standard error."""
    return ", ".join(f"{b:.2f} (s.e. {e:.2f})" for b, e in zip(values, errors, strict=True))


if __name__ == "__main__":
    chance = np.random.default_rng(1)
    print("lists, ties, kept;", ", ".join(TERMS))
    for early, late in SPANS:
        rows = followed(ties_of(early), ties_of(late))
        again = [
            slopes(rows.iloc[chance.integers(0, len(rows), len(rows))].reset_index(drop=True))
            for _ in range(RESAMPLES)
        ]
        told_ = told(slopes(rows), np.std(again, axis=0))
        print(f"{early} to {late}: {len(rows)}, {rows['kept'].mean():.2f}; {told_}")
    real, count = World.real(), int(sys.argv[1]) if len(sys.argv) > 1 else 8
    for span in (4, 14):
        for power in EXPONENTS:
            found = np.array(list(run(real, power, span, count)))
            error = found.std(axis=0) / np.sqrt(len(found))
            print(f"runs of {span} years, exponent {power}: {told(found.mean(axis=0), error)}")
