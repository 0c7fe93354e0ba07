"""The briefing as one HTML file that needs no other file and no network."""

import base64
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from citysim.briefing.context import WORD_COLUMNS, Context
from citysim.briefing.picture import Picture
from citysim.briefing.short.sentences import head
from citysim.language import gettext, speaking
from citysim.store.files import disk_errors, writing
from citysim.store.outputs import write_output


def write_html(context: Context, file: Path) -> None:
    """Write the page atomically. Raises ``ResultError`` where it cannot be written or a figure is gone."""
    write_output(file.parent, file.name, "brief", writing(render_html(context).encode()))


def render_html(context: Context) -> str:
    """The page as text, figures inlined."""
    with speaking(context.language):
        return _rendered(context)


def templates(folder: Path) -> Environment:
    """Templates of pages in a folder; a name that one lacks is an error."""
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _rendered(context: Context) -> str:
    environment = templates(Path(__file__).parent)
    environment.globals |= {"gettext": gettext, "head": head}
    sources = {picture.caption.name: _data_uri(picture) for picture in context.shown}
    template = environment.get_template("briefing.html.j2")
    return template.render(context=context, sources=sources, word_columns=WORD_COLUMNS)


def _data_uri(picture: Picture) -> str:
    """A figure as a data address."""
    file = picture.sharpest
    with disk_errors(file, "cannot be read"):
        data = file.read_bytes()
    kind = "svg+xml" if file.suffix == ".svg" else "png"
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"
