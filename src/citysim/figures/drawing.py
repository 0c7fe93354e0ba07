"""Every figure of a report, and the loop that draws those which a result folder allows."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from citysim.analysis.results import RunSet, read_results
from citysim.errors import CitysimError, ResultError
from citysim.figures.answers import ANSWER_FIGURES
from citysim.figures.caption import (
    CAPTIONS,
    IN_SHORT,
    Caption,
    Draw,
    Drawn,
    command_for,
    draw_of,
    read_captions,
    write_captions,
)
from citysim.figures.letters import warn_of_letters
from citysim.figures.notes import footer_of
from citysim.figures.sizes import FORMATS, SIZES, USUAL, size, sized
from citysim.language import speaking
from citysim.plan.faults import check_named
from citysim.store.files import make_folder, writing
from citysim.store.outputs import write_output

if TYPE_CHECKING:
    from matplotlib.figure import Figure

log = logging.getLogger(__name__)

#: Before the geonameid in the name of a city's card.
CARD = "city_"

#: In the order of a report, after ``FIRST`` and the figures of the analyses that a config names; each gives
#: the figure with its caption, or None where the design does not ask for it.
FIGURES: dict[str, Draw] = {
    name: draw_of(f"citysim.figures.{name}")
    for name in (
        *("makes_up", "estimands", "compensation", "contour"),
        *("difference", "trajectories", "groups", "world_map"),
    )
}
#: The picture of page 1 where a config names analyses, before all others.
FIRST: dict[str, Draw] = {IN_SHORT: draw_of("citysim.figures.in_short")}


def draw_all(
    results_dir: Path, out: Path | None = None, only: Sequence[str] = (), language: str | None = None
) -> list[Path]:
    """Draw into ``figures/`` as PNG and SVG what the results allow; gives the paths, the captions' last.

    ``out``: the folder of the tables, and of ``figures/``, if not the results' own. ``only``: names of
    figures to draw, beside which the others stay as they are. ``language``: of all that is written in them,
    if not the config's.

    What cannot be drawn is skipped with a logged reason, what the design does not ask for without one.
    Raises ``ResultError`` where the folder has no runs or cannot be written, where nothing can be drawn, or
    not what ``only`` names, and ``ConfigError`` where that is no figure of the experiment.
    """
    return draw_figures(read_results(results_dir, out, language), only)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A figure as its files by format and its caption; without them where it is left out.

    ``fault``: why it is left out, empty where the design does not ask for it.
    """

    name: str
    caption: Caption | None = None
    pictures: dict[str, bytes] = field(default_factory=dict)
    lacked: frozenset[str] = frozenset()
    fault: str = ""


#: ``map``, or the like in processes, all results in their order.
type Each = Callable[[Callable[[str], Sheet], Iterable[str]], Iterable[Sheet]]


def draw_figures(
    results: RunSet,
    only: Sequence[str] = (),
    each: Each = map,
    *,
    size: str | None = None,
    formats: Sequence[str] = (),
) -> list[Path]:
    """``draw_all`` of runs that have been read; ``each``: what maps the drawing over the names.

    ``size``: one of ``SIZES``, drawn into a folder of its name below ``figures``; ``formats``: PNG and SVG if
    none is named. Those of a report are always there as PNG and SVG too, of which briefings are made.

    Raises ``ConfigError`` where a size or a format is none.
    """
    check_named("--size", SIZES, [] if size is None else [size])
    check_named("--format", FORMATS, formats)
    formats = tuple(dict.fromkeys(formats or USUAL if size else (*USUAL, *formats)))
    known = (*FIRST, *results.config.analyses, *FIGURES, *_cards(results))
    check_named("--only", known, only, "no figure")
    names = [name for name in known if name in only or not only]
    # Backwards, since the last, the map, takes longest.
    sheets = list(each(partial(draw_sheet, results, size=size, formats=formats), names[::-1]))[::-1]
    for sheet in sheets:
        _tell_if_left_out(sheet, asked=bool(only))
    drawn = {sheet.name: sheet.caption for sheet in sheets if sheet.caption is not None}
    if not drawn:
        raise ResultError(
            f"{results.path}: no figure can be drawn; make the tables with: {command_for('effects', results)}"
        )
    place = f"{size}/" if size else ""
    paths = [
        path
        for sheet in sheets
        if sheet.pictures
        for path in write_pictures(sheet.pictures, results.out, f"{place}{sheet.name}")
    ]
    warn_of_letters("figures", {letter for sheet in sheets for letter in sheet.lacked})
    if size:
        return paths
    if only and (results.out / CAPTIONS).is_file():
        drawn = {caption.name: caption for caption in read_captions(results)} | drawn
    return [*paths, write_captions(results.out, _in_order(drawn, known))]


