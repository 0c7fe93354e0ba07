"""Figure: what knowing each parameter would tell of a verdict."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from citysim.analysis.assumption_words import names_in_words, parameter_name
from citysim.analysis.knowing import ALL, GROUP, PARAMETER
from citysim.analysis.labels import arm_label, outcome_label, outcome_within
from citysim.analysis.stall import states_stalled
from citysim.analysis.verdict import event_label
from citysim.figures.assessed import knowing_title
from citysim.figures.caption import Caption, Drawn
from citysim.figures.style import MUTED, new_figure, style, wrapped
from citysim.language import N_, gettext, numeral, pgettext

#: Parameters shown of each outcome, and their groups.
_SHOWN = {PARAMETER: 5, GROUP: 3}
#: Parameters of each outcome that the caption says in words.
_NAMED = 2
_TOLD, _NOT = "#0072B2", "#bdbdbd"
_TITLES = {
    "share": N_("Share of the variance explained"),
    "value": N_("Rise in the probability of judging right"),
}
_ROW_CM = 0.42


def draw(table: pd.DataFrame) -> Drawn:
    """Both measures by outcome, for the rows of one event and arm of ``knowing.csv``."""
    first = table.iloc[0]
    parts = [(str(outcome), _shown(rows)) for outcome, rows in table.groupby("outcome", sort=False)]
    heights = [len(rows) + 2.2 for _, rows in parts]
    with style():
        figure = new_figure(1.4 + _ROW_CM * sum(heights))
        axes = figure.subplots(len(parts), 2, squeeze=False, height_ratios=heights, sharex="col")
        for pair, (outcome, rows) in zip(axes, parts, strict=True):
            for ax, measure in zip(pair, _TITLES, strict=True):
                _panel(ax, rows, measure)
            pair[0].set_title(wrapped(outcome_label(outcome), 40))
            pair[1].set_yticklabels([])
            right = rows.iloc[0]["right"]
            pair[1].set_title(
                gettext("judged right now: {share} %", share=f"{100 * right:.0f}"),
                fontweight="normal",
                color=MUTED,
            )
        for ax, measure in zip(axes[-1], _TITLES, strict=True):
            ax.set_xlabel(gettext(_TITLES[measure]))
            ax.set_xlim(0, 1.08 * max(_end(shown, measure) for _, shown in parts))
        event = event_label(first["event"])
        caption = gettext(
            "What knowing a parameter, a group or all of them would tell of whether {event} for {arm} with "
            "{states_stalled}, over {count} replications. Left: share of the variance of the difference that "
            "decides it (first-order index); right: rise in the probability of judging it right (expected "
            "value of partial perfect information); strokes: 90 % intervals; grey: not told from "
            "a parameter that does not matter, all rows held together. Parameters "
            "that the draws tie together tell of each other.",
            event=event,
            arm=arm_label(first["arm"]),
            states_stalled=states_stalled(first["stall"]),
            count=first["n"],
        )
        best = table[table["of"] == PARAMETER].groupby("outcome", sort=False).first()
        alt = gettext("Bars by parameter. Of most value: ") + "; ".join(
            f"{outcome_within(str(outcome))}: {_label(row.to_dict())} ({numeral(f'{row["value"]:.2f}')})"
            for outcome, row in best.iterrows()
        )
        name = f"knowing_{first['event']}"
        named = [each for _, rows in parts for each in rows[rows["of"] == PARAMETER]["name"].head(_NAMED)]
        return figure, Caption(name, knowing_title(table), caption + names_in_words(named), alt)


def _shown(rows: pd.DataFrame) -> pd.DataFrame:
    """Those of most value, then of most share, of parameters and groups; all together last."""
    ranked = rows.assign(_rank=rows["value"].where(rows["value_told"], 0.0) + 1e-3 * rows["share"])
    parts = [ranked[ranked["of"] == of].nlargest(count, "_rank") for of, count in _SHOWN.items()]
    return pd.concat([*parts, ranked[ranked["of"] == ALL]])


def _panel(ax: Axes, rows: pd.DataFrame, measure: str) -> None:
    at = np.arange(len(rows))[::-1]
    colours = [_TOLD if told else _NOT for told in rows[f"{measure}_told"]]
    ax.barh(at, rows[measure], color=colours, height=0.62)
    ax.hlines(at, rows[f"{measure}_lower"], rows[f"{measure}_upper"], color="#222222", lw=0.9)
    ax.set_yticks(at, [_label(row) for row in rows.to_dict("records")])
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=True, axis="x")
    ax.grid(visible=False, axis="y")
    ax.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(lambda value, _: numeral(f"{100 * value:.3g} %"))


def _end(rows: pd.DataFrame, measure: str) -> float:
    """Where the longest bar or interval ends; where there is none, enough for an axis."""
    return float(max(rows[[measure, f"{measure}_upper"]].to_numpy().max(), 0.02))


def _label(row: Mapping[Any, Any]) -> str:
    name = parameter_name(str(row["name"]))
    if row["of"] == GROUP:
        return gettext("group: {name}", name=pgettext("group of parameters", str(row["name"])))
    return gettext("all parameters") if row["of"] == ALL else name
