"""Draws every figure that a result folder allows, with the caption that belongs to it."""

import json
import logging
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from citysim.analysis.contour import at_first, second_axis
from citysim.analysis.multiplicity import HEADLINE_OUTCOMES
from citysim.analysis.results import BASELINE_ARM, Results, read_results
from citysim.analysis.tables import read_answer, read_effects, read_headline
from citysim.errors import CitysimError, ResultError
from citysim.figures.answers import ANSWER_FIGURES
from citysim.figures.caption import Caption, Drawn
from citysim.figures.compensation import compensation_figure
from citysim.figures.contour import MOST_ARMS as MOST_PHASE_ARMS
from citysim.figures.contour import axis_label, contour_figure
from citysim.figures.difference import difference_figure
from citysim.figures.groups import GROUPS, groups_figure
from citysim.figures.groups import OUTCOMES_SHOWN as GROUP_OUTCOMES
from citysim.figures.style import save, warn_of_letters
from citysim.figures.trajectories import MOST_ARMS, OUTCOMES_SHOWN, shown_stall, trajectories_figure
from citysim.figures.world_map import memberships_per_city, world_map_figure
from citysim.store.checked import read_checked
from citysim.store.files import writing
from citysim.store.outputs import write_output
from citysim.world.world import World

log = logging.getLogger(__name__)

CAPTIONS = "captions.json"


def draw_all(results_dir: Path, out: Path | None = None) -> list[Path]:
    """Draw into ``figures/`` as PNG and SVG what the results allow; gives the paths, the captions' last.

    ``out``: the folder of the tables, and of ``figures/``, if not the results' own.

    What cannot be drawn is skipped with a logged reason, what the design does not ask for without one.
    Raises ``ResultError`` where the folder has no runs or cannot be written, or where nothing can be drawn.
    """
    results = read_results(results_dir, out)
    paths: list[Path] = []
    captions: list[Caption] = []
    lacked: set[str] = set()
    for name, draw in (_of_answers(results) | FIGURES).items():
        try:
            drawn = draw(results)
        except CitysimError as error:
            log.warning("figure %s left out: %s", name, error)
            continue
        if drawn is None:
            continue
        figure, caption = drawn
        paths += save(figure, results.out, name, lacked)
        captions.append(caption)
    warn_of_letters("figures", lacked)
    if not captions:
        raise ResultError(
            f"{results_dir}: no figure can be drawn; make the tables with: {command_for('effects', results)}"
        )
    text = json.dumps([asdict(caption) for caption in captions], ensure_ascii=False, indent=1)
    write_output(results.out, f"figures/{CAPTIONS}", "figures", writing(f"{text}\n".encode()))
    return [*paths, results.out / "figures" / CAPTIONS]


def command_for(name: str, results: Results) -> str:
    """The command that makes what is missing."""
    out = "" if results.out == results.path else f" --out {results.out}"
    return f"citysim {name} {results.path}{out}"


def read_captions(results: Results) -> list[Caption]:
    """Captions of the figures of an experiment, in the order of a report.

    Raises ``ResultError`` where the figures are missing or their captions damaged.
    """
    file = results.out / "figures" / CAPTIONS
    command = command_for("figures", results)
    if not file.is_file():
        raise ResultError(f"{file.parent}: no figures yet; make them with: {command}")
    data = read_checked(results.out, f"figures/{CAPTIONS}", f"make it again with: {command}")
    try:
        return [Caption(**entry) for entry in json.loads(data)]
    except (ValueError, TypeError) as error:
        raise ResultError(f"{file}: damaged: {error}; make it again with: {command}") from error


def _compensation(results: Results) -> Drawn:
    headline = one_sweep(read_headline(results.out), results)
    if headline.empty:
        raise ResultError("the headline table is empty: the experiment has no compensation ratio")
    count = _count(headline["n_seeds"])
    caption = (
        f"Compensation ratio C over stall: median over those of {count} replications in which states "
        "matter, band 5–95 %. "
        "C = 0: cooperation of cities changes nothing; C = 1: it makes up for all that stalled states "
        "no longer do. Short bars with caps: ± one Monte Carlo standard error at the default parameters. "
        "A cross stands where C is undefined (stall costs too little for sure), "
        "an arrow where the band (hollow) or the median too (filled) lies beyond the panel."
        f"{_swept(headline, results)}"
    )
    last = headline[headline["stall"] == headline["stall"].max()]
    alt = "Line chart. At the highest stall: " + "; ".join(
        f"{row.outcome}, {row.arm}: "
        + (
            f"C {row.estimate:.2f} ({row.lower:.2f} to {row.upper:.2f})"
            if np.isfinite(row.estimate)
            else row.verdict
        )
        for row in last.itertuples()
    )
    return compensation_figure(headline), Caption(
        "compensation", "Do cities make up for stalled states?", caption, alt
    )


