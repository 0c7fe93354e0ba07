"""Rows of each analysis that its short answer speaks of and its first picture shows."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from citysim.analysis.answers.added_value import KEYS as ADDED_KEYS
from citysim.analysis.answers.added_value import LEAVE_ONE_OUT, TOGETHER
from citysim.analysis.answers.contact import AXIS as DOSE
from citysim.analysis.answers.contact import KEYS as CONTACT_KEYS
from citysim.analysis.answers.differences import first_point, row_of
from citysim.analysis.answers.factorial import KEYS as FACTORIAL_KEYS
from citysim.analysis.answers.gains import KEYS as GAINS_KEYS
from citysim.analysis.answers.hindcast import tested
from citysim.analysis.answers.intervention import KEYS as INTERVENTION_KEYS
from citysim.analysis.answers.intervention import MORE
from citysim.analysis.answers.ledger import usual_point
from citysim.analysis.answers.number import AXIS
from citysim.analysis.answers.pairing import whole
from citysim.analysis.answers.pathway import KEYS as PATHWAY_KEYS
from citysim.analysis.exposed import NAMED, OTHERS, WORLD

type Row = Mapping[Any, Any]
type Of = dict[tuple[str, str], Row]

MAIN = "development"
#: The two kinds of scope of action.
SCOPES = ("autonomy", "reach")


def main_outcome(rows: pd.DataFrame) -> str:
    """The outcome that is spoken of: development, or the first there is."""
    return MAIN if (rows["outcome"] == MAIN).any() else str(rows["outcome"].iloc[0])


def defined(rows: pd.DataFrame) -> pd.DataFrame:
    """Shares of what stall costs where it costs enough for one."""
    return rows[rows["verdict"] != "undefined"]


def outcome_of_shares(rows: pd.DataFrame) -> str:
    """The outcome that the headline is told of: development, or the first in which stall costs something."""
    known = defined(rows)
    return main_outcome(known if len(known) else rows)


def planned_few(rows: pd.DataFrame) -> int | None:
    """The number of cases where it is too few for the planned comparisons; None where it is enough."""
    few = rows["verdict"] == "too few"
    return int(rows["n_seeds"].max()) if (few & rows["planned"].astype(bool)).any() else None


def by_estimate(rows: pd.DataFrame) -> list[Row]:
    """Rows from the smallest estimate to the largest."""
    known = rows[rows["estimate"].notna()].sort_values("estimate", kind="stable")
    return [*known.to_dict("records")]


def largest(rows: pd.DataFrame) -> Row:
    """The row whose estimate is furthest from 0."""
    return max(by_estimate(rows), key=lambda row: abs(row["estimate"]))


def of_factorial(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the first point."""
    return first_point(rows, FACTORIAL_KEYS)


def effects_of(rows: pd.DataFrame) -> tuple[str, dict[str, Row]]:
    """The outcome that is spoken of, and the effects on it by name; of ``of_factorial``."""
    outcome = main_outcome(rows[rows["quantity"] == "difference"])
    difference = rows[(rows["quantity"] == "difference") & (rows["outcome"] == outcome)]
    return outcome, {str(row["effect"]): row for row in difference.to_dict("records")}


def share_of_sum(rows: pd.DataFrame) -> Row | None:
    """What both give over what they would if they added up; None unless both help and it is known."""
    outcome, of = effects_of(rows)
    share = row_of(rows, quantity="share_of_sum", effect="both", outcome=outcome)
    helped = {str(of[effect]["verdict"]) for effect in ("twinning", "networks")} == {"better"}
    return dict(share) if helped and np.isfinite(share["estimate"]) else None


