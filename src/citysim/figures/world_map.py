"""Figure: the world a run starts from, its cities, memberships and twinnings on a map."""

import json
from importlib.resources import files
from itertools import pairwise
from typing import Any, cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.path import Path as Outline
from pyproj import Geod, Proj
from shapely import Polygon, box
from shapely.affinity import translate

from citysim.analysis.labels import recorded_group
from citysim.analysis.results import RunSet
from citysim.arrays import Floats, Ints
from citysim.errors import DataError
from citysim.figures.caption import Caption, Drawn
from citysim.figures.lines import break_text
from citysim.figures.sizes import size
from citysim.figures.style import INK, MUTED, new_figure, style
from citysim.language import N_, gettext, numeral
from citysim.model.groups import REGION_GROUPS
from citysim.plan.world import build_world
from citysim.world.world import World

SEA, LAND, COAST, TIE = "#eef3f7", "#d9d7d0", "#b9b6ac", "#B23A00"
#: Light to dark with the number of memberships: 0, 1, 2–3, 4 and more.
SHADES = ("#777777", "#7FB8DE", "#0072B2", "#08306B")
CLASSES = (N_("none"), "1", "2–3", "4+")
#: South of this is Antarctica, where no city is.
SOUTH, NORTH = -58.0, 84.0
_PROJECTION = Proj("+proj=eqearth +lon_0=11")  # cut through the Bering Strait, through no land but an isle
#: Ties crowd where a region has so many times its part of the cities of them.
_CROWD = 1.25
_CROWDED = N_(
    "Ties crowd in {region}: {cities} % of the cities have {memberships} % of the memberships and "
    "{twinnings} % of the twinnings"
)
_EVEN = N_(
    "Ties lie about as the cities do: {region} has {cities} % of the cities, {memberships} % of the "
    "memberships and {twinnings} % of the twinnings"
)
_GEOD = Geod(ellps="sphere")
_CUT = -169.0
#: What lies on the cut itself has two places; stay this far off, in degrees.
EDGE = 0.001


def draw(results: RunSet) -> Drawn:
    """The world that the runs start from."""
    world = build_world(results.config.world)
    members = memberships_per_city(world)
    origin = (
        gettext(
            "Sources: GeoNames, Wikipedia and Wikidata, lists of members, Natural Earth (licences below)."
        )
        if world.kind == "real"
        else gettext("A synthetic world: its places are made up.")
    )
    cities = numeral(f"{world.n_cities:,}")
    caption = gettext(
        "{cities} cities, {twinnings} twinnings and {memberships} memberships in {networks} city networks "
        "at the start; {members} cities are a member of at least one. In the title a twinning counts in each "
        "of its two cities. Area of a dot: population. Equal Earth projection. {origin}",
        cities=cities,
        twinnings=numeral(f"{len(world.twin_a):,}"),
        memberships=numeral(f"{members.sum():,}"),
        networks=numeral(f"{world.n_networks:,}"),
        members=numeral(f"{(members > 0).sum():,}"),
        origin=origin,
    )
    alt = gettext(
        "World map of {cities} cities with the twinnings between them drawn as thin arcs.", cities=cities
    )
    return world_map_figure(world), Caption("world_map", world_map_title(world), caption, alt)


def world_map_title(world: World) -> str:
    """Where ties crowd: the region that has most of them beyond its part of the cities, or that none has.

    A twinning counts in each of its cities.
    """
    memberships = memberships_per_city(world)
    twinnings = np.bincount(np.concatenate((world.twin_a, world.twin_b)), minlength=world.n_cities)
    if not memberships.any() and not twinnings.any():
        return gettext("{cities} cities, none of them with a tie", cities=numeral(f"{world.n_cities:,}"))
    cities, ties = (_by_region(world, each) for each in (np.ones(world.n_cities), memberships + twinnings))
    first = int(np.argmax(ties - cities))
    said = _CROWDED if ties[first] >= _CROWD * cities[first] else _EVEN
    return gettext(
        said,
        region=recorded_group(REGION_GROUPS[first]).title(),
        cities=f"{100 * cities[first]:.0f}",
        memberships=f"{100 * _by_region(world, memberships)[first]:.0f}",
        twinnings=f"{100 * _by_region(world, twinnings)[first]:.0f}",
    )


def _by_region(world: World, what: Floats | Ints) -> Floats:
    """Shares of the regions in a number of each city, (R,); 0 where there is none of it."""
    total: Floats = np.bincount(world.region, weights=what, minlength=len(REGION_GROUPS))
    return total / max(float(total.sum()), 1.0)


