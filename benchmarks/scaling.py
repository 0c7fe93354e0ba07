"""Time and memory of the model over the number of cities, in one run.

    uv run python benchmarks/scaling.py
    uv run python benchmarks/scaling.py --cities 1000 10000 --quarters 20

Processor time of steps alone on synthetic worlds of 80 states; the exponent of growth is a least-squares fit
in logarithms. Memory is the largest the process has had so far, so sizes go up.
"""

import argparse
import resource
import time

import numpy as np

from citysim.model.model import CityModel
from citysim.world.world import World


def main() -> None:
    """Read the sizes and print one line for each."""
    parser = argparse.ArgumentParser(description="time and memory over the number of cities")
    parser.add_argument("--cities", type=int, nargs="+", default=[1000, 3000, 10_000, 30_000, 100_000])
    parser.add_argument("--quarters", type=int, default=12)
    asked = parser.parse_args()
    CityModel(World.synthetic(500, 80, 1), rng=1, quarters=2).run()  # compiles
    print(
        f"{'cities':>9}{'world, s':>10}{'start, ms':>11}{'a quarter, ms':>15}{'112 quarters, s':>17}{'GB':>7}"
    )
    quarter = []
    for cities in sorted(asked.cities):
        began = time.process_time()
        world = World.synthetic(cities, 80, 1)
        built = time.process_time() - began
        CityModel(world, rng=1, quarters=1).run()  # what a world works out once
        began = time.process_time()
        model = CityModel(world, rng=1, quarters=asked.quarters)
        started = time.process_time() - began
        began = time.process_time()
        model.run()
        quarter.append((time.process_time() - began) / asked.quarters)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(
            f"{cities:>9,}{built:>10.2f}{1e3 * started:>11.1f}{1e3 * quarter[-1]:>15.1f}"
            f"{112 * quarter[-1]:>17.1f}{memory:>7.2f}"
        )
    if len(quarter) > 1:
        exponent = np.polyfit(np.log(sorted(asked.cities)), np.log(quarter), 1)[0]
        print(f"exponent of growth: {exponent:.2f}")


if __name__ == "__main__":
    main()
