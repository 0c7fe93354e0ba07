"""What a sweep costs beyond its runs, and what a second worker gives.

    uv run python benchmarks/sweep.py                              # 120 runs of 112 quarters
    uv run python benchmarks/sweep.py --runs 40 --quarters 28

The runs are those of ``experiments/claim.toml``, with as many replications as asked for. Wall time.

One process: the experiment is measured from inside: time in runs, in what is kept of them, in writing, and
the rest. A bare loop of ``CityModel(...).run()`` before and after it gives the same from outside, in
processor time, as far as the drift of the machine allows.

Workers: sweeps of one and of two workers, each in a fresh process, short and long. The line through both
gives the start (import of the model, loading of compiled code, the process pool) and the steady ratio.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from functools import wraps
from pathlib import Path
from typing import Any

from citysim.execute.runner import Plan, execute_plan, plan_experiment

CONFIG = Path(__file__).parents[1] / "experiments/claim.toml"
RUNS_A_SEED = 20  # arms × stall levels of the config
SHORT = 1  # seeds of the short sweep


def main() -> None:
    """Measure and print both tables."""
    parser = argparse.ArgumentParser(description="a sweep beyond its runs")
    parser.add_argument("--runs", type=int, default=120, help=f"a multiple of {RUNS_A_SEED}")
    parser.add_argument("--quarters", type=int, default=112)
    parser.add_argument("--only", choices=["loop", "workers"])
    parser.add_argument("--child", nargs=2, type=int, metavar=("WORKERS", "SEEDS"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    seeds = max(asked.runs // RUNS_A_SEED, SHORT + 1)
    with tempfile.TemporaryDirectory() as folder:
        if asked.child:
            workers, of_child = asked.child
            plan = planned(of_child, asked.quarters, Path(folder))
            print(json.dumps(seconds_of(execute_plan, plan, workers=workers)[0]))
            return
        print(f"{seeds * RUNS_A_SEED} runs of {asked.quarters} quarters")
        if asked.only != "workers":
            beyond_the_loop(seeds, asked.quarters, Path(folder))
    if asked.only != "loop":
        of_workers(seeds)


def planned(seeds: int, quarters: int, folder: Path) -> Plan:
    """The experiment, its world built."""
    settings = [f"quarters={quarters}", "uncertainty.monte_carlo_seeds=0"]
    return plan_experiment(CONFIG, out=folder / str(seeds), seeds=seeds, overrides=settings)


def seconds_of(function: Any, *given: Any, **named: Any) -> tuple[float, float]:
    """Wall time and processor time of a call."""
    began, worked = time.perf_counter(), time.process_time()
    function(*given, **named)
    return time.perf_counter() - began, time.process_time() - worked


# --- one process


def beyond_the_loop(seeds: int, quarters: int, folder: Path) -> None:
    """Print where the time of one worker goes."""
    from citysim.execute import simulation  # noqa: PLC0415  children do not need what follows
    from citysim.model.model import CityModel  # noqa: PLC0415
    from citysim.store.writer import Store  # noqa: PLC0415

    planning = time.perf_counter()
    plan = planned(seeds, quarters, folder)
    planning = time.perf_counter() - planning
    bare_loop(planned(1, 2, folder))  # compiled code, caches of the world
    _, before = seconds_of(bare_loop, plan)
    clock = Clock()
    clock.watch(CityModel, "__init__", "runs")
    clock.watch(CityModel, "run", "runs")
    clock.watch(simulation, "attempt", "attempts")
    clock.watch(Store, "append", "writing blocks")
    clock.watch(Store, "write_design", "design")
    whole, worked = seconds_of(execute_plan, plan, workers=1)
    clock.stop()
    _, after = seconds_of(bare_loop, plan)
    spent = clock.spent
    runs = spent["runs"]
    parts = {
        "what is kept of a run": spent["attempts"] - runs,
        "writing blocks": spent["writing blocks"],
        "writing the design": spent["design"],
    }
    parts["the rest"] = whole - runs - sum(parts.values())
    print(f"config, world and list of runs: {planning:.2f} s, not counted below")
    print("| one worker | s | beyond the runs |")
    print("|---|---|---|")
    print(f"| the runs themselves | {runs:.2f} | |")
    for name, seconds in parts.items():
        print(f"| {name} | {seconds:.3f} | {seconds / runs:.2%} |")
    print(f"| all that is beyond the runs (target 2 %) | {whole - runs:.3f} | {whole / runs - 1:.2%} |")
    loop, drift = (before + after) / 2, abs(after - before) / (before + after)
    print(
        f"processor time: experiment {worked:.2f} s, bare loop {before:.2f} s before and {after:.2f} s after"
    )
    print(f"beyond the bare loop: {worked / loop - 1:+.1%} ± {drift:.1%}")


def bare_loop(plan: Plan) -> None:
    """The same runs with nothing kept."""
    from citysim.model.model import CityModel  # noqa: PLC0415
    from citysim.model.parameters import Parameters  # noqa: PLC0415

    for spec in plan.specs:
        parameters = Parameters.model_validate(spec.parameters)
        CityModel(plan.world, parameters, rng=spec.seed, quarters=spec.quarters).run()


class Clock:
    """Seconds spent in functions, by a name given to them."""

    def __init__(self) -> None:
        self.spent: defaultdict[str, float] = defaultdict(float)
        self._watched: list[tuple[Any, str, Any]] = []

    def watch(self, owner: Any, name: str, part: str) -> None:
        """Count the time in ``owner.name`` as ``part``."""
        function = getattr(owner, name)

        @wraps(function)
        def timed(*given: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return function(*given, **named)
            finally:
                self.spent[part] += time.perf_counter() - began

        self._watched.append((owner, name, function))
        setattr(owner, name, timed)

    def stop(self) -> None:
        """Put the functions back."""
        for owner, name, function in self._watched:
            setattr(owner, name, function)


# --- workers


def of_workers(seeds: int) -> None:
    """Print start and steady rate of one and two workers."""
    short, long = SHORT * RUNS_A_SEED, seeds * RUNS_A_SEED
    print(f"| workers | {short} runs, s | {long} runs, s | start, s | a run, s |")
    print("|---|---|---|---|---|")
    each, whole = {}, {}
    for workers in (1, 2):
        few, whole[workers] = fresh(workers, SHORT), fresh(workers, seeds)
        each[workers] = (whole[workers] - few) / (long - short)
        start = few - short * each[workers]
        print(f"| {workers} | {few:.2f} | {whole[workers]:.2f} | {start:.2f} | {each[workers]:.4f} |")
    print(f"two workers against one (target 1.9): steady {each[1] / each[2]:.2f}", end="")
    print(f", with the start {whole[1] / whole[2]:.2f}")


def fresh(workers: int, seeds: int) -> float:
    """Seconds of a sweep in a fresh process, after the plan is made."""
    command = [sys.executable, *sys.argv, "--child", str(workers), str(seeds)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    main()
