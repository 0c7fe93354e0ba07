"""Losses averted by cooperation, split by what averted them; mutual aid when shocks are correlated.

The model keeps a ledger that adds up: what crises would cost without services = prevented + relieved by own
means, insurers, the state, donors, networks and twins + loss, and loss = recovered by itself + recovered
faster by services + unrecovered. All amounts are shares of a year's product, people-weighted and summed over
the run. Own means, insurers, states and donors are no cooperation of cities.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from citysim.analysis.answers.differences import part as part_of
from citysim.analysis.answers.estimates import estimates, quoted, replications
from citysim.analysis.answers.pairing import arms_against, whole
from citysim.analysis.labels import arm_label
from citysim.analysis.results import RunSet
from citysim.analysis.stall import states_stalled
from citysim.arrays import Bools, Floats
from citysim.language import N_, gettext, numeral

TITLE = N_("Prevention or response")

#: Part of the split → outcome, in the order in which they act.
SOURCES = {
    "prevented": "loss_prevented",
    "own": "relief_own",
    "insurance": "relief_insurance",
    "state": "relief_state",
    "donations": "relief_donations",
    "networks": "relief_networks",
    "twins": "relief_twins",
    "faster": "recovered_services",
}
PARTS = ("fewer", *SOURCES)
#: What averts losses before they fall, and what meets those that fall.
SUMS = {"prevention": PARTS[:2], "response": PARTS[2:]}
LABELS = {
    "fewer": N_("fewer or smaller crises"),
    "prevented": N_("prevented by services"),
    "own": N_("relieved by own means"),
    "insurance": N_("relieved by insurers"),
    "state": N_("relieved by states"),
    "donations": N_("relieved by donations"),
    "networks": N_("relieved by networks"),
    "twins": N_("relieved by twins"),
    "faster": N_("recovered faster by services"),
}


def part_label(part: str) -> str:
    """What averts losses, for people."""
    return gettext(LABELS[part])


AXIS = "crisis_correlation"
#: Footprints as they are by default.
USUAL = 1.0
_OUTCOMES = ("loss_expected", *SOURCES.values(), "loss", "recovered", "unrecovered")
#: Share of what reaches a source that it covers; "mutual" are networks and twins together.
COVERS = {
    "state": ("state",),
    "networks": ("networks",),
    "twins": ("twins",),
    "mutual": ("networks", "twins"),
}
_STAGES = ("state", "donations", "networks", "twins", "loss")

#: Amounts by part, float (seeds, points) each.
type Flows = dict[str, Floats]


def table(results: RunSet) -> pd.DataFrame:
    """Rows by ``quantity``, ``part``, ``arm`` and point; positive is more averted than in ``versus``.

    ``averted``: ``total`` = fewer + prevented + own + insurance + state + donations + networks + twins +
    faster, exactly in every replication and in the means; also total = ``recovered`` + ``unrecovered``, by
    which less is left, and without faster it is ``residual``. ``by_rate``: the same total split by the change
    of the share that each source takes of what reaches it, by logarithmic means (Ang 2004, LMDI). Both:
    ``prevention`` (fewer, prevented), ``response`` (the others), ``balance`` (prevention − response).
    ``percent``, ``percent_by_rate``: the same per 100 of what is left without cooperation. ``cover``: share
    of what reaches a source that it covers. ``correlated``: that share less the same at the lowest
    correlation of shocks.
    Planned: total, balance by rate, ``correlated`` of mutual aid, and the parts of both splits in the arm
    with all cooperation.
    Raises ``ResultError`` where an outcome of the ledger was not recorded, or there is only one arm.
    """
    arms, reference = arms_against(results)
    values = replications(results, _OUTCOMES)
    points = runs_of(values, "loss", reference).columns
    flows = {arm: _flows(values, arm, points) for arm in (reference, *arms)}
    parts: dict[tuple[str, str, str], Floats] = {}
    for arm in arms:
        amounts, rates = averted(flows[arm], flows[reference]), by_rate(flows[arm], flows[reference])
        percent = 100 / _positive(flows[reference]["left"])
        parts |= {("averted", part, arm): each for part, each in amounts.items()}
        parts |= {("by_rate", part, arm): each for part, each in rates.items()}
        parts |= {("percent", part, arm): percent * each for part, each in amounts.items()}
        parts |= {("percent_by_rate", part, arm): percent * each for part, each in rates.items()}
    for arm, of_arm in flows.items():
        for part in ("state",) if arm == reference else COVERS:
            parts["cover", part, arm] = cover(of_arm, part)
            parts["correlated", part, arm] = _against_lowest(parts["cover", part, arm], points)
    keys = [(*key, *point) for key in parts for point in points.to_frame().itertuples(index=False)]
    names = ["quantity", "part", "arm", *map(str, points.names)]
    columns = pd.MultiIndex.from_tuples(keys, names=names)
    together = pd.DataFrame(np.hstack(list(parts.values())), values.index, columns)
    found = estimates(together, planned=_planned(columns.to_frame(index=False), whole(arms)))
    found.insert(names.index("arm") + 1, "versus", reference)
    return found


def _planned(keys: pd.DataFrame, arm: str) -> Bools:
    quantity, part = keys["quantity"], keys["part"]
    parts = quantity.isin(["averted", "by_rate"]) & part.isin(PARTS) & (keys["arm"] == arm)
    total = (quantity == "averted") & (part == "total")
    balance = (quantity == "by_rate") & (part == "balance")
    return np.asarray(parts | total | balance | ((quantity == "correlated") & (part == "mutual")))


def runs_of(values: pd.DataFrame, outcome: str, arm: str) -> pd.DataFrame:
    """One outcome of one arm from ``replications``: a row per seed, a column per point (stall first)."""
    return part_of(part_of(values, "outcome", outcome), "arm", arm)


def _flows(values: pd.DataFrame, arm: str, points: pd.Index) -> Flows:
    """Amounts of one arm, NaN where runs are missing; ``left`` is what no source has averted."""
    outcomes = SOURCES | {name: name for name in ("loss", "recovered", "unrecovered")}
    outcomes["fewer"] = "loss_expected"
    found = {
        name: runs_of(values, outcome, arm).reindex(columns=points).to_numpy(float)
        for name, outcome in outcomes.items()
    }
    return found | {"left": found["loss"] - found["faster"]}


def averted(arm: Flows, reference: Flows) -> Flows:
    """What each source takes more of in ``arm`` than in ``reference``, and by how much less is left."""
    split = {part: arm[part] - reference[part] for part in SOURCES}
    split = {"fewer": reference["fewer"] - arm["fewer"], **split}
    less = {
        "total": reference["left"] - arm["left"],
        "residual": reference["loss"] - arm["loss"],
        **{name: reference[name] - arm[name] for name in ("recovered", "unrecovered")},
    }
    return _with_sums(split) | less


def by_rate(arm: Flows, reference: Flows) -> Flows:
    """The total averted, split by −ln of the change of the share that each source lets through.

    NaN where a source lets nothing through.
    """
    before, after = _logs_let_through(reference), _logs_let_through(arm)
    change = {part: before[part] - after[part] for part in PARTS}
    log, gap = _sum(change, PARTS), reference["left"] - arm["left"]
    # the logarithmic mean of what is left in the two arms; equal arms have that of either
    mean = np.where(log == 0, reference["left"], gap / np.where(log == 0, np.nan, log))
    return _with_sums({part: mean * each for part, each in change.items()}) | {"total": gap}


def _logs_let_through(flows: Flows) -> Flows:
    """Logarithms of the expected loss, and of the share of what reaches each source that it lets through."""
    reaching = _positive(flows["fewer"])
    logs = {"fewer": np.log(reaching)}
    for part in SOURCES:
        let_through = _positive(reaching - flows[part])
        logs[part] = np.log(let_through / reaching)
        reaching = let_through
    return logs


def _with_sums(split: Flows) -> Flows:
    sums = {name: _sum(split, parts) for name, parts in SUMS.items()}
    return split | sums | {"balance": sums["prevention"] - sums["response"]}


def cover(flows: Flows, part: str) -> Floats:
    """Share that a source covers of what the sources before it leave; NaN where they leave nothing."""
    covering = COVERS[part]
    stages = _STAGES[_STAGES.index(covering[0]) :]
    return _sum(flows, covering) / _positive(_sum(flows, stages))


def _against_lowest(share: Floats, points: pd.Index) -> Floats:
    """Every point less the one with the lowest correlation of shocks; NaN there, and where none is swept."""
    keys = points.to_frame(index=False)
    if AXIS not in keys:
        return np.full_like(share, np.nan)
    others = [name for name in keys if name != AXIS]
    lowest = keys.groupby(others)[AXIS].transform("idxmin").to_numpy(int)
    itself = lowest == np.arange(len(keys))
    return np.where(itself, np.nan, share - share[:, lowest])


def _positive(amount: Floats) -> Floats:
    return np.where(amount > 0, amount, np.nan)


def _sum(flows: Flows, names: Sequence[str]) -> Floats:
    return np.sum([flows[name] for name in names], axis=0)


def usual_point(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with footprints nearest to their usual size."""
    if AXIS not in rows:
        return rows
    distance = (rows[AXIS] - USUAL).abs()
    found: pd.DataFrame = rows[distance == distance.min()]
    return found


