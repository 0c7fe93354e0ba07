"""The world an experiment asks for: its section of the config, and how it is built."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from citysim.model.strict import StrictModel
from citysim.plan.faults import Fault
from citysim.plan.kinds import PropensityKind, WorldKind
from citysim.world.sizes import (
    MAX_CITIES,
    MAX_STATES,
    REAL_CITIES,
    SYNTHETIC_CITIES,
    SYNTHETIC_SEED,
    SYNTHETIC_STATES,
)

if TYPE_CHECKING:
    from citysim.world.world import World

LARGEST_SEED = 2**32 - 1


class WorldConfig(StrictModel):
    """The world of all runs; ``states`` and ``seed`` only of a synthetic one, ``propensity`` of the real."""

    kind: WorldKind = "real"
    cities: Annotated[int | None, Field(ge=1, le=MAX_CITIES)] = None
    states: Annotated[int | None, Field(ge=1, le=MAX_STATES)] = None
    seed: Annotated[int | None, Field(ge=0, le=LARGEST_SEED)] = None
    propensity: PropensityKind | None = None

    def with_defaults(self) -> "WorldConfig":
        """The same with every default of its kind written out."""
        defaults: dict[str, object]
        if self.kind == "real":
            defaults = {"cities": REAL_CITIES, "propensity": "record"}
        else:
            defaults = {"cities": SYNTHETIC_CITIES, "states": SYNTHETIC_STATES, "seed": SYNTHETIC_SEED}
        given = self.model_dump(exclude_none=True)
        return WorldConfig.model_validate(defaults | given)


def check_world(world: WorldConfig) -> list[Fault]:
    """Faults of keys that do not go together."""
    if world.kind == "real":
        return [
            Fault(("world", key), "only for kind = 'synthetic'")
            for key in ("states", "seed")
            if getattr(world, key) is not None
        ]
    if world.propensity is not None:
        return [Fault(("world", "propensity"), "only for kind = 'real'")]
    full = world.with_defaults()
    if (full.states or 0) > (full.cities or 0):
        text = f"found {full.states} states, allowed: at most one a city ({full.cities})"
        return [Fault(("world", "states"), text)]
    return []


def build_world(config: WorldConfig) -> "World":
    """Build the world of a config. Raises ``DataError`` on a data file that is missing or damaged."""
    from citysim.world.world import World  # noqa: PLC0415  heavy, and a config is read without

    made: dict[str, Callable[..., World]] = {"real": World.real, "synthetic": World.synthetic}
    return made[config.kind](**config.with_defaults().model_dump(exclude={"kind"}, exclude_none=True))
