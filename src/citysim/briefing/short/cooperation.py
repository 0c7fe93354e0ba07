"""Rules for what cooperation gives: of its two kinds, to groups of cities, by their scope of action."""

from typing import Any

import numpy as np
import pandas as pd

from citysim.analysis.answers.differences import SHOWN, row_of
from citysim.analysis.answers.gains import GAPS
from citysim.analysis.answers.spoken import (
    Row,
    by_estimate,
    effects_of,
    gains_of,
    of_factorial,
    of_gains,
    of_pathway,
    planned_few,
    scopes_of,
    share_of_sum,
    shares_of,
)
from citysim.analysis.labels import group_label
from citysim.analysis.plain_words import listed, measure, outcome_words
from citysim.analysis.rounding import CONFIDENCE, Number, about, at_most, number_of, with_range
from citysim.briefing.short.form import Said, above_zero, bullets, too_few
from citysim.briefing.short.sentences import say
from citysim.language import capitalised

#: What a share from 0 to 1 is on a scale of 100, and in per cent.
POINTS: dict[str, Any] = {"scale": 100.0}
PER_CENT: dict[str, Any] = {"scale": 100.0, "unit": " %"}
#: Kinds of ties, as the factorial table names their effects.
_KINDS = ("twinning", "networks")


def change_of(row: Row, outcome: str, *, bound: bool, whom: str = "") -> Number:
    """The change of an outcome as the one number; ``bound``: the most that it may be."""
    scale, on = measure(outcome)
    told = {"outcome": outcome_words(outcome), **on}
    of = say("of.change_whom", whom=whom, **told) if whom else say("of.change", **told)
    text = at_most(row, scale=scale) if bound else about(row, scale=scale)
    return number_of(row, text, of, scale=scale, bound=bound)


def factorial(rows: pd.DataFrame) -> Said:
    """What twinnings and networks give, alone and together."""
    rows = of_factorial(rows)
    if (count := planned_few(rows)) is not None:
        return too_few(count)
    outcome, of = effects_of(rows)
    name, (scale, on) = outcome_words(outcome), measure(outcome)
    lead = _lead(str(of["twinning"]["verdict"]), str(of["networks"]["verdict"]))
    if (share := share_of_sum(rows)) is not None:
        how: dict[str, Any] = {**PER_CENT, "ends": CONFIDENCE}
        number = number_of(share, about(share, **how), say("of.sum"), **how)
        answer = say("factorial.sum", lead=lead, share=number.text)
        # as in the picture: of means alone the parts of a sum add up to it
        alone = {name: {**of[f"{name}_alone"], "estimate": of[f"{name}_alone"]["mean"]} for name in _KINDS}
    else:
        alone = None
        open_ = of["twinning"]["verdict"] not in SHOWN and of["networks"]["verdict"] not in SHOWN
        number = change_of(of["both"], outcome, bound=open_)
        key = "factorial.at_most" if open_ else "factorial.points"
        answer = say(key, lead=lead, outcome=name, points=number.text, **on)
    parts = {kind: with_range((alone or of)[kind], scale=scale) for kind in _KINDS}
    added = [with_range(of[f"{effect}_added"], scale=scale) for effect in ("networks", "twinning")]
    return Said(
        answer,
        bullets(
            say("factorial.does_alone" if alone else "factorial.does", outcome=name, **parts, **on),
            say("factorial.does_not", added=added[0], other=added[1]),
            _interaction(rows, of, outcome),
        ),
        number,
        tuple(above_zero(of[effect], say(f"event.{effect}")) for effect in _KINDS),
    )


def _lead(twinning: str, networks: str) -> str:
    does = {"better": "better", "worse": "worse"}
    one, other = (does.get(verdict, "open") for verdict in (twinning, networks))
    if one == other:
        return say({"better": "factorial.both", "worse": "factorial.harm", "open": "factorial.none"}[one])
    return say("factorial.each", twinning=say(f"factorial.{one}"), networks=say(f"factorial.{other}"))


def _interaction(rows: pd.DataFrame, of: dict[str, Row], outcome: str) -> str:
    """What a unit of attention gives, if that is known, or whether one changes what the other does."""
    per = rows[(rows["quantity"] == "per_attention") & (rows["outcome"] == outcome)]
    per = per[per["effect"].isin(["twinning", "networks"]) & np.isfinite(per["estimate"])]
    if len(per) == 2:
        scale, on = measure(outcome)
        told = {row["effect"]: about(row, scale=scale, ends=CONFIDENCE) for row in per.to_dict("records")}
        return say("factorial.decides", **told, **on)
    verdict = str(of["interaction"]["verdict"])
    key = verdict if verdict in ("substitutes", "complements") else "no_interaction"
    return say("factorial.interaction", what=say(f"factorial.{key}"))


