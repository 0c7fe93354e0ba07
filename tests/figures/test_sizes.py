"""A figure for a slide, a column or a page, in every format."""

from io import BytesIO

import pytest
from PIL import Image
from pypdf import PdfReader

from analysis.tables import known_runs, write_runs
from citysim.analysis.headline import write_tables
from citysim.analysis.results import read_results
from citysim.errors import ConfigError, ResultError
from citysim.figures.checking import faults
from citysim.figures.drawing import draw_figures, draw_sheet
from citysim.figures.formats import lay_out, pictures
from citysim.figures.sizes import FORMATS, SIZES, sized
from citysim.figures.style import new_figure

pytestmark = pytest.mark.slow  # hundreds of drawings, which depend on no Python

FIGURES = ("makes_up", "compensation", "difference")


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Tables of runs with a known effect."""
    folder = tmp_path_factory.mktemp("sizes")
    ratios = {"none": 0.0, "networks": 0.2, "both": 1.1}
    write_tables(write_runs(folder, known_runs(ratios, seeds=6, spread=0.2, noise=0.01)))
    return read_results(folder)


@pytest.mark.parametrize("size", SIZES)
def test_all_formats_are_as_wide_as_the_size(results, size):
    files = draw_sheet(results, "makes_up", size=size, formats=FORMATS).pictures
    image = Image.open(BytesIO(files["png"]))
    page = PdfReader(BytesIO(files["pdf"])).pages[0]
    width = SIZES[size].width_cm
    assert image.width / image.info["dpi"][0] * 2.54 == pytest.approx(width, abs=0.02)
    assert float(page.mediabox.width) / 72 * 2.54 == pytest.approx(width, abs=0.01)
    svg = files["svg"].decode().split("<svg", 1)[1].split("pt", 1)[0].rsplit('"', 1)[1]
    assert float(svg) / 72 * 2.54 == pytest.approx(width, abs=0.01)


def test_a_pdf_holds_text_in_fonts_of_its_own(results):
    page = PdfReader(BytesIO(draw_sheet(results, "makes_up", formats=["pdf"]).pictures["pdf"])).pages[0]
    assert "city networks" in page.extract_text()
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    brought = [
        font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font for font in fonts
    ]
    assert all("/FontFile2" in font["/FontDescriptor"].get_object() for font in brought)


def test_a_picture_that_stands_alone_has_its_title_and_replications_in_it(results):
    text = PdfReader(BytesIO(draw_sheet(results, "makes_up", size="slide", formats=["pdf"]).pictures["pdf"]))
    said = " ".join(text.pages[0].extract_text().split())
    assert "cities make up for" in said
    assert "6 replications" in said


def test_a_size_has_a_folder_of_its_own_and_a_report_stays(results):
    before = {file.name for file in (results.out / "figures").glob("*.*")}
    made = draw_figures(results, ["makes_up"], size="column", formats=["pdf", "svg"])
    assert [str(path.relative_to(results.out)) for path in made] == [
        "figures/column/makes_up.pdf",
        "figures/column/makes_up.svg",
    ]
    assert {file.name for file in (results.out / "figures").glob("*.*")} == before


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"size": "slde"}, "--size: no 'slde'; did you mean 'slide'? allowed: slide, deck, column, page"),
        ({"formats": ["jpg"]}, "--format: no 'jpg'; did you mean 'png'? allowed: png, svg, pdf"),
    ],
)
def test_a_wrong_size_or_format_is_one_line(results, asked, told):
    with pytest.raises(ConfigError) as fault:
        draw_figures(results, **asked)
    assert str(fault.value) == told


def test_what_a_slide_has_no_room_for_is_refused():
    with sized("slide"), pytest.raises(ResultError, match="more panels than a slide has room for"):
        new_figure(25.0)


def test_faults_of_texts_are_found():
    with sized("page"):
        figure = new_figure(4.0)
        for place, said in ((0.5, "one"), (0.51, "another"), (0.99, "over the edge")):
            figure.text(place, 0.5, said)
        figure.text(0.1, 0.1, "tiny", fontsize=4)
        found = faults(figure)
    assert [fault.split(":")[0] for fault in found] == ["cut off", "overlap", "below 6 pt"]


def test_numbers_of_small_ticks_are_texts_too():
    figure = new_figure(3.0)
    figure.set_layout_engine(None)
    ax = figure.add_axes((0.1, 0.4, 0.15, 0.5))
    ax.loglog([1, 8], [1, 8])
    ax.set_yticks([])
    assert any("{2" in fault for fault in faults(figure))


def test_numbers_that_touch_are_left_out():
    figure = new_figure(4.0)
    narrow, wide = figure.subplots(1, 2, width_ratios=(1, 6))
    for ax in (narrow, wide):
        ax.set_xlim(0, 40)
        ax.set_xticks([0, 10, 20, 30, 40], ["0 %", "10 %", "20 %", "30 %", "40 %"])
    lay_out(figure)
    assert faults(figure) == []
    assert len(narrow.get_xticks()) < 5
    assert len(wide.get_xticks()) == 5


def test_the_power_of_ten_of_an_axis_is_in_its_label():
    figure = new_figure(6.0)
    ax = figure.subplots()
    ax.plot([0, 3e-7], [0, 1])
    ax.set_xlabel("change")
    lay_out(figure)
    assert ax.get_xlabel() == "change (× 10⁻⁷)"
    assert faults(figure) == []
    assert pictures(figure, ["svg"])
