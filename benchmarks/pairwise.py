"""An older commit against this one, timed in turn: what a run, its start and a process cost.

    uv run python benchmarks/pairwise.py    # against the last commit before runs were made faster
    uv run python benchmarks/pairwise.py --base HEAD~1 --rounds 3 --only real small

The older commit is installed in a folder of its own, which is removed afterwards; ``--python``
names the Python of an environment that has it already. Every measurement is a fresh process, old and new
alternating, and ratios are taken pair by pair: processor time of runs on one thread, wall time of a process.
"""

# ruff: noqa: PLC0415  numpy reads the number of threads when it loads

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from measuring import on_one_thread

BASE = "d281e64"
ROOT = Path(__file__).parents[1]
ARMS = (
    {"twinning": False, "networks": False},
    {"networks": False},
    {"twinning": False},
    {},
)
STALLS = (0.0, 0.5, 0.75, 1.0)
QUARTERS = 112


def real() -> float:
    """A run of the real world, mean over arms and stall levels."""
    from citysim import World

    world = World.real()
    return _runs(world, [(arm | {"stall": stall}) for arm in ARMS for stall in STALLS], QUARTERS)


def small() -> float:
    """A run of a synthetic world of 200 cities, everything on."""
    from citysim import World

    return _runs(
        World.synthetic(cities=200, states=20, seed=1), [{"stall": stall} for stall in STALLS], QUARTERS
    )


def large() -> float:
    """A run of a synthetic world of 100,000 cities, everything on."""
    from citysim import World

    return _runs(World.synthetic(cities=100_000, states=80, seed=1), [{"stall": 0.5}], 16)


def start() -> float:
    """What comes before the first quarter, once the world is there: runs of a sweep, by replication."""
    from citysim import CityModel, World
    from citysim.plan.draws import prior_draws

    world = World.real()
    drawn = list(prior_draws(range(1, 9)).values())
    kinds = [arm | {"stall": stall} for arm in ARMS for stall in STALLS]
    CityModel(world, drawn[0], rng=0, quarters=1).run()
    begun = time.process_time()
    for seed, given in enumerate(drawn, start=1):
        for kind in kinds:
            CityModel(world, given | kind, rng=seed)
    return (time.process_time() - begun) / (len(drawn) * len(kinds))


def process() -> float:
    """From the start of a process to its first quarter: imports, the real world, kernels from the cache."""
    code = "from citysim import CityModel, World; CityModel(World.real(), rng=1, quarters=1).run()"
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - begun


#: Case → what it is timed by, its unit, and the share of the older commit's time to reach.
CASES: dict[str, tuple[Callable[[], float], str, str]] = {
    "real": (real, "real world, 2,105 cities, a run, mean over arms and stall levels", "≤ 0.33"),
    "small": (small, "synthetic world of 200 cities, a run", "≤ 0.2"),
    "large": (large, "synthetic world of 100,000 cities, 16 quarters", "≤ 0.5"),
    "start": (start, "start of a run once the real world is there", "≤ 4 ms"),
    "process": (process, "process start to the first quarter, wall time", "≤ 1 s"),
}


def _runs(world, given: list[dict], quarters: int) -> float:
    from citysim import CityModel

    CityModel(world, rng=0, quarters=4).run()
    begun = time.process_time()
    for seed, parameters in enumerate(given, start=1):
        CityModel(world, parameters, rng=seed, quarters=quarters).run()
    return (time.process_time() - begun) / len(given)


def main() -> None:
    """Install the older commit, measure in turn, print."""
    parser = argparse.ArgumentParser(description="time of an older commit against this one")
    parser.add_argument("--base", default=BASE)
    parser.add_argument("--python", help="of an environment in which the older commit is installed")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--child", choices=CASES, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        on_one_thread()
        seconds = CASES[asked.child][0]()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps([seconds, peak]))
        return
    if asked.python:
        compare(asked.python, asked.only, asked.rounds)
        return
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "base"
        _git("worktree", "add", "--detach", str(tree), asked.base)
        try:
            subprocess.run(["uv", "sync", "--quiet"], cwd=tree, check=True)
            compare(str(tree / ".venv" / "bin" / "python"), asked.only, asked.rounds)
        finally:
            _git("worktree", "remove", "--force", str(tree))


def compare(base: str, cases: list[str], rounds: int) -> None:
    """Measure each case by both Pythons in turn and print medians; a round before warms the caches."""
    print("| what | before | now | ratio (range) | to reach | memory before, now |")
    print("|---|---|---|---|---|---|")
    for case in cases:
        for python in (base, sys.executable):
            _measure(python, case)
        pairs = [(_measure(base, case), _measure(sys.executable, case)) for _ in range(rounds)]
        (old, old_peak), (new, new_peak) = (
            tuple(statistics.median(pair[side][part] for pair in pairs) for part in (0, 1)) for side in (0, 1)
        )
        ratios = sorted(after[0] / before[0] for before, after in pairs)
        print(
            f"| {CASES[case][1]} | {old * 1e3:,.1f} ms | {new * 1e3:,.1f} ms "
            f"| {statistics.median(ratios):.2f} ({ratios[0]:.2f}–{ratios[-1]:.2f}) | {CASES[case][2]} "
            f"| {old_peak:,.0f}, {new_peak:,.0f} MB |",
            flush=True,
        )


def _measure(python: str, case: str) -> tuple[float, float]:
    done = subprocess.run(
        [python, __file__, "--child", case],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT / "benchmarks",
    )
    seconds, peak = json.loads(done.stdout.splitlines()[-1])
    return seconds, peak


def _git(*words: str) -> None:
    subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True)


if __name__ == "__main__":
    main()
