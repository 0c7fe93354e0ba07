"""Every kind of figure by a name of its own, from the tables in ``results/reference`` or small made ones.

The checks that hold of all figures go over these: texts that can be read, and pictures as they were.
"""

from collections.abc import Callable, Iterable
from functools import cache, partial
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.answers import test_intervention as events
from analysis.answers.made import config_of
from analysis.tables import known_quarters, known_runs, write_quarters, write_runs
from briefing.pages import REFERENCE, SHIPPED, table_of
from citysim.analysis.answers import intervention
from citysim.analysis.answers.spoken import outcome_of_shares
from citysim.analysis.by_city import ByCity
from citysim.analysis.cities import EFFECTS, Card
from citysim.analysis.contour import at_first
from citysim.analysis.estimands import rows_of
from citysim.analysis.headline import write_tables
from citysim.analysis.results import RunSet, read_results
from citysim.analysis.side_by_side import DIFFERENCE
from citysim.analysis.stall import at_level
from citysim.analysis.verdict import most_telling
from citysim.figures import (
    FIGURES,
    calibration,
    city_card,
    compare,
    contour,
    crossvalidation,
    knowing,
    maps,
    scenarios,
    sensitivity,
    side_by_side,
    validation,
    verdict,
)
from citysim.figures.answers import hindcast
from citysim.figures.answers.intervention import intervention_figure
from citysim.figures.caption import Caption, Drawn
from citysim.figures.findings import compensated_title
from citysim.figures.in_short import PICTURES
from citysim.figures.style import style
from citysim.figures.world_map import world_map_figure, world_map_title
from citysim.model.city_at_start import city_at_start
from citysim.model.outcomes import OUTCOMES
from citysim.plan.config import load_config
from citysim.world.world import World
from worlds import Size, small_world

type Make = Callable[[Path], Drawn]

HEADLINE = ("development", "loss", "conflict", "marginalisation")
_RATIOS = {"none": 0.0, "twinning": 0.5, "networks": 0.2, "both": 1.1}


@cache
def kept(place: str) -> pd.DataFrame:
    """A table that is kept, by its path in ``results/reference``."""
    return pd.read_csv(REFERENCE / place, keep_default_na=False, na_values=[""])


@cache
def reported(place: Path) -> RunSet:
    """Runs with a known effect in all outcomes of a headline, with trajectories, written once."""
    outcomes = (*HEADLINE, "coverage")
    runs = [
        known_runs(_RATIOS, seeds=seeds, spread=spread, noise=0.01, outcomes=outcomes, draw=draw)
        for seeds, spread, draw in ((6, 0.2, "prior"), (3, 0.0, "defaults"))
    ]
    folder = place / "reported"
    write_quarters(write_runs(folder, *runs), known_quarters(pd.concat(runs)))
    write_tables(folder)
    return read_results(folder)


@cache
def world() -> World:
    """A small world that hangs on no data."""
    return small_world(Size(cities=40, states=6, memberships=2.0, ties=2.0), seed=3)


def of_reports(name: str, place: Path) -> Drawn:
    """A figure that every report may have."""
    drawn = FIGURES[name](reported(place))
    assert drawn is not None
    return drawn


def of_contour(_: Path) -> Drawn:
    axis = "initial_networks"
    rows = at_first(rows_of(kept("claim_contour/headline.csv"), "compensation"), [axis], axis)
    title = compensated_title(rows, outcome_of_shares(rows))
    return contour.contour_figure(rows, axis), Caption("contour", title, "", "")


def of_answer(experiment: str, analysis: str, _: Path) -> Drawn:
    """The picture of page 1 of an analysis."""
    stall = SHIPPED[experiment]
    return PICTURES[analysis](at_level(table_of(experiment, analysis), stall), stall)


@cache
def intervened(place: Path) -> pd.DataFrame:
    """What planted events change."""
    file = place / "made.toml"
    file.write_text(events.CONFIG, encoding="utf-8")
    return intervention.table(events.made(load_config(file), events.PLANTED))


