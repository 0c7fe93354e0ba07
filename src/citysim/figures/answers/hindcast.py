"""Figure: a hindcast beside the record: networks, joins, how ties are spread over cities, and where."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, NullFormatter

from citysim.analysis.answers.hindcast import cities_recorded, tested, words
from citysim.analysis.intervals import spread
from citysim.analysis.labels import arm_label
from citysim.analysis.results import RunSet
from citysim.analysis.stall import shown_stall
from citysim.analysis.tables import read_answer
from citysim.arrays import Floats
from citysim.errors import ResultError
from citysim.figures.answer_titles import hindcast_title
from citysim.figures.caption import Caption, Drawn
from citysim.figures.rows import rows_at
from citysim.figures.sizes import size
from citysim.figures.style import INK, arm_looks, new_figure, outside_legend, style
from citysim.figures.world_map import draw_land, project
from citysim.language import N_, gettext, numeral
from citysim.store.reader import load_results

#: Statistics that are a value for each year, by what the panel shows; the two lists that cities in the record
#: joined most, and all together.
_BY_YEAR = {
    N_("Networks"): ("networks.alive_", N_("number")),
    N_("Joins a year, all dated networks"): ("joins.in_", N_("cities")),
    N_("Covenant of Mayors, joined by"): ("yearly.covenant_of_mayors_eu_", N_("cities")),
    N_("ICLEI, joined by"): ("yearly.iclei_", N_("cities")),
}
#: Statistics of adoption, with a point each, by what the panel shows.
_POINTS = {
    N_("Growth of practices, per year"): {
        "curves.early": N_("early"), "curves.early_upper": N_("upper quartile"), "curves.late": N_("late"),
    },
    N_("Adopting: log hazard ratios"): {
        "adoption.country": N_("own country"), "adoption.networks": N_("networks"),
        "adoption.neighbours": N_("neighbours"), "adoption.twins": N_("twins"),
    },
}  # fmt: skip
_TIES = {"memberships": N_("Memberships of a city"), "twinnings": N_("Twinnings of a city")}
_CAPTION = N_(
    "Black: the record. Coloured: median over {count} replications of each arm, band 5–95 %. Years: networks "
    "that exist at the end of every fifth year, joins that lists date, counted alike in runs. An arm whose "
    "networks are founded at their recorded dates is told their number. Below: share of cities with at least "
    "so many memberships and twinnings at the end, both axes logarithmic; then of adoption the growth of "
    "practices that took off and its event history, a point for each list of the record; maps of "
    "memberships, recorded and the mean of the replications of arm {arm}."
)


def draw(results: RunSet) -> Drawn:
    """The hindcast from ``hindcast.csv`` at the stall level shown, and from the cities' final states.

    Raises ``ResultError`` where the experiment kept no cities or has no statistic with a record.
    """
    rows = rows_at(read_answer(results.out, "hindcast"), shown_stall(results))
    if tested(rows).empty:
        raise ResultError("hindcast: no statistic of the runs has a record to be held against")
    arms = [arm for arm in results.config.arms if arm in set(rows["arm"])]
    cities = _cities(results)
    with style():
        figure = _figure(rows, arms, cities, cities_recorded(results))
    caption = gettext(_CAPTION, count=int(rows["n_seeds"].max()), arm=arm_label(arms[0]))
    title = hindcast_title(rows)
    alt = gettext("Line charts and maps. ") + " ".join(words(rows))
    return figure, Caption("hindcast", title, caption, alt)


def _cities(results: RunSet) -> pd.DataFrame:
    """Final memberships and twinnings of every city and run, with the run's arm; of the draws shown."""
    stored = results.stored or load_results(results.path)
    runs = results.runs[results.runs["draw"] == results.draw]
    return stored.cities[["run", "city", *_TIES]].merge(runs[["run", "arm"]], on="run")


