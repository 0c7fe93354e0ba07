"""Processor time of a run of the real world, by arm: all outcomes recorded, on one thread.

uv run python benchmarks/real_world.py [--quarters 112] [--rounds 4]

Every arm at three levels of stall, each with a seed of its own. The rounds alternate between all of them, and
the shortest time of each counts: on a shared machine all else is what others took.
"""

import argparse
import time

from measuring import on_one_thread

ARMS = {
    "none": {"twinning": False, "networks": False},
    "twinning": {"networks": False},
    "networks": {"twinning": False},
    "both: everything on": {},
}
STALLS = (0.0, 0.5, 1.0)


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quarters", type=int, default=112)
    arguments.add_argument("--rounds", type=int, default=4)
    chosen = arguments.parse_args()
    on_one_thread()
    from citysim import CityModel, World  # noqa: PLC0415  numpy reads the number of threads when it loads

    world = World.real()
    CityModel(world, rng=0, quarters=8).run()
    runs = [(arm, seed, stall) for arm in ARMS for seed, stall in enumerate(STALLS, start=1)]
    shortest = dict.fromkeys(runs, float("inf"))
    for _ in range(chosen.rounds):
        for run in runs:
            arm, seed, stall = run
            begun = time.process_time()
            CityModel(world, ARMS[arm] | {"stall": stall}, rng=seed, quarters=chosen.quarters).run()
            shortest[run] = min(shortest[run], time.process_time() - begun)
    print(f"{world.n_cities:,} cities, {chosen.quarters} quarters, shortest of {chosen.rounds}, s")
    print("arm                  " + "".join(f"stall {stall:<6}" for stall in STALLS) + "mean")
    for arm in ARMS:
        times = [shortest[run] for run in runs if run[0] == arm]
        print(f"{arm:<21}" + "".join(f"{each:<12.3f}" for each in times) + f"{sum(times) / len(times):.3f}")
    print(f"{'all':<69}{sum(shortest.values()) / len(runs):.3f}")


if __name__ == "__main__":
    main()
