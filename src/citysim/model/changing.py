"""Which parameters may change in the course of a run, and why others may not."""

from difflib import get_close_matches

from citysim.model.events.kinds import SetRate
from citysim.model.parameters import OF_THE_START, Parameters, rate_bounds, switches


def set_fault(event: SetRate) -> tuple[str, str] | None:
    """Key and fault of an event that sets a parameter; None where it may."""
    bounds, known = rate_bounds(event.parameter), Parameters.model_fields
    if bounds is None and event.parameter in known:
        return "parameter", f"'{event.parameter}' {why_fixed(event.parameter)}"
    if bounds is None:
        near = get_close_matches(event.parameter, [name for name in known if rate_bounds(name)], n=1)
        hint = f"did you mean '{near[0]}'?" if near else "`citysim params` lists what is allowed"
        return "parameter", f"unknown parameter '{event.parameter}', {hint}"
    if not bounds[0] <= event.to <= bounds[1]:
        return "to", f"found {event.to:g}, must be from {bounds[0]:g} to {bounds[1]:g}"
    return None


def why_fixed(name: str) -> str:
    """Why a parameter cannot change in the course of a run."""
    if name in switches():
        return "is a switch, which holds for a whole run"
    if name in ("stall", "stalled_states", "stall_of"):
        return "is set by an event of kind 'stall'"
    number = name in OF_THE_START
    return "is of the start, and holds for a whole run" if number else "is no rate, and holds for a whole run"
