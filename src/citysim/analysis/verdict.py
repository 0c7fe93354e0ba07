"""The verdict over the prior: how probable it is that cities act because states stall, and what it hangs on.

Each replication draws every uncertain parameter and a seed. An event, such as C ≥ 1, is true or false in
it, so its share of the replications is its probability over what is not known and chance together. A
replication in which stall costs no more than chance is told apart and is never one in which cities make up
for anything.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import scipy  # scipy.stats is imported when used, see intervals.py
import xarray as xr

from citysim.analysis.arms import main_arms
from citysim.analysis.cells import Cells, paired_cells
from citysim.analysis.compensation import headline_terms, no_compensation_reason
from citysim.analysis.estimands import response_terms, substitution_terms
from citysim.analysis.intervals import LEVEL, Z, wilson
from citysim.analysis.moved import stay_in_words
from citysim.analysis.multiplicity import HEADLINE_OUTCOMES, holm
from citysim.analysis.results import BASELINE_ARM, DEFAULTS, KEYS, RunSet, read_results
from citysim.analysis.shares import costs_something
from citysim.analysis.stall import shown_stall
from citysim.analysis.tables import write_csvs
from citysim.arrays import Bools, Floats, Ints
from citysim.errors import ResultError
from citysim.language import N_, gettext
from citysim.model.outcomes import OUTCOMES
from citysim.plan.report import Stall
from citysim.store.reader import load_results

Kind = Literal["substitutes", "responds", "compensates", "harms"]
#: Event → what it says, as figures and tables have it.
EVENTS: dict[Kind, str] = {
    "substitutes": N_("substitution > 0"),
    "responds": N_("response > 0"),
    "compensates": N_("C ≥ 1"),
    "harms": N_("harm"),
}

VERDICT_FILE, DEPENDENCE_FILE = "verdict.csv", "verdict_by_parameter.csv"
THIRDS = ("low", "middle", "high")
#: Fewer replications leave fewer than five in a third.
FEWEST_REPLICATIONS = 15


def event_label(kind: Kind) -> str:
    """What an event says, in the language spoken."""
    return gettext(EVENTS[kind])


@dataclass(frozen=True, eq=False)
class Event:
    """Whether something is so in each replication: ``true`` where ``margin`` says so, both (replications,).

    ``compensates``: C ≥ 1, margin Y[x, a] − Y[0, none]. ``substitutes``: cooperation gives more because of
    the stall, margin L(a, x) − L(a, 0). ``responds``: response adds something, margin
    Y[x, a] − Y[x, a without response]. ``harms``: cooperation makes it worse, margin Y[x, none] − Y[x, a].
    Signed so that more is better; NaN where a run is missing. ``chance`` is the standard deviation of the
    margin over seeds at the default parameters, NaN where it was not measured. ``costs``: where stall costs
    something, outside of which the event is never so; None where that does not matter.
    """

    kind: Kind
    outcome: str
    arm: str
    stall: Stall
    margin: Floats
    chance: float
    costs: Bools | None = None

    @property
    def known(self) -> Bools:
        """Replications with all the runs that are needed."""
        return np.isfinite(self.margin)

    @property
    def true(self) -> Bools:
        """Where the event is so; a margin of 0 is enough to compensate or substitute, not for the others."""
        return self.beyond(0.0)

    def beyond(self, least: float) -> Bools:
        """Where the event would be so if its margin had to reach ``least``."""
        reached = self.kind in ("compensates", "substitutes")
        so = self.margin >= least if reached else self.margin > least
        return so if self.costs is None else so & self.costs

    @property
    def costs_nothing(self) -> float:
        """Share of replications in which stall costs no more than chance; NaN where it plays no part."""
        if self.costs is None or not self.known.any():
            return np.nan
        return float((~self.costs[self.known]).mean())

    @property
    def keys(self) -> dict[str, Any]:
        """The columns that tell an event from the others of an experiment."""
        return {"event": self.kind, "outcome": self.outcome, "arm": self.arm, "stall": self.stall}


@dataclass(frozen=True, eq=False)
class Replications:
    """The replications of an experiment: drawn parameters, float (replications, parameters), and events.

    ``stall``: the level that is shown; ``arm``: the arm that is, the last of the main ones.
    """

    parameters: pd.DataFrame
    events: tuple[Event, ...]
    stall: Stall
    arm: str = ""
    #: What a posterior has left at the prior, as a sentence; None where the draws are of the prior.
    stay: str | None = None


def read_replications(results_dir: Path, stall: float | None = None) -> Replications:
    """Parameters and events of every replication, headline outcomes at each stall level above 0.

    Raises ``ResultError`` where the replications draw no parameters, where the design sweeps anything but
    stall, where there is no compensation ratio, or as ``shown_stall`` of the level ``stall`` asked for.
    """
    return replications_of(read_results(results_dir), stall)


def replications_of(results: RunSet, stall: float | None = None) -> Replications:
    """``read_replications`` of runs that have been read."""
    results_dir = results.path
    if results.draw == DEFAULTS:
        raise ResultError(
            f"{results_dir}: its replications draw no parameters; "
            "run it with uncertainty.parameters = 'prior' or 'posterior'"
        )
    if results.sweep or results.sampled:
        raise ResultError(f"{results_dir}: sweeps more than stall; expected a grid of stall alone")
    (cells,) = paired_cells(results)
    reason = no_compensation_reason(cells)
    if reason:
        raise ResultError(f"{results_dir}: no compensation ratio: {reason}")
    parameters = _parameters(results)
    if len(parameters) < FEWEST_REPLICATIONS:
        raise ResultError(
            f"{results_dir}: {len(parameters)} replications, needed: {FEWEST_REPLICATIONS}; raise seeds"
        )
    events = tuple(_events(cells))
    main = [arm for arm in main_arms(results.config) if arm in {event.arm for event in events}]
    shown = main[-1] if main else events[-1].arm
    return Replications(parameters, events, shown_stall(results, stall), shown, stay_in_words(results))


def _parameters(results: RunSet) -> pd.DataFrame:
    """What each replication drew, in the order of ``paired_cells``: by seed."""
    design = (results.stored or load_results(results.path)).design
    seeds = results.runs.loc[results.runs["draw"] == results.draw, "seed"].unique()
    rows = design[(design["draw"] == results.draw) & design["seed"].isin(seeds)]
    # An arm may fix a parameter that the others draw.
    rows = rows[rows["arm"] == BASELINE_ARM].drop_duplicates("seed").sort_values("seed")
    drawn = rows.drop(columns=[*KEYS, *results.sweep], errors="ignore").select_dtypes("number").astype(float)
    varied = [name for name in drawn if drawn[name].nunique() > 1]
    return drawn[varied].reset_index(drop=True)


def _events(cells: Cells) -> Iterator[Event]:
    """Events of every headline outcome, arm of cooperation and stall level above 0."""
    drawn, at_defaults = _margins(cells, cells.drawn), _margins(cells, cells.defaults)
    _, cost, _ = headline_terms(cells.drawn)
    _, cost0, _ = headline_terms(cells.defaults)
    for outcome in cells.outcomes:
        if outcome not in HEADLINE_OUTCOMES:
            continue
        better = OUTCOMES[outcome].better
        for arm in cells.arms:
            for stall in cells.stalls:
                if arm in cells.without_cooperation or stall == 0.0:
                    continue
                at = {"outcome": outcome, "arm": arm, "stall": stall}
                costs, _ = costs_something(
                    better * cost.sel(at).to_numpy(), better * cost0.sel(at).to_numpy()
                )
                for kind, margin in drawn.items():
                    if kind == "responds" and arm not in cells.counterparts:
                        continue
                    chance = _chance(at_defaults[kind].sel(at).to_numpy())
                    counted = None if kind == "harms" else costs
                    signed = better * margin.sel(at).to_numpy()
                    yield Event(kind, outcome, arm, stall, margin=signed, chance=chance, costs=counted)


def _margins(cells: Cells, y: xr.DataArray) -> dict[Kind, xr.DataArray]:
    """Margin of every event, in the outcome's own direction: (replication, outcome, arm, stall)."""
    top, _, gap = headline_terms(y)
    more, _, _ = substitution_terms(y)
    response, _, _ = response_terms(y, cells.counterparts)
    return {
        "substitutes": more,
        "responds": response,
        "compensates": gap,
        "harms": -top,
    }