def words(rows: pd.DataFrame) -> list[str]:
    """What the split and the correlation of shocks show, for the arm with all cooperation."""
    arm = whole(list(dict.fromkeys(rows["arm"])))
    rows = rows[rows["arm"] == arm]
    of = {(row["quantity"], row["part"]): row for _, row in usual_point(rows).iterrows()}
    total = of["averted", "total"]
    if total["verdict"] == "too few":
        return [gettext("Losses averted: too few replications ({count}) to say.", count=total["n_seeds"])]
    said = [_total(total, of["percent", "total"], arm)]
    if total["verdict"] != "no effect shown":
        said.append(_split(of))
        said.append(_balance(of["by_rate", "balance"]))
    return said + _correlated(rows)


def _total(row: "pd.Series[float]", percent: "pd.Series[float]", arm: str) -> str:
    told = {"arm": arm_label(arm), "states_stalled": states_stalled(row["stall"]), "averted": quoted(row)}
    if str(row["verdict"]) == "no effect shown":
        return gettext(
            "With “{arm}” and {states_stalled}, no change of the losses left is shown: {averted} of a "
            "year's product averted.",
            **told,
        )
    change = [-percent[name] for name in ("estimate", "upper", "lower")]
    middle, low, high = (numeral(f"{value:+.0f}") if round(value) else "0" for value in change)
    return gettext(
        "With “{arm}” and {states_stalled}, the losses left after relief and help by services change by "
        "{middle} % ({low} to {high} % in nine of ten replications) against no cooperation: {averted} of a "
        "year's product averted.",
        **told,
        middle=middle,
        low=low,
        high=high,
    )


