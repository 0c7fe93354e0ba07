"""Figure: the card of one city, where it is, its ties, and what cooperation changes for it."""

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.gridspec import GridSpecFromSubplotSpec, SubplotSpec
from matplotlib.textpath import text_to_path

from citysim.analysis.cities import CAUTION, LEFT_OUT, Card, city_cards
from citysim.analysis.labels import (
    arm_label,
    outcome_label,
    recorded_group,
    swept_label,
    unit_label,
    value_label,
)
from citysim.analysis.results import RunSet
from citysim.analysis.rounding import SPREAD, fields_in_digits
from citysim.analysis.stall import states_stalled
from citysim.arrays import Floats
from citysim.errors import ResultError
from citysim.figures.answers.points import points
from citysim.figures.caption import Caption, Drawn
from citysim.figures.drawing import CARD
from citysim.figures.rows import count_text, shown_arms
from citysim.figures.sizes import REPORT, size
from citysim.figures.style import INK, MUTED, arm_looks, new_figure, style, wrapped
from citysim.figures.world_map import SEA, TIE, draw_land, great_circles, project
from citysim.language import DEFAULT, capitalised, gettext, ngettext, numeral, pgettext, spoken
from citysim.model.city_at_start import CityAtStart

#: Before the domain in the label of a service.
SERVICE = "Service: "
_COLUMNS = 4
#: Size of the text, distance of its lines, and width beside the map and across the card: points.
_SIZE, _LEADING, _HALF, _WIDE = 7.2, 10.2, 203.0, 438.0
_CM = 28.35  # points
#: Lines beside the map.
_LINES = 14
#: A map shows at least so much to each side of the city, in 1,000 km, and no more than the globe.
_LEAST = 1.2
#: Width by height of the map.
_MAP_SHAPE = 1.5


def draw(results: RunSet, city: int) -> Drawn:
    """The card of the city with this geonameid, at the stall level shown."""
    (card,) = city_cards(results, [city])
    return card_figure(card, shown_arms(results))


def card_name(card: Card) -> str:
    """Stem of the names of a card's files."""
    return f"{CARD}{card.city.city}"


def card_figure(card: Card, arms: Iterable[str]) -> Drawn:
    """A city's card with its caption; ``arms``: those that are drawn, if it has them."""
    effects = card.effects[card.effects["arm"].isin(list(arms))]
    city = card.city
    where = f"{city.name}, {city.state}"
    reference = arm_label(str(card.effects["versus"].iloc[0]))
    swept = [f"{swept_label(name)} = {value_label(value)}" for name, value in card.swept.items()]
    caption = gettext(
        "Difference between an arm and {reference} at the end of {year}, "
        "{states_stalled}: median over {count} paired replications; "
        "thin 5–95 % of replications, thick the 90 % confidence interval of the median; hollow where that "
        "holds 0. Beside it the city's rank by "
        "benefit among {peers} peers ({group}), 1 the best, with 5–95 % of "
        "replications. Networks and twins: at the start, of the cities of this world.",
        reference=reference,
        year=card.year,
        states_stalled=states_stalled(card.stall),
        count=count_text(effects["n_seeds"]),
        peers=numeral(f"{len(city.peers):,}"),
        group=_peers(city),
    )
    if swept:
        caption += gettext(" Drawn for {values}.", values=", ".join(swept))
    caption += f" {gettext(LEFT_OUT)} {gettext(CAUTION)}"
    alt = gettext("Card of {where}. ", where=where) + "; ".join(
        _in_words(row) for row in effects.to_dict("records")
    )
    return _figure(card, effects), Caption(card_name(card), where, caption, alt)


def _in_words(row: dict[object, object]) -> str:
    told = fields_in_digits(row, ("estimate", *SPREAD))
    return gettext(
        "{outcome}, {arm}: {estimate} ({lower} to {upper}), rank {rank}",
        outcome=outcome_label(str(row["outcome"])),
        arm=arm_label(str(row["arm"])),
        **told,
        rank=f"{row['rank']:.0f}",
    )


