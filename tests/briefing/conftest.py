"""A small experiment with a known effect, its briefing, and a real browser that may reach nothing else."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from analysis.tables import CONFIG, known_runs, write_runs
from citysim.analysis.headline import write_tables
from citysim.briefing import write_briefing
from citysim.figures import draw_all

KNOWN = {"none": 0.0, "twinning": 0.5, "both": 1.1}
#: As Chromium wants it where it is run by root and may reach no other host.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
type Open = Callable[..., Any]
QUESTION = "Do cities <act> & “save” the world ≥ – é?"


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result folder with tables, figures and both briefings."""
    path = tmp_path_factory.mktemp("brief")
    config = CONFIG.replace("Is a known effect found?", QUESTION.replace('"', ""))
    runs = known_runs(KNOWN, seeds=8, spread=0.3, noise=0.01)
    write_runs(path, runs, known_runs(KNOWN, seeds=3, draw="defaults", noise=0.01), config=config)
    write_tables(path)
    draw_all(path)
    write_briefing(path)
    return path


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Playwright's handle on the machine's Chromium. CITYSIM_NEEDS_CHROMIUM=1 makes its absence a failure."""
    program = shutil.which("chromium")
    if program is None:
        reason = "no Chromium on this machine: chromium not found on the path"
        (pytest.fail if os.environ.get("CITYSIM_NEEDS_CHROMIUM") else pytest.skip)(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield lambda folder, **more: playwright.chromium.launch_persistent_context(
            folder, executable_path=program, headless=True, args=list(ARGUMENTS), **more
        )


@pytest.fixture
def open_page(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Open an address in a new browser; nothing may be asked of anywhere else, and nothing go wrong."""
    opened, said, asked = [], [], []

    def open_(address: str, *, width: int = 1280, height: int = 800, **more: Any) -> Any:
        view = {"width": width, "height": height}
        context = chromium(str(tmp_path_factory.mktemp("profile")), viewport=view, **more)
        opened.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        return page

    yield open_
    for context in opened:
        context.close()
    assert said == []
    assert [address for address in asked if not address.startswith(("file:", "data:"))] == []
