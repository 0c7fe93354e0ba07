"""Own mechanisms: what a Python file beside a config adds to the model, declared by one class.

An extension adds phases to the schedule or replaces some, adds parameters, outcomes of the world, and state
of its own. It draws from its own streams alone, so that a run with it and one without share all other draws.
"""

import inspect
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from citysim.model.outcomes import MODEL_OUTCOMES, Outcome, Summary
from citysim.model.parameter_fields import ASSUMED, ParameterSpec, Scale
from citysim.model.parameters import Parameters
from citysim.model.recorder import Measure
from citysim.model.schedule import SCHEDULE, Mechanism
from citysim.model.setting import Setting
from citysim.model.streams import Draws

type Start = Callable[[Setting, Draws], Mapping[str, Any]]

#: Names of extensions, phases, parameters and outcomes: they are columns of tables and keys of a config.
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
#: Columns that result tables have beside parameters and outcomes.
_TAKEN = frozenset(
    ("run", "arm", "seed", "draw", "quarter", "year", "group", "city", "name", "country", "state", "model")
)


@dataclass(frozen=True, slots=True)
class AddedPhase:
    """A phase that is put into the schedule, or in the place of one.

    ``where``: before, after or instead of the phase ``of``.
    """

    name: str
    step: Mechanism
    where: Literal["before", "after", "instead"]
    of: str
    description: str

    @property
    def place(self) -> str:
        """Where in the schedule, in words."""
        return f"instead of {self.of}" if self.where == "instead" else f"{self.name} {self.where} {self.of}"


