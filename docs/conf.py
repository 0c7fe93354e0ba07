"""The documentation site: `uv run sphinx-build -W docs build/site`, then open build/site/index.html.

Nothing is loaded from another host, neither by the build nor by a reader: a test looks.
"""

import os
import re
import sys
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

import citysim

sys.path.insert(0, str(Path(__file__).parent))  # for the extensions beside this file

project = "citysim"
author = "The citysim developers"
copyright = f"2026, {author}"  # noqa: A001  Sphinx's name
version = release = citysim.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "fields", "mathml"]
exclude_patterns = ["_build"]

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
html_math_renderer = "mathml"

# The tutorial is kept without outputs, and run anew by every build.
# Mesa's import of tqdm advises ipywidgets, whose output would load scripts from another host.
os.environ["PYTHONWARNINGS"] = "ignore:IProgress not found"
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_merge_streams = True

autodoc_preserve_defaults = True
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_inherit_docstrings = False  # what Mesa and pydantic write is not in this markup
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88

html_theme = "furo"
html_title = "citysim"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False

# Files above docs/ that are pages of the site: links to them work in the repository and here.
_PAGES = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}


def _link_pages(*read: Any) -> None:
    """Point links at the pages; the last thing read is a list that holds the text."""
    text = read[-1]
    for file, page in _PAGES.items():
        text[0] = re.sub(rf"\]\((?:\.\./)?{re.escape(file)}(?=[)#])", f"]({page}", text[0])


def setup(app: Sphinx) -> None:
    """Have every text that is read pass."""
    app.connect("source-read", _link_pages)
    app.connect("include-read", _link_pages)