def world_map_figure(world: World) -> Figure:
    """Cities (area by population, shade by memberships) and twinnings (great circles), Equal Earth."""
    with style():
        figure = new_figure(min(8.6, 2.9 + 0.45 * size().width_cm / size().scale))
        ax = figure.add_subplot()
        ax.set_axis_off()
        ax.set_aspect("equal")
        draw_land(ax)
        _draw_ties(ax, world)
        _draw_cities(ax, world)
        _legend(figure, world)
        return figure


def memberships_per_city(world: World) -> Ints:
    """Number of network memberships of every city at the start, (N,)."""
    return np.bincount(world.membership_city, minlength=world.n_cities)


def great_circles(
    lon0: Floats, lat0: Floats, lon1: Floats, lat1: Floats, step_km: float = 250.0
) -> list[Floats]:
    """Points (n, 2) in degrees along great circles, each in one piece or two where the map is cut.

    Ends: degrees, (circles,).
    """
    azimuth, _, metres = _GEOD.inv(lon0, lat0, lon1, lat1)
    between = np.maximum(metres // (1000.0 * step_km), 1.0).astype(int)
    which = np.repeat(np.arange(len(metres)), between + 2)
    first = np.cumsum(between + 2) - (between + 2)
    along = (np.arange(len(which)) - first[which]) * (metres / (between + 1))[which]
    lon, lat, _ = _GEOD.fwd(lon0[which], lat0[which], azimuth[which], along)
    last = first + between + 1
    for ends, x, y in ((first, lon0, lat0), (last, lon1, lat1)):
        lon[ends], lat[ends] = x, y
    points = np.column_stack(((lon - _CUT) % 360.0 + _CUT, lat))
    jumps = np.flatnonzero((np.abs(np.diff(points[:, 0])) > 180.0) | (np.diff(which) > 0)) + 1
    edges = [0, *jumps.tolist(), len(points)]
    return [points[a:b] for a, b in pairwise(edges) if b - a > 1]


def project(points: Floats) -> Floats:
    """Places on the map, (n, 2) in 1,000 km, of longitude and latitude in degrees."""
    x, y = _PROJECTION(points[:, 0], points[:, 1])
    return np.column_stack((x, y)) / 1e6


def land_polygons() -> list[list[Floats]]:
    """Land as polygons of rings of (longitude, latitude) in degrees, Natural Earth 1:110m."""
    name = "land_110m.json"
    try:
        text = files("citysim.world").joinpath("data", name).read_text(encoding="utf-8")
        return [[np.array(ring, float) for ring in rings] for rings in json.loads(text)["polygons"]]
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{name}: land polygons are missing or damaged: {error}") from error


def draw_land(ax: Axes) -> None:
    """Sea and land of the whole globe, with limits that hold it."""
    edge = np.linspace(SOUTH, NORTH, 80)
    side = np.full_like(edge, 1.0)
    rim = np.linspace(_CUT + EDGE, _CUT + 360 - EDGE, 120)
    globe = np.concatenate(
        [
            np.column_stack((side * (_CUT + EDGE), edge)),
            np.column_stack((rim, np.full_like(rim, NORTH))),
            np.column_stack((side * (_CUT + 360 - EDGE), edge[::-1])),
            np.column_stack((rim[::-1], np.full_like(rim, SOUTH))),
        ]
    )
    outline = project(globe)
    ax.fill(*outline.T, color=SEA, lw=0, zorder=0)
    shapes = [shape for rings in land_polygons() for shape in _pieces(rings)]
    ax.add_collection(PathCollection(shapes, facecolor=LAND, edgecolor=COAST, lw=0.3, zorder=1))
    ax.set_xlim(outline[:, 0].min(), outline[:, 0].max())
    ax.set_ylim(outline[:, 1].min(), outline[:, 1].max())


def _pieces(rings: list[Floats]) -> list[Outline]:
    """Outlines of a polygon on the map, cut where the map is."""
    polygon = Polygon(_unwrapped(rings[0]), [_unwrapped(ring) for ring in rings[1:]]).buffer(0)
    west, east = _CUT + EDGE, _CUT + 360 - EDGE
    turns = [(turn, box(west + 360 * turn, SOUTH, east + 360 * turn, NORTH)) for turn in (-1, 0, 1)]
    parts = [translate(polygon.intersection(part), -360.0 * turn) for turn, part in turns]
    shapes = [shape for part in parts for shape in getattr(part, "geoms", [part])]
    return [_outline(shape) for shape in shapes if isinstance(shape, Polygon) and not shape.is_empty]


def _unwrapped(ring: Floats) -> Floats:
    """A ring across the date line, running on beyond 180°."""
    return np.column_stack((np.unwrap(ring[:, 0], period=360.0), ring[:, 1]))


def _outline(polygon: Polygon) -> Outline:
    rings = [
        Outline(project(np.array(r.coords)), closed=True) for r in (polygon.exterior, *polygon.interiors)
    ]
    return Outline.make_compound_path(*rings)


def _draw_ties(ax: Axes, world: World) -> None:
    if not len(world.twin_a):
        return
    lines = arcs(world, world.twin_a, world.twin_b)
    alpha = float(np.clip(350.0 / len(lines), 0.05, 0.5))
    # Thousands of arcs: as a picture inside the SVG, which would else be many megabytes.
    ax.add_collection(LineCollection(lines, colors=TIE, lw=0.35, alpha=alpha, zorder=2, rasterized=True))


def arcs(world: World, a: Ints, b: Ints) -> list[Floats]:
    """Great circles on the map between cities ``a`` and ``b``, places in the world, (circles,)."""
    lon, lat = world.longitude, world.latitude
    pieces = great_circles(lon[a], lat[a], lon[b], lat[b])
    return np.split(project(np.concatenate(pieces)), np.cumsum([len(piece) for piece in pieces])[:-1])


def on_map(world: World, cities: Ints) -> Floats:
    """Places of cities on the map, (cities, 2), in 1,000 km."""
    places = np.column_stack((world.longitude[cities], world.latitude[cities]))
    places[:, 0] = (places[:, 0] - _CUT) % 360.0 + _CUT
    return project(places)


def _draw_cities(ax: Axes, world: World) -> None:
    kind = np.digitize(memberships_per_city(world), (1, 2, 4))
    order = np.lexsort((-world.population, kind))  # members on top, small ones over large ones
    xy = on_map(world, order)
    ax.scatter(
        xy[:, 0], xy[:, 1], s=areas(world.population[order]), c=kind[order], vmin=-0.5, vmax=3.5,
        cmap=ListedColormap(SHADES), edgecolors="white", linewidths=0.15, alpha=0.9, zorder=3,
        rasterized=True,
    )  # fmt: skip


def areas(population: Floats) -> Floats:
    """Marker area in square points: grows with population, never too small to see."""
    return np.maximum(1.8, 2.2 * population / 1e6)


def people_keys() -> list[Line2D]:
    """Keys of the dots' areas."""
    return [
        Line2D(
            [], [], ls="", marker="o", mfc="none", mec=INK, mew=0.5,
            ms=float(np.sqrt(areas(np.array([people]))[0])),
            label=gettext("{count} M", count=f"{people / 1e6:g}"),
        )
        for people in (1e6, 5e6, 2e7)
    ]  # fmt: skip


def _legend(figure: Figure, world: World) -> None:
    dots = [
        Line2D([], [], ls="", marker="o", ms=4.5, color=shade, mec="white", mew=0.2, label=gettext(name))
        for shade, name in zip(SHADES, CLASSES, strict=True)
    ]
    tie = [Line2D([], [], color=TIE, lw=0.9, alpha=0.7, label=numeral(f"{len(world.twin_a):,}"))]
    parts = [
        (gettext("Memberships in city networks"), dots, "outside lower left"),
        (gettext("Population"), people_keys(), "outside lower center"),
        (gettext("Twinnings"), tie, "outside lower right"),
    ]
    room = 0.94 * figure.bbox.width
    for columns in (len(dots), 2, 1):
        legends = [_one_legend(figure, *part, columns) for part in parts]
        if columns < len(dots):
            for legend in legends:
                break_text(legend.get_title(), room / len(legends))
        left, middle, right = (legend.get_window_extent().width for legend in legends)
        if columns == 1 or max(left, right) + middle / 2 <= room / 2:
            return
        for legend in legends:
            legend.remove()


def _one_legend(figure: Figure, title: str, handles: list[Line2D], where: str, columns: int) -> Legend:
    points = max(7.0, size().least_pt / size().scale)
    legend = figure.legend(
        handles=handles, title=title, ncols=min(columns, len(handles)), handletextpad=0.3, columnspacing=0.9,
        loc=cast("Any", where), fontsize=points, title_fontsize=points, alignment="left",
    )  # fmt: skip
    legend.get_title().set_color(MUTED)
    return legend
