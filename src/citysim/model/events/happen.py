"""Events of a quarter, before its mechanisms: each happens to those it can, and counts those it cannot."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from citysim.arrays import Ints
from citysim.errors import ConfigError
from citysim.model.events import kinds
from citysim.model.events.dates import ends, quarter_of
from citysim.model.events.memberships import closed, founded, joined, left, merged
from citysim.model.events.resolve import Resolved, resolved
from citysim.model.events.ties import suspended, twinned, untwinned
from citysim.model.mechanisms.crises import severities
from citysim.model.setting import Setting
from citysim.model.state import DT, EventState, RunState
from citysim.model.streams import Streams, stable_hash

#: Streams of events, none of which any mechanism draws from.
STREAM = "events"
#: Quarters that a conflict without an end lasts.
OPEN_ENDED = 1_000_000

#: Things to which an event happened, and to which it could not.
type Count = tuple[int, int]


@dataclass(frozen=True)
class Course:
    """The events of a run: what they name, and when they happen."""

    events: tuple[Resolved, ...]
    at: tuple[int, ...]  # quarter of each, 0 the first
    due: Mapping[int, tuple[int, ...]]  # events that begin in each quarter, in their order
    strikes: Mapping[int, tuple[int, ...]]  # crises of each quarter


def course(setting: Setting) -> Course:
    """Draw the dates. Raises ``ConfigError`` where an event names what the world does not have."""
    events, faults = resolved(setting.world, setting.parameters.events)
    if faults:
        raise ConfigError.from_messages([f"events.{f.event}.{f.key}: {f.text}" for f in faults])
    at = tuple(quarter_drawn(item.event, setting.streams, setting.world.start_year) for item in events)
    due, strikes = defaultdict(list), defaultdict(list)
    for place, (item, quarter) in enumerate(zip(events, at, strict=True)):
        due[quarter].append(place)
        if isinstance(item.event, kinds.Crisis):
            for later in range(quarter, quarter + item.event.quarters):
                strikes[later].append(place)
    return Course(events, at, _frozen(due), _frozen(strikes))


def _frozen(lists: Mapping[int, list[int]]) -> dict[int, tuple[int, ...]]:
    return {quarter: tuple(places) for quarter, places in lists.items()}


def quarter_drawn(event: kinds.Event, streams: Streams, start_year: int) -> int:
    """The quarter of an event, 0 the first of a run; of a range one drawn by its name, alike in all arms."""
    low, high = (quarter_of(date, start_year) for date in ends(event.at))
    if low == high:
        return low
    key = np.array([stable_hash(event.name) >> 1], dtype=np.int64)
    share = streams.at(STREAM, 0).uniform_of("at", key)[0]
    return low + min(int(share * (high - low + 1)), high - low)


def begun(setting: Setting) -> EventState | None:
    """The state of a run's events before its first quarter; None without events."""
    if not setting.parameters.events:
        return None
    return EventState.none(len(setting.derive(course).events), setting.world.n_states)


def counted(state: RunState, setting: Setting) -> dict[str, tuple[int, int]] | None:
    """By each event's name how many it has come to, and how many it could not; None without events."""
    if state.events is None:
        return None
    counts = zip(state.events.taken.tolist(), state.events.not_taken.tolist(), strict=True)
    events = setting.derive(course).events
    return {item.event.name: count for item, count in zip(events, counts, strict=True)}


def happen(state: RunState, setting: Setting, log: EventState) -> None:
    """The events of the coming quarter, in the order of their definition."""
    plan, quarter = setting.derive(course), state.step
    log.begun = []
    if log.fought and not setting.parameters.diplomacy:
        _wear_on(state, log)
    for place in plan.due.get(quarter, ()):
        item = plan.events[place]
        log.taken[place], log.not_taken[place] = _ACTIONS[item.event.kind](item, state, setting, log)
    log.severity = _severity(plan, quarter, setting)


