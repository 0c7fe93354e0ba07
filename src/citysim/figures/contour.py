"""Figure: phase diagram of compensation over stall and a second axis, with the line C = 1."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from citysim.analysis.answers.spoken import outcome_of_shares
from citysim.analysis.contour import ENDS, advantage, at_first, second_axis
from citysim.analysis.estimands import rows_of
from citysim.analysis.labels import (
    arm_label,
    outcome_label,
    outcome_within,
    swept_label,
    unit_label,
    value_label,
)
from citysim.analysis.results import RunSet
from citysim.analysis.tables import read_headline
from citysim.arrays import Floats, Labels
from citysim.figures.caption import Caption, Drawn
from citysim.figures.findings import compensated_title
from citysim.figures.rows import count_text, of_main_arms
from citysim.figures.sizes import size
from citysim.figures.style import INK, new_figure, outside_legend, percent_axis, style, wrapped
from citysim.language import capitalised, gettext, numeral
from citysim.model.parameters import parameter_specs

#: More arms would leave panels too small to read.
MOST_ARMS = 3
#: Steps of P(C ≥ 1); from failing in nearly all replications to making up for stall in nearly all.
STEPS = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
#: Orange to blue through pale grey, told apart with every kind of colour blindness (Brewer's PuOr, turned).
COLOURS = ("#c9640a", "#f2a552", "#fbdcb6", "#d4e3f1", "#8db8de", "#3f7fbf")
#: More values of the second axis than this have no tick each.
MOST_TICKS = 6
#: Letters of a line of a title, for each panel side by side that there is room for.
_LETTERS = 13
#: Points across and up between which lines are drawn.
FINE = 201
#: Lines of one panel: end of an interval of the advantage → line style and width.
LINES = {"stall": ("-", 1.8), "spread_lower": ("--", 1.0), "spread_upper": ("--", 1.0)}


def draw(results: RunSet) -> Drawn | None:
    """P(C ≥ 1) over stall and a second swept number; None without one."""
    headline = of_main_arms(rows_of(read_headline(results.out), "compensation"), results)
    axis = second_axis(headline, results.sweep)
    if axis is None:
        return None
    rows = at_first(headline, results.sweep, axis)
    name = axis_label(axis)
    fixed = [
        f"{swept_label(column)} = {value_label(rows[column].iloc[0])}"
        for column in results.sweep
        if column not in (axis, "stall")
    ]
    caption = gettext(
        "Share of replications in which the world with stalled states and cooperating cities does at least "
        "as well as with unstalled states and none, P (C ≥ 1), over stall and {axis}; a cell per point, "
        "{count} replications. Solid: C = 1 in the median replication, with the 90 % "
        "confidence band that so few replications leave. Between the dashed lines replications disagree, "
        "since parameters are uncertain: they are where C = 1 in the 5 % and 95 % quantiles. In the "
        "colours a replication in which stall costs no more than chance is none that makes up for it; the "
        "lines are of the difference to the unstalled world, over all. Lines are "
        "linear between points; their places are in contour.csv.",
        axis=name,
        count=count_text(rows["n_seeds"]),
    )
    if fixed:
        caption += gettext(" Drawn for {values}.", values=", ".join(fixed))
    arms = list(dict.fromkeys(rows["arm"]))
    if len(arms) > MOST_ARMS:
        caption += gettext(" The first {shown} of {count} arms.", shown=MOST_ARMS, count=len(arms))
    likely = rows.assign(likely=rows["probability_compensates"] >= 0.5)
    shares = 100 * likely.groupby(["outcome", "arm"], sort=False)["likely"].mean()
    alt = gettext(
        "Phase diagrams of stall and {axis}. Share of points where cities more likely make up for stall: ",
        axis=name,
    )
    alt += "; ".join(
        f"{outcome_within(outcome)}, {arm_label(arm)}: {share:.0f} %"
        for (outcome, arm), share in _by_names(shares)
    )
    said = compensated_title(rows, outcome_of_shares(rows))
    return contour_figure(rows, axis), Caption("contour", said, caption, alt)


def _by_names(shares: pd.Series) -> list[tuple[tuple[str, ...], float]]:
    """Values of a series with the names in its index."""
    names = [tuple(map(str, key)) for key in shares.index.to_flat_index()]
    return list(zip(names, shares.to_numpy(float).tolist(), strict=True))


def contour_figure(rows: pd.DataFrame, axis: str) -> Figure:
    """Panels of P(C ≥ 1) over stall (across) and ``axis`` (up), outcomes down and arms across.

    ``rows`` as in ``headline.csv``, one for each arm, outcome, stall and value of ``axis``. Solid line: C = 1
    in the median replication, hatched its 90 % confidence band; dashed: in the 5 % and 95 % quantiles.
    """
    outcomes = list(dict.fromkeys(rows["outcome"]))
    arms = list(dict.fromkeys(rows["arm"]))[:MOST_ARMS]
    several = len(arms) > 1
    columns = len(arms) if several else min(len(outcomes), 2)
    lines = -(-len(outcomes) * len(arms) // columns)
    with style():
        figure = new_figure(2.6 + (3.7 if several else 4.3) * lines)
        grid = figure.subplots(lines, columns, squeeze=False, sharex=True, sharey=True)
        panels = [(outcome, arm) for outcome in outcomes for arm in arms]
        for spare in range(len(panels), grid.size):
            grid.ravel()[spare].set_axis_off()
            grid.ravel()[spare - columns].tick_params(labelbottom=True)  # the lowest of its column
        for ax, (outcome, arm) in zip(grid.ravel(), panels, strict=False):
            _panel(ax, rows[(rows["outcome"] == outcome) & (rows["arm"] == arm)], axis)
            if not several:
                ax.set_title(wrapped(outcome_label(outcome), _LETTERS * size().across))
        if several:
            _name_rows_and_columns(grid, outcomes, arms)
        figure.supylabel(wrapped(axis_label(axis), 30), fontsize=8, color=INK)
        figure.supxlabel(gettext("Stall: action capacity of states lost"), fontsize=8, color=INK)
        _keys(figure, grid)
        return figure


def _name_rows_and_columns(grid: "Labels", outcomes: list[str], arms: list[str]) -> None:
    for ax, arm in zip(grid[0], arms, strict=True):
        ax.set_title(arm_label(arm))
    for ax, outcome in zip(grid[:, 0], outcomes, strict=True):
        ax.set_ylabel(wrapped(outcome_label(outcome), 22), fontweight="bold")


def axis_label(axis: str) -> str:
    """A swept parameter's name, symbol and unit for people."""
    spec = parameter_specs().get(axis)
    name = capitalised(swept_label(axis))
    return name if spec is None else f"{name} {spec.symbol} ({unit_label(spec.unit)})"