def _figure(card: Card, effects: pd.DataFrame) -> Figure:
    outcomes, arms = (list(dict.fromkeys(effects[name])) for name in ("outcome", "arm"))
    rows = -(-len(outcomes) // _COLUMNS)
    reference = arm_label(str(card.effects["versus"].iloc[0]))
    head = gettext(
        "What cooperation changes by the end of {year}, {states_stalled}",
        year=card.year,
        states_stalled=states_stalled(card.stall),
    )
    foot = _lines(_reading(card, effects, reference), _WIDE)
    heights = [5.6, 0.6, rows * (2.5 + 0.75 * len(arms)), 0.2 + len(foot) * _LEADING / _CM]
    if len(card.services):
        heights.insert(3, 1.4 + 0.36 * len(card.services))
    if size().width_cm < REPORT.width_cm:
        raise ResultError(f"has longer lines than a {size().name} has room for")
    with style():
        figure = new_figure(1.1 + sum(heights))
        if not size().alone:  # which has its title in itself anyway
            title = f"{card.city.name}, {card.city.state}"
            figure.suptitle(title, x=0.01, ha="left", fontsize=13, fontweight="bold")
        grid = figure.add_gridspec(len(heights), 1, height_ratios=heights)
        top, over, middle, *below, last = (grid[row, 0] for row in range(len(heights)))
        halves = GridSpecFromSubplotSpec(1, 2, top)
        _map(figure.add_subplot(halves[0, 0]), card.city)
        _text(figure.add_subplot(halves[0, 1]), _lines(_facts(card.city), _HALF))
        _text(figure.add_subplot(over), _lines([(head, "")], _WIDE), across=True)
        _effects(figure, middle, effects, rows)
        for place in below:
            _services(figure.add_subplot(place), card)
        _text(figure.add_subplot(last), foot, across=True)
        return figure


def _map(ax: Axes, city: CityAtStart) -> None:
    """The city and its twins, as much of the globe as holds them."""
    ax.set_aspect("equal")
    draw_land(ax)
    here = project(np.array([[city.longitude, city.latitude]]))
    lon, lat = (np.array([getattr(twin, name) for twin in city.twins]) for name in ("longitude", "latitude"))
    twins = project(np.column_stack((lon, lat))) if city.twins else here[:0]
    if city.twins:
        ones = np.ones(len(lon))
        arcs = great_circles(city.longitude * ones, city.latitude * ones, lon, lat)
        ax.add_collection(
            LineCollection([project(arc) for arc in arcs], colors=TIE, lw=0.6, alpha=0.6, zorder=2)
        )
    ax.plot(*twins.T, "o", ms=2.8, color=TIE, mec="white", mew=0.3, zorder=3)
    ax.plot(*here.T, "o", ms=6, color="#0072B2", mec="white", mew=0.7, zorder=4)
    _zoom(ax, np.concatenate((here, twins)))
    ax.grid(visible=False)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)


def _zoom(ax: Axes, places: Floats) -> None:
    """Limits that hold all places with a margin, in the map's shape."""
    globe = np.array([ax.get_xlim(), ax.get_ylim()])
    low, high = places.min(axis=0), places.max(axis=0)
    half = np.maximum((high - low) / 2 * 1.15, _LEAST)
    half = np.maximum(half, [half[1] * _MAP_SHAPE, half[0] / _MAP_SHAPE])
    centre = (low + high) / 2
    (left, bottom), (right, top) = centre - half, centre + half
    ax.set_xlim(left, right)
    ax.set_ylim(bottom, top)
    ax.set_facecolor("white" if np.any(2 * half > globe[:, 1] - globe[:, 0]) else SEA)


def _lines(paragraphs: Iterable[tuple[str, str]], width: float) -> list[tuple[str, str]]:
    """Lines with their weight of paragraphs with a head each, within a width in points."""
    found = []
    for head, text in paragraphs:
        found += [(line, "bold") for line in _broken(head, width, "bold")]
        found += [(line, "normal") for line in _broken(text, width)]
    return found


def _broken(text: str, width: float, weight: str = "normal") -> list[str]:
    """A text in lines within a width in points."""
    lines: list[str] = []
    used = width
    for word in text.split():
        more = _width(word, weight) + _width(" ", weight)
        if used + more - _width(" ", weight) > width:
            lines.append(word)
            used = more
        else:
            lines[-1] += f" {word}"
            used += more
    return lines


@lru_cache(maxsize=4096)
def _width(word: str, weight: str) -> float:
    """Width of a word in points."""
    font = FontProperties(family="DejaVu Sans", weight=weight, size=_SIZE)
    return float(text_to_path.get_text_width_height_descent(word, font, ismath=False)[0])


def _text(ax: Axes, lines: Iterable[tuple[str, str]], *, across: bool = False) -> None:
    """Lines with their weight, from the top of a panel; ``across``: from the edge of the card."""
    left = (0.01, "figure fraction") if across else (0.0, "axes fraction")
    ax.set_axis_off()
    for place, (line, weight) in enumerate(lines):
        ax.annotate(
            line, (left[0], 1), xytext=(0, -_LEADING * place), xycoords=(left[1], "axes fraction"),
            textcoords="offset points",
            va="top", fontsize=_SIZE, fontweight=weight, color=INK, in_layout=False, annotation_clip=False,
            parse_math=False,
        )  # fmt: skip


