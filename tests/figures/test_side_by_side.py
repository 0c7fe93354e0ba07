"""Two experiments on the same axes: texts that can be read, and what cannot be said."""

import numpy as np
import pandas as pd
import pytest

from citysim.analysis.side_by_side import DIFFERENCE
from citysim.figures.checking import faults
from citysim.figures.formats import pictures
from citysim.figures.side_by_side import draw
from citysim.language import LANGUAGES, speaking

OUTCOMES = ("development", "marginalisation", "loss", "conflict")


def table(*lines: tuple[str, str], paired: bool, scale: float = 1.0) -> pd.DataFrame:
    """Rows as of ``side_by_side``, the last one not defined."""
    rows = []
    for outcome in OUTCOMES:
        for place, (estimand, arm) in enumerate(lines):
            row = {"estimand": estimand, "arm": arm, "outcome": outcome, "stall": 0.5}
            for side, shift in (("first", 0.0), ("second", 0.4)):
                ends = {"lower": -0.1, "estimate": 0.2 + 0.1 * place, "upper": 0.9}
                row |= {f"{name}_{side}": scale * (value + shift) for name, value in ends.items()}
                row[f"n_seeds_{side}"] = 8
            if paired:
                row |= {"difference": 0.4 * scale, "difference_lower": 0.1 * scale, "n_pairs": 8}
                row["difference_upper"] = 0.7 * scale
            rows.append(row)
    found = pd.DataFrame(rows)
    found.loc[len(found) - 1, "estimate_second"] = np.nan
    return found


SHARES = tuple((name, "both") for name in ("substitution", "response", "compensation"))
ARMS = tuple((DIFFERENCE, name) for name in ("twinning", "networks", "both"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("lines", [SHARES, ARMS], ids=["shares", "arms"])
@pytest.mark.parametrize("why_not", ["", "their worlds differ"])
@pytest.mark.parametrize("scale", [1.0, 0.001, 30.0])
def test_every_text_can_be_read_and_axes_are_the_same(language, lines, why_not, scale):
    rows = table(*lines, paired=not why_not, scale=scale)
    with speaking(language):
        figure, caption = draw(rows, "side_by_side_1_2", ("claim", "claim_small_world"), why_not)
        pictures(figure, ["svg"])
    assert faults(figure) == []
    columns = 2 if why_not else 3
    assert len(figure.axes) == columns * len(OUTCOMES)
    for start in range(0, len(figure.axes), columns):
        first, second = figure.axes[start : start + 2]
        assert first.get_xlim() == second.get_xlim()
        assert first.get_xlim()[0] < -0.1 * scale
        assert first.get_xlim()[1] > 1.3 * scale
    assert (f": {why_not}." in caption.caption) == bool(why_not)
    assert "claim_small_world" in caption.caption
    undefined = {"en": "undefined", "de": "unbestimmt"}[language]
    assert undefined in caption.alt
