"""Time the arrays against the plain reference, on the same draws in one run.

    uv run python benchmarks/reference.py                     # 200 cities
    uv run python benchmarks/reference.py --cities 200 1000

Processor time of steps alone: worlds are built and both models started outside the clock, and a first
quarter warms both up. Their development at the end is compared, so that equal work is timed.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

from citysim.model.model import CityModel
from citysim.world.world import World

# the reference is part of the tests
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from reference.model import ReferenceModel


def main() -> None:
    """Read the sizes and print one line for each."""
    parser = argparse.ArgumentParser(description="time of the arrays against the plain reference")
    parser.add_argument("--cities", type=int, nargs="+", default=[200])
    parser.add_argument("--states", type=int, default=40)
    parser.add_argument("--quarters", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    print(f"{'cities':>8}{'reference':>14}{'arrays':>14}{'ratio':>10}   (processor time a quarter)")
    for cities in asked.cities:
        world = World.synthetic(cities, asked.states, asked.seed)
        plain, arrays = seconds_a_quarter(world, asked.seed, asked.quarters)
        print(f"{cities:>8,}{plain * 1e3:>11,.1f} ms{arrays * 1e3:>11,.2f} ms{plain / arrays:>9,.0f}×")


def seconds_a_quarter(world: World, seed: int, quarters: int) -> tuple[float, float]:
    """Processor seconds a quarter of the reference and of the arrays, in turns."""
    plain, arrays = ReferenceModel(world, rng=seed), CityModel(world, rng=seed)
    plain.step()
    arrays.step()
    spent = {plain: 0.0, arrays: 0.0}
    for _ in range(quarters):
        for model in spent:
            start = time.process_time()
            model.step()
            spent[model] += time.process_time() - start
    development = [city.development for city in plain.cities]
    np.testing.assert_allclose(arrays.state.development, development, rtol=1e-9)
    return spent[plain] / quarters, spent[arrays] / quarters


if __name__ == "__main__":
    main()
