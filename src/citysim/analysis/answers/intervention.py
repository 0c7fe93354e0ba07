"""What dated events change, for the cities that they name and for those exposed to these.

Every comparison is paired by replication: an arm less the arm that is equal to it but for events of its own.
Exposure is one of disjoint groups, fixed at the start and the same in all arms (``model.events.exposure``): a
direct effect on the cities named, spillovers by kind of exposure, which add up to the whole effect.
"""

import math
from typing import Any

import numpy as np
import pandas as pd

from citysim.analysis.answers.differences import (
    CONFIDENCE,
    first_point,
    named,
    part,
    ratios,
    share_with_interval,
    under_stall,
)
from citysim.analysis.answers.estimates import ESTIMATES, estimates, quoted
from citysim.analysis.exposed import NAMED, OTHERS, WORLD, Exposed
from citysim.analysis.intervals import mean_and_error
from citysim.analysis.labels import arm_label, outcome_within, verdict_label
from citysim.analysis.multiplicity import HEADLINE_OUTCOMES
from citysim.analysis.results import DEFAULTS, RunSet
from citysim.analysis.since import LEAD, Since, differences
from citysim.analysis.stall import states_have_lost
from citysim.arrays import Bools
from citysim.errors import ResultError
from citysim.language import N_, gettext, ngettext, numeral
from citysim.model.groups import EXPOSURES
from citysim.model.outcomes import OUTCOMES
from citysim.plan.interventions import Intervention, interventions

TITLE = N_("What the events change, for whom")

#: Outcome whose change in every group is planned, where it is recorded.
MAIN = "development"
KEYS = ("quantity", "arm", "versus", "stall", "group", "outcome", "quarters_since")
#: What follows the estimates.
MORE = (*CONFIDENCE, "monte_carlo_error", "cities", "people", "incomplete")
#: Groups for people, in the order of a figure.
LABELS = {
    NAMED: N_("cities named"),
    "co_members": N_("co-members"),
    "twins": N_("twins"),
    "neighbours": N_("neighbours"),
    "same_state": N_("others in their states"),
    "everybody_else": N_("everybody else"),
    OTHERS: N_("all others together"),
    WORLD: N_("all cities"),
}
LIMITS = N_(
    "The model's fit to single cities is not validated: this is what its mechanisms imply for cities exposed "
    "like these, and no forecast for any one of them. Groups are those of the start."
)
_SAID = {
    "better": N_("better in the median for sure"),
    "worse": N_("worse in the median for sure"),
    "more": N_("more in the median for sure"),
    "less": N_("less in the median for sure"),
    "": N_("not tested"),
}


def group_label(group: str) -> str:
    """A group of cities by exposure for people."""
    return gettext(LABELS[group])


def table(results: RunSet) -> pd.DataFrame:
    """Columns ``KEYS``, other swept values, estimates, ``MORE``.

    ``quantity``: ``path``, effect so far, ``quarters_since`` the events (0 their quarter): in an outcome that
    is a mean or sum over time, in its mean or sum since then; ``effect``, the same at the end of the run;
    ``total``, that effect added up over a group, in the outcome's unit × million people, or × cities;
    ``direct_less_spillover``, effect on those named less that on all others; ``spillover_share``, share of
    the total that falls to all others, a ratio of means with its confidence interval. ``group``: of
    ``EXPOSURES``, ``others`` (all but those named) and ``world``, which weigh groups by ``cities`` or
    ``people`` at the start. ``monte_carlo_error``: standard error of the mean at the default parameters;
    ``incomplete``: share of replications in which an event could not come to all that it names.
    Planned: effects on those named and on all others in headline outcomes, and on every group in development.
    Raises ``ResultError`` where no arm differs from another by events alone, or their runs are missing.
    """
    outcomes = [name for name in results.outcomes if OUTCOMES[name].by_group]
    if not outcomes:
        raise ResultError(
            f"{results.path}: recorded no outcome of groups of cities, which this analysis needs"
        )
    exposed = Exposed(results.exposures(), outcomes)
    levels = ("arm", "versus", "stall", *results.sweep)
    paths, ends, at_defaults, incomplete = [], {}, {}, {}
    for pair in pairs_of(results):
        for one in differences(results, pair, outcomes, exposed.groups):
            key = (pair.arm, pair.versus, *one.place)
            ends[key] = exposed.with_wholes(one.end[one.drawn], one.seeds[one.drawn])
            at_defaults[key] = exposed.with_wholes(one.end[one.at_defaults], one.seeds[one.at_defaults])
            incomplete[key] = one.incomplete
            paths.append(_path(one, exposed).assign(**dict(zip(levels, key, strict=True))))
    if not ends:
        raise ResultError(
            f"{results.path}: no replication has the runs of both arms, with and without events"
        )
    parts = [*paths, *_at_the_end(named(ends, *levels), named(at_defaults, *levels), exposed)]
    # Columns of nothing would decide the type of the whole.
    rows = pd.concat([rows.dropna(axis=1, how="all") for rows in parts], ignore_index=True)
    sizes = [exposed.sizes[group] for group in rows["group"]]
    keys = rows[list(levels)].itertuples(index=False, name=None)
    return rows.assign(
        cities=[cities for cities, _ in sizes],
        people=[people for _, people in sizes],
        incomplete=[incomplete[key] for key in keys],
    ).reindex(columns=[*KEYS, *results.sweep, *ESTIMATES, *MORE])


