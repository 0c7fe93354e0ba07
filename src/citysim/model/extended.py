"""The model with an experiment's extensions: its parameters, schedule, state at the start and outcomes."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

from citysim.model.added_parameters import parameters_with
from citysim.model.extension import AddedPhase, Extension
from citysim.model.outcomes import Outcome
from citysim.model.parameters import Parameters
from citysim.model.recorder import Measure
from citysim.model.schedule import Phase
from citysim.model.setting import Setting
from citysim.model.state import RunState
from citysim.model.streams import Draws, Streams

#: What begins the names of extensions' streams, so that none is one of the model's.
_STREAM = "extension"


class ExtensionError(RuntimeError):
    """An error within an extension: names its file and line, and fails the run as any fault of the model."""


@dataclass(frozen=True, slots=True)
class OwnStreams(Streams):
    """Streams of one phase of an extension."""

    phase: str

    def at(self, mechanism: str, step: int) -> Draws:
        """The phase's own. Raises ``ValueError`` for those of another: its draws would be drawn twice."""
        if mechanism != self.phase:
            raise ValueError(
                f"streams of '{mechanism}': an extension draws from its own alone, the draws it is handed"
            )
        return _own(Draws(self.seed, mechanism, step))


@dataclass(frozen=True)
class OwnSetting(Setting):
    """What a phase of an extension is given: the setting of the run, but for others' streams."""

    whole: Setting | None = None

    def derive[T](self, build: Callable[[Setting], T]) -> T:
        """As of any setting; constants of the model's own mechanisms are drawn from their streams."""
        of_the_model = getattr(build, "__module__", "").startswith("citysim.")
        if of_the_model and self.whole is not None:
            return self.whole.derive(build)
        return super().derive(build)


def _own(draws: Draws) -> Draws:
    return draws._replace(mechanism=f"{_STREAM}/{draws.mechanism}")


def _setting_for(phase: str, setting: Setting) -> OwnSetting:
    return OwnSetting(
        world=setting.world,
        parameters=setting.parameters,
        streams=OwnStreams(setting.streams.seed, phase),
        dyads=setting.dyads,
        _derived=setting._derived,  # noqa: SLF001  one cache a run
        whole=setting,
    )


def parameters_of(extensions: Sequence[Extension]) -> type[Parameters]:
    """The parameters of the model with some extensions."""
    phases = (phase for extension in extensions for phase in extension.phases)
    switches = tuple((phase.name, phase.description) for phase in phases if phase.where != "instead")
    return parameters_with(switches, tuple(s for each in extensions for s in each.parameters.values()))


def schedule_of(schedule: tuple[Phase, ...], extensions: Sequence[Extension]) -> tuple[Phase, ...]:
    """A schedule with the phases of extensions in their places, those of the first extension nearest.

    Raises ``ValueError`` where the schedule has no phase that one names.
    """
    phases = list(schedule)
    for extension in extensions:
        for added in extension.phases:
            names = [phase.name for phase in phases]
            if added.of not in names:
                raise ValueError(f"extension {extension.name}: no phase '{added.of}' in the schedule")
            place = names.index(added.of)
            step = _guarded(extension, added)
            if added.where == "instead":
                phases[place] = replace(phases[place], step=step)
            else:
                phases.insert(place + (added.where == "after"), Phase(added.name, step))
    return tuple(phases)


def _guarded(extension: Extension, added: AddedPhase) -> Callable[[RunState, Setting, Draws], None]:
    def step(state: RunState, setting: Setting, draws: Draws) -> None:
        with naming_the_file(extension):
            added.step(state, _setting_for(added.name, setting), _own(draws))

    return step


def begin(state: RunState, setting: Setting, extensions: Sequence[Extension]) -> None:
    """Give the state of a run what extensions begin with."""
    for extension in extensions:
        found: Any = {}
        if extension.initial is not None:
            draws = _own(setting.streams.at(extension.name, 0))
            with naming_the_file(extension):
                found = dict(extension.initial(_setting_for(extension.name, setting), draws))
        setattr(state.extensions, extension.name, SimpleNamespace(**found))


def measures_of(extensions: Sequence[Extension]) -> list[tuple[Outcome, Measure]]:
    """The outcomes that extensions add, each with what measures it."""

    def guarded(extension: Extension, name: str) -> Measure:
        def measure(state: RunState, setting: Setting) -> float:
            with naming_the_file(extension):
                return float(extension.outcomes[name][1](state, _setting_for(name, setting)))

        return measure

    return [
        (outcome, guarded(extension, name))
        for extension in extensions
        for name, (outcome, _) in extension.outcomes.items()
    ]


@contextmanager
def naming_the_file(extension: Extension) -> Iterator[None]:
    """Raise what an extension raises as ``ExtensionError``, which names its file and line.

    So also a file that it does not find, which would pass for a fault of the machine.
    """
    try:
        yield
    except (ExtensionError, MemoryError):
        raise
    except Exception as error:
        file = file_of(extension)
        line = last_line_in(error, file)
        raise ExtensionError(f"{file}, line {line}: {type(error).__name__}: {error}") from error


def file_of(extension: Extension) -> str:
    """Name of the file that declares an extension."""
    functions = [*(phase.step for phase in extension.phases), *(m for _, m in extension.outcomes.values())]
    functions += [extension.initial] if extension.initial else []
    return next((f.__code__.co_filename for f in functions if hasattr(f, "__code__")), extension.name)


def last_line_in(error: BaseException, file: str) -> int:
    """The last line of a file that an error went through; 0 where it did not."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
