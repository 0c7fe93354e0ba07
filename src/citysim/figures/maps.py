"""Maps of the cities: an outcome, its change, the members of a network, the ties of a city."""

import re
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from citysim.analysis.by_city import ByCity
from citysim.analysis.cities import CAUTION
from citysim.analysis.labels import arm_label, outcome_label, outcome_unit
from citysim.analysis.stall import states_stalled
from citysim.arrays import Bools, Floats, Ints
from citysim.errors import ConfigError
from citysim.figures.caption import Caption, Drawn
from citysim.figures.sizes import size
from citysim.figures.style import new_figure, outside_legend, style, wrapped
from citysim.figures.world_map import TIE, arcs, areas, draw_land, on_map, people_keys
from citysim.language import capitalised, country, gettext, ngettext, numeral
from citysim.model.outcomes import OUTCOMES
from citysim.world.world import World

_HEIGHT_CM = 9.2
#: Light to dark, and from worse over nothing to better, told apart with every kind of colour blindness.
_LEVELS, _APART = "cividis_r", "RdBu"
_PLAIN, _MEMBER = "#8a8a8a", "#0072B2"
#: Colours end where so many of the cities lie beyond, so that a few do not hide the others.
_BEYOND = 0.01
_NAME = "map_{what}"
#: Ticks of the colours at most.
_TICKS = 4
#: Letters of a line below them, for each panel that there is room for.
_LETTERS = 40


def outcome_map(world: World, by: ByCity) -> Drawn:
    """An outcome in the last quarter by colour; a difference is grey where none is shown."""
    known = np.isfinite(by.estimate)
    shown = known if not by.versus else known & ((by.lower > 0) | (by.upper < 0))
    better = OUTCOMES[by.outcome].better
    label = outcome_label(by.outcome)
    what = f"{label}, {outcome_unit(by.outcome)}"
    where = gettext("{arm}, {states_stalled}", arm=arm_label(by.arm), states_stalled=states_stalled(by.stall))
    if by.versus:
        title, colours = _title(by, shown, better), _APART if better >= 0 else f"{_APART}_r"
        what = gettext("{what}: change against {arm}", what=what, arm=arm_label(by.versus))
        where += f"; {gettext('grey: no change shown')}"
    else:
        title = gettext("{outcome} at the end of {year}, city by city", outcome=label, year=by.year)
        colours = _LEVELS
    with style():
        figure, ax = _globe()
        _dots(ax, world, known & ~shown, _PLAIN, alpha=0.5)
        marks = _dots(ax, world, shown, by.estimate, cmap=colours, **_limits(by.estimate[shown], by.versus))
        bar = figure.colorbar(
            marks, ax=ax, orientation="horizontal", shrink=0.6, aspect=40, pad=0.02, ticks=MaxNLocator(_TICKS)
        )
        bar.set_label(wrapped(what, _LETTERS * size().across))
        bar.outline.set_visible(False)
        outside_legend(figure, people_keys(), loc="outside lower center", ncols=3)
    caption = gettext(
        "{what} at the end of {year}, {where}: the middle of {count} replications for each city. Area of a "
        "dot: population at the start. Equal Earth projection.",
        what=what,
        year=by.year,
        where=where,
        count=numeral(f"{by.count:,}"),
    )
    name = _name(by.outcome, by.arm, *(["less", by.versus] if by.versus else []))
    alt = gettext(
        "World map with a dot for each of {cities} cities. {title}.", cities=_count(known), title=title
    )
    subtitle = capitalised(f"{what}; {where}")
    return figure, Caption(name, title, f"{caption} {gettext(CAUTION)}", alt, subtitle=subtitle)


def _title(by: ByCity, shown: Bools, better: int) -> str:
    """Where a change is shown, and which way."""
    sign = np.sign(by.estimate) * (better or 1)
    known = max(int(np.isfinite(by.estimate).sum()), 1)
    up, down = (100 * int((shown & (sign == way)).sum()) / known for way in (1, -1))
    said = (
        gettext("{outcome}: better in {up} % of the cities, worse in {down} %")
        if better
        else gettext("{outcome}: more in {up} % of the cities, less in {down} %")
    )
    return said.format(outcome=outcome_label(by.outcome), up=f"{up:.0f}", down=f"{down:.0f}")


