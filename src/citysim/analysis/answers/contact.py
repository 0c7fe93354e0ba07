"""Whether contact of cities holds when states are in conflict, and whether it damps conflict.

Arm − baseline at every contact effect η (the dose), paired by replication, and how that difference goes with
the dose. The rate of onsets at the start is the same at every η, so a level within one arm says nothing of η.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from citysim.analysis.answers.differences import (
    first_point,
    named,
    of_arm,
    row_of,
    stacked,
)
from citysim.analysis.answers.estimates import ESTIMATES, estimates, quoted, replications
from citysim.analysis.answers.pairing import arms_against, whole
from citysim.analysis.labels import arm_label, outcome_within
from citysim.analysis.power import replications_needed
from citysim.analysis.results import RunSet
from citysim.analysis.stall import states_stalled
from citysim.arrays import Bools, Floats
from citysim.errors import ResultError
from citysim.language import N_, gettext, ngettext, numeral
from citysim.plan.report import Stall

TITLE = N_("Contact and conflict")

AXIS = "contact_effect"
#: Whose slope over the dose and difference at the largest dose are planned.
PLANNED = ("conflict_hazard", "conflict", "tension", "violence")
#: Levels that answer whether ties hold.
HOLDING = ("ties_in_conflict", "ties_suspended", "ties_crossborder")
KEYS = ("quantity", "arm", "stall", AXIS, "outcome")
#: Change for which the number of replications is given, as share of the baseline arm's level.
CHANGE = 0.1
_LIMITS = N_(
    "Contact effect and conflict are assumptions of the model: what is shown follows from them. Conflict "
    "between states is rare, so counts are noisy; expected onsets are what the model's hazards add up to. "
    "Whatever the contact effect, the world with its real ties starts at the observed rate of onsets, so a "
    "world without ties has more of them the larger that effect: the difference is above all what giving up "
    "the ties would cost, not what further ties would gain."
)


def table(results: RunSet) -> pd.DataFrame:
    """Columns ``quantity``, ``arm``, ``stall``, ``contact_effect``, ``outcome``, estimates, ``needed``.

    ``quantity``: ``level`` of an arm; ``difference``, arm − baseline at each dose; ``slope`` of that
    difference over the dose, by least squares in each replication (per unit of η, no ``contact_effect``);
    ``falls``, share of the steps from dose to dose in which the difference falls (1: monotone).
    ``needed``: replications that tell a difference of a tenth of the baseline's level from 0, 9 times in 10.
    Raises ``ResultError`` where the experiment does not sweep the contact effect.
    """
    if AXIS not in results.sweep:
        raise ResultError(f"{results.path}: design: does not sweep {AXIS}, which this analysis needs")
    outcomes = [name for name in (*PLANNED, *HOLDING) if name in results.outcomes]
    values = replications(results, outcomes)
    arms, reference = arms_against(results)
    base = of_arm(results, values, reference)
    difference = named({arm: of_arm(results, values, arm) - base for arm in arms}, "arm")
    difference = difference.dropna(axis=1, how="all")  # the arm without ties holds none through conflict
    slope = _over_doses(difference, _slope)
    falls = _over_doses(difference, _falls)
    largest = max(difference.columns.get_level_values(AXIS))
    parts = [
        estimates(values, tested=False).assign(quantity="level"),
        estimates(difference, planned=_asked(difference, dose=largest)).assign(
            quantity="difference", needed=_needed(difference, base)
        ),
        estimates(slope, planned=_asked(slope)).assign(quantity="slope"),
        estimates(falls, tested=False).assign(quantity="falls"),
    ]
    return stacked(*parts).reindex(columns=[*KEYS, *_others(results), *ESTIMATES, "needed"])


def _others(results: RunSet) -> list[str]:
    return [name for name in results.sweep if name != AXIS]


def _asked(values: pd.DataFrame, dose: float | None = None) -> Bools:
    asked = np.asarray(values.columns.get_level_values("outcome").isin(PLANNED))
    return asked if dose is None else asked & np.asarray(values.columns.get_level_values(AXIS) == dose)


def _needed(difference: pd.DataFrame, base: pd.DataFrame) -> list[float]:
    """Replications needed for each column of ``difference``."""
    levels = base.mean()
    others = [name for name in difference.columns.names if name != "arm"]
    places = difference.columns.to_frame()[others].itertuples(index=False, name=None)
    means = [CHANGE * abs(float(levels.loc[place])) for place in places]
    return [
        replications_needed(mean, float(sd)) for mean, sd in zip(means, difference.std(ddof=1), strict=True)
    ]


def _over_doses(difference: pd.DataFrame, of: Callable[[Floats, Floats], Floats]) -> pd.DataFrame:
    """One number per replication and place, ``of`` the doses and the differences (replications, doses)."""
    others = [name for name in difference.columns.names if name != AXIS]
    found = {}
    for place, rows in difference.T.groupby(level=others, sort=False):
        doses = rows.index.get_level_values(AXIS).to_numpy(float)
        order = np.argsort(doses)
        found[place] = of(doses[order], rows.to_numpy(float)[order].T)
    columns = pd.MultiIndex.from_tuples(list(found), names=others)
    return pd.DataFrame(np.column_stack(list(found.values())), index=difference.index, columns=columns)


def _slope(doses: Floats, values: Floats) -> Floats:
    """Slope of the least-squares line through the doses, (replications,)."""
    centred = doses - doses.mean()
    slope: Floats = values @ centred / (centred @ centred)
    return slope


def _falls(doses: Floats, values: Floats) -> Floats:
    """Share of the steps from dose to dose at which a replication's value falls, (replications,)."""
    steps = np.diff(values, axis=1)
    share: Floats = np.where(np.isfinite(steps).all(axis=1), (steps < 0).mean(axis=1), np.nan)
    return share


