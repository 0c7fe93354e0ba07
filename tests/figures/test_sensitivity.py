"""The figure of sensitivity indices says what chance gives only where that is known."""

import pandas as pd
import pytest

from citysim.figures.sensitivity import sensitivity_figure


@pytest.mark.parametrize(
    ("noise", "chance"),
    [
        (0.1, ["not told from 0 or chance", "chance alone"]),
        (float("nan"), ["not told from 0"]),
    ],
)
def test_the_legend_names_chance_where_it_is_known(noise: float, chance: list[str]) -> None:
    row: dict[str, object] = {"outcome": "loss", "parameter": "state_fund", "ST_noise": noise}
    for index in ("S1", "ST"):
        row |= {index: 0.3, f"{index}_lower": 0.2, f"{index}_upper": 0.4, f"{index}_told": "above 0"}
    (legend,) = sensitivity_figure(pd.DataFrame([row])).legends
    assert [text.get_text() for text in legend.get_texts()] == ["total", "first order", *chance]