def _split(of: Mapping[tuple[str, str], "pd.Series[float]"]) -> str:
    total = of["averted", "total"]["mean"]
    shares, rates = (
        ", ".join(f"{part_label(part)} {_percent(of[quantity, part]['mean'], total)}" for part in PARTS)
        for quantity in ("averted", "by_rate")
    )
    return gettext(
        "By amount the mean averted splits into {shares}; a negative part is less left for that source to "
        "do, not harm. Own means, insurers, states and donors are no cooperation of cities. By the share "
        "that each source takes of what reaches it: {rates}.",
        shares=shares,
        rates=rates,
    )


def _percent(part: float, total: float) -> str:
    return numeral(f"{100 * part / total:z.0f} %")


def _balance(row: "pd.Series[float]") -> str:
    said = {
        "more": N_(
            "Prevention less response, by rate: {balance} of a year's product; cooperation averts more by "
            "prevention than by response {note}."
        ),
        "less": N_(
            "Prevention less response, by rate: {balance} of a year's product; cooperation averts more by "
            "response than by prevention {note}."
        ),
    }
    open_ = N_("Prevention less response, by rate: {balance} of a year's product, not told apart {note}.")
    note = gettext("(prevention: fewer or smaller crises and services; response: relief and faster recovery)")
    return gettext(said.get(str(row["verdict"]), open_), balance=quoted(row), note=note)


def _correlated(rows: pd.DataFrame) -> list[str]:
    found = rows[(rows["quantity"] == "correlated") & (rows["part"] == "mutual")]
    if found.empty:
        return []
    row = found.sort_values(AXIS).iloc[-1]
    level = rows[(rows["quantity"] == "cover") & (rows["part"] == "mutual")]
    first = level.sort_values(AXIS).iloc[0]
    verdict = {"more": gettext("it covers more"), "less": gettext("it covers less")}.get(
        str(row["verdict"]), gettext("no change of it is shown")
    )
    against = gettext("independent shocks")
    if first[AXIS] != 0:
        against = gettext("correlation {value}", value=numeral(f"{first[AXIS]:g}"))
    said = gettext(
        "Networks and twins cover {share} % of what all others leave with {against}; with footprints "
        "{factor} times their default size {verdict}: difference {difference} points. The mean number of "
        "hits per city stays the same, and so does the law of their severity.",
        share=_range(first, 100),
        against=against,
        factor=numeral(f"{row[AXIS]:g}"),
        verdict=verdict,
        difference=_range(row, 100),
    )
    return [said]


def _range(row: "pd.Series[float]", factor: float) -> str:
    """Median and 5–95 % range, scaled."""
    return quoted(pd.Series({name: factor * row[name] for name in ("estimate", "lower", "upper")}))
