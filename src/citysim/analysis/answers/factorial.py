"""What twinnings contribute, what networks do, and whether they add to or replace each other.

A 2×2 factorial of twinning × networks (arms none, twinning, networks, both), paired by replication.
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
)
from citysim.analysis.answers.estimates import ESTIMATES, estimates, quoted, replications
from citysim.analysis.labels import outcome_within, verdict_label
from citysim.analysis.multiplicity import HEADLINE_OUTCOMES
from citysim.analysis.results import RunSet
from citysim.analysis.stall import states_have_lost
from citysim.language import N_, gettext, ngettext

TITLE = N_("Twinnings and networks")

ARMS = ("none", "twinning", "networks", "both")
#: Effects whose tests and intervals hold together, for headline outcomes and stalled states.
PLANNED = ("twinning", "networks", "interaction")
KEYS = ("quantity", "effect", "stall", "outcome")
_LIMITS = N_(
    "Effects are means over the other form being there or not. “No effect shown” is no proof of none, and an "
    "interaction is about the outcome's own scale: what is near its bound cannot add up."
)
_TOGETHER = {"better": "complements", "worse": "substitutes"}


def table(results: RunSet) -> pd.DataFrame:
    """Columns ``quantity``, ``effect``, ``stall``, ``outcome``, other swept values, estimates.

    ``quantity`` is ``difference`` (an effect in the outcome's unit), ``per_attention`` (effect per membership
    equivalent of attention, both means over replications) or ``share_of_sum`` (effect of both over the sum
    of each alone). ``effect``: ``twinning`` and ``networks`` are main effects, the mean of the effect without
    and with the other; ``*_alone`` and ``*_added`` are these two; ``both`` is both against neither;
    ``networks_less_twinning`` the difference of the main effects; ``interaction``
    Y_both − Y_networks − Y_twinning + Y_none, with the verdict ``complements`` where it is to the better.
    """
    effects = _effects(results, replications(results, results.outcomes))
    asked = headline_and_stalled(effects) & effects.columns.get_level_values("effect").isin(PLANNED)
    found = estimates(effects, planned=asked)
    turned = found["effect"].eq("interaction") & found["verdict"].isin(list(_TOGETHER))
    found.loc[turned, "verdict"] = found.loc[turned, "verdict"].map(_TOGETHER)
    parts = [found.assign(quantity="difference")]
    if "attention" in results.outcomes:
        parts.append(_per_attention(effects).assign(quantity="per_attention"))
    parts.append(_share_of_sum(effects).assign(quantity="share_of_sum"))
    whole = stacked(*parts)
    return whole[[*KEYS, *results.sweep, *ESTIMATES, *CONFIDENCE]]


def _effects(results: RunSet, values: pd.DataFrame) -> pd.DataFrame:
    """Effects by replication: columns effect, outcome, stall, other swept values."""
    none, twinning, networks, both = (of_arm(results, values, arm) for arm in ARMS)
    twinning_alone, twinning_added = twinning - none, both - networks
    networks_alone, networks_added = networks - none, both - twinning
    return named(
        {
            "twinning": (twinning_alone + twinning_added) / 2,
            "networks": (networks_alone + networks_added) / 2,
            # In this order exactly 0 where twinning changes nothing in either.
            "interaction": twinning_added - twinning_alone,
            "twinning_alone": twinning_alone,
            "twinning_added": twinning_added,
            "networks_alone": networks_alone,
            "networks_added": networks_added,
            "both": both - none,
            "networks_less_twinning": networks - twinning,
        },
        "effect",
    )


def _per_attention(effects: pd.DataFrame) -> pd.DataFrame:
    """Every effect over the change of attention that comes with it; both taken as means."""
    kinds = effects.columns.get_level_values("effect")
    outcomes = effects.columns.get_level_values("outcome")
    top = effects.loc[:, ~kinds.isin(["interaction", "networks_less_twinning"]) & (outcomes != "attention")]
    names = list(top.columns.names)
    attention = [
        tuple("attention" if name == "outcome" else value for name, value in zip(names, key, strict=True))
        for key in top.columns
    ]
    return ratios(top, effects[attention])


def _share_of_sum(effects: pd.DataFrame) -> pd.DataFrame:
    """Effect of both together over the sum of what each does alone."""
    twinning, networks, both = (
        part(effects, "effect", name) for name in ("twinning_alone", "networks_alone", "both")
    )
    alone = twinning + networks
    return ratios(named({"both": both}, "effect"), named({"both": alone}, "effect"))


def words(rows: pd.DataFrame) -> list[str]:
    """What each contributes, whether they add up, what a unit of attention gives, and the limits."""
    rows = first_point(rows, KEYS)
    outcomes = [name for name in HEADLINE_OUTCOMES if name in set(rows["outcome"])]
    if not outcomes:
        return [gettext("The runs hold no headline outcome, so the factorial says nothing about them.")]
    if (rows.loc[rows["quantity"] == "difference", "verdict"] == "too few").any():
        count = int(rows["n_seeds"].max())
        return [
            ngettext(
                "With {count} replication there are too few to say what twinnings and networks contribute.",
                "With {count} replications there are too few to say what twinnings and networks contribute.",
                count,
            )
        ]
    sentences = [
        gettext(
            "Where {states_have_lost}, {contributions}; medians and 5–95 % of replications.",
            states_have_lost=states_have_lost(rows["stall"].iloc[0]),
            contributions="; ".join(_contributions(rows, outcomes)),
        ),
        gettext("They {interaction}.", interaction=_interaction(rows, outcomes)),
    ]
    if "per_attention" in set(rows["quantity"]):
        sentences.append(_attention(rows, outcomes))
    return [*sentences, gettext(_LIMITS)]


def _row(rows: pd.DataFrame, quantity: str, effect: str, outcome: str) -> "pd.Series[float]":
    return row_of(rows, quantity=quantity, effect=effect, outcome=outcome)


def _verdict(rows: pd.DataFrame, effect: str, outcome: str) -> str:
    return str(_row(rows, "difference", effect, outcome)["verdict"])


def _contributions(rows: pd.DataFrame, outcomes: list[str]) -> list[str]:
    """Both main effects: what they are shown to make better or worse, and how much of the first outcome."""
    first = outcomes[0]
    clauses = []
    for effect, name in (("twinning", gettext("twinnings")), ("networks", gettext("networks"))):
        said = {word: [o for o in outcomes if _verdict(rows, effect, o) == word] for word in SHOWN}
        shown = [
            gettext(
                "make {outcomes} {verdict}",
                outcomes=listed(map(outcome_within, names)),
                verdict=verdict_label(word),
            )
            for word, names in said.items()
            if names
        ]
        open_ = [o for o in outcomes if _verdict(rows, effect, o) not in SHOWN]
        if open_:
            text = gettext(
                "have no effect on {outcomes} that is shown", outcomes=listed(map(outcome_within, open_))
            )
            shown.append(text)
        clauses.append(
            gettext(
                "{name} {does} (change of {outcome}: {size})",
                name=name,
                does=gettext(" and ").join(shown),
                outcome=outcome_within(first),
                size=quoted(_row(rows, "difference", effect, first)),
            )
        )
    return clauses


def _interaction(rows: pd.DataFrame, outcomes: list[str]) -> str:
    clauses = []
    for word, meaning in (
        (
            "substitutes",
            N_("partly replace each other (together less than the sum of each alone) for {outcomes}"),
        ),
        ("complements", N_("reinforce each other (together more than the sum of each alone) for {outcomes}")),
    ):
        names = [o for o in outcomes if _verdict(rows, "interaction", o) == word]
        if names:
            told = listed(outcome_within(o) + _share(rows, o) for o in names)
            clauses.append(gettext(meaning, outcomes=told))
    open_ = [o for o in outcomes if _verdict(rows, "interaction", o) not in _TOGETHER.values()]
    if open_:
        told = listed(map(outcome_within, open_))
        clauses.append(gettext("show no interaction for {outcomes}", outcomes=told))
    return gettext("; they ").join(clauses)


def _share(rows: pd.DataFrame, outcome: str) -> str:
    row = _row(rows, "share_of_sum", "both", outcome)
    if not np.isfinite(row["estimate"]):
        return ""
    return gettext(": {share} of the sum", share=share_with_interval(row))


def _attention(rows: pd.DataFrame, outcomes: list[str]) -> str:
    """What a unit of attention gives on the first outcome."""
    first = outcomes[0]
    clauses, reason = [], ""
    for effect, name in (("twinning", gettext("twinning")), ("networks", gettext("networks"))):
        row = _row(rows, "per_attention", effect, first)
        if np.isfinite(row["estimate"]):
            clauses.append(gettext("{name} gives {amount}", name=name, amount=quoted(row, CONFIDENCE)))
        else:
            clauses.append(gettext("{name} gives an undefined amount", name=name))
            reason = gettext(" (the attention it takes cannot be told from none)")
    return gettext(
        "Per unit of attention, that of one membership in a network, {clauses} of {outcome}{reason}; ratios "
        "of means with 90 % confidence intervals.",
        clauses=gettext(" and ").join(clauses),
        outcome=outcome_within(first),
        reason=reason,
    )
