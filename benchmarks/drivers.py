"""The same model and the same sweep under several drivers: runs a second and peak memory.

    uv run --group bench python benchmarks/drivers.py                     # 24 runs of 28 quarters
    uv run --group bench python benchmarks/drivers.py --seeds 6 --quarters 112 --repeats 3
    uv run --group bench python benchmarks/drivers.py --only loop citysim_runner

Every driver has a fresh process, and turns alternate between drivers; medians over repeats. ``sweep`` is
wall time after the imports and with the world loaded, and holds whatever the driver does to start its
workers and to gather results; ``all`` is the process from start to end. Peak memory is of the process and
its children together, sampled: ``RSS`` counts pages shared by several for each of them, ``PSS`` once. The
drivers have to give the same mean development. ``bare loop`` is the time beyond it with one process, and
how many times as fast as it the sweep is with several. Drivers keep different things, so the last column
counts too.
"""

import argparse
import contextlib
import importlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

DRIVERS = (
    ("bare loop", "loop", 1),
    ("citysim, summaries only", "citysim_summaries", 1),
    ("citysim", "citysim_runner", 1),
    ("mesa.batch_run", "mesa_batch", 1),
    ("AgentPy Experiment", "agentpy_experiment", 1),
    ("EMA, sequential", "ema_workbench_runner", 1),
    ("citysim", "citysim_runner", 2),
    ("mesa.batch_run", "mesa_batch", 2),
    ("AgentPy Experiment", "agentpy_experiment", 2),
    ("EMA, multiprocessing", "ema_workbench_runner", 2),
)
SAMPLED_EVERY = 0.05  # seconds


@dataclass(frozen=True)
class Measured:
    """One process under one driver: seconds, and bytes."""

    sweep: float
    whole: float
    rss: int
    pss: int
    mean: float
    keeps: str


def main() -> int:
    """Measure every driver and print the table; 1 where results differ."""
    parser = argparse.ArgumentParser(description="one sweep under several drivers")
    parser.add_argument("--stalls", type=float, nargs="+", default=[0.0, 0.5])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--quarters", type=int, default=28)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--only", nargs="+", help="modules of driven/")
    parser.add_argument("--child", nargs=2, metavar=("MODULE", "WORKERS"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        print(json.dumps(child(asked.child[0], int(asked.child[1]), asked)))
        return 0
    chosen = [driver for driver in DRIVERS if not asked.only or driver[1] in asked.only]
    measure("loop", 1)  # compiles the kernels, where their code has changed
    measured: dict[tuple[str, str, int], list[Measured]] = {driver: [] for driver in chosen}
    for _ in range(asked.repeats):
        for driver in chosen:
            measured[driver].append(measure(driver[1], driver[2]))
    return show(measured, 4 * len(asked.stalls) * asked.seeds, asked)


def child(name: str, workers: int, asked: argparse.Namespace) -> dict[str, float | str]:
    """The sweep under one driver, in this process."""
    driver = importlib.import_module(f"driven.{name}")
    driven = importlib.import_module("driven")
    sweep = driven.Sweep(tuple(asked.stalls), asked.seeds, asked.quarters)
    with tempfile.TemporaryDirectory() as folder:
        if hasattr(driver, "prepare"):
            prepared = driver.prepare(sweep, workers, Path(folder))
        else:
            driven.world()
            prepared = sweep
        began = time.perf_counter()
        mean = driver.run(prepared, workers)
        return {"sweep": time.perf_counter() - began, "mean": mean, "keeps": driver.KEEPS}


def measure(name: str, workers: int) -> Measured:
    """A fresh process under one driver, watched while it runs."""
    command = [sys.executable, *sys.argv, "--child", name, str(workers)]
    began, rss, pss = time.perf_counter(), 0, 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            now = memory(watched)
            rss, pss = max(rss, now[0]), max(pss, now[1])
            time.sleep(SAMPLED_EVERY)
        whole = time.perf_counter() - began
        output, errors = process.communicate()
    if process.returncode:
        raise SystemExit(f"{name}, {workers} workers:\n{errors}")
    told = json.loads(output.splitlines()[-1])
    return Measured(told["sweep"], whole, rss, pss, told["mean"], told["keeps"])


def memory(process: psutil.Process) -> tuple[int, int]:
    """Resident and proportional bytes of a process and all below it, as far as they still live."""
    rss = pss = 0
    with contextlib.suppress(psutil.Error):
        for one in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                told = one.memory_full_info()
                rss, pss = rss + told.rss, pss + told.pss
    return rss, pss


def show(measured: dict[tuple[str, str, int], list[Measured]], runs: int, asked: argparse.Namespace) -> int:
    """Print the table; 1 where drivers disagree about the results."""
    print(f"{runs} runs of {asked.quarters} quarters, real world; medians over {asked.repeats}")
    print("| driver | processes | sweep, s | all, s | runs/s | bare loop | RSS, GB | PSS, GB | keeps |")
    print("|---|---|---|---|---|---|---|---|---|")
    loop = measured.get(DRIVERS[0])
    bare = statistics.median(one.sweep for one in loop) if loop else float("nan")
    for (label, _, workers), several in measured.items():
        sweep, whole, rss, pss = (
            statistics.median(getattr(one, name) for one in several)
            for name in ("sweep", "whole", "rss", "pss")
        )
        against = f"{sweep / bare - 1:+.1%}" if workers == 1 else f"{bare / sweep:.2f} times"
        print(
            f"| {label} | {workers} | {sweep:.2f} | {whole:.2f} | {runs / sweep:.2f} | {against} "
            f"| {rss / 1e9:.2f} | {pss / 1e9:.2f} | {several[0].keeps} |"
        )
    means = {f"{one.mean:.9f}" for several in measured.values() for one in several}
    print("all give the same mean development" if len(means) == 1 else f"mean development differs: {means}")
    return 0 if len(means) == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
