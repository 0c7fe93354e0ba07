"""Figure: what averts losses, and how much mutual aid covers when shocks are correlated."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from citysim.analysis.answers.ledger import AXIS, PARTS, part_label, usual_point
from citysim.analysis.intervals import FEWEST_FOR_QUANTILES
from citysim.analysis.labels import arm_label
from citysim.analysis.results import RunSet
from citysim.analysis.stall import shown_stall, states_stalled
from citysim.analysis.tables import read_answer
from citysim.figures.answer_titles import ledger_details_title
from citysim.figures.answers.points import point_keys, points
from citysim.figures.caption import Caption, Drawn
from citysim.figures.rows import rows_at
from citysim.figures.sizes import size
from citysim.figures.style import MUTED, arm_looks, new_figure, outside_legend, style, wrapped
from citysim.language import N_, gettext, numeral
from citysim.plan.report import Stall

#: Rows of the left panel, from what comes first to what is left.
ROWS = (*PARTS, "total")
#: Part of a row that the arms' marks take.
SPREAD = 0.78
#: Ratio of shares covered above which they are drawn on a logarithmic scale.
DECADES = 30.0
#: Quantity → title of its panel.
TITLES = {"percent": N_("Averted, by amount"), "percent_by_rate": N_("Averted, by share taken")}


def draw(results: RunSet) -> Drawn:
    """What averts losses, from ``ledger.csv`` at the stall level shown."""
    return ledger_figure(read_answer(results.out, "ledger"), shown_stall(results))


def ledger_figure(table: pd.DataFrame, stall: Stall) -> Drawn:
    """What is averted, split in two ways, in per cent of what is left without cooperation; mutual aid."""
    table = rows_at(table, stall)
    rows = usual_point(table)
    split = rows[rows["quantity"].isin(list(TITLES)) & rows["part"].isin(ROWS)]
    cover = table[(table["quantity"] == "cover") & (table["part"] == "mutual")]
    swept = AXIS in table and cover[AXIS].nunique() > 1 and size().beside is None
    looks = arm_looks(list(dict.fromkeys(split["arm"])))
    with style():
        upper = 9.6 * max(len(looks), 3) / 3
        figure = new_figure(upper + 5.0 * swept)
        across = size().across
        grid = figure.add_gridspec(1 + swept, across, height_ratios=[upper, 5.0][: 1 + swept])
        first = figure.add_subplot(grid[0, 0])
        panels = {"percent": first}
        if across > 1:
            panels["percent_by_rate"] = figure.add_subplot(grid[0, 1], sharey=first)
            panels["percent_by_rate"].tick_params(labelleft=False)
        for quantity, ax in panels.items():
            _split(ax, split[split["quantity"] == quantity], looks)
            ax.set_title(gettext(TITLES[quantity]))
        if swept:
            _cover(figure.add_subplot(grid[1, :]), cover, looks)
        arms = [
            Line2D([], [], color=c, marker=m, ms=4, ls="", label=arm_label(a)) for a, (c, m) in looks.items()
        ]
        outside_legend(figure, arms, loc="outside upper center", ncols=5)
        outside_legend(figure, point_keys(undefined=False), loc="outside lower center", ncols=3)
    return figure, _caption(split, cover, stall, ledger_details_title(table), swept=swept)


def _label(part: str) -> str:
    return gettext("all together") if part == "total" else part_label(part)


def _split(ax: Axes, rows: pd.DataFrame, looks: dict[str, tuple[str, str]]) -> None:
    for place, (arm, look) in enumerate(looks.items()):
        part = rows[rows["arm"] == arm].set_index("part").reindex(list(ROWS))
        offset = _offset(place, looks)
        points(ax, part, np.arange(len(ROWS)) + offset, look, flat=True)
    ax.set_yticks(range(len(ROWS)), [wrapped(_label(part), 19 if size().down > 1 else 40) for part in ROWS])
    ax.set_ylim(len(ROWS) - 0.5, -0.5)
    ax.axhline(len(ROWS) - 1.5, color=MUTED, lw=0.6)
    ax.axvline(0, color=MUTED, lw=0.9, zorder=1)
    ax.grid(axis="x")
    ax.grid(visible=False, axis="y")
    ax.set_xlabel(gettext("% of the losses left without cooperation\n→ more averted"))


def _offset(place: int, looks: dict[str, tuple[str, str]]) -> float:
    """Of an arm's marks from the middle of their row."""
    return SPREAD / len(looks) * (place - (len(looks) - 1) / 2)


