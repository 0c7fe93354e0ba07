"""Whether networks widen cities' scope of action, and how much of their effect runs through it.

An arm and its copies without the gain of autonomy, without that of reach, and without both, against the arm
without cooperation. The part through scope is what the copy without both gains lacks; it is split between
the two gains by their Shapley value, so that the parts add up.
"""

import numpy as np
import pandas as pd

from citysim.analysis.answers.differences import (
    CONFIDENCE,
    SHOWN,
    first_point,
    headline_and_stalled,
    listed,
    named,
    of_arm,
    part,
    ratios,
    row_of,
    share_with_interval,
    stacked,
    under_stall,
)
from citysim.analysis.answers.estimates import ESTIMATES, estimates, quoted, replications
from citysim.analysis.labels import arm_label, group_label, outcome_within
from citysim.analysis.multiplicity import HEADLINE_OUTCOMES
from citysim.analysis.results import BASELINE_ARM, RunSet
from citysim.analysis.stall import states_have_lost
from citysim.errors import ResultError
from citysim.language import N_, gettext, ngettext, numeral
from citysim.plan.config import ExperimentConfig

TITLE = N_("Scope of action")

#: Path → the gain that it is switched off with.
PATHS = {"national": "scope_gain_national", "reach": "scope_gain_reach"}
SCOPES = ("autonomy", "reach")
GROUPS = (
    *("world", "member", "non_member", "north", "south", "low_income", "middle_income", "high_income"),
    *("small", "medium", "large", "mega"),
)
SHARES = {"share_scope": "indirect", "share_national": "national", "share_reach": "reach"}
KEYS = ("quantity", "arm", "stall", "group", "outcome")
_LIMITS = N_(
    "Switching a path off shows what the model attributes to it, not what is observed; a share can be below "
    "0 or above 100 % where parts work against each other. Which groups gain most was not planned."
)


def table(results: RunSet) -> pd.DataFrame:
    """Columns ``quantity``, ``arm``, ``stall``, ``group``, ``outcome``, other swept values, estimates.

    ``quantity``: ``change`` of autonomy and reach against no cooperation, by group of cities; for the world,
    ``total`` effect of the arm on each outcome, ``direct`` (both paths off), ``indirect`` = total − direct,
    its parts ``national`` and ``reach``, and their shares of the total (``share_scope``, ``share_national``,
    ``share_reach``; ratios of means). Planned: changes for the whole world, indirect effects on headline
    outcomes, with stalled states.
    Raises ``ResultError`` where no arm has its copies with paths off.
    """
    copies = path_arms(results.config)
    if not copies:
        off = " and ".join(f"{name} = 0.0" for name in PATHS.values())
        raise ResultError(
            f"{results.path}: arms: found {', '.join(results.arms)}; this analysis needs an arm and its "
            f"copies with {off}, each alone and together"
        )
    parts = _mediation(results, copies)
    values = pd.concat([_changes(results, list(copies), list(map(str, parts.columns.names))), parts], axis=1)
    kind = values.columns.get_level_values("quantity")
    world = values.columns.get_level_values("group") == "world"
    planned = (kind == "change") & world & under_stall(values)
    planned |= (kind == "indirect") & headline_and_stalled(values)
    found = stacked(estimates(values, planned=np.asarray(planned)), *_shares(parts))
    return found[[*KEYS, *results.sweep, *ESTIMATES, *CONFIDENCE]]


def path_arms(config: ExperimentConfig) -> dict[str, tuple[str, str, str]]:
    """Arms with all paths on → their copies without the national path, without reach, without both."""
    arms = {}
    for arm, given in config.arms.items():
        off = frozenset(path for path, gain in PATHS.items() if given.get(gain) == 0.0)
        rest = {name: value for name, value in given.items() if name not in {PATHS[path] for path in off}}
        arms[tuple(sorted(rest.items())), off] = arm
    offs = [frozenset({"national"}), frozenset({"reach"}), frozenset(PATHS)]
    found = {}
    for (rest_items, off), arm in arms.items():
        copies = [arms.get((rest_items, without)) for without in offs]
        if not off and None not in copies:
            found[arm] = (str(copies[0]), str(copies[1]), str(copies[2]))
    return found


def _changes(results: RunSet, arms: list[str], levels: list[str]) -> pd.DataFrame:
    """Change of autonomy and reach against no cooperation, by group where groups were recorded."""
    if results.config.record.groups_summary:
        recorded = set(results.groups()["group"])
        values = replications(results, SCOPES, groups=[name for name in GROUPS if name in recorded])
    else:
        values = named({"world": replications(results, SCOPES)}, "group")
    none = of_arm(results, values, BASELINE_ARM)
    by_arm = named({arm: of_arm(results, values, arm) - none for arm in arms}, "arm")
    changes = named({"change": by_arm}, "quantity")
    return changes.reorder_levels(levels, axis=1)


