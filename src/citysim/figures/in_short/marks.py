"""Rows of a name, a point with its range and its numbers: what pictures of page 1 are made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from citysim.analysis.answers.differences import SHOWN
from citysim.analysis.answers.spoken import Row
from citysim.analysis.intervals import FEWEST_FOR_QUANTILES
from citysim.analysis.plain_words import measure, outcome_words, share_words
from citysim.analysis.rounding import MEDIAN, SPREAD, with_range
from citysim.analysis.stall import states_have_lost
from citysim.figures.caption import IN_SHORT, Caption, Drawn
from citysim.figures.sizes import size
from citysim.figures.style import GRID, INK, MUTED, new_figure, style, wrapped
from citysim.language import capitalised, gettext
from citysim.model.outcomes import OUTCOMES
from citysim.plan.report import Stall

BLUE, ORANGE = "#0072B2", "#D55E00"
#: Most rows that are drawn far apart.
_FEW = 8
#: Width in cm below which there is little room beside the points.
_NARROW = 10.0
#: Type of pictures of page 1: of few rows, and of many and all else.
TYPE, SMALL_TYPE = 10.0, 8.5


@dataclass(frozen=True, slots=True)
class Mark:
    """A row: its name, a value with its range, what is said beside it, and its colour.

    ``shown``: False where the value may be chance, which is drawn hollow; ``strong``: what the answer speaks
    of, in bold type.
    """

    label: str
    middle: float
    low: float
    high: float
    said: str
    colour: str = BLUE
    shown: bool = True
    strong: bool = False


def mark(
    label: str,
    row: Row,
    *,
    scale: float = 1.0,
    unit: str = "",
    ends: tuple[str, str] = SPREAD,
    tested: tuple[str, str] = MEDIAN,
    better: int = 1,
    strong: bool = False,
    shown: bool | None = None,
    step: float | None = None,
) -> Mark:
    """A row of a table as a mark; ``ends``: its range, ``tested``: the interval that says whether it is 0.

    A planned comparison is shown by its verdict, unless ``shown`` says it. ``better``: −1 where less is
    better; ``step``: what its numbers are rounded to, if not to what its own range supports.
    """
    middle, low, high = (scale * float(row[name]) for name in ("estimate", *ends))
    if not np.isfinite(middle):
        said = gettext("cannot be told")
        return Mark(label, np.nan, np.nan, np.nan, said, colour=MUTED, shown=False, strong=strong)
    shown = _is_shown(row, tested) if shown is None else shown
    colour = MUTED if not shown else BLUE if better * middle > 0 else ORANGE
    said = with_range(row, scale=scale, unit=unit, ends=ends, step=step)
    return Mark(label, middle, low, high, said, colour=colour, shown=shown, strong=strong)


def _is_shown(row: Row, tested: tuple[str, str]) -> bool:
    if row["planned"]:
        return str(row["verdict"]) in SHOWN
    return float(row[tested[0]]) > 0 or float(row[tested[1]]) < 0


def draw_marks(
    marks: Sequence[Mark], label: str, lines: Iterable[tuple[float, str]], *, percent: bool = False
) -> Figure:
    """A row for each mark, the first on top, and upright lines with a word above each."""
    few, narrow = len(marks) <= _FEW, size().width_cm < _NARROW
    room = (15 if few else 22) if narrow else 28 if few else 40
    names = [wrapped(each.label, room) for each in marks]
    lines_of_type = max(name.count("\n") for name in names) + 1
    with style():
        figure = new_figure(2.2 + max(_apart(len(marks)), 0.44 * lines_of_type) * len(marks))
        ax = figure.subplots()
        for place, each in enumerate(marks):
            _mark(ax, each, float(place), few=few)
        ax.set_yticks(range(len(marks)), names, fontsize=_type(few))
        for text, each in zip(ax.get_yticklabels(), marks, strict=True):
            text.set_fontweight("bold" if each.strong else "normal")
        ax.set_ylim(len(marks) - 0.45, -0.6)
        ax.tick_params(axis="y", length=0)
        ax.tick_params(axis="x", labelsize=SMALL_TYPE)
        ax.spines["left"].set_visible(False)
        ax.grid(visible=True, axis="x")
        ax.grid(visible=False, axis="y")
        ax.locator_params(axis="x", nbins=6 if size().scale == 1.0 and not narrow else 4)
        _upright(ax, lines)
        if percent:
            ax.xaxis.set_major_formatter(lambda value, _: f"{value:.0f} %".replace("-", "−"))
        ax.set_xlabel(label, fontsize=SMALL_TYPE)
        return figure


def _apart(count: int) -> float:
    """Height in cm of one of so many rows, so that a page or slide is filled and has room for all."""
    return 1.4 if count <= _FEW // 2 else 0.9 if count <= _FEW else 0.56


def _type(few: bool) -> float:
    return TYPE if few else SMALL_TYPE


def _mark(ax: Axes, each: Mark, place: float, *, few: bool) -> None:
    ax.axhline(place, color=GRID, lw=0.8, zorder=0)
    ax.hlines(place, each.low, each.high, color=each.colour, lw=6.5 if few else 3.6, alpha=0.4, zorder=3)
    face = each.colour if each.shown else "white"
    ax.plot(each.middle, place, "o", color=each.colour, mfc=face, ms=9 if few else 6, mew=1.4, zorder=5)
    # In a narrow picture the bar alone has the range.
    said = each.said.partition(" (")[0] if size().width_cm < _NARROW else each.said
    ax.annotate(
        said, (1.0, place), xycoords=ax.get_yaxis_transform(),
        xytext=(6, 0), textcoords="offset points", va="center", fontsize=_type(few), annotation_clip=False,
        color=INK if each.shown else MUTED, fontweight="bold" if each.strong else "normal",
    )  # fmt: skip


def _upright(ax: Axes, lines: Iterable[tuple[float, str]]) -> None:
    """Lines at places that mean something, with the words for each above; the places are within view."""
    low, high = ax.get_xlim()
    places = list(lines)
    for place, text in places:
        low, high = min(low, place), max(high, place)
        ax.axvline(place, color=MUTED, lw=1.0, zorder=2)
        ax.annotate(
            text, (place, 1), xycoords=("data", "axes fraction"), xytext=(0, 2), textcoords="offset points",
            ha="center", fontsize=SMALL_TYPE - 0.5, color=MUTED,
        )  # fmt: skip
    room = 0.04 * (high - low)
    ends = [place for place, _ in places]
    ax.set_xlim(low - room * (low in ends), high + room * (high in ends))


def change_label(outcome: str) -> str:
    """Of the axis of a change in an outcome: what it is measured by, and which way is better."""
    _, on = measure(outcome)
    said = gettext("{outcome}: change {on}", outcome=capitalised(outcome_words(outcome)), on=on["on"])
    arrow = {1: "→", -1: "←"}.get(OUTCOMES[outcome].better)
    return f"{said}\n{gettext('{arrow} better', arrow=arrow)}" if arrow else said


def no_change() -> tuple[float, str]:
    """The upright line at 0 of a picture of changes."""
    return 0.0, gettext("no change")


def where(stall: Stall) -> str:
    """At which stall level a picture is, as a sentence."""
    if isinstance(stall, float):
        if stall == 0:
            return gettext("Shown where no state stalls.")
        return gettext("Shown where states lose {share} of their power to act.", share=share_words(stall))
    return gettext("Shown where {states_stall}.", states_stall=states_have_lost(stall))


def which_cases(count: int) -> str:
    """Which of so many cases lie within a range."""
    return gettext("nine of ten cases") if count >= FEWEST_FOR_QUANTILES else gettext("all cases")


def in_cases(count: int, *, mean: bool = False) -> str:
    """How points and bars of single cases are read, as a sentence."""
    which = which_cases(count)
    if mean:
        return gettext("Points: the mean of all cases; bars: {which}.", which=which)
    return gettext("Points: the middle case; bars: {which}.", which=which)


def in_sum() -> str:
    """How points and bars of what all cases tell together are read, as a sentence."""
    return gettext("Points: over all cases; bars: where that lies, sure to nine in ten.")


def drawn(figure: Figure, title: str, marks: Iterable[Mark], *sentences: str) -> Drawn:
    """A picture of page 1 with its caption: the sentences that say how it is read."""
    shown = list(marks)
    if any(not each.shown for each in shown):
        sentences = (*sentences, gettext("Hollow: not shown, it may be chance."))
    caption = " ".join(sentences)
    said = "; ".join(f"{each.label}: {each.said}" for each in shown)
    alt = gettext("Points with bars. {said}.", said=said)
    return figure, Caption(IN_SHORT, title, caption, alt, subtitle=caption)