def words(rows: pd.DataFrame) -> list[str]:
    """Whether ties hold, what contact does to conflict, how that goes with the dose, and the limits."""
    rows = first_point(rows, (*KEYS, "needed"))
    stall = rows["stall"].iloc[0]
    arm = whole(list(dict.fromkeys(rows.loc[rows["quantity"] == "difference", "arm"])))
    rows = rows[rows["arm"] == arm]
    slopes = rows[rows["quantity"] == "slope"]
    if (slopes["verdict"] == "too few").any():
        return [
            ngettext(
                "With {count} replication there are too few to say what contact does.",
                "With {count} replications there are too few to say what contact does.",
                int(rows["n_seeds"].max()),
            )
        ]
    said = [_holding(rows, stall), _response(slopes, arm, stall), _at_most(rows), gettext(_LIMITS)]
    return [sentence for sentence in said if sentence]


def _holding(rows: pd.DataFrame, stall: Stall) -> str:
    """How many ties stay live, at the middle dose."""
    levels = rows[(rows["quantity"] == "level") & (rows["outcome"] == "ties_in_conflict")]
    if levels.empty:
        return ""
    doses = sorted(levels[AXIS])
    row = row_of(levels, **{AXIS: doses[len(doses) // 2]})
    low, high = (100 * row[end] for end in ("lower", "upper"))
    return gettext(
        "With {states_stalled}, {share} % of the ties between states in conflict are live in the mean "
        "quarter ({low} to {high} % in nine of ten replications).",
        states_stalled=states_stalled(stall),
        share=f"{100 * row['estimate']:.0f}",
        low=f"{low:.0f}",
        high=f"{high:.0f}",
    )


def _response(slopes: pd.DataFrame, arm: str, stall: Stall) -> str:
    words = {"better": gettext("lower for sure"), "worse": gettext("higher for sure")}
    clauses = [
        f"{outcome_within(row['outcome'])} {words.get(row['verdict'], gettext('not shown to differ'))}, "
        f"{quoted(row)}"
        for _, row in slopes[slopes["outcome"].isin(PLANNED)].iterrows()
    ]
    return gettext(
        "From no to full contact effect, with {states_stalled}, what cooperation ({arm}) changes "
        "becomes: {clauses}. Each is the change of its difference to no cooperation, median and 5–95 % of "
        "replications.",
        states_stalled=states_stalled(stall),
        arm=arm_label(arm),
        clauses="; ".join(clauses),
    )


def _at_most(rows: pd.DataFrame) -> str:
    """What the count of conflicts could have shown."""
    differences = rows[(rows["quantity"] == "difference") & (rows["outcome"] == "conflict")]
    if differences.empty:
        return ""
    row = differences.sort_values(AXIS).iloc[-1]
    if not np.isfinite(row["needed"]):
        return ""
    return gettext(
        "To tell a change of conflict-quarters by a tenth from none nine times in ten takes {needed} "
        "replications; there are {count}.",
        needed=numeral(f"{row['needed']:,.0f}"),
        count=int(row["n_seeds"]),
    )
