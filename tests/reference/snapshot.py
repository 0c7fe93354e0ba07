"""State of both models in one form: name of a variable → array, the reference's read off its agents."""

from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from citysim.model.model import CityModel

from .model import ReferenceModel

type Snapshot = dict[str, np.ndarray]

CITY = (
    "population",
    "growth",
    "capacity",
    "autonomy",
    "reach",
    "practices",
    "services",
    "stress",
    "marginalised",
    "development",
    "unrest",
    "attention",
    "used",
    "engagement",
)
CITY_FLOWS = (
    "loss_expected",
    "loss_prevented",
    "need",
    "insurable",
    "moving",
    "relief_own",
    "relief_insurance",
    "relief_state",
    "relief_donations",
    "relief_networks",
    "relief_twins",
    "given",
    "loss",
    "recovered",
    "recovered_services",
    "violence",
    "hit",
    "pledges",
)


def of_arrays(model: CityModel) -> Snapshot:
    """Every field of the state; those of its networks, twinnings and flows as ``networks.alive``."""
    return _flat(model.state, "")


def _flat(record: Any, prefix: str) -> Snapshot:
    found: Snapshot = {}
    for item in fields(record):
        if item.name.startswith("_"):  # worked out from other fields
            continue
        value = getattr(record, item.name)
        if value is None:  # the events of a run that has none
            continue
        if is_dataclass(value):
            found.update(_flat(value, f"{prefix}{item.name}."))
        else:
            found[prefix + item.name] = np.array(value)
    return found


def of_reference(model: ReferenceModel) -> Snapshot:
    """The same variables, gathered agent by agent."""
    cities, dyads = model.cities, model.dyads
    found: dict[str, Any] = {"step": model.quarters_done, "stall": [state.stall for state in model.states]}
    for name in CITY:
        found[name] = [getattr(city, name) for city in cities]
    for name in CITY_FLOWS:
        found[f"flows.{name}"] = [getattr(city, name) for city in cities]
    found["flows.conflict_onsets"] = model.conflict_onsets
    found["flows.conflict_hazard"] = model.conflict_hazard
    if model.parameters.rupture_form == "burst" and model.parameters.diplomacy and model.quarters_done:
        found["flows.conflict_begun"] = [dyad.index for dyad in dyads if dyad.just_begun]
    found["law"] = [state.law for state in model.states]
    found["action_capacity"] = [state.action_capacity for state in model.states]
    for name in ("tension", "conflict_left", "past_conflict"):
        found[name] = [getattr(dyad, name) for dyad in dyads]
    found.update({f"networks.{name}": value for name, value in _networks(model).items()})
    found.update({f"twinnings.{name}": value for name, value in _twinnings(model).items()})
    return {name: np.array(value) for name, value in found.items()}


def _networks(model: ReferenceModel) -> dict[str, Any]:
    """Places for networks that nobody has founded yet hold the values of nothing."""
    empty: dict[str, Any] = {
        "focus": [0.0] * 7,
        "region": -1,
        "state": -1,
        "by_invitation": False,
        "min_population": 0.0,
        "campaign": False,
        "outside_members": 0.0,
        "alive": False,
        "founded": 0,
        "closed": -1,
        "quality": 0.0,
    }
    vacant = model.slots - len(model.networks)
    found: dict[str, Any] = {
        name: [getattr(network, name) for network in model.networks] + [value] * vacant
        for name, value in empty.items()
    }
    found["count"] = len(model.networks)
    found["initial_count"] = model.usual_networks if model.parameters.networks else 0
    if model.called is not None:
        found["called"] = sorted(city.index * model.slots + network.slot for city, network in model.called)
    found["answered"] = [state.answered for state in model.states]
    found["key"] = sorted(
        city.index * model.slots + network.slot for city in model.cities for network in city.networks
    )
    return found


def _twinnings(model: ReferenceModel) -> dict[str, Any]:
    ties = [model.ties[key] for key in sorted(model.ties)]
    return {
        "key": [tie.key for tie in ties],
        "a": [tie.a.index for tie in ties],
        "b": [tie.b.index for tie in ties],
        "pair": [tie.dyad.index if tie.dyad else -1 for tie in ties],
        "trust": [tie.trust for tie in ties],
        "suspended": [tie.suspended for tie in ties],
        "start": [tie.start for tie in ties],
    }
