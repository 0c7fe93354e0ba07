"""One run: from what it is to what is kept of it."""

import time
import traceback
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from citysim.arrays import Floats
from citysim.errors import MachineError
from citysim.model.compiled import cache_fault
from citysim.model.events.happen import counted
from citysim.model.model import CityModel
from citysim.model.recorder import final_state
from citysim.model.state import DT
from citysim.patterns.chronicle import Chronicle
from citysim.patterns.course import Course
from citysim.plan.extensions import load_all
from citysim.plan.record import RecordConfig
from citysim.plan.runs import RunSpec
from citysim.store.records import RunFailure, RunRecord
from citysim.world.world import World


def _nothing() -> None: ...


def simulate(
    spec: RunSpec, world: World, record: RecordConfig, between: Callable[[], None] = _nothing
) -> RunRecord:
    """Run the model and keep what ``record`` asks for; ``between`` is called after every quarter."""
    started = time.perf_counter()
    model = CityModel(
        world,
        spec.parameters,
        rng=spec.seed,
        quarters=spec.quarters,
        member_groups=record.networks,
        exposed_to=record.exposed_to,
        extensions=load_all(spec.extensions),
    )
    chronicle = Chronicle(model) if record.statistics else None
    dates, over_time = record.dates(spec.quarters), dict[int, Mapping[str, NDArray[np.generic]]]()
    while model.running:
        model.step()
        if chronicle:
            chronicle.note()
        if (quarter := model.recorder.recorded - 1) in dates:
            over_time[quarter] = _cities(model, record)
        between()
    summary = model.summary()
    return RunRecord(
        run=spec.run,
        summary=np.array([summary[name] for name in record.outcomes]),
        trajectory=_trajectory(model, record) if record.trajectories else None,
        years=world.start_year + DT * np.arange(1, spec.quarters + 1, dtype=np.float64),
        groups=_groups(model, record) if record.groups_summary else None,
        cities=_cities(model, record) if record.cities else None,
        cities_over_time=over_time if record.cities_every else None,
        seconds=time.perf_counter() - started,
        warning=cache_fault(),
        events=counted(model.state, model.setting),
        statistics=_statistics(chronicle.course()) if chronicle else None,
    )


def _statistics(course: Course) -> Mapping[str, float]:
    from citysim.patterns.families import statistics_of  # noqa: PLC0415  takes libraries that no run needs

    return statistics_of(course)


def _trajectory(model: CityModel, record: RecordConfig) -> NDArray[np.float32]:
    """Recorded groups and outcomes, float32 (quarters, groups, outcomes)."""
    recorder = model.recorder
    groups = [recorder.groups.index(name) for name in record.groups]
    outcomes = [recorder.outcomes.index(name) for name in record.outcomes]
    return recorder.series[:, groups][:, :, outcomes].astype(np.float32)


def _groups(model: CityModel, record: RecordConfig) -> Mapping[str, Floats]:
    """The recorded outcomes over the run, of every group."""
    recorder = model.recorder
    outcomes = [recorder.outcomes.index(name) for name in record.outcomes]
    return dict(zip(recorder.groups, recorder.summaries()[:, outcomes], strict=True))


def _cities(model: CityModel, record: RecordConfig) -> Mapping[str, NDArray[np.generic]]:
    """The recorded outcomes that a city has, as they are in the quarter that has just ended."""
    values = final_state(model.state, model.setting)
    kept = {name: values[name].astype(np.float32) for name in record.outcomes if name in values}
    return {"city": model.world.city_id, **kept}


def attempt(
    spec: RunSpec, world: World, record: RecordConfig, between: Callable[[], None] = _nothing
) -> RunRecord | RunFailure:
    """Run, and give a failure as data: one bad run must not end a sweep. ``between``: see ``simulate``.

    Raises ``MachineError`` where the fault is not the run's: the next run would meet it too.
    """
    try:
        return simulate(spec, world, record, between)
    except MemoryError as error:
        raise MachineError(_of_the_machine("out of memory", str(error))) from error
    except OSError as error:
        raise MachineError(_of_the_machine(error.strerror or str(error), error.filename or "")) from error
    except Exception as error:
        if _is_interrupt(error):
            raise KeyboardInterrupt from error
        text = f"{type(error).__name__}: {error}"
        return RunFailure(spec.run, text, "".join(traceback.format_exception(error)))


def _of_the_machine(what: str, detail: str) -> str:
    return f"a fault of this machine, not of a run: {what}{f' ({detail})' if detail else ''}"


def _is_interrupt(error: BaseException | None) -> bool:
    """Whether Ctrl-C is behind an error: compiled code that it hits raises ``SystemError`` from it."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None
