"""Who gains from cooperation of cities, and who falls behind: by region, income, size and membership.

Every comparison is paired by replication: arm − none in the same group at the same stall.
"""

import pandas as pd

from citysim.analysis.answers.differences import (
    SHOWN,
    first_point,
    listed,
    named,
    of_arm,
    part,
    row_of,
    stacked,
)
from citysim.analysis.answers.estimates import ESTIMATES, estimates, quoted, replications
from citysim.analysis.answers.pairing import arms_against, whole
from citysim.analysis.labels import arm_label, group_label
from citysim.analysis.results import RunSet
from citysim.analysis.stall import states_have_lost
from citysim.language import N_, gettext, ngettext
from citysim.model.groups import GROUPS

TITLE = N_("Who gains, who falls behind")

OUTCOMES_OF_GROUPS = ("development", "coverage", "coverage_pledged", "marginalisation", "loss")
#: Whose gain is planned: the rest describes.
PLANNED = ("development", "marginalisation")
OF_THE_WORLD = ("urban_share", "service_gini")
#: Gap → (those ahead or larger, the others).
GAPS = {
    "income": ("high_income", "low_income"),
    "north_south": ("north", "south"),
    "size": ("mega", "medium"),
    "membership": ("member", "non_member"),
}
_LIMITS = N_(
    "Groups are those of 2023, compared with themselves without cooperation. Who gains less may still be "
    "better off, and what is not shown to differ may differ."
)
_DOES = {"better": N_("{groups} gain for sure"), "worse": N_("{groups} lose for sure")}
KEYS = ("quantity", "arm", "stall", "group", "outcome")


def table(results: RunSet) -> pd.DataFrame:
    """Columns ``quantity``, ``arm``, ``stall``, ``group``, ``outcome``, other swept values, estimates.

    ``quantity``: ``level`` in 2050 (losses: sum over the run); ``gain``, arm − baseline in the group;
    ``gap``, gain of the first less that of the second group of ``GAPS`` (its name is in ``group``), better
    where the first gains more. Planned: gains and gaps in development and marginalisation of the arm that
    stands for all cooperation.
    """
    outcomes = [name for name in OUTCOMES_OF_GROUPS if name in results.outcomes]
    values = replications(results, outcomes, groups=_recorded(results))
    arms, reference = arms_against(results)
    none = of_arm(results, values, reference)
    gains = named({arm: of_arm(results, values, arm) - none for arm in arms}, "arm")
    gaps = named(
        {gap: part(gains, "group", a) - part(gains, "group", b) for gap, (a, b) in GAPS.items()}, "group"
    )
    parts = [
        estimates(values, tested=False).assign(quantity="level"),
        _tested(gains, arms).assign(quantity="gain"),
        _tested(gaps, arms).assign(quantity="gap"),
    ]
    world = [name for name in OF_THE_WORLD if name in results.outcomes]
    if world:
        levels = replications(results, world)
        base = of_arm(results, levels, reference)
        changes = named({arm: of_arm(results, levels, arm) - base for arm in arms}, "arm")
        parts.append(estimates(levels, tested=False).assign(quantity="level", group="world"))
        parts.append(estimates(changes).assign(quantity="gain", group="world"))
    return stacked(*parts)[[*KEYS, *results.sweep, *ESTIMATES]]


def _recorded(results: RunSet) -> list[str]:
    found = set(results.groups()["group"])
    return [name for name in GROUPS if name in found]


def _tested(values: pd.DataFrame, arms: tuple[str, ...]) -> pd.DataFrame:
    columns = values.columns
    asked = columns.get_level_values("outcome").isin(PLANNED) & (
        columns.get_level_values("arm") == whole(arms)
    )
    return estimates(values, planned=asked)


def words(rows: pd.DataFrame) -> list[str]:
    """Who gains, who does not for sure, which gaps widen or narrow, and the limits."""
    rows = first_point(rows, KEYS)
    arm = whole(list(dict.fromkeys(rows.loc[rows["quantity"] == "gain", "arm"])))
    rows = rows[rows["arm"] == arm]
    gains = rows[(rows["quantity"] == "gain") & (rows["outcome"] == "development")]
    if (gains["verdict"] == "too few").any():
        return [
            ngettext(
                "With {count} replication there are too few to say who gains.",
                "With {count} replications there are too few to say who gains.",
                int(gains["n_seeds"].max()),
            )
        ]
    change = quoted(row_of(gains, group="world"))
    first = gettext(
        "Where {states_have_lost}, cooperation ({arm}) changes development in 2050 by {change} for the "
        "mean inhabitant of the cities; {who}.",
        states_have_lost=states_have_lost(rows["stall"].iloc[0]),
        arm=arm_label(arm),
        change=change,
        who=_who(gains),
    )
    return [first, _gaps(rows), gettext(_LIMITS)]


def _who(gains: pd.DataFrame) -> str:
    groups = gains[gains["group"] != "world"]
    said = {word: [group_label(g) for g in groups.loc[groups["verdict"] == word, "group"]] for word in _DOES}
    if len(said["better"]) == len(groups):
        return gettext("all {count} groups of cities gain for sure", count=len(groups))
    if not groups["verdict"].isin(SHOWN).any():
        return gettext("for none of {count} groups of cities a change is shown", count=len(groups))
    clauses = [gettext(_DOES[word], groups=listed(names)) for word, names in said.items() if names]
    rest = [group_label(g) for g in groups.loc[~groups["verdict"].isin(SHOWN), "group"]]
    return "; ".join(
        [*clauses, *([gettext("for {groups} nothing is shown", groups=listed(rest))] if rest else [])]
    )


def _gaps(rows: pd.DataFrame) -> str:
    """What happens to the gaps in development."""
    clauses = []
    for _, row in rows[(rows["quantity"] == "gap") & (rows["outcome"] == "development")].iterrows():
        first, second = (group_label(group) for group in GAPS[row["group"]])
        compared = {
            "better": N_("{first} more than {second}, {size}"),
            "worse": N_("{first} less than {second}, {size}"),
        }.get(row["verdict"], N_("{first} not shown to differ from {second}, {size}"))
        clauses.append(gettext(compared, first=first, second=second, size=quoted(row)))
    return gettext("Gains in development compared: {clauses}.", clauses="; ".join(clauses))
