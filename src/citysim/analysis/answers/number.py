"""Whether the growing number of networks has downsides: the best number, the decline beyond it, and by what.

The number of networks is swept and held; the first arm of the config has every downside at work, each further
arm switches some off.
"""

from typing import Any

import numpy as np
import pandas as pd

from citysim.analysis.answers.differences import (
    CONFIDENCE,
    SHOWN,
    keys_of,
    part,
    ratios,
    row_of,
    share_with_interval,
    stacked,
)
from citysim.analysis.answers.estimates import ESTIMATES, estimates, quoted, replications
from citysim.analysis.intervals import wilson
from citysim.analysis.labels import arm_label, outcome_label, outcome_unit, outcome_within
from citysim.analysis.results import RunSet
from citysim.analysis.rounding import in_digits
from citysim.analysis.stall import states_have_lost
from citysim.errors import ResultError
from citysim.language import DEFAULT, N_, gettext, ngettext, numeral, spoken
from citysim.model.outcomes import OUTCOMES

TITLE = N_("The number of networks")

AXIS = "initial_networks"
#: Outcomes with a best number of networks; the decline of the first two is planned.
PEAKS = ("development", "coverage", "loss", "marginalisation")
PLANNED = ("development", "coverage")
LEVELS = (*PEAKS, "memberships", "engagement", "attention", "duplication", "networks")
#: Gap → the groups it is between.
GAPS = {N_("member − non-member"): ("member", "non_member"), N_("north − south"): ("north", "south")}
GAP_OUTCOMES = ("development", "coverage", "marginalisation", "loss", "memberships")
#: Every so many replications one finds the best number, and is not used to measure the decline from it.
FINDING = 3
KEYS = ("quantity", "arm", "stall", AXIS, "group", "outcome")
_LIMITS = N_(
    "Downsides are switched off one at a time, so what each causes need not add up; above 100 % is a rise "
    "in place of the decline. With no attention cost, ties cost nothing at all: nothing is diluted, and no "
    "city is overloaded or holds back from joining."
)

type _Columns = dict[tuple[Any, ...], "pd.Series[float]"]


def gap_label(gap: str) -> str:
    """A gap of ``GAPS`` for people."""
    return gettext(gap)


def table(results: RunSet) -> pd.DataFrame:
    """Columns ``quantity``, ``arm``, ``stall``, ``initial_networks`` (K), ``group``, ``outcome``, estimates.

    ``quantity``: ``level`` of an outcome at each K, ``from_fewest`` its change against the fewest networks,
    ``gap`` between groups. ``best_number``: K at which a replication has its best value, the fewest of
    equals; ``best_at_fewest``, ``best_inside`` and ``best_at_most``: share of replications in which that is
    an end of the range or not, with Wilson's interval.

    ``from_best``: change from the best number of the mean curve (K of the row) to the most. Every third
    replication finds that number and the others measure the change, so that chance peaks make no decline.
    ``from_none``: change from the fewest networks to the best number, likewise. ``caused``: what of
    ``from_best`` goes away in an arm with a downside off, at the same K; ``share_caused`` its share, a ratio
    of means.
    Planned: ``from_best`` and ``caused`` of development and coverage.
    Raises ``ResultError`` where ``initial_networks`` is not swept over three numbers or more, alone.
    """
    _check(results)
    outcomes = [name for name in LEVELS if name in results.outcomes]
    values = replications(results, outcomes)
    levels, best, changes = _levels(values), _best(values), _changes(values, list(results.config.arms))
    gaps = _gaps(results)
    asked = changes.columns.get_level_values("quantity").isin(["from_best", "caused"])
    asked &= changes.columns.get_level_values("outcome").isin(PLANNED)
    parts = [
        estimates(pd.concat([levels, gaps, best], axis=1), tested=False),
        _ends(best, values.columns.unique(AXIS).to_numpy(float)),
        estimates(changes, planned=np.asarray(asked)),
        _shares(changes),
    ]
    return stacked(*[found for found in parts if len(found)])[[*KEYS, *ESTIMATES, *CONFIDENCE]]


def _check(results: RunSet) -> None:
    found = results.runs[AXIS].nunique() if AXIS in results.sweep else 0
    if tuple(results.sweep) != (AXIS,) or found < 3:
        swept = ", ".join(results.sweep) or "nothing beside stall"
        raise ResultError(
            f"{results.path}: design: sweeps {swept}; "
            f"this analysis needs {AXIS} alone, over three numbers or more"
        )


def _table(columns: _Columns) -> pd.DataFrame:
    table = pd.DataFrame(columns)
    return table.set_axis(pd.MultiIndex.from_tuples(list(columns), names=list(KEYS)), axis=1)


def _levels(values: pd.DataFrame) -> pd.DataFrame:
    """Outcomes at each number of networks, and their change against the fewest."""
    columns: _Columns = {}
    fewest = values.columns.unique(AXIS).min()
    for outcome, arm, stall, networks in keys_of(values):
        level = values[outcome, arm, stall, networks]
        columns["level", arm, stall, networks, "world", outcome] = level
        change = level - values[outcome, arm, stall, fewest]
        columns["from_fewest", arm, stall, networks, "world", outcome] = change
    return _table(columns)