class Extension:
    """What a file adds to the model: one object of this class in the file, filled in by its methods.

    ``name``: a lower-case word, under which ``state.extensions`` keeps the state of the extension.
    ``description``: one line, shown where the extension is named.

    Every method raises ``ValueError`` on a name that is taken or no lower-case word, on a function that does
    not take what it is given, and on a parameter whose default or prior lies outside its range.
    """

    def __init__(self, name: str, description: str) -> None:
        _check_name("extension", name)
        self.name = name
        self.description = description
        self.parameters: dict[str, ParameterSpec] = {}
        self.outcomes: dict[str, tuple[Outcome, Measure]] = {}
        self.phases: list[AddedPhase] = []
        self.initial: Start | None = None

    def parameter(
        self,
        name: str,
        default: float,
        *,
        low: float,
        high: float,
        unit: str,
        description: str,
        prior: tuple[float, float] | None = None,
        scale: Scale = "linear",
        source: str = ASSUMED,
        symbol: str = "-",
    ) -> None:
        """Add a number that configs may set and sweep; a mechanism reads it as ``setting.parameters.NAME``.

        ``low`` and ``high`` bound what is allowed, both ends included. ``prior``: the range over which it is
        uncertain, evenly on its ``scale``; without one it is fixed unless a config sets it.
        """
        self._check_free(name)
        numbers = [default, low, high, *(prior or ())]
        if not all(isinstance(n, int | float) and math.isfinite(n) for n in numbers) or not low <= high:
            raise ValueError(f"parameter '{name}': found {numbers}, expected numbers with low ≤ high")
        if not low <= default <= high:
            raise ValueError(f"parameter '{name}': default {default:g} is not in {low:g} to {high:g}")
        if prior is not None and not low <= prior[0] < prior[1] <= high:
            raise ValueError(
                f"parameter '{name}': prior {prior[0]:g} to {prior[1]:g} is no range in {low:g} to {high:g}"
            )
        if scale not in ("linear", "log") or (scale == "log" and prior is not None and prior[0] <= 0):
            raise ValueError(f"parameter '{name}': scale '{scale}', allowed: linear, or log above 0")
        self.parameters[name] = ParameterSpec(
            name=name,
            symbol=symbol,
            default=float(default),
            unit=unit,
            low=float(low),
            high=float(high),
            description=description,
            source=source,
            group=f"extension {self.name}",
            prior=(float(prior[0]), float(prior[1])) if prior else None,
            scale=scale,
        )

    def start(self, function: Start) -> Start:
        """Make the state before the first quarter: ``function(setting, draws)`` gives arrays by name.

        A decorator. A phase finds and changes them as ``state.extensions.EXTENSION.NAME``.
        """
        _check_takes(function, "setting, draws")
        if self.initial is not None:
            raise ValueError("start: given twice; one function makes all of the state")
        self.initial = function
        return function

    def phase(
        self, name: str, *, before: str | None = None, after: str | None = None
    ) -> Callable[[Mechanism], Mechanism]:
        """Put ``function(state, setting, draws)`` into the schedule, before or after a phase of the model.

        A decorator. ``name`` is also a switch, true unless a config sets it: ``[arms.NAME]`` turns the phase
        off. The function changes ``state`` in place.
        """
        self._check_free(name)
        if (before is None) == (after is None):
            raise ValueError(f"phase '{name}': say either before = or after = a phase of the schedule")
        return self._phase(name, "after" if before is None else "before", before or after or "")

    def replace(self, name: str) -> Callable[[Mechanism], Mechanism]:
        """Run ``function(state, setting, draws)`` instead of the model's phase ``name``. A decorator."""
        return self._phase(name, "instead", name)

    def outcome(
        self, name: str, label: str, *, unit: str, summary: Summary, better: Literal[-1, 0, 1] = 0
    ) -> Callable[[Measure], Measure]:
        """Record ``function(state, setting)`` of the world as a whole after every quarter. A decorator.

        ``summary``: value of the last quarter (``final``), ``mean`` or ``sum`` over time. ``better``: +1
        where more is better, −1 where less is, 0 where neither.
        """
        self._check_free(name)
        if summary not in ("final", "mean", "sum") or better not in (-1, 0, 1):
            raise ValueError(
                f"outcome '{name}': found summary {summary!r} and better {better!r}, "
                "allowed: final, mean or sum, and −1, 0 or 1"
            )

        def add(function: Measure) -> Measure:
            _check_takes(function, "state, setting")
            self.outcomes[name] = (Outcome(name, label, unit, better, summary, weight="world"), function)
            return function

        return add

    def _phase(
        self, name: str, where: Literal["before", "after", "instead"], of: str
    ) -> Callable[[Mechanism], Mechanism]:
        known = [phase.name for phase in SCHEDULE]
        if of not in known:
            raise ValueError(f"phase '{name}': no phase '{of}' in the schedule, allowed: {', '.join(known)}")
        if any(phase.name == name for phase in self.phases):
            raise ValueError(f"phase '{name}': given twice")

        def add(function: Mechanism) -> Mechanism:
            _check_takes(function, "state, setting, draws")
            said = (function.__doc__ or self.description).strip().partition("\n")[0]
            self.phases.append(AddedPhase(name, function, where, of, said))
            return function

        return add

    def _check_free(self, name: str) -> None:
        """Raise ``ValueError`` where a name is no name, or the model or the extension has it already."""
        _check_name("name", name)
        own = {*self.parameters, *self.outcomes, *(phase.name for phase in self.phases)}
        if name in own or name in taken_names():
            raise ValueError(f"name '{name}': taken by {'the extension' if name in own else 'the model'}")


def taken_names() -> frozenset[str]:
    """Names that the model has: of phases, switches, parameters, outcomes and columns of tables."""
    return _TAKEN | set(dir(Parameters)) | set(Parameters.model_fields) | set(MODEL_OUTCOMES)


def _check_name(what: str, name: object) -> None:
    if not (isinstance(name, str) and _NAME.fullmatch(name)):
        raise ValueError(
            f"{what} {name!r}: allowed: up to 40 lower-case letters, digits and '_', a letter first"
        )


def _check_takes(function: Callable[..., Any], arguments: str) -> None:
    """Raise ``ValueError`` where a function cannot be called with these, by their places."""
    name = getattr(function, "__name__", repr(function))
    try:
        inspect.signature(function).bind(*arguments.split(", "))
    except (TypeError, ValueError):
        found = inspect.signature(function) if callable(function) else "no function"
        raise ValueError(f"function '{name}' takes {found}, expected ({arguments})") from None