def _cover(ax: Axes, rows: pd.DataFrame, looks: dict[str, tuple[str, str]]) -> None:
    levels = np.unique(rows[AXIS].to_numpy(float))
    for place, (arm, look) in enumerate(looks.items()):
        part = rows[rows["arm"] == arm].set_index(AXIS).reindex(levels)
        at = np.arange(len(levels)) + _offset(place, looks) / 2
        ax.plot(at, part["estimate"], color=look[0], lw=0.8)
        points(ax, part, at, look)
    ax.set_xticks(
        range(len(levels)),
        [numeral(f"{level:g}") if level else gettext("0 (independent)") for level in levels],
    )
    covered = rows["estimate"]
    if covered.min() > 0.0 and covered.max() > DECADES * covered.min():
        ax.set_yscale("log")
        ax.yaxis.set_minor_formatter("")
    else:
        ax.set_ylim(bottom=0)
    ax.yaxis.set_major_formatter(lambda value, _: numeral(f"{100 * value:g} %"))
    ax.set_xlim(-0.5, len(levels) - 0.5)
    ax.set_xlabel(gettext("Correlation of shocks: size of the crises' footprints"))
    ax.set_ylabel(gettext("Share covered"))
    ax.set_title(gettext("Covered by networks and twins of what all others leave"))


def _caption(split: pd.DataFrame, cover: pd.DataFrame, stall: Stall, title: str, *, swept: bool) -> Caption:
    count = int(split["n_seeds"].max())
    spread = "5–95 %" if count >= FEWEST_FOR_QUANTILES else gettext("range")
    text = gettext(
        "Losses averted against no cooperation, {states_stalled}, by what averts them. Left: "
        "by the amounts that each source takes; one that takes less (left of zero) mostly has less to do, "
        "since others act before it. Right: by how the share that each source takes of what reaches it "
        "changes. Either way the parts add up to all together in every replication (medians need not). ",
        states_stalled=states_stalled(stall),
    )
    if swept:
        factor = float(split[AXIS].iloc[0])
        text += (
            gettext("Both for footprints of their usual size. ")
            if factor == 1
            else gettext(
                "Both for footprints {factor} times their usual size. ", factor=numeral(f"{factor:g}")
            )
        )
        text += gettext(
            "Below: aid of networks and twins, as share of what own means, insurers, states and donors "
            "leave, when footprints are larger; the mean number of hits per city stays the same. "
        )
    text += gettext(
        "Thin bars: {spread} of {count} replications; thick: 90 % confidence interval of the median. "
        "Hollow: that interval holds 0.",
        spread=spread,
        count=count,
    )
    medians = split[split["quantity"] == "percent"].groupby("arm", sort=False)
    alt = gettext("Dot charts. Losses averted in per cent of those left without cooperation: ")
    alt += "; ".join(
        f"{arm_label(str(arm))}: "
        + ", ".join(
            f"{_label(name)} {numeral(f'{value:.1f}')}"
            for name, value in zip(part["part"], part["estimate"], strict=True)
        )
        for arm, part in medians
    )
    if len(cover):
        shares = cover.groupby("arm", sort=False)["estimate"].agg(["min", "max"])
        alt += gettext(". Share covered by mutual aid: ") + "; ".join(
            f"{arm_label(str(arm))} {_range(100 * row['min'], 100 * row['max'])}"
            for arm, row in shares.iterrows()
        )
    return Caption("ledger", title, text, alt)


def _range(low: float, high: float) -> str:
    return gettext("{low} to {high} %", low=numeral(f"{low:.2g}"), high=numeral(f"{high:.2g}"))
