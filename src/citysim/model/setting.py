"""What a mechanism reads and never writes: world, parameters, streams and what follows from them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from citysim.model.parameters import Parameters
from citysim.model.state import Dyads
from citysim.model.streams import Streams
from citysim.world.world import World


@dataclass(frozen=True)
class Setting:
    """The fixed part of a run."""

    world: World
    parameters: Parameters
    streams: Streams
    dyads: Dyads
    _derived: dict[Callable[["Setting"], Any], Any] = field(default_factory=dict, repr=False)

    def derive[T](self, build: Callable[["Setting"], T]) -> T:
        """Result of ``build(setting)``, computed once per run: constants live with their mechanism."""
        if build not in self._derived:
            self._derived[build] = build(self)
        return cast("T", self._derived[build])
