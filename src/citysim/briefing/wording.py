"""Sentences written from the numbers: the same words for and against the claim."""

import math
import re

import pandas as pd

from citysim.analysis.labels import arm_label, outcome_label, outcome_within
from citysim.analysis.stall import states_have_lost
from citysim.language import DEFAULT, N_, gettext, numeral, spoken
from citysim.plan.report import Stall

#: Verdict of the analysis → what cooperation of cities does, for one outcome or several.
FINDINGS = {
    "compensates": N_("cooperation makes up for all that stalled states no longer do"),
    "partly": N_("cooperation makes up for a part of it, but not for all"),
    "no effect shown": N_("no effect of cooperation can be told from none"),
    "harms": N_("cooperation makes matters worse"),
    "open": N_("cooperation helps, but whether it makes up for all stays open"),
    "undefined": N_("the ratio says nothing, since stall itself costs too little for sure"),
    "too few": N_("there are too few replications for a verdict"),
}
AGAINST = {"partly", "no effect shown", "harms", "takes away"}
IN_FAVOUR = {"compensates", "adds"}
DOINGS = {
    "both": N_("cities work together in twinnings and in networks"),
    "twinning": N_("cities have twinnings"),
    "networks": N_("cities work together in networks"),
}
HOW_TO_READ = (
    N_(
        "Cost is what stall takes away where cities do not cooperate. Substitution is what cooperation "
        "gives more because states stall, as share of that cost: 0 where it gives the same with and without "
        "stall. Response is what cities do in answer to the stall, against an arm with the same rules of "
        "ties and no such answer, as share of the same cost. Both are about the claim. Standing value is "
        "what cooperation gives without any stall, in the outcome's unit."
    ),
    N_(
        "The compensation ratio C sets all that cooperation gives, standing value and substitution together, "
        "against that cost. C = 0: cities change nothing. C = 0.5: they make up for half of the loss. C = 1: "
        "for all of it. Above 1: for more. Below 0: they do harm."
    ),
    N_(
        "A replication is one draw of the uncertain parameters together with one set of random numbers; all "
        "arms and stall levels share both. The 90 % interval holds nine in ten replications: it is mostly "
        "about what is not known of the parameters. P (> 0) and P (≥ 1) are the shares of replications in "
        "which an estimand is above 0, or at least 1; for C that is where stalled states with cooperating "
        "cities do at least as well as unstalled states without. The Monte Carlo (MC) error is what chance "
        "alone leaves at the default parameters; it is no measure of what is known."
    ),
    N_(
        "The first page calls a replication a case. It says of one outcome what the table has of all, "
        "rounded to what the interval supports, and how sure that is in the words of the IPCC (Mastrandrea "
        "et al. 2010): virtually certain 99 to 100 %, very likely 90 to 100 %, likely 66 to 100 %, about as "
        "likely as not 33 to 66 %, unlikely 0 to 33 %, very unlikely 0 to 10 %, exceptionally unlikely 0 to "
        "1 %. The probability is (k + 1) / (n + 2), where something is so in k of n cases."
    ),
    N_(
        "Where stall costs next to nothing, a share divides by next to nothing. So shares are taken over the "
        "replications in which states matter: their stall costs more than what chance alone makes of it. The "
        "share in which they hardly matter stands beside them and never counts as success; a share is "
        "undefined where that is most of them or where the mean cost of stall cannot be told from none."
    ),
)


def how_to_read() -> tuple[str, ...]:
    """What the words and numbers of the details mean, by paragraphs."""
    return tuple(map(gettext, HOW_TO_READ))


def number(value: float, digits: int = 2) -> str:
    """A number for people: a true minus, an en dash where there is none."""
    if not math.isfinite(value):
        return "–"
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return numeral(text)


def three_digits(value: float) -> str:
    """A number of any size with up to three digits that count."""
    if not math.isfinite(value):
        return "–"
    if abs(value) >= 1000:
        return numeral(f"{value:,.0f}")
    size = math.floor(math.log10(abs(value))) if value else 2
    digits = 1 - size if size < -3 else min(2 - size, 4)
    return number(value, digits) if digits <= 6 else numeral(f"{value:.1e}")


def interval(lower: float, upper: float) -> str:
    """An interval, as words so that minus signs stay readable."""
    if not (math.isfinite(lower) and math.isfinite(upper)):
        return "–"
    return gettext("{low} to {high}", low=number(lower), high=number(upper))


def percent(share: float) -> str:
    """A share in per cent; never 0 % or 100 % where some replications disagree."""
    if not math.isfinite(share):
        return "–"
    if 0 < share < 0.01:
        return "< 1 %"
    if 0.99 < share < 1:
        return "> 99 %"
    return f"{100 * share:.0f} %"


def answer(rows: pd.DataFrame, stall: Stall) -> tuple[str, str]:
    """Two sentences on one arm at one stall level; ``rows`` has one row per outcome."""
    lead = gettext(
        "{verdict} where {states_have_lost} and {doing}, the world does at least as well as with unstalled "
        "states and no cooperation in {shares} (shares of {replications} replications).",
        verdict=overall(set(rows["verdict"])),
        states_have_lost=states_have_lost(stall),
        doing=_doing(rows),
        shares=_as_well(rows),
        replications=_replications(rows),
    )
    clauses = [_clause(said, rows[rows["verdict"] == said]) for said in rows["verdict"].unique()]
    return lead, gettext("By the compensation ratio C, {clauses}.", clauses="; ".join(clauses))