def members_map(world: World, network: str) -> Drawn:
    """The members of a network at the start. Raises ``ConfigError`` where it is none of the world's."""
    if network not in world.network_name:
        raise ConfigError(f"--network: found '{network}', allowed: {', '.join(world.network_name)}")
    place = world.network_name.index(network)
    member = np.zeros(world.n_cities, dtype=bool)
    member[world.membership_city[world.membership_network == place]] = True
    with style():
        figure, ax = _globe()
        _dots(ax, world, ~member, _PLAIN, alpha=0.35)
        _dots(ax, world, member, _MEMBER)
        keys = [_key(_MEMBER, gettext("member")), _key(_PLAIN, gettext("no member")), *people_keys()]
        outside_legend(figure, keys, loc="outside lower center", ncols=len(keys))
    title = gettext(
        "{network}: {members} of {cities} cities, in {states}",
        network=network,
        members=_count(member),
        cities=numeral(f"{world.n_cities:,}"),
        states=_states(world.state[member]),
    )
    return figure, _caption(world, _name("members", network), title, gettext("Members at the start"))


def ties_map(world: World, city: int) -> Drawn:
    """The twinnings of a city at the start as great circles; ``city``: its place in the world."""
    ends = np.concatenate((world.twin_b[world.twin_a == city], world.twin_a[world.twin_b == city]))
    twin, own = np.zeros(world.n_cities, dtype=bool), np.zeros(world.n_cities, dtype=bool)
    twin[ends], own[city] = True, True
    with style():
        figure, ax = _globe()
        _dots(ax, world, ~twin & ~own, _PLAIN, alpha=0.25)
        if len(ends):
            lines = arcs(world, np.full(len(ends), city), ends)
            ax.add_collection(LineCollection(lines, colors=TIE, lw=0.8, alpha=0.8, zorder=3))
        _dots(ax, world, twin, _MEMBER)
        _dots(ax, world, own, TIE)
        own_key, twin_key = _key(TIE, world.city_name[city]), _key(_MEMBER, gettext("twin city"))
        keys = [own_key, twin_key, _key(_PLAIN, gettext("other"))]
        outside_legend(figure, [*keys, *people_keys()], loc="outside lower center", ncols=6)
    twins = ngettext("{count} twin city", "{count} twin cities", len(ends))
    title = gettext(
        "{city}, {state}: {twins}, in {states}",
        city=world.city_name[city],
        state=country(world.state_iso3[world.state[city]], world.state_name[world.state[city]]),
        twins=twins,
        states=_states(world.state[twin]),
    )
    name = _name("ties", str(world.city_id[city]))
    return figure, _caption(world, name, title, gettext("Twinnings at the start"))


def _caption(world: World, name: str, title: str, what: str) -> Caption:
    caption = gettext(
        "{what}, of the cities of this world. Area of a dot: population. Equal Earth projection.", what=what
    )
    cities = numeral(f"{world.n_cities:,}")
    alt = gettext("World map with a dot for each of {cities} cities. {title}.", cities=cities, title=title)
    return Caption(name, title, caption, alt, subtitle=what)


def _globe() -> tuple[Figure, Axes]:
    figure = new_figure(_HEIGHT_CM)
    ax = figure.add_subplot()
    ax.set_axis_off()
    ax.set_aspect("equal")
    draw_land(ax)
    return figure, ax


def _dots(ax: Axes, world: World, which: Bools, colour: str | Floats, **more: Any) -> Any:
    """Some of the cities, the larger ones below; ``colour``: of all of them, or a number for each, (N,)."""
    order = np.flatnonzero(which)
    order = order[np.argsort(-world.population[order], kind="stable")]
    xy = on_map(world, order)
    tint: dict[str, Any] = {"color": colour} if isinstance(colour, str) else {"c": colour[order]}
    # Thousands of dots: as a picture inside the SVG.
    return ax.scatter(
        xy[:, 0], xy[:, 1], s=areas(world.population[order]), edgecolors="white", linewidths=0.15, zorder=4,
        rasterized=True, **{"alpha": 0.95} | tint | more,
    )  # fmt: skip


def _limits(values: Floats, versus: str) -> dict[str, float]:
    """Ends of the colours; those of a change lie equally far from none."""
    if not len(values):
        return {"vmin": -1.0, "vmax": 1.0}
    if versus:
        most = float(np.quantile(np.abs(values), 1.0 - _BEYOND)) or 1.0
        return {"vmin": -most, "vmax": most}
    low, high = np.quantile(values, (_BEYOND, 1.0 - _BEYOND)).tolist()
    return {"vmin": low, "vmax": high if high > low else low + 1.0}


def _key(colour: str, label: str) -> Line2D:
    return Line2D([], [], ls="", marker="o", ms=4.5, color=colour, mec="white", mew=0.2, label=label)


def _states(of: Ints) -> str:
    return ngettext("{count} state", "{count} states", len(np.unique(of)))


def _count(which: Bools) -> str:
    return numeral(f"{int(which.sum()):,}")


def _name(*parts: str) -> str:
    """Stem of the files."""
    return _NAME.format(what="_".join(re.sub(r"\W+", "_", part).strip("_").lower() for part in parts))