def of_gains(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the arm that stands for all cooperation."""
    rows = first_point(rows, GAINS_KEYS)
    arm = whole(list(dict.fromkeys(rows.loc[rows["quantity"] == "gain", "arm"])))
    return rows[rows["arm"] == arm]


def gains_of(rows: pd.DataFrame) -> tuple[str, pd.DataFrame]:
    """The outcome that is spoken of, and the gain in it of every group; of ``of_gains``."""
    outcome = main_outcome(rows[rows["quantity"] == "gain"])
    return outcome, rows[(rows["quantity"] == "gain") & (rows["outcome"] == outcome)]


def of_pathway(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the first arm."""
    rows = first_point(rows, PATHWAY_KEYS)
    of_arm: pd.DataFrame = rows[rows["arm"] == rows["arm"].iloc[0]]
    return of_arm


def scopes_of(rows: pd.DataFrame) -> dict[str, Row]:
    """The change of either scope for all cities; of ``of_pathway``."""
    world = rows[rows["group"] == WORLD]
    return {name: dict(row_of(world, quantity="change", outcome=name)) for name in SCOPES}


def shares_of(rows: pd.DataFrame) -> tuple[str, dict[str, Row]]:
    """The outcome that is spoken of, and the shares of its change by quantity; of ``of_pathway``."""
    world = rows[rows["group"] == WORLD]
    outcome = main_outcome(world[world["quantity"] == "total"])
    names = ("share_scope", "share_national", "share_reach")
    return outcome, {name: dict(row_of(world, quantity=name, outcome=outcome)) for name in names}


def of_ledger(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the arm that stands for all cooperation."""
    return rows[rows["arm"] == whole(list(dict.fromkeys(rows["arm"])))]


def losses_of(rows: pd.DataFrame) -> Of:
    """What is averted, by quantity and part, where footprints have their usual size; of ``of_ledger``."""
    return {(str(row["quantity"]), str(row["part"])): row for row in usual_point(rows).to_dict("records")}


def of_contact(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the arm that stands for all cooperation."""
    rows = first_point(rows, (*CONTACT_KEYS, "needed"))
    return rows[rows["arm"] == whole(list(dict.fromkeys(rows.loc[rows["quantity"] == "slope", "arm"])))]


def held_ties(rows: pd.DataFrame) -> Row | None:
    """Ties that stay alive in conflict at the middle dose; None where there were none; of ``of_contact``."""
    levels = rows[(rows["quantity"] == "level") & (rows["outcome"] == "ties_in_conflict")].sort_values(DOSE)
    return dict(levels.iloc[len(levels) // 2]) if len(levels) else None


def held_by_most(row: Row) -> str:
    """Whether more than half of the ties stay alive: ``yes``, ``no`` or ``open``."""
    low, high = float(row["median_lower"]), float(row["median_upper"])
    known = np.isfinite(low) and np.isfinite(high)
    return "no" if known and high < 0.5 else "yes" if known and low > 0.5 else "open"


def outbreaks_of(rows: pd.DataFrame) -> list[Row]:
    """What ties change in outbreaks of conflict from the smallest dose to the largest; of ``of_contact``."""
    of = rows[(rows["outcome"] == "conflict_hazard") & (rows["quantity"] == "difference")]
    return [*of.sort_values(DOSE).to_dict("records")]


def of_added_value(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the first arm, once each."""
    of_arm: pd.DataFrame = rows[rows["arm"] == rows["arm"].iloc[0]].drop_duplicates(list(ADDED_KEYS))
    return of_arm


def added_of(rows: pd.DataFrame) -> tuple[pd.DataFrame, Row]:
    """What leaving out each network changes for the world, in all outcomes; and all together in one.

    Without the run that lacks all of them, the network that matters most stands for the whole; of
    ``of_added_value``.
    """
    outcome = main_outcome(rows)
    world = rows[(rows["group"] == WORLD) & (rows["estimand"] == LEAVE_ONE_OUT)]
    together = rows[(rows["estimand"] == TOGETHER) & (rows["outcome"] == outcome)]
    return world, dict(together.iloc[0]) if len(together) else largest(world[world["outcome"] == outcome])


def numbers_of(rows: pd.DataFrame) -> tuple[str, dict[str, Row]]:
    """The outcome that is spoken of, and the best number of networks and the changes up to and beyond it."""
    full = str(rows.loc[rows["quantity"] == "from_none", "arm"].iloc[0])
    names = ("best_number", "from_best", "from_none")
    of = rows[(rows["arm"] == full) & rows["quantity"].isin(names)]
    outcome = main_outcome(of)
    return outcome, {name: dict(row_of(of, quantity=name, outcome=outcome)) for name in names}


def decline(rows: pd.DataFrame) -> str:
    """Whether an outcome falls beyond the best number: ``no`` where that is the most, ``falls``, ``open``."""
    change = numbers_of(rows)[1]["from_best"]
    if int(change[AXIS]) == most_networks(rows):
        return "no"
    return "falls" if change["verdict"] == "worse" else "open"


def most_networks(rows: pd.DataFrame) -> int:
    """The most networks that were tried."""
    return int(rows.loc[rows["quantity"] == "level", AXIS].max())


def of_intervention(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the first arm that has events, against the same arm without."""
    rows = first_point(rows, (*INTERVENTION_KEYS, *MORE))
    pair = (rows["arm"] == rows["arm"].iloc[0]) & (rows["versus"] == rows["versus"].iloc[0])
    found: pd.DataFrame = rows[pair]
    return found


def those_meant(effects: Mapping[str, Row]) -> str:
    """The group that is spoken of: the cities named, or else all, or else the others."""
    return next(name for name in (NAMED, WORLD, OTHERS, *effects) if name in effects)


def of_hindcast(rows: pd.DataFrame) -> pd.DataFrame:
    """Figures that the record has, of the arm that does best; none where there is none."""
    found = tested(rows)
    if found.empty:
        return found
    share = found.groupby("arm", sort=False)["inside"].mean()
    return found[found["arm"] == share.idxmax()]


def inside_by_family(found: pd.DataFrame) -> "pd.Series[float]":
    """Share of the figures of each family that lie inside, the smallest first; of ``of_hindcast``."""
    family = found["statistic"].str.partition(".")[0]
    inside = found["inside"].astype(bool).astype(float)
    return inside.groupby(family, sort=False).mean().sort_values(kind="stable")