def _facts(city: CityAtStart) -> list[tuple[str, str]]:
    """The city at the start; lists are cut to the lines there are."""
    people = gettext(
        "{people} people in {year}, {region}, geonameid {id}",
        people=numeral(f"{city.population:,.0f}"),
        year=city.start_year,
        region=recorded_group(city.region.lower()) if spoken() != DEFAULT else city.region,
        id=city.city,
    )
    twins = [f"{', '.join(names)} ({state})" for state, names in city.twins_by_state().items()]
    group = capitalised(_peers(city))
    free = _LINES - 2 - len(_broken(people, _HALF)) - len(_broken(group, _HALF, "bold"))
    share = min(len(_broken("; ".join(city.networks), _HALF)) or 1, free // 2)
    return [
        (group, people),
        (
            ngettext("{count} network at the start", "{count} networks at the start", len(city.networks)),
            _cut(city.networks, share) or gettext("of none"),
        ),
        (
            ngettext("{count} twin city at the start", "{count} twin cities at the start", len(city.twins)),
            _cut(twins, free - share) or pgettext("twins", "none"),
        ),
    ]


def _peers(city: CityAtStart) -> str:
    """The cities that it is ranked among, in words."""
    group = city.peer_group
    return pgettext("peers", group)


def _cut(parts: Iterable[str], lines: int) -> str:
    """Parts in a sentence, as many as the lines hold; says how many more there are."""
    found = list(parts)
    for kept in range(len(found), 0, -1):
        text = "; ".join(found[:kept])
        if kept < len(found):
            text = gettext("{first} and {count} more", first=text, count=len(found) - kept)
        if len(_broken(text, _HALF)) <= lines:
            return text
    return ""


def _effects(figure: Figure, place: SubplotSpec, effects: pd.DataFrame, rows: int) -> None:
    """A panel per outcome, an arm per line, with the rank beside it."""
    outcomes = list(dict.fromkeys(effects["outcome"]))
    arms = list(dict.fromkeys(effects["arm"]))
    columns = min(_COLUMNS, len(outcomes))
    grid = GridSpecFromSubplotSpec(rows, columns, place)
    looks = arm_looks(arms)
    for panel, outcome in enumerate(outcomes):
        ax = figure.add_subplot(grid[panel // columns, panel % columns])
        of = effects[effects["outcome"] == outcome].assign(planned=False, verdict="")
        for line, arm in enumerate(arms):
            row = of[of["arm"] == arm]
            points(ax, row, np.array([float(line)]), looks[arm], flat=True)
            ax.annotate(
                _rank(row.iloc[0]), (1.0, line), xycoords=("axes fraction", "data"), ha="right", va="bottom",
                xytext=(0, 3.6), textcoords="offset points", fontsize=5.8, color=MUTED, zorder=5,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4},
            )  # fmt: skip
        ax.axvline(0, color=MUTED, lw=0.8, zorder=1)
        ax.grid(axis="x")
        ax.grid(visible=False, axis="y")
        ax.locator_params(axis="x", nbins=3)
        ax.set_ylim(len(arms) - 0.6, -0.85)
        first = panel % columns == 0
        ax.set_yticks(
            range(len(arms)), [wrapped(arm_label(arm), 13) for arm in arms] if first else [""] * len(arms)
        )
        known = of.iloc[0]
        ax.set_title(wrapped(outcome_label(outcome), 20), fontsize=7)
        better = gettext("{arrow} better", arrow="→" if known["better"] > 0 else "←")
        ax.set_xlabel(f"{unit_label(str(known['unit']))} {better}", fontsize=6.5)
        ax.tick_params(labelsize=6.5)


def _rank(row: "pd.Series[float]") -> str:
    if not np.isfinite(row["rank"]):
        return ""
    ends = f" ({row['rank_lower']:.0f}–{row['rank_upper']:.0f})" if np.isfinite(row["rank_lower"]) else ""
    return gettext("rank {rank}", rank=f"{row['rank']:.0f}{ends}")


def _services(ax: Axes, card: Card) -> None:
    """Levels of the services at the end, a domain per line and an arm per mark."""
    services = card.services
    looks = arm_looks(list(services.columns))
    spread = np.linspace(-0.22, 0.22, len(services.columns)) if len(services.columns) > 1 else [0.0]
    for arm, shift in zip(services.columns, spread, strict=True):
        colour, marker = looks[arm]
        at = np.arange(len(services)) + shift
        ax.plot(services[arm], at, marker, color=colour, ms=3.4, lw=0, label=arm_label(arm))
    ax.set_yticks(range(len(services)), [_domain(str(name)) for name in services.index], fontsize=6.5)
    ax.set_ylim(len(services) - 0.5, -0.5)
    ax.set_xlim(-0.02, 1.02)
    ax.grid(axis="x")
    ax.grid(visible=False, axis="y")
    ax.set_title(gettext("Services at the end of {year}", year=card.year), fontsize=7.5)
    ax.set_xlabel(gettext("share of people served, median"), fontsize=6.5)
    ax.tick_params(axis="x", labelsize=6.5)
    ax.legend(fontsize=6, loc="best", handletextpad=0.2)


def _domain(name: str) -> str:
    label = f"{SERVICE}{name}"
    return pgettext("outcome label", label).partition(": ")[2]


def _reading(card: Card, effects: pd.DataFrame, reference: str) -> list[tuple[str, str]]:
    how = gettext(
        "An arm less {reference}: median of {count} paired replications; thin 5–95 % of them, thick the 90 "
        "% confidence interval of the median, hollow where it holds 0. Rank: by benefit among {peers} "
        "{group}, 1 the best (5–95 %).",
        reference=reference,
        count=count_text(effects["n_seeds"]),
        peers=numeral(f"{len(card.city.peers):,}"),
        group=_peers(card.city),
    )
    return [(gettext("How to read it"), how), (gettext("Caution"), gettext(CAUTION))]
