"""Titles of figures of what a result hangs on and how far it is to be trusted, by rules from their tables.

An outcome comes first, as in ``findings``; where a table speaks of several it is development.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from citysim.analysis.answers.spoken import main_outcome
from citysim.analysis.assumption_words import parameter_name, parameter_words
from citysim.analysis.intervals import LEVEL, MIN_REPLICATIONS
from citysim.analysis.knowing import PARAMETER, SETTLED
from citysim.analysis.labels import outcome_label
from citysim.analysis.likelihood import likelihood
from citysim.analysis.plain_words import listed
from citysim.analysis.scenarios import limit_text
from citysim.analysis.sensitivity import TOLD
from citysim.analysis.verdict import Kind
from citysim.language import N_, capitalised, gettext, numeral

#: Most assumptions that a title names.
_NAMED = 2
#: Two parameters go together where their draws correlate by so much.
_TOGETHER = 0.3
_FALSE_ALARM = 0.05
_TOO_FEW = N_("{outcome}: too few replications to say yet")
#: Event → what is said of a probability that is told from a half, and of one that is not.
_EVENTS: dict[Kind, tuple[str, str]] = {
    "compensates": (
        N_("{outcome}: {likely} that cities make up for all that the stall costs ({share} %)"),
        N_("{outcome}: open whether cities make up for all that the stall costs ({share} %)"),
    ),
    "substitutes": (
        N_("{outcome}: {likely} that cities do more because states stall ({share} %)"),
        N_("{outcome}: open whether cities do more because states stall ({share} %)"),
    ),
}
_MATTERS = {
    "make up": N_("{outcome}: what cities make up for hangs most on {names}"),
    "more": N_("{outcome}: what cities do because of the stall hangs most on {names}"),
}
_BOXES: dict[Kind, str] = {
    "compensates": N_("{outcome}: cities make up for the stall above all where {limits}"),
    "harms": N_("{outcome}: cooperation does harm above all where {limits}"),
}


def verdict_title(verdict: pd.DataFrame) -> str:
    """How likely an event is, as the IPCC has it, or that it is open; rows as of ``verdict.csv``."""
    outcome = main_outcome(verdict)
    row = verdict[verdict["outcome"] == outcome].iloc[0]
    told = {"outcome": outcome_label(outcome), "share": f"{100 * row['probability']:.0f}"}
    if row["n"] < MIN_REPLICATIONS or not np.isfinite(row["probability"]):
        return gettext(_TOO_FEW, **told)
    said, open_ = _EVENTS[row["event"]]
    if row["lower"] <= 0.5 <= row["upper"]:
        return gettext(open_, **told)
    return gettext(said, likely=likelihood(float(row["probability"])), **told)


def sensitivity_title(indices: pd.DataFrame, index: str, *, more: bool) -> str:
    """Which parameters matter most, of those told from chance; rows as of ``sensitivity.csv``.

    ``index``: the one that ranks; ``more``: of what cities do because of the stall.
    """
    outcome = main_outcome(indices)
    rows = indices[indices["outcome"] == outcome]
    if not np.isfinite(rows[f"{index}_lower"].astype(float)).any():
        return gettext("{outcome}: too few runs to say what matters", outcome=outcome_label(outcome))
    found = rows[rows[f"{index}_told"].isin(TOLD)].nlargest(_NAMED, index)
    if found.empty:
        return gettext("{outcome}: no assumption is shown to matter", outcome=outcome_label(outcome))
    names = listed(map(parameter_words, found["parameter"]))
    said = _MATTERS["more"] if more else _MATTERS["make up"]
    return gettext(said, outcome=outcome_label(outcome), names=names)


def scenarios_title(boxes: pd.DataFrame, limits: pd.DataFrame) -> str:
    """The box that replications held out bear out best; tables as of ``scenarios.csv`` and of its limits."""
    shown = boxes[(boxes["limits"] > 0) & (boxes["p_adjusted"] <= 1 - LEVEL)]
    if shown.empty:
        return gettext("No assumptions are shown under which cities make up for the stall or do harm")
    box = shown.sort_values("p_adjusted", kind="stable").iloc[0]
    keys = ["event", "outcome", "arm"]
    own = limits[(limits[keys] == [box[key] for key in keys]).all(axis=1)].head(_NAMED)
    parts = [_limit_sentence(row) for row in own.to_dict("records")]
    told = {"outcome": outcome_label(str(box["outcome"])), "limits": listed(parts)}
    said: str = _BOXES[box["event"]]
    return gettext(said, **told)


def _limit_sentence(row: Mapping[Any, Any]) -> str:
    lower, upper = float(row["lower"]), float(row["upper"])
    told = {"name": parameter_words(str(row["parameter"]))}
    told |= {"lower": numeral(f"{lower:.3g}"), "upper": numeral(f"{upper:.3g}")}
    if np.isnan(lower):
        return gettext("“{name}” is at most {upper}", **told)
    if np.isnan(upper):
        return gettext("“{name}” is at least {lower}", **told)
    return gettext("“{name}” is from {lower} to {upper}", **told)


def limit_said(row: Mapping[Any, Any]) -> str:
    """A limit of a box, in the form of the language."""
    return numeral(limit_text(float(row["lower"]), float(row["upper"])))


def knowing_title(table: pd.DataFrame) -> str:
    """Whether a measurement would settle a verdict, and which; rows as of ``knowing.csv`` of one event."""
    outcome = main_outcome(table)
    rows = table[table["outcome"] == outcome]
    right = float(rows["right"].iloc[0])
    told = {"outcome": outcome_label(outcome), "now": f"{100 * right:.0f}"}
    if right >= SETTLED:
        return gettext("{outcome}: no measurement is needed, {now} % of cases are judged right now", **told)
    single = rows[(rows["of"] == PARAMETER) & rows["value_told"].astype(bool)]
    if single.empty:
        return gettext(
            "{outcome}: no single measurement is shown to help; {now} % are judged right now", **told
        )
    best = single.nlargest(1, "value").iloc[0]
    then = right + float(best["value"])
    told |= {"name": capitalised(parameter_words(str(best["name"]))), "then": f"{100 * then:.0f}"}
    if then >= SETTLED:
        return gettext(
            "{outcome}: “{name}” would settle it, with {then} instead of {now} % judged right", **told
        )
    return gettext("{outcome}: “{name}” would tell most, with {then} instead of {now} % judged right", **told)


def compare_title(rows: pd.DataFrame) -> str:
    """How many verdicts a calibration moves, and intervals it narrows; rows as of ``compare.csv``."""
    if rows[["n_seeds_before", "n_seeds_after"]].to_numpy().min() < MIN_REPLICATIONS:
        return gettext("Calibration: too few replications to say yet")
    told = {"count": len(rows), "moved": int(rows["verdict_moved"].astype(bool).sum())}
    told |= {"narrower": int((rows["width_change_upper"].astype(float) < 0).sum())}
    told |= {"wider": int((rows["width_change_lower"].astype(float) > 0).sum())}
    if told["narrower"] or told["wider"]:
        return gettext(
            "Calibration: {moved} of {count} verdicts moved, {narrower} intervals narrower, {wider} wider",
            **told,
        )
    return gettext("Calibration: {moved} of {count} verdicts moved, no interval shown to be narrower", **told)


def side_by_side_title(table: pd.DataFrame, names: Sequence[str], *, paired: bool) -> str:
    """In how many estimates two experiments differ, replication by replication; rows as of ``side_by_side``.

    Without pairs it is not known, and the title only names them.
    """
    told = {"first": names[0], "second": names[1]}
    if not paired:
        return gettext("{first} and {second} side by side", **told)
    ends = table[["difference_lower", "difference_upper"]].astype(float)
    known = np.isfinite(ends).all(axis=1)
    if int(table["n_pairs"].max()) < MIN_REPLICATIONS or not known.any():
        return gettext("{first} and {second}: too few pairs of replications to say yet", **told)
    apart = int(((ends["difference_lower"] > 0) | (ends["difference_upper"] < 0)).sum())
    if not apart:
        return gettext("{first} and {second}: in none of {count} estimates apart in nine of ten pairs",
                       count=int(known.sum()), **told)  # fmt: skip
    return gettext("{first} and {second}: in {apart} of {count} estimates apart in nine of ten pairs",
                   apart=apart, count=int(known.sum()), **told)  # fmt: skip


def marginals_title(marginals: pd.DataFrame) -> str:
    """How many parameters the record tells anything about; rows as of ``marginals.csv``."""
    moved = int(marginals["moved"].astype(bool).sum())
    if not moved:
        return gettext("The record tells nothing about any of {count} parameters", count=len(marginals))
    return gettext("The record tells about {moved} of {count} parameters", moved=moved, count=len(marginals))


def pairs_title(draws: pd.DataFrame) -> str:
    """Which two parameters go together most, by the correlation of their draws."""
    together = draws.corr().to_numpy(copy=True)
    np.fill_diagonal(together, 0.0)
    one, other = divmod(int(np.argmax(np.abs(together))), len(together))
    r = float(together[one, other])
    if abs(r) < _TOGETHER:
        return gettext("What the record tells of one parameter it tells of no other")
    first, second = (parameter_name(str(draws.columns[place])) for place in sorted((one, other)))
    said = (
        N_("“{first}” and “{second}” rise together (r = {r})")
        if r > 0
        else N_("“{first}” rises where “{second}” falls (r = {r})")
    )
    return gettext(said, first=first, second=second, r=numeral(f"{r:.2f}"))


def predictive_title(inside: int, count: int) -> str:
    """How many statistics of the record lie where calibrated runs have them."""
    return gettext("The record: {inside} of {count} statistics lie where calibrated runs have them",
                   inside=inside, count=count)  # fmt: skip


def emulators_title(r2: "pd.Series[float]") -> str:
    """How much emulators know of runs that they have not seen."""
    least, middle = (f"{100 * max(value, 0.0):.0f}" for value in (float(r2.min()), float(r2.median())))
    return gettext("Emulators: half of them explain at least {middle} % of how runs differ, all {least} %",
                   middle=middle, least=least)  # fmt: skip


def ranks_title(recovery: pd.DataFrame) -> str:
    """For how many known parameters ranks are not uniform; rows of ``recovery.csv``, without that of all."""
    uneven = int((recovery["p_adjusted"] < _FALSE_ALARM).sum())
    if not uneven:
        return gettext(
            "Known parameters: for none of {count} is the method shown to be off", count=len(recovery)
        )
    return gettext(
        "Known parameters: for {uneven} of {count} the method is off", uneven=uneven, count=len(recovery)
    )


def recovery_title(overall: Mapping[Any, Any], level: float = 0.9) -> str:
    """Whether intervals hold as many known values as they should; the row of all parameters."""
    low, high = float(overall["coverage_lower"]), float(overall["coverage_upper"])
    told = {"share": f"{100 * float(overall['coverage']):.0f}", "level": f"{100 * level:.0f}"}
    if high < level:
        return gettext("Known values: {share} % lie in {level} % intervals, fewer than should", **told)
    if low > level:
        return gettext("Known values: {share} % lie in {level} % intervals, more than should", **told)
    return gettext("Known values: {share} % lie in {level} % intervals, as they should", **told)


def crossed_title(coverage: pd.DataFrame) -> str:
    """Whether as many statistics are foretold as should be; rows of one selection, with errors."""
    row = coverage.sort_values("level").iloc[-1]
    told = {
        "covered": int(row["covered"]),
        "count": int(row["statistics"]),
        "level": f"{100 * row['level']:.0f}",
    }
    if row["share"] < row["usual_lower"]:
        return gettext(
            "Not seen before: {covered} of {count} lie in {level} % intervals, fewer than should", **told
        )
    return gettext(
        "Not seen before: {covered} of {count} lie in {level} % intervals, as chance allows", **told
    )


def validation_title(rows: pd.DataFrame) -> str:
    """How many statistics of the record the model has, and misses; the rows that are drawn."""
    counts = {name: int((rows["verdict"] == name).sum()) for name in ("holds", "partly", "misses")}
    if not sum(counts.values()):
        return gettext("The record: too few runs to hold it against")
    return gettext(
        "The record: the model shows {holds} of {count} statistics, {partly} in part, and misses {misses}",
        count=sum(counts.values()),
        **counts,
    )