def _panel(ax: Axes, rows: pd.DataFrame, axis: str) -> None:
    """One outcome and arm; cells are centred on the levels that were run."""
    stalls, values = np.unique(rows["stall"].to_numpy(float)), np.unique(rows[axis].to_numpy(float))
    log = _logarithmic(values, axis)
    share = _on_grid(rows, rows["probability_compensates"].to_numpy(float), axis, stalls, values)
    edges = _edges(stalls, log=False), _edges(values, log=log)
    ax.pcolormesh(*edges, share, cmap=_colours(), norm=_steps(), edgecolors="white", lw=0.4, rasterized=True)
    ax.grid(visible=False)
    percent_axis(ax, stalls.tolist())
    ax.set_xlabel("")
    if log:
        ax.set_yscale("log")
    if log or len(values) <= MOST_TICKS:
        shown = values[:: -(-len(values) // MOST_TICKS)]
        ax.set_yticks(shown, [numeral(f"{value:g}") for value in shown])
        ax.set_yticks([], minor=True)
    if min(share.shape) > 1:
        ends = {end: _on_grid(rows, advantage(rows, end), axis, stalls, values) for end in ENDS}
        _lines(ax, stalls, np.log(values) if log else values, ends, log=log)


def _lines(ax: Axes, stalls: Floats, heights: Floats, ends: dict[str, Floats], *, log: bool) -> None:
    """The line C = 1, its confidence band and its 5 % and 95 % quantiles, all linear between points."""
    from scipy.interpolate import RegularGridInterpolator  # noqa: PLC0415  slow, and few designs ask for it

    across, up = np.linspace(stalls[0], stalls[-1], FINE), np.linspace(heights[0], heights[-1], FINE)
    points = np.stack(np.meshgrid(up, across, indexing="ij"), axis=-1)
    fine = {
        end: RegularGridInterpolator((heights, stalls), _bounded(grid))(points) for end, grid in ends.items()
    }
    up = np.exp(up) if log else up
    inside = (fine["lower"] <= 0) & (fine["upper"] >= 0)
    if inside.any():
        band = ax.contourf(across, up, inside.astype(float), [0.5, 1.5], hatches=["//////"], colors="none")
        band.set(facecolor="none", edgecolor=INK, linewidth=0.0)
    for end, (line, width) in LINES.items():
        known = fine[end][np.isfinite(fine[end])]
        if known.size and known.min() < 0 < known.max():
            ax.contour(across, up, fine[end], [0.0], colors=INK, linestyles=line, linewidths=width)


def _bounded(grid: Floats) -> Floats:
    """Ends of unbounded intervals as far out as any bounded one, so that they can be interpolated."""
    finite = np.abs(grid[np.isfinite(grid)])
    limit = max(float(finite.max()), 1e-12) if finite.size else 1.0
    return np.clip(grid, -limit, limit)


def _on_grid(rows: pd.DataFrame, column: Floats, axis: str, stalls: Floats, values: Floats) -> Floats:
    """A column of the headline as (values of the axis, stalls); NaN where a point has no runs."""
    grid = np.full((len(values), len(stalls)), np.nan)
    places = np.searchsorted(values, rows[axis].to_numpy(float))
    grid[places, np.searchsorted(stalls, rows["stall"].to_numpy(float))] = column
    return grid


def _logarithmic(values: Floats, axis: str) -> bool:
    """Whether the axis is logarithmic: where the parameter's prior is, or its values span 20-fold."""
    if values[0] <= 0:
        return False
    spec = parameter_specs().get(axis)
    return bool((spec is not None and spec.scale == "log") or values[-1] >= 20 * values[0])


def _edges(centres: Floats, *, log: bool) -> Floats:
    """Borders of the cells around levels, half-way to the next."""
    at = np.log(centres) if log else centres
    if len(at) < 2:
        at = np.array([at[0] - 0.5, at[0] + 0.5])
        return np.exp(at) if log else at
    middle = (at[1:] + at[:-1]) / 2
    at = np.concatenate([[2 * at[0] - middle[0]], middle, [2 * at[-1] - middle[-1]]])
    return np.exp(at) if log else at


def _colours() -> ListedColormap:
    return ListedColormap(COLOURS)


def _steps() -> BoundaryNorm:
    return BoundaryNorm(STEPS, len(COLOURS))


def _keys(figure: Figure, grid: "Labels") -> None:
    shades = ScalarMappable(_steps(), _colours())
    bar = figure.colorbar(shades, ax=grid, ticks=STEPS, spacing="uniform", fraction=0.04, aspect=30, pad=0.02)
    bar.ax.set_yticklabels([numeral(f"{step:g}") for step in STEPS])
    bar.set_label(gettext("Share of replications in which cities make up for it, P (C ≥ 1)"))
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0)
    handles = [
        Line2D([], [], color=INK, lw=1.8, label=gettext("C = 1, median replication")),
        Patch(
            facecolor="white", edgecolor=INK, hatch="/////", lw=0, label=gettext("its 90 % confidence band")
        ),
        Line2D([], [], color=INK, lw=1.0, ls="--", label=gettext("C = 1, 5 % and 95 % of replications")),
    ]
    outside_legend(figure, handles, loc="outside upper center", ncols=3)
