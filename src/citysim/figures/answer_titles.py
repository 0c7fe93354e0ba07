"""Titles of the analyses' figures that state what is seen, by the verdicts of the rows that answers speak of.

``NAME_title`` is that of the picture of page 1, ``NAME_details_title`` that of the figure with all panels. An
outcome or what is measured comes first, so that no sentence has to put its name into a case.
"""

import numpy as np
import pandas as pd

from citysim.analysis.answers.added_value import LEAVE_ONE_OUT
from citysim.analysis.answers.differences import SHOWN, row_of
from citysim.analysis.answers.gains import GAPS
from citysim.analysis.answers.intervention import group_label as exposed_label
from citysim.analysis.answers.intervention import main_outcome
from citysim.analysis.answers.number import AXIS
from citysim.analysis.answers.number import PLANNED as DECLINING
from citysim.analysis.answers.spoken import (
    added_of,
    decline,
    effects_of,
    gains_of,
    held_by_most,
    held_ties,
    losses_of,
    most_networks,
    numbers_of,
    of_added_value,
    of_contact,
    of_factorial,
    of_gains,
    of_hindcast,
    of_intervention,
    of_ledger,
    of_pathway,
    outbreaks_of,
    planned_few,
    scopes_of,
    share_of_sum,
    shares_of,
    those_meant,
)
from citysim.analysis.intervals import MIN_REPLICATIONS
from citysim.analysis.labels import group_label
from citysim.analysis.plain_words import listed, measure, outcome_words
from citysim.analysis.rounding import CONFIDENCE, MEDIAN, about, at_most
from citysim.language import N_, capitalised, gettext

_TOO_FEW = N_("{what}: too few cases to say yet")
_DOES = {"better": N_("help"), "worse": N_("do harm")}
_OPEN = N_("are not shown to help")
_ALIKE = {
    "better": N_("{outcome}: twinnings and networks both help, together by about {points} {on}"),
    "worse": N_("{outcome}: twinnings and networks both do harm, together by about {points} {on}"),
    "open": N_("{outcome}: neither twinnings nor networks are shown to help; at most {points} {on}"),
}
_SUM = N_("{outcome}: twinnings and networks both help, together about {share} of their sum")
_TOGETHER = {
    "substitutes": N_("{outcome}: twinnings and networks partly replace each other"),
    "complements": N_("{outcome}: twinnings and networks make each other stronger"),
}
_APART = N_("{outcome}: that one of twinnings and networks changes what the other does is not shown")
_LOSSES = {
    "more": N_("Losses from crises: about {share} less, more through prevention than through help"),
    "less": N_("Losses from crises: about {share} less, more through help than through prevention"),
    "open": N_("Losses from crises: about {share} less, by prevention and help, neither shown to do more"),
}
_AVERTED = {
    "more": N_("Losses averted: more by prevention than by response"),
    "less": N_("Losses averted: more by response than by prevention"),
    "open": N_("Losses averted: prevention and response are not told apart"),
}
_HELD = {
    "no": N_("Ties between cities of states in conflict: most do not last, about {share} stay alive"),
    "yes": N_("Ties between cities of states in conflict: most last, about {share} stay alive"),
    "open": N_("Ties between cities of states in conflict: about {share} stay alive; open whether most do"),
}
_OUTBREAKS = {
    "better": N_("Outbreaks of conflict: fewer with the ties of cities, by about {number}"),
    "worse": N_("Outbreaks of conflict: more with the ties of cities, by about {number}"),
    "open": N_("Outbreaks of conflict: a change through the ties of cities is not shown; at most {number}"),
}
_CALMS = {
    "better": N_("Outbreaks of conflict: ties avert more, the more contact calms"),
    "worse": N_("Outbreaks of conflict: ties bring more, the more contact calms"),
    "open": N_("Outbreaks of conflict: what ties do is not shown to hang on contact"),
}
_WIDER = {
    ("autonomy", "reach"): N_("Freedom to act: wider through networks, at home and abroad"),
    ("autonomy",): N_("Freedom to act: wider through networks at home, not shown abroad"),
    ("reach",): N_("Freedom to act: wider through networks abroad, not shown at home"),
    (): N_("Freedom to act: not shown to be wider through networks, at home or abroad"),
}
_NETWORKS = {
    "better": N_("{outcome}: better through all networks together, by about {size}"),
    "worse": N_("{outcome}: worse through all networks together, by about {size}"),
    "open": N_("{outcome}: no network is shown to change it; all together at most {size}"),
}
_FALLS = {
    "no": N_("{outcome}: best with {best} networks, the most that were tried"),
    "falls": N_("{outcome}: falls beyond about {best} networks"),
    "open": N_("{outcome}: best with about {best} networks; a fall beyond that is not shown"),
}
_EVENTS = {
    "better": N_("{outcome}: better for {whom}, by about {points} {on}"),
    "worse": N_("{outcome}: worse for {whom}, by about {points} {on}"),
    "more": N_("{outcome}: more for {whom}, by about {points} {on}"),
    "less": N_("{outcome}: less for {whom}, by about {points} {on}"),
    "open": N_("{outcome}: no change is shown for {whom}; at most {points} {on}"),
}