def sheets_of(results: RunSet, names: Sequence[str], size: str, each: Each = map) -> dict[str, Sheet]:
    """Figures by name as PNG for one of ``SIZES``, without those that have no room in it."""
    sheets = each(partial(draw_sheet, results, size=size, formats=("png",)), names)
    return {sheet.name: sheet for sheet in sheets if sheet.pictures}


def draw_sheet(
    results: RunSet, name: str, *, size: str | None = None, formats: Sequence[str] = USUAL
) -> Sheet:
    """Draw a figure by its name, in the language of the results; for a size of ``SIZES`` or a report."""
    from citysim.figures.style import letters_lacked  # noqa: PLC0415  not where others draw

    with speaking(results.language), sized(size):
        try:
            drawn = _draw_of(name)(results)
        except CitysimError as error:
            return Sheet(name, fault=str(error))
        if drawn is None:
            return Sheet(name)
        made = as_pictures(results, drawn, formats)
        return Sheet(name, *made, frozenset(letters_lacked(drawn[0])))


def as_pictures(results: RunSet, drawn: Drawn, formats: Sequence[str]) -> tuple[Caption, dict[str, bytes]]:
    """A figure's caption with the footer, and its files by format; of a size it has both in itself."""
    from citysim.figures.formats import pictures  # noqa: PLC0415  not where others draw
    from citysim.figures.headed import add_heading  # noqa: PLC0415
    from citysim.figures.style import style  # noqa: PLC0415

    figure, caption = drawn[0], replace(drawn[1], footer=footer_of(results))
    if size().alone:
        with style():
            add_heading(figure, caption)
    return caption, pictures(figure, formats)


def _draw_of(name: str) -> Draw:
    """What draws a figure, or the card of a city."""
    found = (FIRST | ANSWER_FIGURES | FIGURES).get(name)
    return found or partial(
        import_module("citysim.figures.city_card").draw, city=int(name.removeprefix(CARD))
    )


def _cards(results: RunSet) -> list[str]:
    """Names of the cards that the config asks for, and of those that were made by name."""
    asked = []
    if results.config.report.cities:
        from citysim.analysis.cities import named_cities  # noqa: PLC0415  brings the model

        asked = [f"{CARD}{city.city}" for city in named_cities(results, results.config.report.cities)]
    made = [name for name in _captions(results) if name.startswith(CARD)]
    return list(dict.fromkeys([*asked, *made]))


def _captions(results: RunSet) -> dict[str, Caption]:
    """Captions by name; none where there are no figures yet, or changed ones, which are made anew."""
    try:
        return {caption.name: caption for caption in read_captions(results)}
    except ResultError:
        return {}


def add_cards(results: RunSet, cards: Iterable[Drawn]) -> list[Path]:
    """Write the cards of cities beside the figures of a folder, and into its report if there is one.

    Gives the paths.
    """
    drawn, paths = {}, []
    for figure, caption in cards:
        drawn[caption.name] = caption
        paths += save(figure, results.out, caption.name)
    before = _captions(results)
    if not before:
        return paths
    return [*paths, write_captions(results.out, (before | drawn).values())]


def write_pictures(pictures: Mapping[str, bytes], folder: Path, name: str) -> list[Path]:
    """Write a figure's files into ``figures`` of a folder; gives their paths.

    ``name``: file stem, after a folder below ``figures`` if they are of a size. Raises ``ResultError`` where
    the folder cannot be written.
    """
    make_folder((folder / "figures" / name).parent)
    files = [f"figures/{name}.{kind}" for kind in pictures]
    for file, content in zip(files, pictures.values(), strict=True):
        write_output(folder, file, "figures", writing(content))
    return [folder / file for file in files]


def save(figure: "Figure", folder: Path, name: str) -> list[Path]:
    """Write ``name.png`` and ``name.svg`` into ``figures`` of a folder; gives their paths.

    Letters that the font lacks are told in a warning. Raises ``ResultError`` where the folder cannot be
    written.
    """
    from citysim.figures.formats import pictures  # noqa: PLC0415  as above
    from citysim.figures.style import letters_lacked  # noqa: PLC0415

    warn_of_letters(f"figure {name}", letters_lacked(figure))
    return write_pictures(pictures(figure), folder, name)


def _tell_if_left_out(sheet: Sheet, *, asked: bool) -> None:
    """Say why a figure could not be drawn. Raises ``ResultError`` where it was ``asked`` for by name."""
    if sheet.caption is None and asked:
        raise ResultError(f"figure {sheet.name}: {sheet.fault or 'the design does not ask for it'}")
    if sheet.fault:
        log.warning("figure %s left out: %s", sheet.name, sheet.fault)


def _in_order(captions: Mapping[str, Caption], known: Sequence[str]) -> list[Caption]:
    return [captions[name] for name in dict.fromkeys([*known, *captions]) if name in captions]
