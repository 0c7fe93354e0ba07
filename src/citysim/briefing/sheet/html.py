"""The dialogue sheet as one HTML file that needs no other file and no network."""

from pathlib import Path

from citysim.briefing.html import templates
from citysim.briefing.sheet.entries import Sheet
from citysim.briefing.short.sentences import head
from citysim.language import speaking
from citysim.store.files import writing
from citysim.store.outputs import write_output


def write_sheet_html(sheet: Sheet, file: Path) -> None:
    """Write the page atomically. Raises ``ResultError`` where it cannot be written."""
    write_output(file.parent, file.name, "brief", writing(rendered(sheet).encode()))


def rendered(sheet: Sheet) -> str:
    """The page as text."""
    environment = templates(Path(__file__).parent)
    environment.filters["kept"] = _kept
    with speaking(sheet.language):
        return environment.get_template("sheet.html.j2").render(sheet=sheet, missing=head("missing"))


def _kept(text: str) -> str:
    """A number stays on one line with its per cent, and with the sign before it."""
    return text.replace(" %", "\u00a0%").replace("≤ ", "≤\u00a0")