def _named(outcome: str) -> str:
    """An outcome in plain words as the start of a title."""
    return capitalised(outcome_words(outcome))


def _few(what: str) -> str:
    return gettext(_TOO_FEW, what=what)


def _verdict(verdict: object, known: tuple[str, ...] = ("better", "worse")) -> str:
    """A verdict, or ``open`` where it is none of those known."""
    return str(verdict) if str(verdict) in known else "open"


def factorial_title(rows: pd.DataFrame) -> str:
    """Whether either kind of cooperation helps, and what both give together."""
    rows = of_factorial(rows)
    outcome, of = effects_of(rows)
    if planned_few(rows) is not None:
        return _few(_named(outcome))
    share, (scale, on) = share_of_sum(rows), measure(outcome)
    if share is not None:
        told = about(share, scale=100.0, unit=" %", ends=CONFIDENCE)
        return gettext(_SUM, outcome=_named(outcome), share=told)
    one, other = (_verdict(of[name]["verdict"]) for name in ("twinning", "networks"))
    if one == other:
        points = (at_most if one == "open" else about)(of["both"], scale=scale)
        return gettext(_ALIKE[one], outcome=_named(outcome), points=points.lstrip("−"), on=on["on"])
    return gettext(
        "{outcome}: twinnings {twinning}, networks {networks}",
        outcome=_named(outcome),
        twinning=gettext(_DOES.get(one, _OPEN)),
        networks=gettext(_DOES.get(other, _OPEN)),
    )


def factorial_details_title(rows: pd.DataFrame) -> str:
    """Whether the two kinds of cooperation replace each other."""
    rows = of_factorial(rows)
    outcome, of = effects_of(rows)
    if planned_few(rows) is not None:
        return _few(_named(outcome))
    return gettext(_TOGETHER.get(str(of["interaction"]["verdict"]), _APART), outcome=_named(outcome))


def ledger_title(rows: pd.DataFrame) -> str:
    """By how much losses are smaller, and whether by prevention or by help."""
    rows = of_ledger(rows)
    if planned_few(rows) is not None:
        return _few(gettext("Losses from crises"))
    of = losses_of(rows)
    percent, verdict = of["percent", "total"], str(of["averted", "total"]["verdict"])
    if verdict == "less":
        share = about(percent, scale=-1.0, unit=" %")
        return gettext("Losses from crises: about {share} more where cities cooperate", share=share)
    if verdict != "more":
        share = at_most(percent, unit=" %", signed=True)
        return gettext("Losses from crises: not shown to fall; at most {share}", share=share)
    by = _verdict(of["by_rate", "balance"]["verdict"], ("more", "less"))
    return gettext(_LOSSES[by], share=about(percent, unit=" %"))


def ledger_details_title(rows: pd.DataFrame) -> str:
    """Whether prevention or response averts more."""
    rows = of_ledger(rows)
    if planned_few(rows) is not None:
        return _few(gettext("Losses averted"))
    of = losses_of(rows)
    verdict = str(of["averted", "total"]["verdict"])
    if verdict == "less":
        return gettext("Losses averted: none, more are left over where cities cooperate")
    if verdict != "more":
        return gettext("Losses averted: none are shown")
    return gettext(_AVERTED[_verdict(of["by_rate", "balance"]["verdict"], ("more", "less"))])


