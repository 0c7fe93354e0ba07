"""Figures in every language and size: ticks in its form, and texts that can be read."""

from importlib import import_module

import pytest

from analysis.answers.made import config_of
from briefing.pages import SHIPPED, table_of
from citysim.analysis.stall import at_level
from citysim.errors import ResultError
from citysim.figures.checking import faults
from citysim.figures.formats import pictures
from citysim.figures.headed import add_heading
from citysim.figures.in_short import PICTURES
from citysim.figures.sizes import SIZES, sized
from citysim.figures.style import new_figure
from citysim.language import LANGUAGES, speaking
from figures.gallery import DRAWN, KEPT, SIZED

pytestmark = pytest.mark.slow  # hundreds of drawings, which depend on no Python

#: Sizes that have no room for a figure.
REFUSED = [("city_card", "slide"), ("city_card", "deck"), ("city_card", "column")]
OTHERS = [*SIZED, *KEPT, "in_short_intervention", "in_short_hindcast"]
READ = [(name, size) for name in OTHERS for size in (None, *SIZES) if (name, size) not in REFUSED]
READ = [(name, size) for name, size in READ if size is None or name not in KEPT]
#: Figures of calibration, cross-validation and validation.
CALIBRATED = [
    *(
        "marginals",
        "pairs",
        "predictive",
        "emulators",
        "ranks",
        "recovery",
        "calibration_to_2010",
        "validation",
    )
]
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


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("gallery")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "size"), READ)
def test_every_text_of_the_other_figures_can_be_read(place, name, size, language):
    with speaking(language), sized(size) as drawn_for:
        figure, caption = DRAWN[name](place)
        if drawn_for.alone:
            add_heading(figure, caption)
        pictures(figure, ["svg"])
        assert faults(figure) == []


@pytest.mark.parametrize("name", CALIBRATED)
def test_figures_of_what_is_held_against_the_record_follow_the_language(place, name):
    """But for names of statistics and parameters, which are those of the tables."""
    said = {}
    for language in LANGUAGES:
        with speaking(language):
            figure, caption = DRAWN[name](place)
        labels = [label for ax in figure.axes for label in (ax.get_xlabel(), ax.get_ylabel())]
        labels += [text.get_text() for legend in figure.legends for text in legend.get_texts()]
        labels += [text.get_text() for text in figure.texts]
        # Axes of pairs are named by parameters alone.
        own = set() if name == "pairs" else {label for label in labels if label}
        said[language] = own | {caption.title, caption.caption, caption.alt}
    assert said["en"] & said["de"] == set()


@pytest.mark.parametrize(("name", "size"), REFUSED)
def test_a_size_without_room_for_a_figure_says_so(place, name, size):
    with sized(size), pytest.raises(ResultError, match=f"than a {size} has room for"):
        DRAWN[name](place)


@pytest.mark.parametrize(("language", "tick"), [("en", "0.2"), ("de", "0,2")])
def test_ticks_have_the_form_of_the_language(language, tick):
    with speaking(language):
        figure = new_figure(5.0)
        ax = figure.subplots()
        ax.plot([0.0, 1.0], [0.0, 0.4])
        pictures(figure)
        assert tick in [label.get_text() for label in ax.get_yticklabels()]