def acts(substitution: pd.DataFrame, response: pd.DataFrame, stall: Stall) -> tuple[str, str]:
    """Two sentences on whether cities act because states stall; rows of one arm, one per outcome."""
    more = gettext(
        "{verdict} where {states_have_lost} and {doing}, what cooperation gives more because states stall "
        "(substitution) is {shares}.",
        verdict=overall(set(substitution["verdict"]) | set(response["verdict"])),
        states_have_lost=states_have_lost(stall),
        doing=_doing(substitution),
        shares=_shares(substitution),
    )
    added = gettext(
        "What cities do in answer to the stall (response, against the same rules of ties without it) adds "
        "{shares}.",
        shares=_shares(response),
    )
    return more, added


def more_because_of_stall(rows: pd.DataFrame) -> str:
    """A sentence on substitution where no arm without response was run; one row per outcome."""
    return gettext(
        "Of that, what cooperation gives more because states stall (substitution) is {shares}. What "
        "response adds is not known: no arm without response was run.",
        shares=_shares(rows),
    )


def saves(rows: pd.DataFrame) -> str:
    """A sentence on all that cooperation gives, also without any stall; rows of compensation."""
    return gettext(
        "Whether cities can save the world is another question: with all that cooperation gives, also what "
        "it gives without any stall, the world does at least as well as with unstalled states and no "
        "cooperation in {shares} (shares of {replications} replications).",
        shares=_as_well(rows),
        replications=_replications(rows),
    )


def _as_well(rows: pd.DataFrame) -> str:
    """In which share of replications an outcome is no worse than in the unstalled world, for each."""
    pairs = zip(rows["probability_compensates"], rows["outcome"], strict=True)
    return listed(
        [
            gettext("{share} for {outcome}", share=percent(share), outcome=_label(name))
            for share, name in pairs
        ]
    )


def _doing(rows: pd.DataFrame) -> str:
    arm = str(rows["arm"].iloc[0])
    if arm in DOINGS:
        return gettext(DOINGS[arm])
    return gettext("cities cooperate as in arm “{arm}”", arm=arm_label(arm))


def _replications(rows: pd.DataFrame) -> str:
    counts = sorted({int(n) for n in rows["n_seeds"]})
    if counts[0] == counts[-1]:
        return str(counts[0])
    return gettext("{low} to {high}", low=counts[0], high=counts[-1])


def _shares(rows: pd.DataFrame) -> str:
    """Shares of what the stall costs, outcome by outcome, and where they are undefined."""
    known = rows[rows["estimate"].notna()].to_dict("records")
    parts = [
        gettext(
            "{share} for {outcome} (90 % interval {interval}, above 0 in {often})",
            share=number(row["estimate"]),
            outcome=_label(row["outcome"]),
            interval=interval(row["lower"], row["upper"]),
            often=percent(row["probability_positive"]),
        )
        for row in known
    ]
    open_ = [_label(name) for name in rows.loc[rows["estimate"].isna(), "outcome"]]
    found = []
    if parts:
        found.append(gettext("{shares} of what the stall costs", shares=listed(parts)))
    if open_:
        found.append(
            gettext(
                "undefined for {outcomes}, since stall itself costs too little for sure",
                outcomes=listed(open_),
            )
        )
    return "; ".join(found)


def overall(verdicts: set[str]) -> str:
    """The answer in a word, from the verdicts of all headline outcomes."""
    if "too few" in verdicts:
        return gettext("Too few replications to say:")
    if verdicts and verdicts <= IN_FAVOUR:
        return gettext("In this model, yes:")
    if verdicts == {"no effect shown"}:
        return gettext("In this model it is not shown:")
    if verdicts <= AGAINST:
        return gettext("In this model, no:")
    if verdicts & IN_FAVOUR and verdicts & AGAINST:
        return gettext("In this model it depends on what is asked for:")
    return gettext("In this model it stays open:")


def _clause(verdict: str, rows: pd.DataFrame) -> str:
    """What one verdict says, for the outcomes it holds for."""
    named = []
    for row in rows.to_dict("records"):
        shown = gettext(
            " (C = {ratio}, 90 % interval {interval})",
            ratio=number(row["estimate"]),
            interval=interval(row["lower"], row["upper"]),
        )
        named.append(_label(row["outcome"]) + (shown if math.isfinite(row["lower"]) else ""))
    return gettext("for {outcomes} {finding}", outcomes=listed(named), finding=gettext(FINDINGS[verdict]))


def listed(parts: list[str]) -> str:
    """Some things as text: commas, and "and" before the last."""
    if len(parts) == 1:
        return parts[0]
    return gettext("{first} and {last}", first=", ".join(parts[:-1]), last=parts[-1])


def not_shown(rows: pd.DataFrame) -> str:
    """Where states hardly matter, from the numbers; empty where they do."""
    shaky = rows[rows["share_states_hardly_matter"] > 0.1]
    weak = [
        gettext("for {outcome} in {share}", outcome=_label(name), share=percent(share))
        for name, share in zip(shaky["outcome"], shaky["share_states_hardly_matter"], strict=True)
    ]
    if not weak:
        return ""
    return gettext(
        "States hardly matter {where} of replications, which shares of the cost leave out and P counts as "
        "no success.",
        where=", ".join(weak),
    )


def _label(outcome: str) -> str:
    label = outcome_label(outcome)
    return label[0].lower() + label[1:] if spoken() == DEFAULT else outcome_within(outcome)


def world_title(title: str) -> str:
    """The title of a real world of today in the language; others are as the world says."""
    found = re.fullmatch(r"([\d,]+) cities in ([\d,]+) states, ([\d,]+) networks", title)
    if found is None:
        return title
    cities, states, networks = map(numeral, found.groups())
    return gettext(
        "{cities} cities in {states} states, {networks} networks",
        cities=cities,
        states=states,
        networks=networks,
    )
