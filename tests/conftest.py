"""Settings and fixtures of all tests."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from threadpoolctl import threadpool_limits

from browser import chromium, open_page  # noqa: F401  fixtures
from citysim.execute.threads import one_thread
from citysim.world.cache import FOLDER_VARIABLE
from citysim.world.world import World

# As the command line has it. Two processes of tests with a thread per processor each wait for one another:
# fits of emulators took six times as long.
one_thread()  # libraries that are loaded from here on, and processes that are started
threadpool_limits(1)  # those that are loaded already

# The same examples on every machine; HYPOTHESIS_PROFILE=search looks for new ones.
settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=20,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("search", settings.get_profile("repeatable"), derandomize=False, max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

# A shell without job control starts its background with Ctrl-C ignored, and children inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

_COMPILE = """
from citysim.execute.first_use import compile_loops
from citysim.world.world import World
compile_loops(World.synthetic(cities=60, states=8, seed=1))
"""


def pytest_configure(config: pytest.Config) -> None:
    """Before processes of tests begin, the model's loops are compiled, which each would do by itself."""
    if config.getoption("numprocesses", None):  # in the process that starts them
        subprocess.run([sys.executable, "-c", _COMPILE], check=False)


@pytest.fixture(scope="session", autouse=True)
def _own_cache_of_worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Worlds are kept in a folder of the tests, not in that of the user."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_VARIABLE, str(tmp_path_factory.mktemp("worlds")))
        yield


@pytest.fixture(scope="session")
def synthetic_world() -> World:
    """Sixty cities in eight states, drawn from the real world."""
    return World.synthetic(cities=60, states=8, seed=1)


@pytest.fixture(scope="session")
def source_folder() -> Path:
    """The package's source."""
    return Path(__file__).parent.parent / "src" / "citysim"
