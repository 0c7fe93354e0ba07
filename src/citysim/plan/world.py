"""The world an experiment asks for."""

from citysim.plan.config import WorldConfig
from citysim.world.world import World


def build_world(config: WorldConfig) -> World:
    """Build the world of a config. Raises ``DataError`` on a data file that is missing or damaged."""
    made = {"real": World.real, "synthetic": World.synthetic}[config.kind]
    return made(**config.with_defaults().model_dump(exclude={"kind"}, exclude_none=True))