def _chance(at_defaults: Floats) -> float:
    known = at_defaults[np.isfinite(at_defaults)]
    return float(known.std(ddof=1)) if len(known) > 1 else np.nan


def verdict_table(replications: Replications) -> pd.DataFrame:
    """Probability of every event, one row each, with Wilson's 90 % interval over the replications.

    A replication has one seed, so that chance may turn the sign of a small margin. ``share_within_chance``
    of the margins are smaller than what chance alone makes (90 %, at the default parameters), and
    ``probability_least`` … ``probability_most`` is the probability if it turned all of them.
    ``share_costs_nothing``: in so many stall costs no more than chance, and the event is not so.
    """
    return pd.DataFrame([_verdict_row(event) for event in replications.events])


def _verdict_row(event: Event) -> dict[str, Any]:
    margin = event.margin[event.known]
    n, true = len(margin), int(event.true.sum())
    lower, upper = wilson(np.array(true), np.array(n))
    reach = Z * event.chance
    known = n > 0 and np.isfinite(reach)
    return {
        **event.keys,
        "probability": true / n if n else np.nan,
        "lower": float(lower),
        "upper": float(upper),
        "n": n,
        "share_costs_nothing": event.costs_nothing,
        "chance": event.chance,
        "share_within_chance": float((np.abs(margin) < reach).mean()) if known else np.nan,
        "probability_least": float(event.beyond(reach).sum() / n) if known else np.nan,
        "probability_most": float(event.beyond(-reach).sum() / n) if known else np.nan,
    }


