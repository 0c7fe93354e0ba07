"""Pictures of every kind of figure, beside those in ``baseline``: nothing about them changes unnoticed.

Where a change is meant, look at the new ones and keep them, as CONTRIBUTING.md says.
"""

from pathlib import Path

import pytest
from matplotlib.testing.compare import compare_images

from citysim.figures import style
from citysim.figures.formats import lay_out
from figures.gallery import DRAWN

pytestmark = pytest.mark.slow  # hundreds of drawings, which depend on no Python

BASELINE = Path(__file__).parent / "baseline"
#: Root mean square of the differences of all pixels, from 0 to 255. The pinned Matplotlib draws the same
#: everywhere; another processor may round a few edges of letters otherwise.
TOLERANCE = 0.5
DPI = 50
#: Figures that are as others, of other tables.
ALIKE = {"verdict_substitution", "knowing_substitutes", "knowing_responds", "calibration_other_kind"}
SHOWN = [name for name in DRAWN if name not in ALIKE]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("gallery")


@pytest.mark.mpl_image_compare(
    baseline_dir="baseline", tolerance=TOLERANCE, style="default", savefig_kwargs={"dpi": DPI}
)
@pytest.mark.parametrize("name", SHOWN)
def test_looks(place, name):
    return laid_out(place, name)


def laid_out(place, name):
    """A figure as reports have it."""
    with style.style():
        figure, _ = DRAWN[name](place)
        lay_out(figure)
    return figure


def test_another_colour_is_noticed(place, tmp_path, monkeypatch):
    monkeypatch.setitem(style._KNOWN, "both", ("#008E63", "D"))  # a little darker
    kept, drawn = BASELINE / "test_looks_makes_up.png", tmp_path / "makes_up.png"
    laid_out(place, "makes_up").savefig(drawn, dpi=DPI)
    assert "RMS Value" in compare_images(str(kept), str(drawn), TOLERANCE)


def test_no_picture_is_kept_of_a_figure_that_is_gone():
    assert {file.stem for file in BASELINE.iterdir()} == {f"test_looks_{name}" for name in SHOWN}