def of_past() -> pd.DataFrame:
    """A record, and what two arms have of it."""
    years = {"networks.alive_": 5, "joins.in_": 5, "yearly.covenant_of_mayors_eu_": 1, "yearly.iclei_": 5}
    names = [f"{name}{year}" for name, step in years.items() for year in range(2005, 2024, step)]
    points = [name for each in hindcast._POINTS.values() for name in each]
    rows = pd.DataFrame({"statistic": [*names, *points], "record": 2.0 + np.arange(len(names + points)) % 7})
    rows["inside"], rows["given"], rows["n_seeds"], rows["source"] = (
        np.arange(len(rows)) % 4 > 0,
        False,
        8,
        "a",
    )
    apart = {"dated": 1.1, "grown": 0.8}
    parts = [
        rows.assign(arm=arm, estimate=by * rows["record"], lower=by * rows["record"] - 1)
        for arm, by in apart.items()
    ]
    return pd.concat(parts, ignore_index=True).assign(upper=lambda t: t["estimate"] + 1, stall=0.0)


def of_hindcast(_: Path) -> Drawn:
    here, count = world(), world().n_cities
    own = np.arange(count)
    record = pd.DataFrame({"memberships": own % 9, "twinnings": own % 13}, index=here.city_id)
    record = record.assign(longitude=here.longitude, latitude=here.latitude)
    runs = [
        pd.DataFrame({"city": here.city_id, "memberships": (own + run) % 8, "twinnings": (own + run) % 11})
        .assign(run=f"{arm}{run}", arm=arm)
        for arm in ("dated", "grown")
        for run in range(3)
    ]  # fmt: skip
    with style():
        figure = hindcast._figure(of_past(), ["dated", "grown"], pd.concat(runs), record)
    return figure, Caption("hindcast", hindcast.hindcast_title(of_past()), "", "")


def of_city(_: Path) -> Drawn:
    city = city_at_start(world(), 7)
    rows = []
    for arm, gain in (("twinning", 0.01), ("both", 0.03)):
        for place, outcome in enumerate(("development", "loss", "marginalisation", "action_capacity")):
            change = gain * (1 + place) * OUTCOMES[outcome].better
            ends = {"lower": change - 0.02, "upper": change + 0.02}
            ends |= {"median_lower": change - 0.005, "median_upper": change + 0.012}
            told = OUTCOMES[outcome]
            keys = {"arm": arm, "versus": "none", "outcome": outcome, "label": told.label, "unit": told.unit}
            keys |= {"better": told.better, "without": 0.5, "estimate": change, "n_seeds": 12}
            rows.append(keys | ends | {"rank": 3.0, "rank_lower": 1.0, "rank_upper": 9.0})
    services = pd.DataFrame(
        {arm: [0.5 + by] for arm, by in (("none", 0.0), ("both", 0.2))}, index=["Climate"]
    )
    card = Card(city, 0.5, pd.DataFrame(rows, columns=list(EFFECTS)), services, {}, 2050)
    return city_card.card_figure(card, ["none", "twinning", "both"])


def changed(_: Path) -> Drawn:
    change = np.linspace(-1.0, 1.0, world().n_cities)
    ends = np.full(world().n_cities, 0.3)
    by = ByCity("development", "both", "none", 0.75, 2050, 9, change, change - ends, change + ends)
    return maps.outcome_map(world(), by)


def valued(_: Path) -> Drawn:
    level = np.linspace(0.2, 0.9, world().n_cities)
    return maps.outcome_map(world(), ByCity("stress", "both", "", 0.75, 2050, 9, level, level, level))


def of_members(_: Path) -> Drawn:
    return maps.members_map(world(), world().network_name[0])


def of_ties(_: Path) -> Drawn:
    return maps.ties_map(world(), 3)


def of_world(_: Path) -> Drawn:
    return world_map_figure(world()), Caption("world_map", world_map_title(world()), "", "")