def _gaps(results: RunSet) -> pd.DataFrame:
    """Differences between groups of cities in the first arm; none where groups were not recorded."""
    columns: _Columns = {}
    full = next(iter(results.config.arms))
    if results.config.record.groups_summary:
        outcomes = [name for name in GAP_OUTCOMES if name in results.outcomes]
        groups = [name for pair in GAPS.values() for name in pair]
        values = replications(results, outcomes, groups=groups)
        for key in keys_of(values):
            outcome, arm, stall, networks, group = key
            for gap, (one, other) in GAPS.items():
                if arm == full and group == one:
                    difference = values[key] - values[*key[:-1], other]
                    columns["gap", arm, stall, networks, gap, outcome] = difference
    return _table(columns) if columns else pd.DataFrame()


def _curves(values: pd.DataFrame) -> dict[tuple[str, str, float], pd.DataFrame]:
    """Replications × K of each outcome with a best number, arm and stall; whole replications only."""
    found = {}
    for outcome, arm, stall in dict.fromkeys(key[:3] for key in keys_of(values)):
        if outcome in PEAKS:
            curve = part(part(part(values, "outcome", outcome), "arm", arm), "stall", stall)
            found[outcome, arm, stall] = curve[sorted(curve.columns)].dropna()
    return found


def _best(values: pd.DataFrame) -> pd.DataFrame:
    """The best number of networks of every replication."""
    return _table(
        {
            ("best_number", arm, stall, np.nan, "world", outcome): (OUTCOMES[outcome].better * curve)
            .idxmax(axis=1)
            .astype(float)
            for (outcome, arm, stall), curve in _curves(values).items()
        }
    )


def _ends(best: pd.DataFrame, numbers: np.ndarray) -> pd.DataFrame:
    """In which share of replications the best number is an end of the range, or inside it."""
    rows = []
    for key in keys_of(best):
        known = best[key].dropna()
        where = {
            "best_at_fewest": known == numbers.min(),
            "best_inside": (known > numbers.min()) & (known < numbers.max()),
            "best_at_most": known == numbers.max(),
        }
        for quantity, here in where.items():
            hits, count = np.array(int(here.sum())), np.array(len(known))
            low, high = wilson(hits, count)
            rows.append(
                dict(zip(KEYS, (quantity, *key[1:]), strict=True))
                | {"estimate": here.mean(), "n_seeds": len(known), "planned": False, "verdict": ""}
                | dict(zip(CONFIDENCE, (float(low), float(high)), strict=True))
            )
    return pd.DataFrame(rows)


def _changes(values: pd.DataFrame, arms: list[str]) -> pd.DataFrame:
    """Changes along the curve, measured on the replications that did not find its best number."""
    curves = _curves(values)
    columns: _Columns = {}
    full = arms[0]
    for (outcome, arm, stall), curve in curves.items():
        if arm != full or curve.empty:
            continue
        finding = np.arange(len(values)) % FINDING == 0
        finds = curve[curve.index.isin(values.index[finding])]
        measures = curve.index.difference(finds.index)
        better = OUTCOMES[outcome].better
        numbers = curve.columns.to_numpy(float)
        at = int(np.argmax((better * (finds if len(finds) else curve)).mean().to_numpy()))
        fewest, peak, most = numbers[[0, at, -1]]
        key = stall, peak, "world", outcome
        change = (curve[most] - curve[peak])[measures]
        columns["from_best", full, *key] = change
        columns["from_none", full, *key] = (curve[peak] - curve[fewest])[measures]
        for off in arms[1:]:
            other = curves.get((outcome, off, stall))
            if other is not None:
                columns["from_best", off, *key] = (other[most] - other[peak]).reindex(measures)
                columns["caused", off, *key] = change - columns["from_best", off, *key]
    return _table(columns)


def _shares(changes: pd.DataFrame) -> pd.DataFrame:
    """What each downside causes over the whole change; both means."""
    caused = [key for key in keys_of(changes) if key[0] == "caused"]
    full = {key[2:]: key for key in keys_of(changes) if key[0] == "from_none"}
    whole = [("from_best", *full[key[2:]][1:]) for key in caused]
    return ratios(changes[caused], changes[whole]).assign(quantity="share_caused")


def words(rows: pd.DataFrame) -> list[str]:
    """Where the best number lies, whether there is a decline beyond it, by what, and the limits."""
    if (rows.loc[rows["planned"].astype(bool), "verdict"] == "too few").any():
        count = int(rows["n_seeds"].max())
        return [
            ngettext(
                "With {count} replication there are too few to say whether more networks have downsides.",
                "With {count} replications there are too few to say whether more networks have downsides.",
                count,
            )
        ]
    outcomes = [name for name in PLANNED if name in set(rows["outcome"])]
    sentences = [f"{_where(rows, outcome)} {_decline(rows, outcome)}" for outcome in outcomes]
    if sentences:
        first = sentences[0][0].lower() + sentences[0][1:] if spoken() == DEFAULT else sentences[0]
        sentences[0] = gettext(
            "Where {states_have_lost}, {first}",
            states_have_lost=states_have_lost(rows["stall"].iloc[0]),
            first=first,
        )
    return [*sentences, _along(rows), gettext(_LIMITS)]


