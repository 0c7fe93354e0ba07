"""Sentences written from the numbers: the same words for and against the claim."""

import math

import pandas as pd

from citysim.figures.style import arm_label
from citysim.model.outcomes import OUTCOMES

#: Verdict of the analysis → what it says of the cooperation of cities.
FINDINGS = {
    "compensates": "makes up for all that stalled states no longer do",
    "partly": "makes up for a part, but not for all, of what stalled states no longer do",
    "no effect shown": "has no effect that can be told from none",
    "harms": "makes matters worse",
    "open": "helps, but it stays open whether it makes up for all",
    "undefined": "cannot be judged by the ratio, since stall itself neither surely helps nor surely harms",
    "too few": "cannot be judged with so few replications",
}


def paragraphs(text: str) -> tuple[str, ...]:
    """Paragraphs set apart by empty lines, each on one line."""
    return tuple(" ".join(part.split()) for part in text.strip().split("\n\n"))


HOW_TO_READ = paragraphs("""
The compensation ratio C sets what cooperation of cities gives back against what stalled states take away, in
one and the same simulated world. C = 0: cities change nothing. C = 0.5: they make up for half of the loss.
C = 1: for all of it. Above 1: for more. Below 0: they do harm.

A replication is one draw of the uncertain parameters together with one set of random numbers; all arms and
stall levels share both. The 90 % interval holds nine in ten replications: it is mostly about what is not
known of the parameters. The probability P (C ≥ 1) is the share of replications in which stalled states with
cooperating cities do at least as well as unstalled states without. The Monte Carlo (MC) error is what chance
alone leaves at the default parameters; it is no measure of what is known.

C is undefined where the loss from stall has no sure sign, and shaky where it is small. So the difference to a
world without stall and without cooperation stands beside it, and the share of replications in which states
hardly matter: their stall costs less than what chance alone makes of it.
""")


def number(value: float, digits: int = 2) -> str:
    """A number for people: a true minus, an en dash where there is none."""
    if not math.isfinite(value):
        return "–"
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", "−")


def three_digits(value: float) -> str:
    """A number of any size with three digits that count."""
    if not math.isfinite(value):
        return "–"
    if value == 0 or 0.001 <= abs(value) < 1000:
        digits = 0 if value == 0 else max(0, 2 - math.floor(math.log10(abs(value))))
        return number(value, min(digits, 4))
    return f"{value:,.0f}".replace("-", "−") if abs(value) >= 1000 else f"{value:.1e}".replace("-", "−")


def interval(lower: float, upper: float) -> str:
    """An interval, as words so that minus signs stay readable."""
    if not (math.isfinite(lower) and math.isfinite(upper)):
        return "–"
    return f"{number(lower)} to {number(upper)}"


def percent(share: float) -> str:
    """A share in per cent; never 0 % or 100 % where some replications disagree."""
    if not math.isfinite(share):
        return "–"
    if 0 < share < 0.01:
        return "< 1 %"
    if 0.99 < share < 1:
        return "> 99 %"
    return f"{100 * share:.0f} %"


def answer(rows: pd.DataFrame, stall: float) -> tuple[str, str]:
    """Two sentences on one arm at one stall level; ``rows`` has one row per outcome."""
    first = rows.iloc[0]
    who = {"both": "cities work together in twinnings and in networks", "twinning": "cities have twinnings"}
    known = who | {"networks": "cities work together in networks"}
    doing = known.get(first["arm"], f"cities cooperate as in arm “{arm_label(first['arm'])}”")
    label = _label(first["outcome"])
    ratio = (
        f"C = {number(first['estimate'])}, 90 % interval {interval(first['lower'], first['upper'])}, "
        if math.isfinite(first["estimate"])
        else ""
    )
    lead = (
        f"Where states have lost {percent(stall)} of their action capacity and {doing}, for {label} their "
        f"cooperation {FINDINGS[first['verdict']]} ({ratio}{int(first['n_seeds'])} replications; probability "
        f"of making up for all: {percent(first['probability_compensates'])})."
    )
    others = [_clause(row) for _, row in rows.iloc[1:].iterrows()]
    if others:
        return lead, f"{_capital('; '.join(others))}."
    return lead, "No other headline outcome was recorded."


def _clause(row: pd.Series) -> str:
    shown = (
        f"C = {number(row['estimate'])}, {interval(row['lower'], row['upper'])}; "
        if math.isfinite(row["estimate"])
        else ""
    )
    return (
        f"for {_label(row['outcome'])} it {FINDINGS[row['verdict']]} "
        f"({shown}probability {percent(row['probability_compensates'])})"
    )


def not_shown(rows: pd.DataFrame) -> str:
    """What the answer does not show, from the numbers where they say so."""
    shaky = rows[rows["share_states_hardly_matter"] > 0.1]
    shares = [
        (_label(row["outcome"]), percent(row["share_states_hardly_matter"])) for _, row in shaky.iterrows()
    ]
    weak = ", ".join(f"for {label} in {share}" for label, share in shares)
    note = f" States hardly matter {weak} of replications: read the difference there, not the ratio."
    return (
        "This does not show what will happen, nor that the model is right: it shows what follows from the "
        "model's assumptions over the stated ranges of its parameters." + (note if weak else "")
    )


def _label(outcome: str) -> str:
    label = OUTCOMES[outcome].label
    return label[0].lower() + label[1:]


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
