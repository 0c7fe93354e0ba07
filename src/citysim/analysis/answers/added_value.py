"""What each network adds: leave one out, Shapley value, and a placebo with members drawn at random.

The design says which coalitions of networks were run (``design.coalitions``); all else is the same in them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from citysim.analysis.answers.estimates import estimates, replications
from citysim.analysis.intervals import MIN_REPLICATIONS
from citysim.analysis.labels import outcome_within, verdict_label
from citysim.analysis.multiplicity import HEADLINE_OUTCOMES
from citysim.analysis.power import replications_needed
from citysim.analysis.results import RunSet
from citysim.analysis.rounding import change_in_digits
from citysim.analysis.shapley import Coalition, Steps, leave_one_out_steps, shapley_steps
from citysim.arrays import Bools, Floats
from citysim.errors import ResultError
from citysim.language import N_, gettext, ngettext, numeral
from citysim.plan.design.axes import Values
from citysim.plan.design.coalitions import ABSENT, JOIN, PLACEBO

TITLE = N_("What each network adds")

#: Those of every experiment, and what networks are there to spread.
ASKED = (*HEADLINE_OUTCOMES, "coverage")
#: Group of cities → its name in the recorder, by network.
GROUPS = {"members": "in {}", "others": "not in {}", "world": "world"}
LEAVE_ONE_OUT, SHAPLEY, PLACEBO_TEST, TOGETHER = "leave_one_out", "shapley", "placebo", "together"
#: What stands for all players at once in the column ``network``.
ALL = "all of them"
KEYS = ("estimand", "network", "group", "outcome", "arm", "stall")
ONE_PERCENT = 0.01


@dataclass(frozen=True)
class Game:
    """Networks whose value is asked for, and the coalitions of them that a design runs.

    ``texts``: ``absent_networks`` of every coalition, in the order of ``coalitions``.
    """

    players: tuple[str, ...]
    coalitions: tuple[Coalition, ...]
    texts: tuple[str, ...]
    placebos: tuple[str, ...]


def game(results: RunSet) -> Game:
    """The game that the design plays. Raises ``ResultError`` where it has no coalitions."""
    if results.sampled:
        raise ResultError(f"{results.path}: the analysis added_value needs design.kind = 'list' or 'grid'")
    absent = _axis(results, ABSENT)
    placebo = _axis(results, PLACEBO) or ("",) * len(absent)
    paired = zip(absent, placebo, strict=True) if results.config.design.kind == "list" else None
    real = [text for text, drawn in paired if not drawn] if paired else list(absent)
    players = tuple(max(real, key=lambda text: text.count(JOIN), default="").split(JOIN))
    texts = tuple(dict.fromkeys(real))
    coalitions = tuple(frozenset(players) - frozenset(text.split(JOIN)) for text in texts)
    everyone = frozenset(players)
    needed = {everyone, *(everyone - {name} for name in players)}
    if len(players) < 2 or not needed <= set(coalitions):
        raise ResultError(
            f"{results.path}: the design has no coalitions of networks; the analysis added_value needs "
            'design.coalitions = {networks = […], which = "latin"}'
        )
    return Game(players, coalitions, texts, tuple(name for name in players if name in placebo))


def _axis(results: RunSet, name: str) -> tuple[str, ...]:
    axis = results.config.axes.get(name)
    return tuple(map(str, axis.values)) if isinstance(axis, Values) else ()


def table(results: RunSet) -> pd.DataFrame:
    """One row per estimand, network, group of cities, outcome, arm, stall (and other swept value).

    ``leave_one_out``: Y[all] − Y[without it]. ``shapley``: its mean difference to a coalition (see
    ``shapley_steps``). ``placebo``: Y[all] − Y[its members drawn at random]. ``together``: Y[all] − Y[none
    of them]. ``members`` are the cities in the network at the start. Planned: all of them for the world, and
    leave one out for members and others. Beside the columns of ``estimates``: ``reference``, the mean of
    Y[all]; ``relative``, the estimate as a share of it; ``deviation``, the standard deviation of the paired
    differences; ``seeds_for_estimate`` and ``seeds_for_1_percent``, how many replications an effect of the
    mean's size, or of 1 % of the reference, needs (``replications_needed``).
    Raises ``ResultError`` where the design or the record lacks what is needed.
    """
    played = game(results)
    outcomes = [name for name in ASKED if name in results.outcomes]
    groups = ["world", *(GROUPS[g].format(name) for g in ("members", "others") for name in played.players)]
    y = replications(results, outcomes, groups=groups)
    if PLACEBO not in y.columns.names:
        y = pd.concat({"": y}, axis=1, names=[PLACEBO])
    cases = [name for name in y.columns.names if name not in ("outcome", ABSENT, PLACEBO, "group")]
    found: dict[tuple[object, ...], Floats] = {}
    levels: list[float] = []
    for case, columns in y.T.groupby(level=cases, sort=False):
        part = columns.T.droplevel(cases, axis=1)
        for key, differences, everyone in _contrasts(part, played, outcomes):
            if np.isfinite(differences).any():
                found[*key, *case] = differences
                levels.append(float(np.nanmean(everyone)))
    if not found:
        raise ResultError(f"{results.path}: no replication has both runs of any comparison of added_value")
    values = pd.DataFrame(found, index=y.index)
    values.columns = pd.MultiIndex.from_tuples(list(found), names=[*KEYS[:4], *cases])
    return _with_power(estimates(values, planned=_planned(values.columns)), values, np.array(levels))


def _planned(columns: pd.Index) -> Bools:
    group, estimand = columns.get_level_values("group"), columns.get_level_values("estimand")
    return np.asarray((group == "world") | (estimand == LEAVE_ONE_OUT))


def _contrasts(
    y: pd.DataFrame, played: Game, outcomes: Sequence[str]
) -> Iterator[tuple[tuple[str, str, str, str], Floats, Floats]]:
    """Key, paired differences (replications,) and Y[all] of everything that is asked.

    ``y``: columns of outcome, absent networks, placebo and group.
    """
    steps = {
        LEAVE_ONE_OUT: leave_one_out_steps(played.players, played.coalitions),
        SHAPLEY: _shapley(played),
    }
    full = played.texts.index("")
    for outcome in outcomes:
        for group, pattern in GROUPS.items():
            for i, name in enumerate(played.players):
                recorded = pattern.format(name)
                columns = [(outcome, text, "", recorded) for text in played.texts]
                v = _columns(y, columns)
                for estimand, of_players in steps.items():
                    if of_players:
                        yield (estimand, name, group, outcome), of_players[i].mean(v), v[:, full]
                if name in played.placebos:
                    drawn = _columns(y, [(outcome, "", name, recorded)])[:, 0]
                    yield (PLACEBO_TEST, name, group, outcome), v[:, full] - drawn, v[:, full]
        if frozenset() in played.coalitions:
            none = played.texts[played.coalitions.index(frozenset())]
            v = _columns(y, [(outcome, text, "", "world") for text in ("", none)])
            yield (TOGETHER, ALL, "world", outcome), v[:, 0] - v[:, 1], v[:, 0]


def _shapley(played: Game) -> list[Steps]:
    """Steps of the Shapley values, none where the design has not the coalitions for them."""
    try:
        return shapley_steps(played.players, played.coalitions)
    except ValueError:
        return []


def _columns(y: pd.DataFrame, columns: list[tuple[str, str, str, str]]) -> Floats:
    """Columns by outcome, absent networks, placebo and group; NaN where none of the runs is there."""
    order = ["outcome", ABSENT, PLACEBO, "group"]
    wanted = pd.MultiIndex.from_tuples(columns, names=order)
    return y.reorder_levels(order, axis=1).reindex(columns=wanted).to_numpy(float)


def _with_power(rows: pd.DataFrame, values: pd.DataFrame, levels: Floats) -> pd.DataFrame:
    deviation = values.std(ddof=1).to_numpy(float)
    effects = zip(rows["mean"], levels, deviation, strict=True)
    needed = [
        (replications_needed(mean, sd), replications_needed(ONE_PERCENT * level, sd))
        for mean, level, sd in effects
    ]
    return rows.assign(
        reference=levels,
        relative=rows["estimate"] / np.where(levels != 0, np.abs(levels), np.nan),
        deviation=deviation,
        seeds_for_estimate=[each[0] for each in needed],
        seeds_for_1_percent=[each[1] for each in needed],
    )


def words(rows: pd.DataFrame) -> list[str]:
    """What is shown after Holm's adjustment, of the first arm and point where there are more."""
    rows = rows[rows["arm"] == rows["arm"].iloc[0]].drop_duplicates(list(KEYS))
    count = int(rows["n_seeds"].max())
    if count < MIN_REPLICATIONS:
        return [
            ngettext(
                "{count} replication is too few to say what a network adds; it takes {least}.",
                "{count} replications are too few to say what a network adds; it takes {least}.",
                count,
                least=MIN_REPLICATIONS,
            )
        ]
    return [
        _about(rows, "members", gettext("its own members")),
        _about_world(rows),
        *_against_placebo(rows),
        _seeds(rows, count),
    ]


