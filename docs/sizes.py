"""Outcomes of synthetic worlds of three sizes, the table "What depends on the size of a world".

uv run python docs/sizes.py [worlds]
"""

import sys

import numpy as np

from citysim import OUTCOMES, CityModel, World

SIZES = (500, 2_000, 8_000)
SHOWN = (
    *("development", "coverage", "marginalisation", "loss_expected", "loss", "relief_state"),
    *("relief_networks", "relief_twins", "conflict_onsets", "twinnings", "memberships", "networks"),
)


def main() -> None:
    """Print the table in Markdown: mean ± standard error over the worlds."""
    worlds = int(sys.argv[1]) if len(sys.argv) > 1 else 16
    with_relief = [runs(size, worlds) for size in SIZES]
    without = [runs(size, worlds, relief=False) for size in SIZES]
    print("| outcome | " + " | ".join(f"{size:,}" for size in SIZES).replace(" |", " cities |", 1) + " |")
    print("|---|---|---|---|")
    for name in SHOWN:
        print(f"| {OUTCOMES[name].label.lower()} | {cells(with_relief, name)} |")
    print(f"| losses left over, relief switched off | {cells(without, 'loss')} |")


def runs(size: int, worlds: int, **switches: bool) -> list[dict[str, float]]:
    """Summary of one run in each of some worlds, at the defaults."""
    return [
        CityModel(World.synthetic(cities=size, states=80, seed=seed), rng=seed, **switches).run().summary()
        for seed in range(1, worlds + 1)
    ]


def cells(by_size: list[list[dict[str, float]]], name: str) -> str:
    """Mean ± standard error of an outcome at each size."""
    shown = []
    for summaries in by_size:
        values = np.array([summary[name] for summary in summaries])
        shown.append(f"{values.mean():.3g} ± {values.std(ddof=1) / np.sqrt(len(values)):.1g}")
    return " | ".join(shown)


if __name__ == "__main__":
    main()