def _full(rows: pd.DataFrame) -> str:
    return str(rows.loc[rows["quantity"] == "from_none", "arm"].iloc[0])


def _where(rows: pd.DataFrame, outcome: str) -> str:
    full = _full(rows)
    best = row_of(rows, quantity="best_number", arm=full, outcome=outcome)
    share = {
        name: row_of(rows, quantity=name, arm=full, outcome=outcome)["estimate"]
        for name in ("best_inside", "best_at_fewest", "best_at_most")
    }
    numbers = rows.loc[rows["quantity"] == "level", AXIS]
    low, high = int(numbers.min()), int(numbers.max())
    numbers_of = ("estimate", "median_lower", "median_upper", "lower", "upper")
    return gettext(
        "{outcome} is best with {estimate} networks in the median replication (90 % confidence interval "
        "{median_lower} to {median_upper}; 5–95 % of replications {lower} to {upper}); in {outside} % of "
        "them there is no peak inside the range, as the best number is {fewest} ({at_fewest} %) or {most} "
        "({at_most} %).",
        outcome=outcome_label(outcome),
        **{name: numeral(f"{best[name]:,.0f}") for name in numbers_of},
        outside=f"{100 * (1 - share['best_inside']):.0f}",
        fewest=numeral(f"{low:,}"),
        at_fewest=f"{100 * share['best_at_fewest']:.0f}",
        most=numeral(f"{high:,}"),
        at_most=f"{100 * share['best_at_most']:.0f}",
    )


def _decline(rows: pd.DataFrame, outcome: str) -> str:
    full = _full(rows)
    change = row_of(rows, quantity="from_best", arm=full, outcome=outcome)
    most = int(rows.loc[rows["quantity"] == "level", AXIS].max())
    peak = int(change[AXIS])
    if peak == most:
        return gettext("The mean is best with the most networks, so no decline is shown.")
    declines = str(change["verdict"]) == "worse"
    text = (
        N_("From {peak} to {most} networks it changes by {change}, a decline.")
        if declines
        else N_("From {peak} to {most} networks it changes by {change}: no decline of {outcome} is shown.")
    )
    ends = {"peak": numeral(f"{peak:,}"), "most": numeral(f"{most:,}")}
    said = gettext(text, **ends, change=quoted(change), outcome=outcome_within(outcome))
    by = [_caused(rows, outcome, arm, shares=declines) for arm in dict.fromkeys(rows["arm"]) if arm != full]
    told = [clause for clause in by if clause]
    if not told:
        return said + gettext(" Nothing of it is shown to go away with any downside off.")
    harm = (
        N_(" What goes away (below 0: the downside does harm): {told}.")
        if OUTCOMES[outcome].better > 0
        else N_(" What goes away (above 0: the downside does harm): {told}.")
    )
    return said + gettext(harm, told="; ".join(told))


def _caused(rows: pd.DataFrame, outcome: str, arm: str, *, shares: bool) -> str:
    """What goes away in an arm, where that is shown; its share only of a decline that is shown too."""
    row = row_of(rows, quantity="caused", arm=arm, outcome=outcome)
    if str(row["verdict"]) not in SHOWN:
        return ""
    share = row_of(rows, quantity="share_caused", arm=arm, outcome=outcome)
    size = ""
    if shares and np.isfinite(share["estimate"]):
        size = gettext(", {share} of it", share=share_with_interval(share))
    return gettext("with {arm} {change}{size}", arm=arm_label(arm), change=quoted(row), size=size)


def _along(rows: pd.DataFrame) -> str:
    """How memberships, engagement, duplication and the gaps change over the range."""
    full = _full(rows)
    clauses = []
    here = rows[(rows["arm"] == full) & rows["quantity"].isin(["level", "gap"])]
    for quantity, group, outcome in (
        ("level", "world", "memberships"),
        ("level", "world", "engagement"),
        ("level", "world", "duplication"),
        *(("gap", gap, "development") for gap in GAPS),
    ):
        part = here[(here["quantity"] == quantity) & (here["group"] == group) & (here["outcome"] == outcome)]
        if len(part):
            part = part.sort_values(AXIS)
            name = outcome_within(outcome)
            name += (
                f" ({outcome_unit(outcome)})"
                if quantity == "level"
                else gettext(", gap {groups}", groups=gap_label(group))
            )
            first, last = in_digits(part["estimate"].iloc[place] for place in (0, -1))
            clauses.append(gettext("{name} from {first} to {last}", name=name, first=first, last=last))
    low, high = int(here[AXIS].min()), int(here[AXIS].max())
    return gettext(
        "From {low} to {high} networks the medians go: {clauses}.",
        low=numeral(f"{low:,}"),
        high=numeral(f"{high:,}"),
        clauses="; ".join(clauses),
    )