def _about_world(rows: pd.DataFrame) -> str:
    text = _about(rows, "world", gettext("the world"))
    shared = rows[(rows["estimand"] == SHAPLEY) & (rows["group"] == "world")]
    if shared.empty:
        return text
    found = _found(shared)
    text += (
        gettext(" Shares of what they do together (Shapley) that differ from 0: {found}.", found=found)
        if found
        else gettext(" No network's share of what they do together (Shapley) is shown to differ from 0.")
    )
    whole = _found(rows[rows["estimand"] == TOGETHER])
    if whole:
        return text + gettext(" Together they change {found}.", found=whole)
    return text + gettext(" Nor is what all do together.")


def _against_placebo(rows: pd.DataFrame) -> list[str]:
    asked = rows[(rows["estimand"] == PLACEBO_TEST) & (rows["group"] == "world")]
    if asked.empty:
        return []
    found = _found(asked)
    if found:
        text = gettext(
            "Against a network of the same size and rules whose members are drawn at random, {found}; no "
            "other difference is shown.",
            found=found,
        )
    else:
        text = gettext(
            "Against a network of the same size and rules whose members are drawn at random, no network is "
            "shown to do better or worse for the world."
        )
    return [text]


def _about(rows: pd.DataFrame, group: str, whom: str) -> str:
    """What leaving a network out shows about one group of cities."""
    asked = rows[(rows["estimand"] == LEAVE_ONE_OUT) & (rows["group"] == group)]
    found = _found(asked)
    if found:
        return gettext(
            "For {whom}, leaving one out shows {found}. No other effect is shown.", whom=whom, found=found
        )
    largest = 100 * asked["relative"].abs().groupby(asked["outcome"], sort=False).max()
    sizes = ", ".join(
        f"{_label(outcome)} {numeral(f'{size:.2g}')} %" for outcome, size in largest.items() if size > 0
    )
    if not sizes:
        return gettext("No network is shown to make {whom} better or worse off.", whom=whom)
    return gettext(
        "No network is shown to make {whom} better or worse off; the largest median effects of leaving one "
        "out: {sizes}.",
        whom=whom,
        sizes=sizes,
    )


