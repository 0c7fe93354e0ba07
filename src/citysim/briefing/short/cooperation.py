"""Rules for what cooperation gives: of its two kinds, to groups of cities, by their scope of action."""

from typing import Any

import numpy as np
import pandas as pd

from citysim.analysis.answers.differences import SHOWN, first_point, row_of
from citysim.analysis.answers.factorial import KEYS as FACTORIAL_KEYS
from citysim.analysis.answers.gains import GAPS, group_label
from citysim.analysis.answers.gains import KEYS as GAINS_KEYS
from citysim.analysis.answers.pairing import whole
from citysim.analysis.answers.pathway import KEYS as PATHWAY_KEYS
from citysim.briefing.short.form import Said, above_zero, bullets, by_estimate, sure, too_few
from citysim.briefing.short.numbers import CONFIDENCE, about, at_most, with_range
from citysim.briefing.short.sentences import say
from citysim.briefing.short.words import listed, measure, outcome_words
from citysim.language import capitalised

#: What a share from 0 to 1 is on a scale of 100, and in per cent.
POINTS: dict[str, Any] = {"scale": 100.0}
PER_CENT: dict[str, Any] = {"scale": 100.0, "unit": " %"}
MAIN = "development"


def main_outcome(rows: pd.DataFrame) -> str:
    """The outcome that is spoken of: development, or the first there is."""
    return MAIN if (rows["outcome"] == MAIN).any() else str(rows["outcome"].iloc[0])


def planned_few(rows: pd.DataFrame) -> int | None:
    """The number of cases where it is too few for the planned comparisons; None where it is enough."""
    few = rows["verdict"] == "too few"
    return int(rows["n_seeds"].max()) if (few & rows["planned"].astype(bool)).any() else None


def factorial(rows: pd.DataFrame) -> Said:
    """What twinnings and networks give, alone and together."""
    rows = first_point(rows, FACTORIAL_KEYS)
    if (count := planned_few(rows)) is not None:
        return too_few(count)
    outcome = main_outcome(rows[rows["quantity"] == "difference"])
    name, (scale, on) = outcome_words(outcome), measure(outcome)
    difference = rows[(rows["quantity"] == "difference") & (rows["outcome"] == outcome)]
    of = {str(row["effect"]): row for row in difference.to_dict("records")}
    lead = _lead(str(of["twinning"]["verdict"]), str(of["networks"]["verdict"]))
    share = row_of(rows, quantity="share_of_sum", effect="both", outcome=outcome)
    helped = {str(of[effect]["verdict"]) for effect in ("twinning", "networks")} == {"better"}
    if helped and np.isfinite(share["estimate"]):
        answer = say("factorial.sum", lead=lead, share=about(dict(share), **PER_CENT, ends=CONFIDENCE))
    elif of["twinning"]["verdict"] not in SHOWN and of["networks"]["verdict"] not in SHOWN:
        answer = say(
            "factorial.at_most", lead=lead, outcome=name, points=at_most(of["both"], scale=scale), **on
        )
    else:
        answer = say("factorial.points", lead=lead, outcome=name, points=about(of["both"], scale=scale), **on)
    parts = {effect: with_range(of[effect], scale=scale) for effect in ("twinning", "networks")}
    added = [with_range(of[f"{effect}_added"], scale=scale) for effect in ("networks", "twinning")]
    return Said(
        answer,
        bullets(
            say("factorial.does", outcome=name, **parts, **on),
            say("factorial.does_not", added=added[0], other=added[1]),
            _interaction(rows, of, outcome),
        ),
        sure(*(above_zero(of[effect], say(f"event.{effect}")) for effect in ("twinning", "networks"))),
    )


def _lead(twinning: str, networks: str) -> str:
    does = {"better": "better", "worse": "worse"}
    one, other = (does.get(verdict, "open") for verdict in (twinning, networks))
    if one == other:
        return say({"better": "factorial.both", "worse": "factorial.harm", "open": "factorial.none"}[one])
    return say("factorial.each", twinning=say(f"factorial.{one}"), networks=say(f"factorial.{other}"))


def _interaction(rows: pd.DataFrame, of: dict[str, Any], outcome: str) -> str:
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
    rows = first_point(rows, GAINS_KEYS)
    arm = whole(list(dict.fromkeys(rows.loc[rows["quantity"] == "gain", "arm"])))
    rows = rows[rows["arm"] == arm]
    if (count := planned_few(rows)) is not None:
        return too_few(count)
    outcome = main_outcome(rows[rows["quantity"] == "gain"])
    of = rows[(rows["quantity"] == "gain") & (rows["outcome"] == outcome)]
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
    return Said(_who(groups, outcome), bullets(does, does_not, _gaps(gaps)), sure(gain))


def _who(groups: pd.DataFrame, outcome: str) -> str:
    better, worse = (int((groups["verdict"] == word).sum()) for word in ("better", "worse"))
    said = {"outcome": outcome_words(outcome), "groups": len(groups), "better": better, "worse": worse}
    if better == len(groups):
        return say("gains.all", **said)
    if better and worse:
        losers = [group_label(name) for name in groups.loc[groups["verdict"] == "worse", "group"]]
        return say("gains.mixed", losers=listed(losers, 2), **said)
    if better:
        return say("gains.most" if 2 * better > len(groups) else "gains.some", **said)
    return say("gains.lose" if worse else "gains.none", **said)


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
    rows = first_point(rows, PATHWAY_KEYS)
    if (count := planned_few(rows)) is not None:
        return too_few(count)
    arm = str(rows["arm"].iloc[0])
    rows = rows[rows["arm"] == arm]
    world = rows[rows["group"] == "world"]
    change = {name: dict(row_of(world, quantity="change", outcome=name)) for name in ("autonomy", "reach")}
    outcome = main_outcome(world[world["quantity"] == "total"])
    shares = {
        name: dict(row_of(world, quantity=name, outcome=outcome))
        for name in ("share_scope", "share_national", "share_reach")
    }
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
    return Said(
        _scope(change, shares["share_scope"], name),
        bullets(say("pathway.does", **wide), does_not, _groups(rows)),
        sure(*(above_zero(row, say(f"event.{key}")) for key, row in change.items())),
    )


def _scope(change: dict[str, dict[Any, Any]], share: dict[Any, Any], outcome: str) -> str:
    widened = [key for key, row in change.items() if row["verdict"] == "better"]
    if len(widened) == 2:
        if np.isfinite(share["estimate"]):
            share_text = about(share, **PER_CENT, ends=CONFIDENCE)
            return say("pathway.yes", share=share_text, outcome=outcome)
        return say("pathway.yes_points", points=about(change["autonomy"], **POINTS))
    if widened:
        (key,) = widened
        return say("pathway.part", which=say(f"pathway.{key}"), points=about(change[key], **POINTS))
    return say("pathway.no", points=at_most(change["autonomy"], **POINTS))


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
