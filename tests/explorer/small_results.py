"""A small experiment with its tables."""

from pathlib import Path

import citysim
from citysim.analysis.headline import write_tables

CONFIG = """
name = "small"
question = "Do cities act when states stall?"
seeds = 6
quarters = 12

[uncertainty]
monte_carlo_seeds = 2

[world]
kind = "synthetic"
cities = 40
states = 6

[arms.none]
twinning = false
networks = false

[arms.networks]
twinning = false

[arms.both]
networks = true

[design]
stall = [0.0, 0.5, 1.0]

[record]
outcomes = [
  "development", "service", "service_peace", "coverage", "loss", "conflict", "marginalisation", "networks",
]
cities = true
"""


def made(folder: Path, text: str) -> Path:
    """Results of a config with their tables."""
    (folder / "x.toml").write_text(text, encoding="utf-8")
    citysim.run_experiment(folder / "x.toml", out=folder / "results", workers=1, progress=False)
    write_tables(folder / "results")
    return folder / "results"