def _figure(rows: pd.DataFrame, arms: list[str], cities: pd.DataFrame, record: pd.DataFrame) -> Figure:
    looks = {arm: colour for arm, (colour, _) in arm_looks(arms).items()}
    first = cities[cities["arm"] == arms[0]].groupby("city")["memberships"].mean().reindex(record.index)
    most = max(record["memberships"].max(), first.max())
    maps = {N_("Recorded memberships"): record["memberships"], N_("Simulated memberships"): first}
    # What draws each panel, its title, and its height beside others.
    panels: list[tuple[Callable[[Axes], None], str, float]] = [
        *(
            (partial(_by_year, rows=rows, prefix=prefix, unit=unit, looks=looks), title, 1.0)
            for title, (prefix, unit) in _BY_YEAR.items()
        ),
        *(
            (partial(_survival, cities=cities, record=record, name=name, looks=looks), title, 1.0)
            for name, title in _TIES.items()
        ),
        *(
            (partial(_points, rows=rows, labels=labels, looks=looks), title, 0.8)
            for title, labels in _POINTS.items()
        ),
        *((partial(_map, values=own, record=record, most=most), title, 0.9) for title, own in maps.items()),
    ]
    panels = size().fitting(panels)
    heights = [height for _, _, height in panels[:: size().across]]
    figure = new_figure(1.5 + 5.0 * sum(heights))
    grid = figure.add_gridspec(len(heights), size().across, height_ratios=heights)
    for place, (draw_panel, title, _) in enumerate(panels):
        ax = figure.add_subplot(grid[place // size().across, place % size().across])
        draw_panel(ax)
        ax.set_title(gettext(title))
    handles = [Line2D([], [], color=INK, label=gettext("record"))]
    handles += [Line2D([], [], color=colour, label=arm_label(arm)) for arm, colour in looks.items()]
    outside_legend(figure, handles, ncols=len(handles), loc="outside upper right")
    return figure


def _by_year(ax: Axes, rows: pd.DataFrame, prefix: str, unit: str, looks: Mapping[str, str]) -> None:
    """Statistics that end in a year: the record, and the median and band of each arm that has them."""
    own = rows[rows["statistic"].str.startswith(prefix)]
    own = own.assign(year=own["statistic"].str.removeprefix(prefix).astype(int)).sort_values("year")
    for arm, colour in looks.items():
        part = own[own["arm"] == arm]
        ax.plot(part["year"], part["estimate"], color=colour)
        ax.fill_between(part["year"], part["lower"], part["upper"], color=colour, alpha=0.2, lw=0)
    told = own.dropna(subset=["record"]).drop_duplicates("year")
    ax.plot(told["year"], told["record"], color=INK)
    ax.set_ylim(bottom=0.0)
    ax.set_ylabel(gettext(unit))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(5, integer=True))


def _points(ax: Axes, rows: pd.DataFrame, labels: Mapping[str, str], looks: Mapping[str, str]) -> None:
    """A row for each statistic: every source of its record, and the median and range of each arm."""
    for place, name in enumerate(labels):
        own = rows[rows["statistic"] == name]
        for number, (arm, colour) in enumerate(looks.items(), start=1):
            of_arm = own.loc[own["arm"] == arm, ["lower", "estimate", "upper"]].head(1).to_numpy(float)
            for low, middle, high in of_arm:
                ax.plot((low, high), (place + 0.2 * number,) * 2, color=colour)
                ax.plot(middle, place + 0.2 * number, "o", color=colour)
        told = own.drop_duplicates("source")["record"]
        ax.plot(told, np.full(len(told), place), "D", color=INK, ms=3)
    ax.set_yticks(np.arange(len(labels)) + 0.2, list(map(gettext, labels.values())))
    ax.invert_yaxis()


def _survival(
    ax: Axes, cities: pd.DataFrame, record: pd.DataFrame, name: str, looks: Mapping[str, str]
) -> None:
    """Share of cities with at least so many, on logarithmic axes."""
    most = int(max(cities[name].max(), record[name].max(), 1))
    levels = np.unique(np.round(np.geomspace(1, most, 40)).astype(int))
    for arm, colour in looks.items():
        runs = [
            _at_least(own.to_numpy(float), levels)
            for _, own in cities[cities["arm"] == arm].groupby("run", sort=False)[name]
        ]
        over = spread(np.array(runs))
        shown = over.median > 0
        ax.plot(levels[shown], over.median[shown], color=colour)
        floor = 1.0 / len(record)
        ax.fill_between(
            levels,
            np.maximum(over.lower, floor),
            np.maximum(over.upper, floor),
            color=colour,
            alpha=0.2,
            lw=0,
        )
    told = _at_least(record[name].to_numpy(float), levels)
    ax.plot(levels[told > 0], told[told > 0], color=INK)
    ax.set_xscale("log")
    ax.set_yscale("log")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(lambda value, _: numeral(f"{value:g}"))
        axis.set_minor_formatter(NullFormatter())
    ax.set_xlabel(gettext("at least"))
    ax.set_ylabel(gettext("share of cities"))


def _at_least(values: Floats, levels: Any) -> Floats:
    return np.asarray((values[:, None] >= levels).mean(axis=0))


def _map(ax: Axes, values: "pd.Series[float]", record: pd.DataFrame, most: float) -> None:
    ax.set_axis_off()
    ax.set_aspect("equal")
    draw_land(ax)
    xy = project(np.column_stack((record["longitude"], record["latitude"])))
    order = np.argsort(values.to_numpy(), kind="stable")
    order = order[values.to_numpy()[order] >= 0.5]
    shown = values.to_numpy()[order]
    ax.scatter(
        xy[order, 0], xy[order, 1], s=1.5 + shown, c=shown, norm=LogNorm(0.5, most), cmap="viridis_r",
        lw=0, zorder=3, rasterized=True,
    )  # fmt: skip
