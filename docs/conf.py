"""The documentation site: `uv run sphinx-build -W docs build/site`, then open build/site/index.html.

Nothing is loaded from another host, neither by the build nor by a reader: a test looks.
"""

import sys
from pathlib import Path

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
