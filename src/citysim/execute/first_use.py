"""The first use on a machine: what it waits for, and loops compiled by several processes at once."""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from citysim.execute.threads import worker_count
from citysim.model.compiled import cache_fault, is_kept
from citysim.model.kernels.observation import record_groups

if TYPE_CHECKING:
    from citysim.model.model import CityModel
    from citysim.world.world import World

#: The loops of practices take a quarter of all the time: more processes than this would wait for them.
MOST_PROCESSES = 4


def must_compile() -> bool:
    """Whether loops are still to be compiled: the one that a quarter ends with is not on disk."""
    return not is_kept(record_groups)


def compile_loops(world: "World") -> None:
    """Compile what a quarter runs, if need be: each phase in one of several processes, which keep it on disk.

    They are forked from this one, which must have no other threads. Where nothing can be kept on disk, the
    loops of a start are compiled and no more.
    """
    if not must_compile():
        return
    from citysim.model.model import CityModel  # noqa: PLC0415  who only asks whether to compile needs none

    model = CityModel(world, rng=1, quarters=1)
    if cache_fault() is None:
        _share_out(_parts(model), min(worker_count("auto"), MOST_PROCESSES))


def _parts(model: "CityModel") -> list[Callable[[], None]]:
    """The phases of a first quarter and its recording, each to be run by itself on the state of the start."""
    state, setting = model.state, model.setting
    steps = {phase.name: phase.choose(setting.parameters) for phase in model.schedule}
    phases = [
        partial(step, state, setting, setting.streams.at(name, 1)) for name, step in steps.items() if step
    ]
    return [*phases, partial(model.recorder.record, state, setting)]


def _share_out(parts: Sequence[Callable[[], None]], processes: int) -> None:
    """Run each part in this process, or in one forked from it: each takes the next one when it is free."""
    waiting, write = os.pipe()
    os.write(write, bytes(range(len(parts))))
    os.close(write)
    forked = []
    for _ in range(processes - 1):
        try:
            child = os.fork()
        except OSError:
            break  # fewer do it, then
        if child == 0:
            try:
                _take(parts, waiting)
            finally:
                os._exit(0)
        forked.append(child)
    _take(parts, waiting)
    os.close(waiting)
    for child in forked:
        os.waitpid(child, 0)


def _take(parts: Sequence[Callable[[], None]], waiting: int) -> None:
    while place := os.read(waiting, 1):
        with suppress(Exception):  # whoever runs this part next meets it again, and tells
            parts[place[0]]()
