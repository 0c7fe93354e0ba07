"""What a config names, against its world: networks, states, cities with a card, and whom events come to."""

from citysim.errors import ConfigError
from citysim.model.events.cities import city_of
from citysim.model.events.resolve import resolved
from citysim.model.initial_networks import named_networks
from citysim.model.mechanisms.stall import check_states
from citysim.plan.config import ExperimentConfig
from citysim.plan.events import place_of
from citysim.plan.runs import RunSpec
from citysim.world.world import World


def check_named(config: ExperimentConfig, specs: list[RunSpec], world: World) -> None:
    """Raise ``ConfigError`` where something is named that the world does not have, with all such faults."""
    faults = []
    asked = {("record.networks", name) for name in config.record.networks}
    for name in ("absent_networks", "placebo_networks"):
        asked |= {(name, str(spec.parameters[name])) for spec in specs}
    for key, names in sorted(asked):
        try:
            named_networks(world, key, names)
        except ValueError as fault:
            faults.append(str(fault))
    for states, levels in {
        (str(s.parameters["stalled_states"]), str(s.parameters["stall_of"])) for s in specs
    }:
        try:
            check_states(world, states, levels)
        except ValueError as fault:
            faults.append(str(fault))
    faults += _event_faults(config, specs, world)
    faults += _card_faults(config, world)
    if faults:
        raise ConfigError.from_messages(list(dict.fromkeys(faults)))


def _card_faults(config: ExperimentConfig, world: World) -> list[str]:
    """Faults of the cities that are to have a card."""
    faults = []
    for place, name in enumerate(config.report.cities or (), start=1):
        try:
            city_of(world, name)
        except ValueError as fault:
            faults.append(f"report.cities[{place}]: {fault}")
    return faults


def _event_faults(config: ExperimentConfig, specs: list[RunSpec], world: World) -> list[str]:
    """Faults of the events of all runs, by their place in the config."""
    # Events of two arms may have one name: a run's are those of its arm.
    runs = {(str(s.parameters["events"]), s.arm): None for s in specs if "events" in s.parameters}
    return [
        f"{place_of(fault.event, config.events, {arm: config.arms[arm]})}.{fault.key}: {fault.text}"
        for text, arm in runs
        for fault in resolved(world, text)[1]
    ]