def pairs_of(results: RunSet) -> list[Intervention]:
    """Arms that differ by events alone and have runs. Raises ``ResultError`` where there are none."""
    config = results.config
    drawn = config.uncertainty.parameters != DEFAULTS
    pairs = interventions(config.parameters, config.arms, drawn=drawn)
    found = [pair for pair in pairs if {pair.arm, pair.versus} <= set(results.arms)]
    if not found:
        raise ResultError(
            f"{results.path}: arms: no two that have runs are equal but for events of their own"
        )
    return found


def _path(one: Since, exposed: Exposed) -> pd.DataFrame:
    """Rows of the effect so far by time since the events."""
    after = range(-LEAD, one.so_far.shape[1] - LEAD)
    names = ["quarters_since", "group", "outcome"]
    columns = pd.MultiIndex.from_product([after, exposed.groups, exposed.outcomes], names=names)
    drawn, at_defaults = (
        pd.DataFrame(one.so_far[of].reshape(int(of.sum()), len(columns)), columns=columns)
        for of in (one.drawn, one.at_defaults)
    )
    return _with_error(estimates(drawn, tested=False), at_defaults).assign(quantity="path")


def _with_error(rows: pd.DataFrame, at_defaults: pd.DataFrame) -> pd.DataFrame:
    """Rows with the standard error of their mean at the default parameters."""
    _, error = mean_and_error(at_defaults.to_numpy(float))
    keys = pd.MultiIndex.from_frame(rows[list(at_defaults.columns.names)])
    return rows.assign(monte_carlo_error=error[at_defaults.columns.get_indexer(keys)])


def _at_the_end(effect: pd.DataFrame, at_defaults: pd.DataFrame, exposed: Exposed) -> list[pd.DataFrame]:
    """Rows of effects at the end of the run, of their totals and of direct effects beside spillovers."""

    def described(values: pd.DataFrame, at_defaults: pd.DataFrame) -> pd.DataFrame:
        nothing = np.zeros(values.shape[1], dtype=np.bool_)
        return _with_error(estimates(values, planned=nothing), at_defaults)

    times = exposed.factors(effect.columns)
    total = effect * times
    found = [
        _with_error(estimates(effect, planned=_planned(effect)), at_defaults).assign(quantity="effect"),
        described(total, at_defaults * times).assign(quantity="total"),
    ]
    if {NAMED, OTHERS} <= set(effect.columns.get_level_values("group")):
        less = [part(each, "group", NAMED) - part(each, "group", OTHERS) for each in (effect, at_defaults)]
        found.append(described(*less).assign(quantity="direct_less_spillover", group=NAMED))
        share = ratios(part(total, "group", OTHERS), part(total, "group", WORLD))
        found.append(share.assign(quantity="spillover_share", group=OTHERS))
    return found