def contact_title(rows: pd.DataFrame) -> str:
    """Whether ties last through conflict, or what they change in outbreaks."""
    rows = of_contact(rows)
    held, most = held_ties(rows), outbreaks_of(rows)[-1]
    if planned_few(rows) is not None:
        return _few(gettext("Ties between cities of states in conflict"))
    if held is not None:
        return gettext(_HELD[held_by_most(held)], share=about(held, scale=100.0, unit=" %"))
    by = _verdict(most["verdict"])
    number = at_most(most) if by == "open" else about(most).lstrip("−")
    return gettext(_OUTBREAKS[by], number=number)


def contact_details_title(rows: pd.DataFrame) -> str:
    """Whether ties lower conflict more where contact calms more."""
    rows = of_contact(rows)
    if planned_few(rows) is not None:
        return _few(gettext("Outbreaks of conflict"))
    slope = row_of(rows, quantity="slope", outcome="conflict_hazard")
    return gettext(_CALMS[_verdict(slope["verdict"])])


def runs_through_scope(rows: pd.DataFrame) -> bool:
    """Whether scope is shown to widen at home and abroad and carries a known share of the effect."""
    widened = [row["verdict"] == "better" for row in scopes_of(rows).values()]
    return all(widened) and bool(np.isfinite(shares_of(rows)[1]["share_scope"]["estimate"]))


def pathway_title(rows: pd.DataFrame) -> str:
    """How much of what networks do comes from wider scope, or whether it widens."""
    rows = of_pathway(rows)
    if planned_few(rows) is not None or not runs_through_scope(rows):
        return pathway_details_title(rows)
    outcome, shares = shares_of(rows)
    share = about(shares["share_scope"], scale=100.0, unit=" %", ends=CONFIDENCE)
    return gettext(
        "{outcome}: about {share} of what networks change comes from wider freedom to act",
        outcome=_named(outcome),
        share=share,
    )


def pathway_details_title(rows: pd.DataFrame) -> str:
    """Whether networks widen the scope of action at home and abroad."""
    rows = of_pathway(rows)
    if planned_few(rows) is not None:
        return _few(gettext("Freedom to act"))
    return gettext(_WIDER[tuple(name for name, row in scopes_of(rows).items() if row["verdict"] == "better")])


def gains_title(rows: pd.DataFrame) -> str:
    """In how many groups of cities an outcome is better, and in how many worse."""
    rows = of_gains(rows)
    outcome, of = gains_of(rows)
    if planned_few(rows) is not None:
        return _few(_named(outcome))
    groups = of[of["group"] != "world"]
    better, worse = (int((groups["verdict"] == word).sum()) for word in ("better", "worse"))
    told = {"outcome": _named(outcome), "better": better, "worse": worse, "groups": len(groups)}
    if better == len(groups):
        return gettext("{outcome}: better in all {groups} groups of cities", **told)
    if better and worse:
        return gettext("{outcome}: better in {better} of {groups} groups of cities, worse in {worse}", **told)
    if better:
        return gettext("{outcome}: better in {better} of {groups} groups of cities, worse in none", **told)
    if worse:
        return gettext("{outcome}: worse in {worse} of {groups} groups of cities, better in none", **told)
    return gettext("{outcome}: no change is shown in any of {groups} groups of cities", **told)


def gains_details_title(rows: pd.DataFrame) -> str:
    """Which group of cities gains more than another."""
    rows = of_gains(rows)
    outcome, _ = gains_of(rows)
    if planned_few(rows) is not None:
        return _few(_named(outcome))
    gaps = rows[(rows["quantity"] == "gap") & (rows["outcome"] == outcome)]
    gaps = gaps[gaps["verdict"].isin(["better", "worse"])].sort_values("estimate", key=abs)
    if gaps.empty:
        return gettext("{outcome}: no group is shown to gain more than another", outcome=_named(outcome))
    row = gaps.iloc[-1]
    pair = [group_label(group) for group in GAPS[str(row["group"])]]
    one, other = pair if row["verdict"] == "better" else pair[::-1]
    return gettext("{outcome}: {one} gain more than {other}", outcome=_named(outcome), one=one, other=other)


