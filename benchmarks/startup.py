"""How long it takes to begin: the command, the import, a world, a run.

    uv run python benchmarks/startup.py
    uv run python benchmarks/startup.py --processes 20

Wall time. ``citysim --help`` and the imports in fresh processes, medians and ranges; a bare Python beside
them. World and starts of runs in one fresh process each time: the first start loads compiled code and works
out what the runs of a process share.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

from measuring import spread

STARTS = 20
PYTHON = sys.executable
COMMANDS = {
    "python -c pass": ([PYTHON, "-c", "pass"], ""),
    "citysim --help": ([str(Path(PYTHON).parent / "citysim"), "--help"], "0.3 s"),
    "import citysim": ([PYTHON, "-c", "import citysim"], "0.5 s"),
    "from citysim import CityModel": ([PYTHON, "-c", "from citysim import CityModel"], ""),
    "import mesa": ([PYTHON, "-c", "import mesa"], ""),
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="time until something happens")
    parser.add_argument("--processes", type=int, default=7)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        print(json.dumps(in_this_process()))
        return
    print("| what | median (range) | target |")
    print("|---|---|---|")
    for name, (command, target) in COMMANDS.items():
        values = [whole(command) for _ in range(asked.processes)]
        print(f"| `{name}` | {spread(values, ' s')} | {target} |")
    child = [PYTHON, __file__, "--child"]
    told = [
        json.loads(subprocess.run(child, capture_output=True, text=True, check=True).stdout)
        for _ in range(asked.processes)
    ]
    for name, unit, target in (
        ("real world, built once a process", " s", ""),
        ("first start of a run in a process", " s", ""),
        ("first quarter of a process", " s", ""),
        ("start of a run with other parameters", " ms", "20 ms"),
    ):
        print(f"| {name} | {spread([one[name] for one in told], unit)} | {target} |")


def whole(command: list[str]) -> float:
    """Seconds of a process."""
    began = time.perf_counter()
    subprocess.run(command, capture_output=True, check=True)
    return time.perf_counter() - began


def in_this_process() -> dict[str, float]:
    """Seconds of world, first start and first quarter; milliseconds of later starts, their median."""
    import statistics  # noqa: PLC0415

    from citysim import CityModel, World  # noqa: PLC0415

    clock = [time.perf_counter()]
    world = World.real()
    clock.append(time.perf_counter())
    model = CityModel(world, rng=0)
    clock.append(time.perf_counter())
    model.step()
    clock.append(time.perf_counter())
    starts = []
    for seed in range(1, STARTS + 1):
        began = time.perf_counter()
        CityModel(world, rng=seed, stall=seed / STARTS, learning_twins=0.05 + seed / 1000)
        starts.append(1e3 * (time.perf_counter() - began))
    return {
        "real world, built once a process": clock[1] - clock[0],
        "first start of a run in a process": clock[2] - clock[1],
        "first quarter of a process": clock[3] - clock[2],
        "start of a run with other parameters": statistics.median(starts),
    }


if __name__ == "__main__":
    main()
