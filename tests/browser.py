"""A real browser that may reach nothing else."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

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
#: What a page may ask for: itself, what it holds, and a server of this machine.
OWN = ("file:", "data:", "blob:", "http://127.0.0.1:")
type Open = Callable[..., Any]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Playwright's handle on the machine's Chromium. CITYSIM_NEEDS_CHROMIUM=1 makes its absence a failure.

    One of a process, as Playwright allows no second.
    """
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
    """Open an address in a new browser; nothing may be asked of another host, and nothing go wrong.

    ``allowed``: parts of errors that are meant to come.
    """
    opened, said, asked = [], [], []
    meant: list[str] = []

    def open_(
        address: str, *, width: int = 1280, height: int = 800, allowed: Sequence[str] = (), **more: Any
    ) -> Any:
        meant.extend(allowed)
        context = chromium(
            str(tmp_path_factory.mktemp("profile")),
            viewport={"width": width, "height": height},
            accept_downloads=True,
            **more,
        )
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
    assert [text for text in said if not any(part in text for part in meant)] == []
    assert [address for address in asked if not address.startswith(OWN)] == []
