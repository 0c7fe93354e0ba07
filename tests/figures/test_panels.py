"""Single panels from tables, in axes of one's own."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from analysis.tables import known_runs, write_runs
from citysim.analysis.headline import write_tables
from citysim.analysis.tables import read_effects, read_headline
from citysim.errors import ResultError
from citysim.figures import panels
from citysim.language import speaking


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Tables of runs with a known effect."""
    folder = tmp_path_factory.mktemp("panels")
    runs = known_runs({"none": 0.0, "networks": 0.2, "both": 1.1}, seeds=6, spread=0.2, noise=0.01)
    write_tables(write_runs(folder, runs))
    return folder


@pytest.fixture
def ax():
    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


def labels(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


@pytest.mark.parametrize("estimand", ["substitution", "compensation"])
def test_a_share_is_drawn_at_its_medians(ax, folder, estimand):
    headline = read_headline(folder)
    assert panels.share(ax, headline, estimand) is ax
    rows = headline[(headline["estimand"] == estimand) & (headline["outcome"] == "development")]
    drawn = np.concatenate([line.get_ydata() for line in ax.get_lines() if len(line.get_ydata()) > 1])
    for arm in dict.fromkeys(rows["arm"]):
        expected = rows[rows["arm"] == arm].sort_values("stall")["estimate"].to_numpy()
        assert np.isin(expected.round(9), drawn.astype(float).round(9)).all()
    assert labels(ax) == ["networks", "twinning and networks"]


def test_strips_have_a_group_for_each_level(ax, folder):
    headline = read_headline(folder)
    panels.makes_up(ax, headline)
    levels = headline[headline["estimand"] == "compensation"]["stall"].nunique()
    assert len(ax.get_yticks()) == levels
    assert "development" in ax.get_xlabel()


def test_the_distance_is_that_of_the_table(ax, folder):
    effects = read_effects(folder)
    panels.difference(ax, effects)
    rows = effects[(effects["estimand"] == "difference_unstalled") & (effects["outcome"] == "development")]
    both = rows[rows["arm"] == "both"].sort_values("stall")["estimate"].to_numpy()
    assert any(
        len(line.get_ydata()) == len(both) and np.allclose(line.get_ydata(), both) for line in ax.get_lines()
    )


def test_words_are_in_the_language_spoken(ax, folder):
    with speaking("de"):
        panels.share(ax, read_headline(folder), "substitution")
    assert ax.get_title(loc="left") == "Entwicklung"


def test_a_course_is_that_of_the_arm_beside_the_world_without_stall(ax):
    runs = pd.DataFrame(
        {"run": ["a", "b"], "arm": ["both", "none"], "seed": 1, "draw": 0, "stall": [0.75, 0.0]}
    )
    quarters = pd.DataFrame({"quarter": range(4), "year": 2023.25 + 0.25 * np.arange(4), "group": "world"})
    courses = pd.concat(
        [quarters.assign(run="a", development=0.7), quarters.assign(run="b", development=0.8)]
    )
    panels.course(ax, runs, courses)
    assert {0.7, 0.8} <= {float(line.get_ydata()[-1]) for line in ax.get_lines()}
    with pytest.raises(ResultError, match="no course of development for arm 'networks'"):
        panels.course(ax, runs, courses, arm="networks")


def test_what_a_table_lacks_is_named(ax, folder):
    headline = read_headline(folder)
    with pytest.raises(ResultError, match="outcome: found 'wealth', but the table has substitution of: dev"):
        panels.share(ax, headline, "substitution", "wealth")
    with pytest.raises(ResultError, match="estimand: found 'gain', allowed: substitution, response, comp"):
        panels.share(ax, headline, "gain")
