"""Figures in every language and size: ticks in its form, and texts that can be read."""

from importlib import import_module

import pytest

from analysis.answers.made import config_of
from briefing.pages import SHIPPED, table_of
from citysim.analysis.stall import at_level
from citysim.figures.checking import faults
from citysim.figures.formats import pictures
from citysim.figures.headed import add_heading
from citysim.figures.in_short import PICTURES
from citysim.figures.sizes import SIZES, sized
from citysim.figures.style import new_figure
from citysim.language import LANGUAGES, speaking

ANSWERS = [(name, each) for name in SHIPPED for each in config_of(name).analyses]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [None, *SIZES])
@pytest.mark.parametrize(("experiment", "analysis"), ANSWERS)
def test_every_text_of_a_figure_can_be_read(experiment, analysis, size, language):
    draw = getattr(import_module(f"citysim.figures.answers.{analysis}"), f"{analysis}_figure")
    with speaking(language), sized(size) as drawn_for:
        figure, caption = draw(table_of(experiment, analysis), SHIPPED[experiment])
        if drawn_for.alone:
            add_heading(figure, caption)
        pictures(figure, ["svg"])
        assert faults(figure) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [None, *SIZES])
@pytest.mark.parametrize(("experiment", "analysis"), ANSWERS)
def test_every_text_of_a_picture_of_page_1_can_be_read(experiment, analysis, size, language):
    stall = SHIPPED[experiment]
    with speaking(language), sized(size) as drawn_for:
        figure, caption = PICTURES[analysis](at_level(table_of(experiment, analysis), stall), stall)
        if drawn_for.alone:
            add_heading(figure, caption)
        pictures(figure, ["svg"])
        assert faults(figure) == []
        assert len([ax for ax in figure.axes if ax.axison]) == 1


@pytest.mark.parametrize(("language", "tick"), [("en", "0.2"), ("de", "0,2")])
def test_ticks_have_the_form_of_the_language(language, tick):
    with speaking(language):
        figure = new_figure(5.0)
        ax = figure.subplots()
        ax.plot([0.0, 1.0], [0.0, 0.4])
        pictures(figure)
        assert tick in [label.get_text() for label in ax.get_yticklabels()]
