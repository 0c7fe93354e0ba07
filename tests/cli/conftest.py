"""A small experiment, and the command as a user calls it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

CONFIG = """
name = "small"
question = "Does it hold?"
seeds = 2
quarters = 4

[uncertainty]
monte_carlo_seeds = 2

[world]
kind = "synthetic"
cities = 30
states = 5

[arms.none]
twinning = false
networks = false

[arms.both]
networks = true

[design]
stall = [0.0, 1.0]

[record]
outcomes = ["development", "loss", "marginalisation", "twinnings"]
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with ``x.toml`` in it, and the working directory."""
    (tmp_path / "x.toml").write_text(CONFIG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


type Command = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def begin(place: Path) -> Command:
    """Start ``citysim`` with some arguments."""

    def start(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "citysim", *arguments],
            cwd=place,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    return start