def dependence_table(replications: Replications) -> pd.DataFrame:
    """Probability of every event in the low, middle and high third of each parameter's draws.

    ``p_value``: Mann and Whitney's two-sided test of whether the draws differ where the event is true;
    ``p_adjusted``: for all parameters of the event (Holm). NaN where the event is always so, or never.
    """
    thirds = _thirds(replications.parameters)
    return pd.concat(
        [_dependence(replications.parameters, thirds, event) for event in replications.events],
        ignore_index=True,
    )


def _thirds(parameters: pd.DataFrame) -> Ints:
    """The third in which each draw of a parameter lies: (replications, parameters)."""
    ranks = scipy.stats.rankdata(parameters.to_numpy(), axis=0, method="ordinal")
    return np.asarray((ranks - 1) * 3 // len(parameters), np.int64)


def _dependence(parameters: pd.DataFrame, thirds: Ints, event: Event) -> pd.DataFrame:
    known, true = event.known, event.true & event.known
    p = _separation(parameters.to_numpy(), true, known & ~true)
    tests = pd.DataFrame({"parameter": parameters.columns, "p_value": p, "p_adjusted": holm(p)})
    parts = []
    for third, name in enumerate(THIRDS):
        inside = (thirds == third) & known[:, None]
        n, k = inside.sum(axis=0), (inside & true[:, None]).sum(axis=0)
        lower, upper = wilson(k, n)
        values = parameters.where(thirds == third)
        ends = {"from": values.min().to_numpy(), "to": values.max().to_numpy()}
        share = {"probability": k / np.where(n > 0, n, np.nan), "lower": lower, "upper": upper, "n": n}
        parts.append(tests.assign(third=name, **ends, **share, **event.keys))
    table = pd.concat(parts)
    first = [*event.keys, "parameter", "third"]
    return table[[*first, *(name for name in table if name not in first)]]


def _separation(values: Floats, true: Bools, false: Bools) -> Floats:
    if not (true.any() and false.any()):
        return np.full(values.shape[1], np.nan)
    return np.asarray(scipy.stats.mannwhitneyu(values[true], values[false], axis=0).pvalue)


@dataclass(frozen=True, slots=True)
class Dependence:
    """How often an event is so, and of how many, in the low and high third of a parameter's draws."""

    parameter: str
    low: tuple[int, int]
    high: tuple[int, int]


def hangs_on(replications: Replications, kind: Kind, outcome: str, arm: str) -> Dependence | None:
    """The parameter whose draws tell most whether an event is so at the stall level that is shown.

    None where none does for all parameters held together (Holm, 10 %), or there is no such event.
    """
    asked = {"event": kind, "outcome": outcome, "arm": arm, "stall": replications.stall}
    events = tuple(event for event in replications.events if event.keys == asked)
    if not events or replications.parameters.shape[1] == 0:
        return None
    table = dependence_table(replace(replications, events=events))
    table = table[table["p_adjusted"] <= 1 - LEVEL]
    if table.empty:
        return None
    name = most_telling(table, 1)[0]
    rows = table[table["parameter"] == name].set_index("third")
    cases = rows["n"].astype(int)
    true = (rows["probability"] * cases).round().astype(int)
    low, high = ((int(true[third]), int(cases[third])) for third in ("low", "high"))
    return Dependence(name, low, high)


def most_telling(dependence: pd.DataFrame, count: int) -> list[str]:
    """Parameters of one event's rows whose draws tell most whether it is so, the first one most."""
    ranked = dependence.drop_duplicates("parameter").nsmallest(count, "p_value")
    return list(ranked["parameter"])


def most_important(
    indices: pd.DataFrame, outcome: str, arm: str, count: int, quantity: str = "gap"
) -> list[str]:
    """Parameters that matter most for an outcome and arm by a table of sensitivity indices.

    Those of ``quantity``, by default the difference whose sign decides C ≥ 1, by total index or mean size of
    effect. Empty where the table has neither the outcome nor the arm.
    """
    rows = indices[
        (indices["outcome"] == outcome) & (indices["arm"] == arm) & (indices["quantity"] == quantity)
    ]
    index = "ST" if "ST" in indices else "mu_star"
    best = rows.groupby("parameter")[index].max()
    return [str(name) for name in best.nlargest(count).index]


def write_verdict(out: Path, replications: Replications) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write into ``out`` and give the verdict at every stall level, and its dependence on the parameters."""
    verdict, dependence = verdict_table(replications), dependence_table(replications)
    write_csvs({VERDICT_FILE: verdict, DEPENDENCE_FILE: dependence}, out)
    return verdict, dependence
