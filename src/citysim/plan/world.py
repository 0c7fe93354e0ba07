"""The world an experiment asks for."""

from citysim.plan.config import WorldConfig
from citysim.world.world import World


def build_world(config: WorldConfig) -> World:
    """Build the world of a config. Raises ``DataError`` on a data file that is missing or damaged."""
    if config.kind == "real":
        return World.real(cities=config.cities or 2000)
    seed = 1 if config.seed is None else config.seed
    return World.synthetic(cities=config.cities or 1000, states=config.states or 80, seed=seed)