def _of_answers(results: Results) -> dict[str, Callable[[Results], Drawn | None]]:
    """Figures of the analyses that the config names, before all others."""

    def of(name: str) -> Callable[[Results], Drawn]:
        return lambda results: ANSWER_FIGURES[name](read_answer(results.out, name))

    return {name: of(name) for name in results.config.analyses if name in ANSWER_FIGURES}


def _contour(results: Results) -> Drawn | None:
    headline = read_headline(results.out)
    axis = second_axis(headline, results.sweep)
    if axis is None:
        return None
    rows = at_first(headline, results.sweep, axis)
    name = axis_label(axis)
    fixed = [
        f"{column} = {rows[column].iloc[0]}" for column in results.sweep if column not in (axis, "stall")
    ]
    caption = (
        "Share of replications in which the world with stalled states and cooperating cities does at least "
        f"as well as with unstalled states and none, P (C ≥ 1), over stall and {name}; a cell per point, "
        f"{_count(rows['n_seeds'])} replications. Solid: C = 1 in the median replication, with the 90 % "
        "confidence band that so few replications leave. Between the dashed lines replications disagree, "
        "since parameters are uncertain: they are where C = 1 in the 5 % and 95 % quantiles. Lines are "
        "linear between points; their places are in contour.csv."
        + (f" Drawn for {', '.join(fixed)}." if fixed else "")
    )
    arms = list(dict.fromkeys(rows["arm"]))
    if len(arms) > MOST_PHASE_ARMS:
        caption += f" The first {MOST_PHASE_ARMS} of {len(arms)} arms."
    alt = f"Phase diagrams of stall and {name}. Share of points where cities more likely make up for stall: "
    likely = rows.assign(likely=rows["probability_compensates"] >= 0.5)
    shares = 100 * likely.groupby(["outcome", "arm"], sort=False)["likely"].mean()
    alt += "; ".join(f"{', '.join(key)}: {share:.0f} %" for key, share in _by_names(shares))
    return contour_figure(rows, axis), Caption(
        "contour", "Up to where do cities make up for it?", caption, alt
    )


def _difference(results: Results) -> Drawn:
    effects = one_sweep(read_effects(results.out), results)
    outcomes = [name for name in HEADLINE_OUTCOMES if name in results.outcomes]
    rows = effects[(effects["estimand"] == "difference_unstalled") & effects["outcome"].isin(outcomes)]
    if rows.empty:
        raise ResultError(f"no runs of arm '{BASELINE_ARM}' without stall to compare with")
    caption = (
        "Difference between each arm at each stall level and the world without stall and without "
        f"cooperation, in the outcome's own unit: median over {_count(rows['n_seeds'])} replications, "
        f"bars 5–95 %. The zero line is the world without stall.{_swept(rows, results)}"
    )
    alt = "Line charts of the difference to a world without stall, by stall level and arm."
    return difference_figure(rows, outcomes), Caption(
        "difference", "How far from a world without stall?", caption, alt
    )


def _trajectories(results: Results) -> Drawn:
    quarters = _quarters(results, OUTCOMES_SHOWN, ["world"])
    shown = [name for name in OUTCOMES_SHOWN if name in quarters]
    if not shown:
        raise ResultError(f"trajectories hold none of {', '.join(OUTCOMES_SHOWN)}")
    stall = shown_stall(quarters["stall"])
    seeds = quarters[["draw", "seed"]].drop_duplicates()
    caption = (
        f"The world from {int(quarters['year'].min())} to {int(quarters['year'].max() - 0.01)} with states "
        f"stalled by {100 * stall:.0f} %, a column per arm, beside the world without stall and without "
        f"cooperation. Median and 5–95 % over {len(seeds)} replications. The bands show how uncertain the "
        "level is; arms are compared within a replication (figures of C and of differences), which is far "
        "more certain."
    )
    if len(results.arms) > MOST_ARMS:
        caption += f" The first {MOST_ARMS} of {len(results.arms)} arms."
    alt = f"Line charts over time of {', '.join(shown)} by arm at {100 * stall:.0f} % stall."
    return trajectories_figure(quarters, list(results.arms)), Caption(
        "trajectories", "The paths to 2050", caption, alt
    )


