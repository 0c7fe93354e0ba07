"""Every figure of a report, and the loop that draws those which a result folder allows."""

import logging
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from citysim.analysis.results import RunSet, read_results
from citysim.errors import CitysimError, ConfigError, ResultError
from citysim.figures.answers import ANSWER_FIGURES
from citysim.figures.caption import (
    CAPTIONS,
    Caption,
    Draw,
    Drawn,
    command_for,
    draw_of,
    read_captions,
    write_captions,
)
from citysim.figures.style import save, warn_of_letters

log = logging.getLogger(__name__)

#: In the order of a report, after the figures of the analyses that a config names; each gives the figure with
#: its caption, or None where the design does not ask for it.
FIGURES: dict[str, Draw] = {
    name: draw_of(f"citysim.figures.{name}")
    for name in ("estimands", "compensation", "contour", "difference", "trajectories", "groups", "world_map")
}


def draw_all(results_dir: Path, out: Path | None = None, only: Sequence[str] = ()) -> list[Path]:
    """Draw into ``figures/`` as PNG and SVG what the results allow; gives the paths, the captions' last.

    ``out``: the folder of the tables, and of ``figures/``, if not the results' own. ``only``: names of
    figures to draw, beside which the others stay as they are.

    What cannot be drawn is skipped with a logged reason, what the design does not ask for without one.
    Raises ``ResultError`` where the folder has no runs or cannot be written, where nothing can be drawn, or
    not what ``only`` names, and ``ConfigError`` where that is no figure of the experiment.
    """
    return draw_figures(read_results(results_dir, out), only)


def draw_figures(results: RunSet, only: Sequence[str] = ()) -> list[Path]:
    """``draw_all`` of runs that have been read."""
    known = {name: ANSWER_FIGURES[name] for name in results.config.analyses} | FIGURES
    for name in only:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean '{near[0]}'? " if near else ""
            raise ConfigError(f"--only: no figure '{name}'; {hint}allowed: {', '.join(known)}")
    paths: list[Path] = []
    captions: dict[str, Caption] = {}
    lacked: set[str] = set()
    for name, draw in known.items():
        if only and name not in only:
            continue
        drawn = _drawn(name, draw, results, asked=bool(only))
        if drawn is not None:
            figure, captions[name] = drawn
            paths += save(figure, results.out, name, lacked)
    warn_of_letters("figures", lacked)
    if not captions:
        raise ResultError(
            f"{results.path}: no figure can be drawn; make the tables with: {command_for('effects', results)}"
        )
    if only and (results.out / CAPTIONS).is_file():
        captions = {caption.name: caption for caption in read_captions(results)} | captions
    return [*paths, write_captions(results.out, _in_order(captions, known))]


def _drawn(name: str, draw: Draw, results: RunSet, *, asked: bool) -> Drawn | None:
    """A figure; None where it is left out. Raises ``ResultError`` where it was ``asked`` for by name."""
    try:
        drawn = draw(results)
    except CitysimError as error:
        if asked:
            raise ResultError(f"figure {name}: {error}") from error
        log.warning("figure %s left out: %s", name, error)
        return None
    if drawn is None and asked:
        raise ResultError(f"figure {name}: the design does not ask for it")
    return drawn


def _in_order(captions: Mapping[str, Caption], known: Mapping[str, Draw]) -> list[Caption]:
    return [captions[name] for name in dict.fromkeys([*known, *captions]) if name in captions]
