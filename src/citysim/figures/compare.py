"""Figure: estimates before and after calibration."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from citysim.analysis.compare import HEADLINE
from citysim.analysis.estimands import ESTIMANDS, title
from citysim.analysis.labels import arm_label, outcome_label, outcome_within
from citysim.analysis.stall import at_level, states_stalled
from citysim.errors import ResultError
from citysim.figures.assessed import compare_title
from citysim.figures.caption import Caption, Drawn
from citysim.figures.style import INK, MUTED, new_figure, outside_legend, style, wrapped
from citysim.language import N_, gettext, lowered, numeral
from citysim.model.outcomes import OUTCOMES
from citysim.plan.report import Stall

NAME = "before_after"
_LOOKS = {N_("before"): ("#9a9a9a", 0.16), N_("after"): ("#0072B2", -0.16)}
#: Shares beyond these are cut: where stall costs little they have no bounds.
_LEAST, _MOST = -1.5, 3.0


def draw(table: pd.DataFrame, arm: str, stall: Stall) -> Drawn:
    """Intervals of one arm at one stall level, by estimand and outcome; rows as of ``compare.csv``.

    Raises ``ResultError`` where there are none.
    """
    rows = at_level(table[(table["table"] == HEADLINE) & (table["arm"] == arm)], stall)
    names = [name for name in ESTIMANDS[1:] if name in set(rows["estimand"])]
    if not names:
        raise ResultError(f"no share of what stall costs to compare with {states_stalled(stall)}")
    outcomes = [name for name in OUTCOMES if name in set(rows["outcome"])]
    with style():
        figure = new_figure(2.6 + 1.15 * len(outcomes))
        axes = figure.subplots(1, len(names), squeeze=False, sharey=True)[0]
        for ax, name in zip(axes, names, strict=True):
            _panel(ax, rows[rows["estimand"] == name].drop_duplicates("outcome"), outcomes, name)
        axes[0].set_yticks(
            range(len(outcomes)), [wrapped(outcome_label(name), 20) for name in reversed(outcomes)]
        )
        axes[0].set_ylim(-0.6, len(outcomes) - 0.4)
        handles = [
            Line2D([], [], color=colour, marker="o", ms=4, label=gettext(label))
            for label, (colour, _) in _LOOKS.items()
        ]
        outside_legend(figure, handles, loc="outside upper center", ncols=2)
    counts = rows.iloc[0]
    caption = gettext(
        "Shares of what stall costs for {arm} with {states_stalled}, median and 90 % "
        "interval over {before} replications before and {after} after. "
        "Numbers: probability that it is above 0 (compensation: at least 1) before → after. "
        "Intervals are cut at {least} and {most}.",
        arm=arm_label(arm),
        states_stalled=states_stalled(stall),
        before=counts["n_seeds_before"],
        after=counts["n_seeds_after"],
        least=numeral(f"{_LEAST:g}"),
        most=numeral(f"{_MOST:g}"),
    )
    alt = gettext("Pairs of intervals. ") + "; ".join(
        gettext(
            "{estimand} of {outcome}: {before} before, {after} after",
            estimand=lowered(title(row["estimand"])),
            outcome=outcome_within(row["outcome"]),
            before=numeral(f"{row['estimate_before']:.2f}"),
            after=numeral(f"{row['estimate_after']:.2f}"),
        )
        for row in rows[rows["estimand"].isin(names)].to_dict("records")
    )
    return figure, Caption(NAME, compare_title(rows[rows["estimand"].isin(names)]), caption, alt)


def _panel(ax: Axes, rows: pd.DataFrame, outcomes: list[str], estimand: str) -> None:
    chance = "probability_compensates" if estimand == "compensation" else "probability_positive"
    at = {name: place for place, name in enumerate(reversed(outcomes))}
    for row in rows.to_dict("records"):
        y = at[row["outcome"]]
        for side, (colour, shift) in _LOOKS.items():
            low, high, middle = (row[f"{name}_{side}"] for name in ("lower", "upper", "estimate"))
            if not np.isfinite([low, high, middle]).all():
                ax.text(0, y + shift, gettext("undefined"), color=colour, fontsize=6.5, va="center")
                continue
            ax.hlines(y + shift, *np.clip((low, high), _LEAST, _MOST), color=colour, lw=2.0)
            if _LEAST <= middle <= _MOST:
                ax.plot(middle, y + shift, "o", color=colour, ms=4)
        if f"{chance}_before" in row:
            text = " → ".join(numeral(f"{row[f'{chance}_{side}']:.2f}") for side in _LOOKS)
            ax.text(1.0, y + 0.34, text, transform=ax.get_yaxis_transform(), ha="right", va="center",
                    fontsize=6.5, color=INK)  # fmt: skip
    for reference in (0, 1) if estimand == "compensation" else (0,):
        ax.axvline(reference, color=MUTED, lw=0.8, ls="--" if reference else "-")
    ax.set_title(title(estimand))
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=True, axis="x")
    ax.grid(visible=False, axis="y")
    ax.set_xlabel(gettext("Share of what stall costs"))
