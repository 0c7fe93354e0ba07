"""How far the compiled kernels are from the machine's memory bandwidth, on a run of the real world under way.

    uv run python benchmarks/bandwidth.py
    uv run python benchmarks/bandwidth.py --quarters 8 --repeats 20

Every kernel that the mechanisms and the recorder call is watched for some quarters, then timed with the
largest arguments it was given. Its floor is the bytes of all arrays that it takes and gives, each moved
once, at the bandwidth of a numpy addition (STREAM's Add: two arrays read, one written) whose arrays take as
much room; so a kernel whose data fit in a cache is held against that cache. Where a kernel looks at parts
of an array, as ``PARTLY`` says, only those count. The time of a kernel includes its call from Python. One
thread.
"""

import argparse
import inspect
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from measuring import on_one_thread
from numba.core.dispatcher import Dispatcher

from citysim.model.model import CityModel
from citysim.model.state import IMPLEMENTED, NONE, PLEDGED
from citysim.world.world import World

#: Larger than any cache of the machine.
MEMORY = 400_000_000


def pledging(given: dict[str, Any], result: Any) -> float:
    """Share of cells in which a practice is learned."""
    return float(((given["x"] == NONE) & (result[0] == PLEDGED)).mean())


def serving(given: dict[str, Any], result: Any) -> float:
    """Share of cities whose implemented practices change."""
    return float(((given["x"] == IMPLEMENTED) != (result[0] == IMPLEMENTED)).any(axis=1).mean())


#: Shares of an argument that a kernel has to look at, by kernel and argument; all of it where none is said.
PARTLY: dict[tuple[str, str], Callable[[dict[str, Any], Any], float]] = {
    ("spread", "willing"): pledging,
    ("spread", "near"): pledging,
    ("spread", "miss"): serving,
}


def main() -> None:
    """Watch, time, print."""
    parser = argparse.ArgumentParser(description="kernels against the memory bandwidth")
    parser.add_argument("--before", type=int, default=56, help="quarters before the kernels are watched")
    parser.add_argument("--quarters", type=int, default=4, help="quarters watched")
    parser.add_argument("--repeats", type=int, default=50)
    asked = parser.parse_args()
    on_one_thread()
    print(f"memory: {bandwidth(MEMORY, 5) / 1e9:.1f} GB/s (numpy addition, {MEMORY / 1e6:.0f} MB)")
    model = CityModel(World.real(), rng=1, stall=0.5, quarters=asked.before + asked.quarters)
    for _ in range(asked.before):
        model.step()
    began = time.perf_counter()
    watched = watch(model, asked.quarters)
    quarter = (time.perf_counter() - began) / asked.quarters
    print(f"a quarter takes {1e3 * quarter:.2f} ms, watching included")
    print("| kernel | calls a quarter | kB | GB/s there | floor, ms | measured, ms | times the floor |")
    print("|---|---|---|---|---|---|---|")
    total = 0.0
    for kernel in sorted(watched, key=lambda one: -one.moved):
        speed = bandwidth(kernel.moved, asked.repeats)
        floor, measured = kernel.moved / speed, kernel.seconds(asked.repeats)
        calls = kernel.calls / asked.quarters
        total += calls * measured
        print(
            f"| {kernel.name} | {calls:.4g} | {kernel.moved / 1e3:,.0f} | {speed / 1e9:.1f} "
            f"| {1e3 * floor:.4f} | {1e3 * measured:.4f} | {measured / floor:,.1f} |"
        )
    print(f"all kernels: at most {1e3 * total:.2f} ms a quarter")


class Kernel:
    """A compiled kernel in place of itself: passes calls on and remembers the largest."""

    def __init__(self, function: Dispatcher) -> None:
        self.function = function
        self.name = function.py_func.__name__
        self.calls = 0
        self.moved = 0.0
        self.given: tuple[Any, ...] = ()

    def __call__(self, *places: Any, **names: Any) -> Any:
        """Call the kernel; keep copies of what it was given where it moves more than before."""
        bound = inspect.signature(self.function.py_func).bind(*places, **names)
        bound.apply_defaults()
        given = bound.args
        kept = copied(given)
        result = self.function(*given)
        self.calls += 1
        moved = bytes_moved(self.function, kept, result)
        if moved > self.moved:
            self.moved, self.given = moved, kept
        return result

    def seconds(self, repeats: int) -> float:
        """Shortest time of a call; a kernel may write into its arguments, so each call has fresh ones."""
        times = []
        for _ in range(repeats):
            given = copied(self.given)
            began = time.perf_counter()
            self.function(*given)
            times.append(time.perf_counter() - began)
        return min(times)


def watch(model: CityModel, quarters: int) -> list[Kernel]:
    """Run some quarters with every kernel watched, wherever the model's modules name it."""
    modules = [module for name, module in sys.modules.items() if name.startswith("citysim.model")]
    places = [
        (module, name, value)
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, Dispatcher)
    ]
    kernels = {id(function): Kernel(function) for _, _, function in places}
    for module, name, function in places:
        setattr(module, name, kernels[id(function)])
    for _ in range(quarters):
        model.step()
    for module, name, function in places:
        setattr(module, name, function)
    return [kernel for kernel in kernels.values() if kernel.moved]


def copied(value: Any) -> Any:
    """Arguments with arrays of their own."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, tuple):
        parts = [copied(one) for one in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    return value


def arrays(name: str, value: Any) -> Iterator[tuple[str, np.ndarray]]:
    """Arrays in an argument or a result, named tuples by the names of their fields."""
    if isinstance(value, np.ndarray):
        yield name, value
    elif isinstance(value, tuple):
        for place, one in enumerate(value):
            fields = getattr(value, "_fields", None)
            yield from arrays(fields[place] if fields else name, one)


def bytes_moved(function: Dispatcher, given: tuple[Any, ...], result: Any) -> float:
    """Bytes that must be read or written at least."""
    names = list(inspect.signature(function.py_func).parameters)
    taken = dict(pair for name, value in zip(names, given, strict=False) for pair in arrays(name, value))
    moved = float(sum(array.nbytes for _, array in arrays("", result)))
    for name, array in taken.items():
        partly = PARTLY.get((function.py_func.__name__, name))
        moved += array.nbytes * (partly(taken, result) if partly else 1.0)
    return moved


def bandwidth(room: float, repeats: int) -> float:
    """Bytes a second of an addition whose three arrays take ``room`` bytes together."""
    length = max(int(room) // 24, 1)
    a, b, c = np.zeros(length), np.ones(length), np.ones(length)
    times = []
    inner = max(1, 200_000 // length)  # so that a call from Python does not count
    for _ in range(max(repeats, 3)):
        began = time.perf_counter()
        for _ in range(inner):
            np.add(b, c, out=a)
        times.append((time.perf_counter() - began) / inner)
    return 24 * length / min(times)


if __name__ == "__main__":
    main()
