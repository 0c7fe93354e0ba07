"""Time citysim against a straightforward numpy version of the same model, in turns in one process.

    uv run python benchmarks/straightforward.py                      # real world, 112 quarters, 4 seeds
    uv run python benchmarks/straightforward.py --quarters 12 --seeds 2
    uv run python benchmarks/straightforward.py --quarters 12 --seeds 2 --cities 850   # 1,005 with members

The other version (``dense_model.py``) has dense N×K joins, sparse matrices rebuilt each quarter, matrix
products and data frames. Processor time of the steps alone, one thread; a first quarter warms both up. Its
draws are others, so what shows that it is the same model are the outcomes of the last quarter: means over
seeds differ by at most 2 % and three standard errors. Exit status 1 where one differs by more.
"""

import argparse
import sys
import time

import numpy as np
from dense_model import DenseModel
from measuring import on_one_thread

from citysim.model.model import CityModel
from citysim.world.world import World

#: Outcomes of the last quarter that are compared.
COMPARED = (
    *("development", "service", "coverage", "coverage_pledged", "marginalisation", "memberships", "networks"),
    *("twinnings", "ties_crossborder", "engagement", "autonomy", "reach"),
)
#: Allowed difference of means over seeds: this share of citysim's, and three standard errors.
TOLERANCE = 0.02
TURN = 4  # quarters before the other version has its turn
TARGET = 10


def main() -> int:
    """Run both versions on the same seeds, print their times and their last quarters."""
    parser = argparse.ArgumentParser(description="time of citysim against a straightforward numpy version")
    parser.add_argument("--quarters", type=int, default=112)
    parser.add_argument("--seeds", type=int, default=4, help="at least two")
    parser.add_argument("--cities", type=int, default=2000, help="largest cities; members come on top")
    parser.add_argument("--stall", type=float, default=0.5)
    asked = parser.parse_args()
    if asked.seeds < 2:
        parser.error("--seeds: two at least, for a standard error")
    on_one_thread()
    world = World.real(asked.cities)
    print(f"real world, {world.n_cities:,} cities, {asked.quarters} quarters, stall {asked.stall}")
    print(f"{'seed':>6}{'straightforward':>18}{'citysim':>12}{'ratio':>8}   (processor time, ms a quarter)")
    last: dict[str, list[list[float]]] = {"dense": [], "citysim": []}
    spent = np.zeros(2)
    for seed in range(1, asked.seeds + 1):
        models = [
            model(world, rng=seed, stall=asked.stall, quarters=asked.quarters)
            for model in (DenseModel, CityModel)
        ]
        seconds = in_turns(models, asked.quarters)
        spent += seconds
        show(str(seed), seconds)
        for name, model in zip(last, models, strict=True):
            column = {outcome: place for place, outcome in enumerate(model.recorder.outcomes)}
            last[name].append([model.recorder.series[-1, 0, column[outcome]] for outcome in COMPARED])
    show("mean", spent / asked.seeds)
    print(f"target: a ratio of at least {TARGET}\n")
    return compare(np.array(last["dense"]), np.array(last["citysim"]))


def in_turns(models: list[CityModel], quarters: int) -> np.ndarray:
    """Processor seconds a quarter of each model, after one quarter that is not counted."""
    spent = np.zeros(len(models))
    for model in models:
        model.step()
    done = 1
    while done < quarters:
        turn = min(TURN, quarters - done)
        for place, model in enumerate(models):
            began = time.process_time()
            for _ in range(turn):
                model.step()
            spent[place] += time.process_time() - began
        done += turn
    return spent / (quarters - 1)


def show(label: str, seconds: np.ndarray) -> None:
    """One line of the table of times."""
    dense, arrays = 1e3 * seconds
    print(f"{label:>6}{dense:>18.2f}{arrays:>12.2f}{dense / arrays:>7.1f}×", flush=True)


def compare(dense: np.ndarray, arrays: np.ndarray) -> int:
    """Print the last quarter of both, (seeds, outcomes) each; 1 where they differ by more than allowed."""
    print(
        f"{'last quarter, world':<22}{'straightforward':>18}{'citysim':>12}{'difference':>12}{'allowed':>9}"
    )
    error = np.sqrt((dense.var(axis=0, ddof=1) + arrays.var(axis=0, ddof=1)) / len(dense))
    one, other = dense.mean(axis=0), arrays.mean(axis=0)
    difference, allowed = one / other - 1.0, TOLERANCE + 3.0 * error / other
    for row in zip(COMPARED, one, other, difference, allowed, strict=True):
        print("{:<22}{:>18.4f}{:>12.4f}{:>+12.2%}{:>9.1%}".format(*row))
    wrong = int((np.abs(difference) > allowed).sum())
    print(f"{wrong} outcomes differ by more" if wrong else "the same model, within what is allowed")
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