def of_verdict(folder: str, event: str, _: Path) -> Drawn:
    table, thirds = (kept(f"{folder}/{name}.csv") for name in ("verdict", "verdict_by_parameter"))
    table, thirds = (part[(part["event"] == event) & (part["arm"] == "both")] for part in (table, thirds))
    parts = [
        own[own["parameter"].isin(most_telling(own, 3))] for _, own in thirds.groupby("outcome", sort=False)
    ]
    return verdict.draw(table, pd.concat(parts))


def of_sensitivity(design: str, quantity: str, _: Path) -> Drawn:
    table = kept(f"sensitivity_{design}/sensitivity.csv")
    return sensitivity.draw(table[(table["quantity"] == quantity) & (table["arm"] == "both")])


def boxes() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Three boxes of parameters, with limits of all kinds."""
    names = ("governance_scale_of_twinning", "contact_effect", "attention_budget")
    drawn = np.random.default_rng(1).random((200, 3))
    keys = [("compensates", "development", "both"), ("harms", "marginalisation", "networks")]
    keys.append(("harms", "conflict", "networks"))
    row = {"stall": 0.75, "n": 200, "cases": 40, "base_rate": 0.2, "p_adjusted": 0.01}
    row |= {"coverage_held_out": 0.61, "density_held_out": 0.57, "density_held_out_lower": 0.45}
    columns = ["event", "outcome", "arm"]
    found = pd.DataFrame([dict(zip(columns, key, strict=True)) | row for key in keys]).assign(
        limits=[3, 1, 2]
    )
    ends = ((0.2, np.nan), (np.nan, 0.5), (0.123456, 0.7))
    limits = [
        dict(zip(columns, key, strict=True)) | {"parameter": name, "lower": low, "upper": high}
        for key, count in zip(keys, found["limits"], strict=True)
        for name, (low, high) in list(zip(names, ends, strict=True))[:count]
    ]
    return found, pd.DataFrame(limits), pd.DataFrame(drawn, columns=list(names))


def of_scenarios(_: Path) -> Drawn:
    return scenarios.draw(*boxes())


def of_knowing(event: str, _: Path) -> Drawn:
    table = kept("posterior/verdict/knowing.csv")
    return knowing.draw(table[table["event"] == event])


def compared() -> pd.DataFrame:
    """The claim before and after calibration."""
    keys = ["estimand", "arm", "stall", "outcome"]
    tables = (kept(f"{folder}claim/headline.csv") for folder in ("", "posterior/"))
    before, after = tables
    moved = {"verdict_moved": False, "width_change_lower": -0.3, "width_change_upper": -0.1}
    return before.merge(after, on=keys, suffixes=("_before", "_after")).assign(
        table=compare.HEADLINE, **moved
    )


def of_compare(_: Path) -> Drawn:
    return compare.draw(compared(), "both", 0.75)


def beside(estimands: Iterable[tuple[str, str]]) -> pd.DataFrame:
    """Two experiments whose runs pair; the last row is not defined."""
    rows = []
    for outcome in HEADLINE:
        for place, (estimand, arm) in enumerate(estimands):
            row = {"estimand": estimand, "arm": arm, "outcome": outcome, "stall": 0.5, "n_pairs": 8}
            for side, shift in (("first", 0.0), ("second", 0.4)):
                ends = {"lower": -0.1, "estimate": 0.2 + 0.1 * place, "upper": 0.9}
                row |= {f"{name}_{side}": value + shift for name, value in ends.items()}
                row[f"n_seeds_{side}"] = 8
            rows.append(row | {"difference": 0.4, "difference_lower": 0.1, "difference_upper": 0.7})
    found = pd.DataFrame(rows)
    found.loc[len(found) - 1, "estimate_second"] = np.nan
    return found


def of_side_by_side(_: Path) -> Drawn:
    lines = [(DIFFERENCE, name) for name in ("twinning", "networks", "both")]
    return side_by_side.draw(beside(lines), "side_by_side_1_2", ("claim", "claim_small_world"), "")


def of_marginals(_: Path) -> Drawn:
    return calibration.marginals_figure(kept("calibration/marginals.csv"))


def of_pairs(_: Path) -> Drawn:
    table = kept("calibration/marginals.csv")
    draws = np.random.default_rng(2).beta(2, 3, (256, len(table)))
    drawn = calibration.pairs_figure(table, pd.DataFrame(draws, columns=list(table["parameter"])))
    assert drawn is not None
    return drawn


def of_predictive(_: Path) -> Drawn:
    return calibration.predictive_figure(kept("calibration/predictive.csv"))


def of_emulators(_: Path) -> Drawn:
    table = kept("calibration/emulators.csv")
    random = np.random.default_rng(3)
    values = random.normal(size=(len(table), 60))
    told = pd.DataFrame({"statistic": table["statistic"].repeat(60), "emulated": values.ravel()})
    told["run"] = told["emulated"] + random.normal(0.0, 0.3, len(told))
    return calibration.emulators_figure(table, told)


def of_ranks(_: Path) -> Drawn:
    table = kept("calibration/recovery.csv")
    names = [name for name in table["parameter"] if name != "all"]
    ranks = np.random.default_rng(4).integers(0, 256, (200, len(names)))
    return calibration.ranks_figure(table, pd.DataFrame(ranks, columns=names))


def of_recovery(_: Path) -> Drawn:
    return crossvalidation.recovery_figure(kept("calibration/recovery.csv"))


def of_crossed(name: str, _: Path) -> Drawn:
    tables = (kept(f"calibration/crossvalidation{end}.csv") for end in ("", "_coverage"))
    drawn = crossvalidation.crossed_figure(name, *(table[table["cross"] == name] for table in tables))
    assert drawn is not None
    return drawn


def of_validation(_: Path) -> Drawn:
    return validation.draw(kept("validation/validation.csv"))


ANALYSES = {each: name for name in SHIPPED for each in config_of(name).analyses}
#: The picture of page 1 of each analysis.
IN_SHORT: dict[str, Make] = {
    **{
        f"in_short_{analysis}": partial(of_answer, experiment, analysis)
        for analysis, experiment in ANALYSES.items()
    },
    "in_short_intervention": lambda place: PICTURES["intervention"](intervened(place), 0.5),
    "in_short_hindcast": lambda _: PICTURES["hindcast"](of_past(), 0.0),
}
#: Drawn for reports, and for a slide, a column or a page.
SIZED: dict[str, Make] = {
    **{name: partial(of_reports, name) for name in FIGURES if name not in ("contour", "world_map")},
    "contour": of_contour,
    "world_map": of_world,
    "hindcast": of_hindcast,
    "intervention": lambda place: intervention_figure(intervened(place), 0.5),
    "city_card": of_city,
    "map_change": changed,
    "map_level": valued,
    "map_members": of_members,
    "map_ties": of_ties,
}
#: Written beside the tables of a command, in one size.
KEPT: dict[str, Make] = {
    "verdict": partial(of_verdict, "verdict", "compensates"),
    "verdict_substitution": partial(of_verdict, "posterior/verdict", "substitutes"),
    "sensitivity_morris": partial(of_sensitivity, "morris", "ratio"),
    "sensitivity_sobol": partial(of_sensitivity, "sobol", "substitution"),
    "scenarios": of_scenarios,
    **{
        f"knowing_{event}": partial(of_knowing, event) for event in ("substitutes", "responds", "compensates")
    },
    "before_after": of_compare,
    "side_by_side": of_side_by_side,
    "marginals": of_marginals,
    "pairs": of_pairs,
    "predictive": of_predictive,
    "emulators": of_emulators,
    "ranks": of_ranks,
    "recovery": of_recovery,
    **{name: partial(of_crossed, name) for name in kept("calibration/crossvalidation.csv")["cross"].unique()},
    "validation": of_validation,
}
DRAWN = SIZED | KEPT | IN_SHORT
