"""Figures in every language: ticks in its form, and no title, label or legend that runs out of its figure."""

from importlib import import_module

import pytest

from analysis.answers.made import config_of
from briefing.pages import SHIPPED, table_of
from citysim.figures.style import new_figure, pictures
from citysim.language import LANGUAGES, speaking

#: Points that a text may stand out by: rounding of the layout.
SLACK = 2.0
ANSWERS = [(name, each) for name in SHIPPED for each in config_of(name).analyses]


def texts(figure):
    """Titles, labels of axes and legends, with what they say."""
    for ax in figure.axes:
        yield from ((text, text.get_text()) for text in (ax._left_title, ax.xaxis.label, ax.yaxis.label))
    for legend in figure.findobj(lambda artist: type(artist).__name__ == "Legend"):
        yield legend, ", ".join(text.get_text() for text in legend.get_texts())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("experiment", "analysis"), ANSWERS)
def test_nothing_runs_out_of_a_figure(experiment, analysis, language):
    draw = getattr(import_module(f"citysim.figures.answers.{analysis}"), f"{analysis}_figure")
    with speaking(language):
        figure, _ = draw(table_of(experiment, analysis), SHIPPED[experiment])
        pictures(figure)
    width, height = figure.bbox.width, figure.bbox.height
    out = []
    for artist, said in texts(figure):
        if said.strip():
            box = artist.get_window_extent()
            inside = (
                box.x0 > -SLACK and box.y0 > -SLACK and box.x1 < width + SLACK and box.y1 < height + SLACK
            )
            out += [] if inside else [said]
    assert out == []


@pytest.mark.parametrize(("language", "tick"), [("en", "0.2"), ("de", "0,2")])
def test_ticks_have_the_form_of_the_language(language, tick):
    with speaking(language):
        figure = new_figure(5.0)
        ax = figure.subplots()
        ax.plot([0.0, 1.0], [0.0, 0.4])
        pictures(figure)
        assert tick in [label.get_text() for label in ax.get_yticklabels()]