def _mediation(results: RunSet, copies: dict[str, tuple[str, str, str]]) -> pd.DataFrame:
    """Total, direct and indirect effects by replication."""
    values = replications(results, results.outcomes)
    none = of_arm(results, values, BASELINE_ARM)
    by_arm = {}
    for arm, others in copies.items():
        on = of_arm(results, values, arm)
        no_national, no_reach, off = (of_arm(results, values, other) for other in others)
        by_arm[arm] = named(
            {
                "total": on - none,
                "direct": off - none,
                "indirect": on - off,
                "national": ((no_reach - off) + (on - no_national)) / 2,
                "reach": ((no_national - off) + (on - no_reach)) / 2,
            },
            "quantity",
        )
    whole = named({"world": named(by_arm, "arm")}, "group")
    return whole.reorder_levels([*KEYS, *results.sweep], axis=1)


def _shares(parts: pd.DataFrame) -> list[pd.DataFrame]:
    """Each part's mean over the mean total."""
    total = part(parts, "quantity", "total")
    return [
        ratios(part(parts, "quantity", name)[list(total.columns)], total).assign(quantity=share)
        for share, name in SHARES.items()
    ]


def words(rows: pd.DataFrame) -> list[str]:
    """Whether scope widens, for whom, what share of the effect runs through it, and the limits."""
    rows = first_point(rows, KEYS)
    if (rows.loc[rows["planned"].astype(bool), "verdict"] == "too few").any():
        count = int(rows["n_seeds"].max())
        return [
            ngettext(
                "With {count} replication there are too few to say what runs through the scope of action.",
                "With {count} replications there are too few to say what runs through the scope of action.",
                count,
            )
        ]
    arms = list(dict.fromkeys(rows["arm"]))
    sentences = [
        gettext(
            "Where {states_have_lost}, {widening} (medians, 5–95 % of replications).",
            states_have_lost=states_have_lost(rows["stall"].iloc[0]),
            widening="; ".join(_widening(rows, arm) for arm in arms),
        )
    ]
    groups = _by_group(rows, arms[0])
    shares = [_through(rows, arm) for arm in arms]
    return [*sentences, *([groups] if groups else []), *shares, gettext(_LIMITS)]


def _name(arm: str) -> str:
    return gettext("twinnings and networks together") if arm == "both" else arm_label(arm)


def _widening(rows: pd.DataFrame, arm: str) -> str:
    clauses = []
    for scope in SCOPES:
        row = row_of(rows, quantity="change", arm=arm, group="world", outcome=scope)
        does = {
            "better": N_("widen {scope} by {change} of 1"),
            "worse": N_("narrow {scope} by {change} of 1"),
        }.get(str(row["verdict"]), N_("are not shown to change {scope}: {change} of 1"))
        clauses.append(gettext(does, scope=outcome_within(scope), change=quoted(row)))
    return f"{_name(arm)} {gettext(' and ').join(clauses)}"


def _by_group(rows: pd.DataFrame, arm: str) -> str:
    """Where the change of each scope is largest and smallest."""
    changes = rows[(rows["quantity"] == "change") & (rows["arm"] == arm) & (rows["group"] != "world")]
    if changes.empty:
        return ""
    clauses = []
    for scope in SCOPES:
        part = changes[changes["outcome"] == scope].sort_values("estimate")
        low, high = part.iloc[0], part.iloc[-1]
        most, least = (
            f"{group_label(row['group'])} ({numeral(f'{row["estimate"]:.3g}')})" for row in (high, low)
        )
        clauses.append(
            gettext(
                "{scope} changes most for {most} and least for {least}",
                scope=outcome_within(scope),
                most=most,
                least=least,
            )
        )
    return gettext(
        "By group of cities, with {arm}, {clauses}.", arm=_name(arm), clauses=gettext(" and ").join(clauses)
    )


def _through(rows: pd.DataFrame, arm: str) -> str:
    """The share of the total effect through scope, outcome by outcome."""
    shares, unsure, undefined = [], [], []
    for outcome in [name for name in HEADLINE_OUTCOMES if name in set(rows["outcome"])]:
        row = row_of(rows, quantity="share_scope", arm=arm, outcome=outcome)
        label = outcome_within(outcome)
        if np.isfinite(row["estimate"]):
            parts = [
                numeral(
                    f"{100 * row_of(rows, quantity=name, arm=arm, outcome=outcome)['estimate'] + 0.0:.0f}"
                )
                for name in ("share_national", "share_reach")
            ]
            shares.append(
                gettext(
                    "{share} of that on {outcome}, {autonomy} % autonomy, {reach} % reach",
                    share=share_with_interval(row),
                    outcome=label,
                    autonomy=parts[0],
                    reach=parts[1],
                )
            )
        else:
            undefined.append(label)
        if str(row_of(rows, quantity="indirect", arm=arm, outcome=outcome)["verdict"]) not in SHOWN:
            unsure.append(label)
    clauses = []
    if shares:
        clauses.append(
            gettext(
                "through the scope of action runs {shares} (90 % confidence intervals)",
                shares="; ".join(shares),
            )
        )
    if undefined:
        clauses.append(
            gettext(
                "the share is undefined for {outcomes}: no total effect can be told from 0",
                outcomes=listed(undefined),
            )
        )
    if unsure:
        clauses.append(gettext("no effect through scope is shown on {outcomes}", outcomes=listed(unsure)))
    return gettext("Of the effect of {arm}, {clauses}.", arm=_name(arm), clauses="; ".join(clauses))