def _groups(results: Results) -> Drawn:
    if BASELINE_ARM not in results.arms or len(results.arms) < 2:
        raise ResultError(f"no arm '{BASELINE_ARM}' beside others to compare with")
    quarters = _quarters(results, GROUP_OUTCOMES, GROUPS)
    if quarters["group"].nunique() < 2 or not any(name in quarters for name in GROUP_OUTCOMES):
        raise ResultError("trajectories hold no groups of cities")
    stall = shown_stall(quarters["stall"])
    seeds = quarters[["draw", "seed"]].drop_duplicates()
    caption = (
        f"What cooperation changes for whom at {100 * stall:.0f} % stall: difference to no cooperation in "
        "the last quarter, people-weighted mean of each group of cities; median and 5–95 % over "
        f"{len(seeds)} replications."
    )
    alt = "Dot chart of the effect of each arm of cooperation by group of cities."
    return groups_figure(quarters, list(results.arms)), Caption("groups", "Who gains?", caption, alt)


def _world_map(results: Results) -> Drawn:
    world = _world(results)
    members = memberships_per_city(world)
    origin = (
        "Sources: GeoNames, Wikipedia and Wikidata, lists of members, Natural Earth (licences below)."
        if world.kind == "real"
        else "A synthetic world: its places are made up."
    )
    caption = (
        f"{world.n_cities:,} cities, {len(world.twin_a):,} twinnings and {members.sum():,} memberships in "
        f"{world.n_networks:,} city networks at the start; {(members > 0).sum():,} cities are a member of at "
        f"least one. Area of a dot: population. Equal Earth projection. {origin}"
    )
    alt = f"World map of {world.n_cities:,} cities with the twinnings between them drawn as thin arcs."
    return world_map_figure(world), Caption("world_map", "Where the cities and their ties are", caption, alt)


def _world(results: Results) -> World:
    from citysim.plan.world import build_world  # noqa: PLC0415  only the map builds a world

    return build_world(results.config.world)


def _quarters(
    results: Results, outcomes: tuple[str, ...], groups: "list[str] | dict[str, str]"
) -> pd.DataFrame:
    """Trajectories of the headline's replications at the first combination of swept values."""
    quarters = results.trajectories(outcomes, groups)
    if quarters is None:
        raise ResultError(
            "no trajectories were recorded; set trajectories = true under [record] and run again"
        )
    if results.sampled:
        raise ResultError("the design samples its points, so no stall level repeats")
    wanted = results.runs[results.runs["draw"] == results.draw]
    quarters = quarters[quarters["run"].isin(one_sweep(wanted, results)["run"])]
    quarters = quarters[pd.to_numeric(quarters["stall"], errors="coerce").notna()]
    if quarters.empty:
        raise ResultError("trajectories hold none of the experiment's runs")
    return quarters.assign(stall=quarters["stall"].astype(float))


def one_sweep(table: pd.DataFrame, results: Results) -> pd.DataFrame:
    """Rows of the first combination of the swept values beside stall, at numeric stall levels."""
    for column in results.sweep:
        if column in table and len(table):
            table = table[table[column] == table[column].iloc[0]]
    number = pd.to_numeric(table["stall"], errors="coerce")
    return table[number.notna()].assign(stall=number[number.notna()])


def _swept(table: pd.DataFrame, results: Results) -> str:
    named = [f"{column} = {table[column].iloc[0]}" for column in results.sweep if column in table]
    return f" Drawn for {', '.join(named)}." if named else ""


def _by_names(shares: pd.Series) -> list[tuple[tuple[str, ...], float]]:
    """Values of a series with the names in its index."""
    names = [tuple(map(str, key)) for key in shares.index.to_flat_index()]
    return list(zip(names, shares.to_numpy(float).tolist(), strict=True))


def _count(numbers: pd.Series) -> str:
    low, high = int(numbers.min()), int(numbers.max())
    return f"{low}" if low == high else f"{low}–{high}"


#: In the order of a report.
FIGURES: dict[str, Callable[[Results], Drawn | None]] = {
    "compensation": _compensation,
    "contour": _contour,
    "difference": _difference,
    "trajectories": _trajectories,
    "groups": _groups,
    "world_map": _world_map,
}
