"""Whether runs still give what they gave: 32 runs compared value by value with those of another commit.

    uv run python benchmarks/bits.py --write /tmp/before.npz    # on the commit before
    uv run python benchmarks/bits.py --against /tmp/before.npz  # on the one to be tested

Real and synthetic worlds, every arm, all forms of stall, defaults and draws of the prior; of each run all
recorded outcomes and all numbers of the last state. Exit status 1 where a value differs by more than
``--within`` of the larger of the two and of 1.
"""

import argparse
import hashlib
import sys
from dataclasses import fields, is_dataclass
from itertools import product

import numpy as np

from citysim.model.model import CityModel
from citysim.plan.draws import prior_draws
from citysim.world.world import World

ARMS = {
    "none": {"twinning": False, "networks": False},
    "twinning": {"networks": False},
    "networks": {"twinning": False},
    "both": {},
}
STALLS = ({"stall": 0.0}, {"stall": 0.75}, {"stall": "endogenous"}, {"stall": "2023:0 + 2026:0.75"})
WORLDS = ("real", "synthetic")


def main() -> int:
    """Run, then write or compare."""
    parser = argparse.ArgumentParser(description="compare the numbers of 32 runs between commits")
    parser.add_argument("--quarters", type=int, default=40)
    parser.add_argument("--within", type=float, default=0.0, help="relative; 0 asks for equal bits")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write")
    what.add_argument("--against")
    asked = parser.parse_args()
    runs = dict(all_runs(asked.quarters))
    if asked.write:
        np.savez_compressed(asked.write, **runs)
        print(f"{len(runs)} runs written, digest {digest(runs)}")
        return 0
    return compare(np.load(asked.against), runs, asked.within)


def all_runs(quarters: int):
    """Name and numbers of each run."""
    worlds = {"real": World.real(), "synthetic": World.synthetic(cities=300, states=20, seed=3)}
    cases = list(product(WORLDS, ARMS, range(len(STALLS))))
    drawn = prior_draws(range(1, len(cases) + 1))
    for seed, (kind, arm, place) in enumerate(cases, start=1):
        given = drawn[seed] if place % 2 else {}
        model = CityModel(worlds[kind], given | ARMS[arm] | STALLS[place], rng=seed, quarters=quarters).run()
        yield (
            f"{kind} {arm} {STALLS[place]['stall']}",
            np.concatenate([model.recorder.series.ravel(), *numbers(model.state)]),
        )


def numbers(state: object):
    """Every public array and number of a state, flat."""
    for field in fields(state):
        value = getattr(state, field.name)
        if field.name.startswith("_") or value is None:
            continue
        if is_dataclass(value):
            yield from numbers(value)
        else:
            yield np.asarray(value, dtype=np.float64).ravel()


def digest(runs: dict[str, np.ndarray]) -> str:
    """Of all numbers of all runs."""
    return hashlib.sha256(b"".join(values.tobytes() for values in runs.values())).hexdigest()[:16]


def compare(before, runs: dict[str, np.ndarray], within: float) -> int:
    """Print the largest difference of each run that differs."""
    worst = 0.0
    for name, values in runs.items():
        if before[name].shape != values.shape:
            print(f"{name}: {len(before[name])} numbers before, {len(values)} now")
            worst = np.inf
            continue
        both = np.isnan(before[name]) & np.isnan(values)
        size = np.maximum(np.maximum(np.abs(before[name]), np.abs(values)), 1.0)
        apart = np.where(both, 0.0, np.abs(before[name] - values) / size)
        apart = np.where(np.isnan(apart), np.inf, apart)
        if apart.max() > 0.0:
            print(f"{name}: {apart.max():.1e} apart at number {apart.argmax()} of {len(values)}")
        worst = max(worst, float(apart.max()))
    print(f"{len(runs)} runs, largest difference {worst:.1e}, digest {digest(runs)}")
    return int(worst > within)


if __name__ == "__main__":
    sys.exit(main())