def _severity(plan: Course, quarter: int, setting: Setting) -> Any:
    """Of each type in each city, (N, types), the worst where several strike; None where none does."""
    strikes = plan.strikes.get(quarter, ())
    if not strikes or not setting.parameters.crises:
        return None
    severity = np.zeros((setting.world.n_cities, len(kinds.CRISES)))
    for place in strikes:
        item, event = plan.events[place], cast("kinds.Crisis", plan.events[place].event)
        column = severity[:, kinds.CRISES.index(event.type)]
        worst = (
            _drawn(event, item.cities, plan.at[place], setting) if event.severity is None else event.severity
        )
        column[item.cities] = np.maximum(column[item.cities], worst)
    return severity


def _drawn(event: kinds.Crisis, cities: Ints, first: int, setting: Setting) -> Any:
    """Severity by the type's law, one for each city and all quarters that the crisis lasts, (C,)."""
    draw = setting.streams.at(STREAM, first)
    drawn = severities(setting.parameters, draw.uniform_of(f"severity {event.name}", cities))
    return drawn * setting.parameters.violence_severity if event.type == "violence" else drawn


def _crisis(item: Resolved, state: RunState, setting: Setting, log: EventState) -> Count:
    """Counted here; ``_severity`` brings it to the cities."""
    return _all_or_none(len(item.cities), possible=setting.parameters.crises)


def _all_or_none(count: int, *, possible: bool) -> Count:
    return (count, 0) if possible else (0, count)


def _conflict(item: Resolved, state: RunState, setting: Setting, log: EventState) -> Count:
    """Begin a conflict, or have one last longer."""
    event = cast("kinds.Conflict", item.event)
    lasts = OPEN_ENDED if event.years is None else max(round(event.years / DT), 1)
    left = state.conflict_left.copy()
    # diplomacy, where it is on, counts down in the same quarter
    before = left[item.dyad]
    left[item.dyad] = max(before, lasts + int(setting.parameters.diplomacy))
    state.conflict_left, state.past_conflict = left, state.past_conflict.copy()
    state.past_conflict[item.dyad] = True
    log.fought.append(item.dyad)
    if before == 0:
        log.begun.append(item.dyad)
    return _all_or_none(1, possible=bool(left[item.dyad] > before))


def _wear_on(state: RunState, log: EventState) -> None:
    """A quarter less of the conflicts of events, where there is no diplomacy to count down."""
    state.conflict_left = state.conflict_left.copy()
    for dyad in set(log.fought):
        state.conflict_left[dyad] = max(state.conflict_left[dyad] - 1, 0)


def _peace(item: Resolved, state: RunState, setting: Setting, log: EventState) -> Count:
    fights = bool(state.conflict_left[item.dyad] > 0)
    if fights:
        state.conflict_left = state.conflict_left.copy()
        state.conflict_left[item.dyad] = 0
    return _all_or_none(1, possible=fights)


def _stall(item: Resolved, state: RunState, setting: Setting, log: EventState) -> Count:
    """Diplomacy takes it from there; without, no state's action changes."""
    states = cast("Any", item.states)
    possible = setting.parameters.diplomacy
    if possible:
        log.stall = np.where(states, cast("kinds.Stall", item.event).to, log.stall)
    return _all_or_none(int(states.sum()), possible=possible)


def _set(item: Resolved, state: RunState, setting: Setting, log: EventState) -> Count:
    """Counted here; the parameters of the quarter have the value already."""
    return 1, 0


_ACTIONS: dict[str, Callable[[Resolved, RunState, Setting, EventState], Count]] = {
    "join": joined,
    "leave": left,
    "found": founded,
    "close": closed,
    "merge": merged,
    "twin": twinned,
    "untwin": untwinned,
    "suspend": suspended,
    "crisis": _crisis,
    "conflict": _conflict,
    "peace": _peace,
    "stall": _stall,
    "set": _set,
}
