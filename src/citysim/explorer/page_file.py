"""The page as one file: HTML, style, modules and data in it, nothing loaded from outside."""

import base64
import hashlib
import json
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined

from citysim.errors import DataError
from citysim.explorer.words import strings
from citysim.language import DEFAULT, speaking

#: Modules import each other by this name and that of their file; a map of imports resolves it.
PREFIX = "explorer/"
#: Modules that the page of a server has beside.
_LIVE = ("live.js", "events.js")


def render_page(payload: str, *, language: str = DEFAULT, live: Mapping[str, Any] | None = None) -> str:
    """The page with its data, in a language.

    ``live``: what the page of a server knows beside; its scripts may call it.
    Raises ``DataError`` where a library that comes with the package has changed.
    """
    page = _folder("page")
    environment = Environment(
        loader=DictLoader({"index.html": page.joinpath("index.html").read_text(encoding="utf-8")}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    modules = {
        f"{PREFIX}{file.name}": "data:text/javascript;base64," + _encoded(file.read_bytes())
        for file in sorted(page.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".js") and (live is not None or file.name not in _LIVE)
    }
    with speaking(language):
        words = strings()
    return environment.get_template("index.html").render(
        language=language,
        words=words,
        style=page.joinpath("style.css").read_text(encoding="utf-8"),
        libraries=libraries(),
        imports=json.dumps({"imports": modules}),
        payload=payload,
        live=None if live is None else json.dumps(live).replace("<", "\\u003c"),
    )


def libraries() -> list[str]:
    """Sources of the vendored libraries, in the order in which they need each other.

    Raises ``DataError`` where one is not the file of the manifest.
    """
    folder = _folder("vendor")
    found = []
    for entry in json.loads(folder.joinpath("manifest.json").read_text(encoding="utf-8")):
        data = folder.joinpath(entry["file"]).read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        if digest != entry["sha256"]:
            raise DataError(f"{entry['file']}: sha256: found {digest}, expected {entry['sha256']}")
        found.append(data.decode())
    return found


def _folder(name: str) -> Traversable:
    return files("citysim.explorer").joinpath(name)


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
