"""Interventions: arms that differ by dated events alone, and whom their events come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from citysim.model.events.kinds import Event, SetRate
from citysim.model.events.text import as_tables, read, text_of
from citysim.model.groups import EXPOSURES
from citysim.model.parameters import parameter_specs, parameters_at_hand, switches
from citysim.plan.events import KEY
from citysim.plan.faults import Fault
from citysim.world.sizes import START_YEAR

ANALYSIS = "intervention"
#: Says when and how strong, and so nothing of whom an event comes to.
_HOW = ("severity", "quarters", "years")


@dataclass(frozen=True, slots=True)
class Intervention:
    """An arm, the one that is equal to it without ``events``, and these: what makes the difference."""

    arm: str
    versus: str
    events: tuple[Event, ...]


def interventions(
    parameters: Mapping[str, Any], arms: Mapping[str, Mapping[str, Any]], *, drawn: bool
) -> list[Intervention]:
    """Every arm with every other one that has the same settings and some of its own events, but not all.

    ``parameters``: those of all arms; ``drawn``: whether what is set nowhere differs between replications.
    """
    defaults = _defaults(drawn=drawn)
    settings = {arm: {**defaults, **parameters, **_without_events(own)} for arm, own in arms.items()}
    events = {arm: read(str(own.get(KEY, ""))) for arm, own in arms.items()}
    return [
        Intervention(arm, other, tuple(event for event in events[arm] if event not in events[other]))
        for arm in arms
        for other in arms
        if len(events[other]) < len(events[arm])
        and settings[other] == settings[arm]
        and all(event in events[arm] for event in events[other])
    ]


def _defaults(*, drawn: bool) -> dict[str, Any]:
    """Values of what a config may leave out: switches, and parameters that no replication draws."""
    specs = parameter_specs()
    names = [*switches(), *(name for name, spec in specs.items() if not (drawn and spec.uncertain))]
    values = parameters_at_hand()().model_dump(include=set(names))
    return {name: values[name] for name in names}


def _without_events(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name != KEY}


def first_quarter(events: Sequence[Event], seed: int, start: int) -> int:
    """The quarter of the first of some events in the runs of a seed, 0 the first of the run, in ``start``."""
    from citysim.model.events.happen import quarter_drawn  # noqa: PLC0415  takes the compiled model
    from citysim.model.streams import Streams  # noqa: PLC0415  as above

    streams = Streams(seed)
    return min(quarter_drawn(event, streams, start) for event in events)


def exposing(arms: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """Texts of the arms' own events as far as they say whom these come to, each once.

    Equal texts make equal groups, whenever the events are and however strong. Events of all arms make no
    difference between arms, and rates name nobody.
    """
    texts = [_of_whom(str(own.get(KEY, ""))) for own in arms.values()]
    return tuple(sorted({text for text in texts if text}))


def _of_whom(text: str) -> str:
    events = [event for event in read(text) if not isinstance(event, SetRate)]
    tables = [
        {key: value for key, value in table.items() if key not in _HOW}
        | {"at": f"{START_YEAR}-Q1"}
        | ({"to": 1.0} if "to" in table else {})
        for table in as_tables(events)
    ]
    return str(text_of(tables))


def intervention_faults(
    analyses: tuple[str, ...],
    *,
    pairs: int,
    events: bool,
    groups: tuple[str, ...],
    trajectories: bool,
    sampled: bool,
) -> list[Fault]:
    """What is wrong with the analysis, or with groups of exposure, in a config.

    ``pairs``: how many ``interventions`` there are; ``events``: whether an arm has events of its own.
    """
    faults = []
    if not events:
        faults += [
            Fault(("record", "groups", place), f"'{name}' needs dated events of an arm, [[arms.NAME.events]]")
            for place, name in enumerate(groups)
            if name in EXPOSURES
        ]
    if ANALYSIS not in analyses:
        return faults
    key = ("analyses", analyses.index(ANALYSIS))
    if not pairs:
        faults.append(
            Fault(key, f"'{ANALYSIS}' needs two arms that are equal but for [[arms.NAME.events]] of one")
        )
    if sampled:
        faults.append(Fault(key, f"'{ANALYSIS}' needs a design of kind grid or list, whose points repeat"))
    if not trajectories:
        faults.append(Fault(("record", "trajectories"), f"found false, which '{ANALYSIS}' needs"))
    return faults
