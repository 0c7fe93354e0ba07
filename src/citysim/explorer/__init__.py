"""The explorer: results as one HTML page with levers, map and charts, which needs no network."""

from collections.abc import Sequence
from pathlib import Path


def write_explorer(folders: Sequence[Path], out: Path, language: str | None = None) -> Path:
    """Write the page of one or several result folders as one HTML file, and give its path.

    ``language``: of the page, if not that of the first config.
    Raises ``ResultError`` where a folder has no runs or tables (the message names the command that makes
    them), where two experiments have one name, or where the file cannot be written.
    """
    from citysim.explorer.page_file import render_page  # noqa: PLC0415  pulls in pandas and the model
    from citysim.explorer.payload import payload_of  # noqa: PLC0415
    from citysim.store.files import make_folder, write_text  # noqa: PLC0415

    payload = payload_of(folders, language)
    text = render_page(payload.text, language=payload.language)
    make_folder(out.parent)
    write_text(out, "explorer", text)
    return out