def _planned(effect: pd.DataFrame) -> Bools:
    """Which effects are planned; without a headline outcome, those in the first that has a direction."""
    outcome, group = (effect.columns.get_level_values(name) for name in ("outcome", "group"))
    recorded = list(dict.fromkeys(outcome))
    headline = [name for name in HEADLINE_OUTCOMES if name in recorded]
    headline = headline or [name for name in recorded if OUTCOMES[name].better][:1]
    main = [MAIN] if MAIN in headline else headline[:1]
    asked = outcome.isin(headline) & group.isin([NAMED, OTHERS])
    asked |= outcome.isin(main) & group.isin(EXPOSURES)
    return np.asarray(asked) & under_stall(effect)


def main_outcome(rows: pd.DataFrame) -> str:
    """The outcome that is spoken of."""
    planned = rows.loc[rows["planned"].astype(bool), "outcome"]
    spoken = [*planned, *rows["outcome"]]
    return MAIN if MAIN in spoken else str(spoken[0])


def words(rows: pd.DataFrame) -> list[str]:
    """What the events of each arm change for those named and for the others, and the limits."""
    rows = first_point(rows, (*KEYS, *MORE))
    pairs = rows.groupby(["arm", "versus"], sort=False)
    said = [sentence for (arm, versus), of in pairs for sentence in _of_pair(str(arm), str(versus), of)]
    return [*said, gettext(LIMITS)]


def _of_pair(arm: str, versus: str, rows: pd.DataFrame) -> list[str]:
    main = main_outcome(rows)
    of = rows[rows["outcome"] == main]
    effects = of[of["quantity"] == "effect"]
    ends = {str(row["group"]): row for _, row in effects.iterrows()}
    if (effects["verdict"] == "too few").any():
        count = int(effects["n_seeds"].max())
        return [
            ngettext(
                "With {count} replication there are too few to say what the events of “{arm}” change.",
                "With {count} replications there are too few to say what the events of “{arm}” change.",
                count,
                arm=arm_label(arm),
            )
        ]
    outcome = outcome_within(main)
    who = gettext(
        "Where {states_have_lost}, the events of “{arm}” (less “{versus}”) change",
        states_have_lost=states_have_lost(rows["stall"].iloc[0]),
        arm=arm_label(arm),
        versus=arm_label(versus),
    )
    said = []
    if NAMED in ends:
        size = int(ends[NAMED]["cities"])
        whom = gettext("the {count} cities named", count=numeral(f"{size:,}"))
        whom = gettext("the city named") if size == 1 else whom
        said.append(
            gettext(
                "{who} {outcome} of {whom} at the end of the run by {change}.",
                who=who,
                outcome=outcome,
                whom=whom,
                change=_effect(ends[NAMED]),
            )
        )
        who = gettext("They change")
    others = [
        gettext(
            "of {group} ({count}) by {change}",
            group=group_label(name),
            count=numeral(f"{int(ends[name]['cities']):,}"),
            change=_effect(ends[name]),
        )
        for name in EXPOSURES
        if name in ends and name != NAMED
    ]
    if others:
        said.append(gettext("{who} {outcome} {others}.", who=who, outcome=outcome, others="; ".join(others)))
    share = of[of["quantity"] == "spillover_share"]
    said += [_share(row) for _, row in share.iterrows()]
    incomplete = float(rows["incomplete"].iloc[0])
    if incomplete > 0:
        said.append(
            gettext(
                "In {share} % of replications an event could not come to all that it names.",
                share=f"{100 * incomplete:.0f}",
            )
        )
    return said


def _effect(row: "pd.Series[Any]") -> str:
    verdict = str(row["verdict"])
    told = gettext(_SAID[verdict]) if verdict in _SAID else verdict_label(verdict)
    return f"{quoted(_supported(row))}, {told}"


def _supported(row: "pd.Series[Any]") -> "pd.Series[Any]":
    """Its numbers rounded to two digits of the interval's width; below that they say nothing."""
    width = float(row["upper"] - row["lower"])
    if not width > 0.0:
        return row
    places = 1 - math.floor(math.log10(width))
    ends = ["estimate", "lower", "upper"]
    return pd.Series({name: round(float(row[name]), places) + 0.0 for name in ends})


def _share(row: "pd.Series[Any]") -> str:
    if not np.isfinite(row["estimate"]):
        return gettext(
            "Added up over all cities the effect cannot be told from 0, so no share of it is spillover."
        )
    return gettext(
        "Added up over all cities, {share} of it falls to those that are not named.",
        share=share_with_interval(row),
    )
