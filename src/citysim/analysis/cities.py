"""Cards of single cities: what cooperation changes for each, with intervals and its rank among its peers.

No fit of a single city has been validated: every output of this carries ``CAUTION``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from citysim.analysis.answers.pairing import arms_against
from citysim.analysis.intervals import median_interval, spread
from citysim.analysis.results import RunSet, first_sweep
from citysim.analysis.stall import SWEPT, at_level, shown_stall
from citysim.arrays import Floats, Ints
from citysim.errors import ConfigError, ResultError
from citysim.language import N_
from citysim.model.city_at_start import CityAtStart, city_at_start
from citysim.model.events.cities import city_of
from citysim.model.outcomes import OUTCOMES, Outcome
from citysim.plan.report import Stall
from citysim.plan.world import build_world
from citysim.store.reader import load_results

CAUTION = N_(
    "The model is held against records of many cities; its fit to a single one is not validated. A card says "
    "what the assumptions imply for a city of this size, place, income and ties, not what this city did or "
    "will do."
)
#: What a card leaves out, and why.
LEFT_OUT = N_(
    "Of losses, violence and other flows a city's last quarter alone is recorded, which is mostly chance; a "
    "card leaves them out."
)
_SERVICE = "service_"
#: Asked for by the figures, and again by each card.
world_of_runs = lru_cache(maxsize=1)(lambda results: build_world(results.config.world))
#: That of the states, the same for all cities of one.
_OF_STATES = ("action_capacity",)
#: Columns of ``Card.effects``, in their order.
EFFECTS = (
    *("arm", "versus", "outcome", "label", "unit", "better", "without", "estimate", "lower", "upper"),
    *("median_lower", "median_upper", "n_seeds", "rank", "rank_lower", "rank_upper"),
)


@dataclass(frozen=True, eq=False)
class Card:
    """What cooperation changes for one city, at one stall level, in the last quarter.

    ``effects`` (columns ``EFFECTS``): a row per arm and outcome, ``estimate`` being the median over paired
    replications of the city's outcome in ``arm`` less that in ``versus``, ``lower`` and ``upper`` their
    5–95 % quantiles, ``median_lower`` and ``median_upper`` the 90 % confidence interval of the median;
    ``without``: median in ``versus``. ``rank``: median over replications of the rank by benefit among the
    peers, 1 being the best; ``rank_lower`` and ``rank_upper``: its 5–95 % quantiles.
    ``services``: share of people served, median, a row per domain and a column per arm.
    ``swept``: the other swept values that the card is of, by name.
    """

    city: CityAtStart
    stall: Stall
    effects: pd.DataFrame
    services: pd.DataFrame
    swept: dict[str, object]
    year: int


def city_cards(results: RunSet, names: Sequence[str | int], stall: float | None = None) -> list[Card]:
    """A card per city, named by geonameid, name, or name and country (``"Munich, DEU"``), in any language.

    ``stall``: level that is shown, by default that of all figures. Raises ``ResultError`` where the folder
    has no cities, no two arms or no run at that level, and ``ConfigError`` with all names that are no city's
    or several cities'.
    """
    if not results.config.record.cities:
        raise ResultError(
            f"{results.path}: holds no cities; set [record] cities = true and run it into another folder, or "
            "with --fresh"
        )
    outcomes, services = card_outcomes(results), card_services(results)
    others, reference = arms_against(results)
    level = shown_stall(results, stall)
    runs = runs_at(results, level)
    cities = named_cities(results, names)
    wanted = np.unique(np.concatenate([city.peers for city in cities]))
    values = city_values(results, runs, [*outcomes, *services], wanted, (reference, *others))
    swept = {} if results.sampled else {name: runs[name].iloc[0] for name in results.sweep if len(runs)}
    return [
        Card(
            city=city,
            stall=level,
            effects=_effects(values, reference, outcomes, wanted, city),
            services=_served(values, services, len(outcomes), int(np.searchsorted(wanted, city.city))),
            swept=swept,
            year=city.start_year + (results.config.quarters - 1) // 4,
        )
        for city in cities
    ]


def named_cities(results: RunSet, names: Iterable[str | int]) -> list[CityAtStart]:
    """Cities of the results' world by what they are called, each once.

    Raises ``ConfigError`` with all names that are no city's or several cities', and ``DataError`` where the
    world cannot be built.
    """
    world = world_of_runs(results)
    found: dict[int, None] = {}
    faults = []
    for name in names:
        try:
            found[city_of(world, name)] = None
        except ValueError as fault:
            faults.append(f"{results.path}: city: {fault}")
    if faults:
        raise ConfigError.from_messages(faults)
    return [city_at_start(world, index) for index in found]


def card_outcomes(results: RunSet) -> list[str]:
    """Outcomes that a card shows. Raises ``ResultError`` where none of them was recorded."""
    shown = [o.name for o in OUTCOMES.values() if _is_shown(o)]
    recorded = [name for name in shown if name in results.config.record.outcomes]
    if not recorded:
        raise ResultError(
            f"{results.path}: [record] outcomes holds none that a card shows: {', '.join(shown)}"
        )
    return recorded


def _is_shown(outcome: Outcome) -> bool:
    kept = outcome.by_group and outcome.better != 0 and outcome.summary != "sum"
    return kept and not outcome.name.startswith(_SERVICE) and outcome.name not in _OF_STATES


def card_services(results: RunSet) -> list[str]:
    """Recorded services by domain, of which a card shows the share of people served."""
    return [
        name
        for name in results.config.record.outcomes
        if name.startswith(_SERVICE) and name != "service_gini"
    ]


def runs_at(results: RunSet, level: Stall) -> pd.DataFrame:
    """Runs of the replications at a stall level, with ``replication``: what pairs them.

    A sampled point is a replication of its own; of a grid, the first combination of swept values is taken.
    """
    runs = results.runs[results.runs["draw"] == results.draw]
    if level != SWEPT:
        runs = at_level(runs, level)
    if results.sampled:
        keys = ["seed", "stall", *results.sweep]
        return runs.assign(replication=runs[keys].astype(str).agg("|".join, axis=1))
    return first_sweep(runs, results).assign(replication=lambda found: found["seed"].astype(str))


def city_values(
    results: RunSet, runs: pd.DataFrame, outcomes: Sequence[str], cities: Ints, arms: Sequence[str]
) -> dict[str, Floats]:
    """Outcomes of some cities by arm, (replications, cities, outcomes); NaN where a run is missing.

    ``cities``: geonameids in rising order. Raises ``ResultError`` where no run has them.
    """
    stored = results.stored or load_results(results.path)
    table = stored.of_cities(outcomes, cities.tolist(), runs["run"])
    if table.empty:
        raise ResultError(
            f"{results.path / 'cities'}: holds none of the runs that a card needs; run it again"
        )
    replications = pd.Index(runs["replication"].unique())
    of_run = runs.set_index("run")
    place = replications.get_indexer(table["run"].map(of_run["replication"]))
    column = np.searchsorted(cities, table["city"].to_numpy())
    arm, numbers = table["run"].map(of_run["arm"]).to_numpy(), table[list(outcomes)].to_numpy(float)
    found = {}
    for name in arms:
        found[name] = np.full((len(replications), len(cities), len(outcomes)), np.nan)
        rows = arm == name
        found[name][place[rows], column[rows]] = numbers[rows]
    return found


def _effects(
    values: dict[str, Floats], reference: str, outcomes: Sequence[str], cities: Ints, city: CityAtStart
) -> pd.DataFrame:
    """``Card.effects`` of one city; ``cities``: geonameids of the second axis of ``values``."""
    among, here = np.searchsorted(cities, city.peers), int(np.searchsorted(cities, city.city))
    own = int(np.flatnonzero(city.peers == city.city)[0])
    rows = []
    for arm, of_arm in values.items():
        if arm == reference:
            continue
        for k, name in enumerate(outcomes):
            outcome = OUTCOMES[name]
            change = of_arm[:, among, k] - values[reference][:, among, k]
            mine = change[:, own]
            over, (low, high) = spread(mine), median_interval(mine)
            ranks = spread(rank_of(outcome.better * change, own))
            rows.append(
                {
                    "arm": arm,
                    "versus": reference,
                    "outcome": name,
                    "label": outcome.label,
                    "unit": outcome.unit,
                    "better": outcome.better,
                    "without": float(spread(values[reference][:, here, k]).median),
                    "estimate": float(over.median),
                    "lower": float(over.lower),
                    "upper": float(over.upper),
                    "median_lower": float(low),
                    "median_upper": float(high),
                    "n_seeds": int(over.count),
                    "rank": float(ranks.median),
                    "rank_lower": float(ranks.lower),
                    "rank_upper": float(ranks.upper),
                }
            )
    return pd.DataFrame(rows, columns=list(EFFECTS))


def rank_of(benefit: Floats, own: int) -> Floats:
    """Rank of one city by benefit among its peers, (replications,); 1 is the best.

    Equals share their mean rank. ``benefit``: (replications, peers), more is better; NaN where the city's
    own is.
    """
    mine = benefit[:, [own]]
    rank = 0.5 + (benefit > mine).sum(axis=1) + (benefit == mine).sum(axis=1) / 2
    return np.where(np.isfinite(mine[:, 0]), rank, np.nan)


def _served(values: dict[str, Floats], services: Sequence[str], first: int, here: int) -> pd.DataFrame:
    """``Card.services``; the services are the last columns of ``values``, from ``first`` on."""
    labels = [OUTCOMES[name].label.removeprefix("Service: ") for name in services]
    medians = {arm: spread(of_arm[:, here, first:]).median for arm, of_arm in values.items()}
    return pd.DataFrame(medians, index=pd.Index(labels, name="domain"))
