"""Every figure of a report, and the loop that draws those which a result folder allows."""

import logging
from collections.abc import Callable
from pathlib import Path

from citysim.analysis.results import RunSet, read_results
from citysim.errors import CitysimError, ResultError
from citysim.figures import compensation, contour, difference, estimands, groups, trajectories, world_map
from citysim.figures.answers import ANSWER_FIGURES
from citysim.figures.caption import Caption, Drawn, command_for, write_captions
from citysim.figures.style import save, warn_of_letters

log = logging.getLogger(__name__)

#: In the order of a report, after the figures of the analyses that a config names; each gives the figure with
#: its caption, or None where the design does not ask for it.
FIGURES: dict[str, Callable[[RunSet], Drawn | None]] = {
    "estimands": estimands.draw,
    "compensation": compensation.draw,
    "contour": contour.draw,
    "difference": difference.draw,
    "trajectories": trajectories.draw,
    "groups": groups.draw,
    "world_map": world_map.draw,
}


def draw_all(results_dir: Path, out: Path | None = None) -> list[Path]:
    """Draw into ``figures/`` as PNG and SVG what the results allow; gives the paths, the captions' last.

    ``out``: the folder of the tables, and of ``figures/``, if not the results' own.

    What cannot be drawn is skipped with a logged reason, what the design does not ask for without one.
    Raises ``ResultError`` where the folder has no runs or cannot be written, or where nothing can be drawn.
    """
    results = read_results(results_dir, out)
    paths: list[Path] = []
    captions: list[Caption] = []
    lacked: set[str] = set()
    asked = {name: ANSWER_FIGURES[name] for name in results.config.analyses}
    for name, draw in (asked | FIGURES).items():
        try:
            drawn = draw(results)
        except CitysimError as error:
            log.warning("figure %s left out: %s", name, error)
            continue
        if drawn is None:
            continue
        figure, caption = drawn
        paths += save(figure, results.out, name, lacked)
        captions.append(caption)
    warn_of_letters("figures", lacked)
    if not captions:
        raise ResultError(
            f"{results_dir}: no figure can be drawn; make the tables with: {command_for('effects', results)}"
        )
    return [*paths, write_captions(results.out, captions)]