def gains(rows: pd.DataFrame) -> Said:
    """Who gains from cooperation."""
    rows = of_gains(rows)
    if (count := planned_few(rows)) is not None:
        return too_few(count)
    outcome, of = gains_of(rows)
    world, groups = dict(row_of(of, group="world")), of[of["group"] != "world"]
    best = by_estimate(groups)[-1]
    open_ = [group_label(name) for name in groups.loc[~groups["verdict"].isin(SHOWN), "group"]]
    scale, on = measure(outcome)
    does = say(
        "gains.does",
        outcome=outcome_words(outcome),
        world=with_range(world, scale=scale),
        most=group_label(str(best["group"])),
        high=about(best, scale=scale),
        **on,
    )
    does_not = say("gains.does_not", names=listed(open_)) if open_ else say("gains.does_not_none")
    gaps = rows[(rows["quantity"] == "gap") & (rows["outcome"] == outcome)]
    gain = above_zero(world, say("event.gain"))
    answer, number = _who(groups, outcome)
    return Said(answer, bullets(does, does_not, _gaps(gaps)), number, (gain,))


def _who(groups: pd.DataFrame, outcome: str) -> tuple[str, Number]:
    """The answer, and the number of groups that it gives."""
    better, worse = (int((groups["verdict"] == word).sum()) for word in ("better", "worse"))
    said = {"outcome": outcome_words(outcome), "groups": len(groups), "better": better, "worse": worse}
    gain = Number(str(better), say("of.gain", **said))
    if better == len(groups):
        return say("gains.all", **said), gain
    if better and worse:
        losers = [group_label(name) for name in groups.loc[groups["verdict"] == "worse", "group"]]
        return say("gains.mixed", losers=listed(losers, 2), **said), gain
    if better:
        return say("gains.most" if 2 * better > len(groups) else "gains.some", **said), gain
    if worse:
        return say("gains.lose", **said), Number(str(worse), say("of.lose", **said))
    return say("gains.none", **said), Number(str(len(groups)), say("of.neither"))


def _gaps(gaps: pd.DataFrame) -> str:
    found = []
    shown = gaps[gaps["verdict"].isin(["better", "worse"])]
    for row in shown.sort_values("estimate", key=abs, ascending=False).head(2).to_dict("records"):
        pair = [group_label(group) for group in GAPS[row["group"]]]
        one, other = pair if row["verdict"] == "better" else pair[::-1]
        found.append(say("gains.more", one=one, other=other))
    if not found:
        return say("gains.decides_none")
    text = listed(found)
    return say("gains.decides", parts=capitalised(text))


def pathway(rows: pd.DataFrame) -> Said:
    """Whether networks widen the scope of action, and how much of their effect comes from that."""
    rows = of_pathway(rows)
    if (count := planned_few(rows)) is not None:
        return too_few(count)
    change, (outcome, shares) = scopes_of(rows), shares_of(rows)
    name = outcome_words(outcome)
    if np.isfinite(shares["share_scope"]["estimate"]):
        told = {
            key: about(shares[f"share_{of}"], **PER_CENT, ends=CONFIDENCE)
            for key, of in (("national", "national"), ("reach", "reach"))
        }
        does_not = say("pathway.does_not", outcome=name, **told)
    else:
        does_not = say("pathway.does_not_open", outcome=name)
    wide = {key: with_range(row, **POINTS) for key, row in change.items()}
    answer, number = _scope(change, shares["share_scope"], name)
    return Said(
        answer,
        bullets(say("pathway.does", **wide), does_not, _groups(rows)),
        number,
        tuple(above_zero(row, say(f"event.{key}")) for key, row in change.items()),
    )


def _scope(change: dict[str, Row], share: Row, outcome: str) -> tuple[str, Number]:
    widened = [key for key, row in change.items() if row["verdict"] == "better"]
    if len(widened) == 2 and np.isfinite(share["estimate"]):
        how: dict[str, Any] = {**PER_CENT, "ends": CONFIDENCE}
        number = number_of(share, about(share, **how), say("of.scope", outcome=outcome), **how)
        return say("pathway.yes", share=number.text, outcome=outcome), number
    key = widened[0] if len(widened) == 1 else "autonomy"
    which, row, bound = say(f"pathway.{key}"), change[key], not widened
    points = at_most(row, **POINTS) if bound else about(row, **POINTS)
    number = number_of(row, points, say("of.wider", which=which), **POINTS, bound=bound)
    said = ("no", "part", "yes_points")[len(widened)]
    return say(f"pathway.{said}", which=which, points=points), number


def _groups(rows: pd.DataFrame) -> str:
    """For which cities freedom at home changes most and least."""
    of = rows[(rows["quantity"] == "change") & (rows["outcome"] == "autonomy") & (rows["group"] != "world")]
    if len(of) < 2:
        return say("pathway.no_groups")
    least, *_, most = by_estimate(of)
    return say(
        "pathway.decides",
        most=group_label(str(most["group"])),
        high=about(most, **POINTS),
        least=group_label(str(least["group"])),
        low=about(least, **POINTS),
    )
