"""Small results, and their page in a browser."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from live_server import Server, running
from small_results import CONFIG, made

from browser import Open
from citysim.explorer import write_explorer


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result folder with cities, three arms and three stall levels."""
    return made(tmp_path_factory.mktemp("small"), CONFIG)


@pytest.fixture(scope="session")
def page_file(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of these results."""
    return write_explorer([small], tmp_path_factory.mktemp("page") / "explorer.html")


@pytest.fixture(scope="session")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same results with cities at three dates within the run."""
    return made(tmp_path_factory.mktemp("dated"), CONFIG + "cities_every = 3\n")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose first runs are done."""
    with running(tmp_path_factory.mktemp("live")) as found:
        assert found.wait(1)["state"] == "done"
        yield found


@pytest.fixture
def open_page(open_page: Open) -> Open:
    """Open an address, and wait until the page is ready."""

    def open_(address: str, **more: Any) -> Any:
        page = open_page(address, **more)
        page.wait_for_selector("html[data-ready]", timeout=30_000)
        return page

    return open_
