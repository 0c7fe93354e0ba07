"""A small experiment with a known effect, and its briefing."""

from pathlib import Path

import pytest

from analysis.tables import CONFIG, known_runs, write_runs
from citysim.analysis.headline import write_tables
from citysim.briefing import write_briefing
from citysim.figures import draw_all

KNOWN = {"none": 0.0, "twinning": 0.5, "both": 1.1}
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