def added_value_title(rows: pd.DataFrame) -> str:
    """Which networks change an outcome of the world, and by how much all of them do."""
    rows = of_added_value(rows)
    world, whole = added_of(rows)
    outcome = str(whole["outcome"])
    if int(rows["n_seeds"].max()) < MIN_REPLICATIONS:
        return _few(_named(outcome))
    own = world[world["outcome"] == outcome]
    names = {verdict: list(own.loc[own["verdict"] == verdict, "network"]) for verdict in ("better", "worse")}
    level, told = 100.0 / abs(float(whole["reference"])), {"outcome": _named(outcome)}
    if names["better"] and names["worse"]:
        told |= {verdict: listed(found, 2) for verdict, found in names.items()}
        return gettext("{outcome}: better through {better}, worse through {worse}", **told)
    if names["better"]:
        return gettext("{outcome}: better through {names}", names=listed(names["better"], 3), **told)
    if names["worse"]:
        return gettext("{outcome}: worse through {names}", names=listed(names["worse"], 3), **told)
    by = _verdict(whole["verdict"])
    size = (at_most if by == "open" else about)(whole, scale=level, unit=" %")
    return gettext(_NETWORKS[by], size=size.lstrip("−"), **told)


def added_value_details_title(rows: pd.DataFrame) -> str:
    """For how many networks an effect on the world is shown, and on their own members."""
    rows = of_added_value(rows)
    if int(rows["n_seeds"].max()) < MIN_REPLICATIONS:
        return _few(gettext("What a network adds"))
    rows = rows[rows["estimand"] == LEAVE_ONE_OUT]
    shown = rows[rows["verdict"].isin(["better", "worse"])]
    of = {group: shown.loc[shown["group"] == group, "network"].nunique() for group in ("world", "members")}
    return gettext(
        "What a network adds: shown for the world in {world} of {count}, for its own members in {members}",
        count=rows["network"].nunique(),
        **of,
    )


def number_title(rows: pd.DataFrame) -> str:
    """With how many networks an outcome is best, and whether it falls beyond."""
    outcome, told = numbers_of(rows)
    if planned_few(rows) is not None:
        return _few(_named(outcome))
    by = decline(rows)
    best = about(told["best_number"], ends=MEDIAN) if by == "open" else f"{int(told['from_best'][AXIS])}"
    return gettext(_FALLS[by], outcome=_named(outcome), best=best)


def number_details_title(rows: pd.DataFrame) -> str:
    """In which outcomes a fall beyond the best number of networks is shown."""
    if planned_few(rows) is not None:
        return _few(_named(numbers_of(rows)[0]))
    full = str(rows.loc[rows["quantity"] == "from_none", "arm"].iloc[0])
    beyond = rows[(rows["quantity"] == "from_best") & (rows["arm"] == full) & rows["outcome"].isin(DECLINING)]
    falls = (beyond["verdict"] == "worse") & (beyond[AXIS] < most_networks(rows))
    shown, open_ = (listed(map(outcome_words, beyond.loc[part, "outcome"])) for part in (falls, ~falls))
    names = {"shown": capitalised(shown), "others": open_}
    if not shown:
        names["others"] = capitalised(open_)
        return gettext("{others}: no fall beyond the best number of networks is shown", **names)
    if not open_:
        return gettext("{shown}: a fall beyond the best number of networks is shown", **names)
    return gettext("{shown}: a fall beyond the best number of networks; not shown: {others}", **names)


def intervention_title(rows: pd.DataFrame) -> str:
    """What the events change for the cities that they name."""
    rows = of_intervention(rows)
    outcome = main_outcome(rows)
    found = rows[(rows["outcome"] == outcome) & (rows["quantity"] == "effect")]
    effects = {str(row["group"]): row for row in found.to_dict("records")}
    if (found["verdict"] == "too few").any() or not effects:
        return _few(_named(outcome))
    meant = those_meant(effects)
    row, (scale, on) = effects[meant], measure(outcome)
    by = _verdict(row["verdict"], SHOWN)
    points = at_most(row, scale=scale) if by == "open" else about(row, scale=scale).lstrip("−")
    told = {"outcome": _named(outcome), "whom": exposed_label(meant), "points": points, "on": on["on"]}
    return gettext(_EVENTS[by], **told)


def hindcast_title(rows: pd.DataFrame) -> str:
    """How many figures of the record lie where the model has them."""
    own = of_hindcast(rows)
    if own.empty:
        return _few(gettext("The record"))
    inside = int(own["inside"].astype(bool).sum())
    told = {"inside": inside, "tested": len(own)}
    return gettext("The record: {inside} of {tested} figures lie where the model has them", **told)
