"""The documentation site as Sphinx builds it, the tutorial run on the way."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sphinx.util.inventory import InventoryFile

import citysim

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

# One process builds the site for all of them.
pytestmark = [pytest.mark.long, pytest.mark.xdist_group("site")]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site, with warnings as errors."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-d", folder / "cache"]
    built = subprocess.run([*command, DOCS, folder / "html"], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return folder / "html"


class _Loads(HTMLParser):
    """What a page makes a browser load; links that a reader follows are not loaded."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [
            f"{tag} {name}={value}"
            for name, value in attrs
            if name in ("src", "srcset", "data", "poster", "style") or (tag == "link" and name == "href")
        ]


def test_no_page_loads_anything_from_another_host(site):
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 15
    for page in pages:
        loads = _Loads(page.read_text(encoding="utf-8")).found
        assert loads
        assert not [each for each in loads if re.search(r"https?:|=//|url\(//", each)], page.name
        assert "import(" not in page.read_text(encoding="utf-8")
    for file in [*site.rglob("*.css"), *site.rglob("*.js")]:
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"""(url\(|@import|fetch\(|\.src\s*=)\s*["']?(https?:)?//""", text), file.name


def test_the_reference_lists_exactly_what_the_package_gives(site):
    inventory = InventoryFile.loads((site / "objects.inv").read_bytes(), uri="")
    listed = {name for kind in inventory.data if kind.startswith("py:") for name in inventory.data[kind]}
    public = {name.removeprefix("citysim.") for name in listed if re.fullmatch(r"citysim\.\w+", name)}
    assert public == set(citysim.__all__)


def test_what_an_extension_uses_is_in_the_reference(site):
    inventory = InventoryFile.loads((site / "objects.inv").read_bytes(), uri="")
    listed = {name.rpartition(".")[2] for kind in inventory.data for name in inventory.data[kind]}
    assert {"Phase", "SCHEDULE", "Setting", "Draws", "Outcome", "run_quarter"} <= listed
    assert "citysim.model.mechanisms.twinning.step" in inventory.data["py:function"]


def test_fields_of_a_world_are_listed_with_shape_and_unit(site):
    page = (site / "api.html").read_text(encoding="utf-8")
    text = re.sub(r"<[^>]+>|\s+", " ", page)
    assert re.search(r"population\s+Floats\s+people, &gt; 0", text)


def test_every_page_is_reached_and_every_equation_is_mathml(site):
    for source in [*DOCS.glob("*.md"), *DOCS.glob("*.ipynb")]:
        page = (site / f"{source.stem}.html").read_text(encoding="utf-8")
        assert 'class="current' in page or source.stem == "index", source.name  # stands in the menu
    model = (site / "model.html").read_text(encoding="utf-8")
    equations = re.sub(
        r"```.*?```|`[^`\n]*`", "", (DOCS / "model.md").read_text(encoding="utf-8"), flags=re.S
    )
    assert model.count("<math") == len(re.findall(r"\$\$.+?\$\$|\$[^$]+\$", equations, flags=re.S))
    assert "merror" not in model


def test_the_site_can_be_searched_without_a_server(site):
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    assert index.startswith("Search.setIndex(")
    assert "compens" in index  # stemmed
    assert "searchindex.js" in (site / "search.html").read_text(encoding="utf-8")


class TestTutorial:
    """The notebook, which the build runs from the first cell to the last."""

    def test_it_is_kept_without_outputs(self):
        notebook = json.loads((DOCS / "tutorial.ipynb").read_text(encoding="utf-8"))
        code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        assert len(code) > 5
        assert not [cell for cell in code if cell["outputs"] or cell["execution_count"]]

    def test_its_outputs_show(self, site):
        page = (site / "tutorial.html").read_text(encoding="utf-8")
        assert page.count('class="dataframe"') == 3
        pictures = re.findall(r'src="(_images/[^"]+\.png)"', page)
        assert len(pictures) == 1
        assert (site / pictures[0]).stat().st_size > 10_000
        assert re.search(r"development with cooperation: *0\.\d+", page)

    def test_nothing_warns_in_it(self, site):
        page = (site / "tutorial.html").read_text(encoding="utf-8")
        assert "Warning" not in page
        assert "Traceback" not in page