def _found(rows: pd.DataFrame) -> str:
    """What is better or worse for sure, by outcome."""
    parts = []
    for outcome, of_outcome in rows[rows["verdict"].isin(["better", "worse"])].groupby("outcome", sort=False):
        for verdict, same in of_outcome.groupby("verdict"):
            each = ", ".join(
                gettext(
                    "{network} ({estimate}; {lower} to {upper})",
                    network=row["network"],
                    estimate=_percent(row, "estimate"),
                    lower=_percent(row, "lower_adjusted"),
                    upper=_percent(row, "upper_adjusted"),
                )
                for _, row in same.iterrows()
            )
            parts.append(
                gettext(
                    "{outcome}: {verdict} with {networks}",
                    outcome=_label(outcome),
                    verdict=verdict_label(str(verdict)),
                    networks=each,
                )
            )
    return "; ".join(parts)


def _percent(row: "pd.Series[float]", column: str) -> str:
    level = abs(row["reference"])
    return f"{change_in_digits(100 * row[column] / level)} %" if level else change_in_digits(row[column])


def _seeds(rows: pd.DataFrame, count: int) -> str:
    """How many replications it takes, and what was held fixed."""
    asked = rows[(rows["estimand"] == LEAVE_ONE_OUT) & (rows["group"] == "world")]
    moved = asked[asked["deviation"] > 0].groupby("outcome", sort=False)["seeds_for_1_percent"].max()
    needed = ", ".join(f"{_label(outcome)} {numeral(f'{number:,.0f}')}" for outcome, number in moved.items())
    still = [_label(name) for name in asked["outcome"].unique() if name not in moved.index]
    text = gettext(
        "Intervals are of the median of {count} replications and hold for all planned comparisons together; "
        "twinnings and all other networks are in every run.",
        count=count,
    )
    if needed:
        text += gettext(
            " To tell one effect of 1 % of the world's level from 0 nine times in ten takes this many "
            "replications: {needed}.",
            needed=needed,
        )
    return text + (
        gettext(" Nothing changes at all in: {outcomes}.", outcomes=", ".join(still)) if still else ""
    )


def _label(outcome: object) -> str:
    return outcome_within(str(outcome))
