"""Where the time of a run goes: processor time of each phase, and how much of it compiled loops take."""

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import ModuleType, SimpleNamespace
from typing import Any

import pandas as pd
from numba.core.dispatcher import Dispatcher

from citysim.model.extended import schedule_of
from citysim.model.model import CityModel
from citysim.model.schedule import SCHEDULE, Mechanism, Phase
from citysim.model.setting import Setting
from citysim.model.state import RunState
from citysim.model.streams import Draws
from citysim.plan.extensions import load_all
from citysim.plan.runs import RunSpec
from citysim.world.world import World

#: Quarters of the run that is thrown away: it compiles, loads and fills the caches.
WARM_UP = 2
START, REST = "start", "recording and the rest"
#: Modules that call kernels; those of kernels and streams call one another in compiled code.
_CALLERS = "citysim.model."
_COMPILED = ("citysim.model.kernels", "citysim.model.streams")


class _Clock:
    """Processor seconds by phase; what is spent in kernels goes to the phase that is running."""

    def __init__(self) -> None:
        self.spent: defaultdict[str, float] = defaultdict(float)
        self.in_kernels: defaultdict[str, float] = defaultdict(float)
        self.phase = REST

    @contextmanager
    def of(self, phase: str) -> Iterator[None]:
        before, self.phase = self.phase, phase
        began = time.process_time()
        try:
            yield
        finally:
            self.spent[phase] += time.process_time() - began
            self.phase = before

    def kernel(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """``function``, timed."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            began = time.process_time()
            try:
                return function(*args, **kwargs)
            finally:
                self.in_kernels[self.phase] += time.process_time() - began

        return timed


def profile_runs(specs: Sequence[RunSpec], world: World) -> pd.DataFrame:
    """Mean processor time over ``specs``: phase, ms a quarter, ms of it in kernels, share of the run.

    ``start`` is what comes before the first quarter, in milliseconds a run. Every run is made twice, since
    timing each kernel costs time: ``ms`` and ``share`` are of the run without it.
    """
    CityModel(
        world, specs[0].parameters, rng=0, quarters=WARM_UP, extensions=load_all(specs[0].extensions)
    ).run()
    whole, split = _Clock(), _Clock()
    for spec in specs:
        _run(spec, world, whole)
        with _timed_kernels(split):
            _run(spec, world, split)
    schedule = schedule_of(SCHEDULE, load_all(specs[0].extensions))
    phases = (START, *(phase.name for phase in schedule), REST)
    quarters = sum(spec.quarters for spec in specs)
    total = sum(whole.spent.values())
    per = [len(specs) if name == START else quarters for name in phases]

    def milliseconds(spent: dict[str, float]) -> list[float]:
        return [1e3 * spent[name] / many for name, many in zip(phases, per, strict=True)]

    table = pd.DataFrame(
        {
            "phase": phases,
            "ms": milliseconds(whole.spent),
            "ms_kernels": milliseconds(split.in_kernels),
            "share": [whole.spent[name] / total for name in phases],
        }
    )
    table.attrs["seconds"] = total / len(specs)
    return table


def _run(spec: RunSpec, world: World, clock: _Clock) -> None:
    began, already = time.process_time(), sum(clock.spent.values())
    with clock.of(START):
        model = CityModel(
            world,
            spec.parameters,
            rng=spec.seed,
            quarters=spec.quarters,
            extensions=load_all(spec.extensions),
        )
        model.schedule = tuple(_timed(phase, clock) for phase in model.schedule)
    model.run()
    clock.spent[REST] += time.process_time() - began - (sum(clock.spent.values()) - already)


def _timed(phase: Phase, clock: _Clock) -> Phase:
    def wrap(mechanism: Mechanism) -> Mechanism:
        def step(state: RunState, setting: Setting, draw: Draws) -> None:
            with clock.of(phase.name):
                mechanism(state, setting, draw)

        return step

    return replace(phase, step=wrap(phase.step), off=wrap(phase.off) if phase.off else None)


@contextmanager
def _timed_kernels(clock: _Clock) -> Iterator[None]:
    """Every kernel timed where Python calls it; what kernels call stays, as it may yet be compiled."""
    callers = [
        module
        for name, module in list(sys.modules.items())
        if name.startswith(_CALLERS) and not name.startswith(_COMPILED)
    ]
    before = [(module, name, value) for module in callers for name, value in vars(module).items()]
    try:
        for module, name, value in before:
            if isinstance(value, Dispatcher):
                setattr(module, name, clock.kernel(value))
            elif isinstance(value, ModuleType) and value.__name__.startswith(_COMPILED[0]):
                setattr(module, name, _timed_module(value, clock))
        yield
    finally:
        for module, name, value in before:
            setattr(module, name, value)


def _timed_module(module: ModuleType, clock: _Clock) -> SimpleNamespace:
    """A module of kernels with all of them timed."""
    return SimpleNamespace(
        **{
            name: clock.kernel(value) if isinstance(value, Dispatcher) else value
            for name, value in vars(module).items()
        }
    )
