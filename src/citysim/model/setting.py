"""What a mechanism reads and never writes: world, parameters, streams and what follows from them."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import Any, cast

from citysim.model.parameters import Parameters
from citysim.model.state import Dyads
from citysim.model.streams import Streams
from citysim.world.world import World


@dataclass(frozen=True)
class Setting:
    """The fixed part of a run, or of a quarter where parameters change in its course."""

    world: World
    parameters: Parameters
    streams: Streams
    dyads: Dyads
    _derived: dict[Callable[["Setting"], Any], Any] = field(default_factory=dict, repr=False)
    #: Setting of the first quarter, where this is another one.
    start: "Setting | None" = field(default=None, repr=False)
    #: Parameters that each derived constant was computed from; None where none of them changes in the run.
    reads: dict[Callable[["Setting"], Any], frozenset[str]] | None = field(default=None, repr=False)

    def derive[T](self, build: Callable[["Setting"], T]) -> T:
        """Result of ``build(setting)``, computed once per run: constants live with their mechanism.

        Where a parameter changes in the course of a run, what was computed from it is computed anew.
        """
        if build not in self._derived:
            self._derived[build] = build(self) if self.reads is None else self._watched(build, self.reads)
        return cast("T", self._derived[build])

    def at_start[T](self, build: Callable[["Setting"], T]) -> T:
        """The same with the parameters of the first quarter: what the model is normalised on."""
        return (self.start or self).derive(build)

    def with_parameters(self, parameters: Parameters, changed: Collection[str]) -> "Setting":
        """The setting of a later quarter, whose parameters differ in those ``changed``."""
        reads = self.reads or {}
        kept = {build: names for build, names in reads.items() if names.isdisjoint(changed)}
        derived = {build: self._derived[build] for build in kept}
        start = self.start or self
        return replace(self, parameters=parameters, start=start, _derived=derived, reads=kept)

    def _watched[T](
        self, build: Callable[["Setting"], T], reads: dict[Callable[["Setting"], Any], frozenset[str]]
    ) -> T:
        read: set[str] = set()
        watched = _Watched(
            world=self.world,
            parameters=cast("Parameters", _Reading(self.parameters, read)),
            streams=self.streams,
            dyads=self.dyads,
            start=self.start or self,
            of=self,
            read=read,
        )
        result = build(watched)
        reads[build] = frozenset(read)
        return result


@dataclass(frozen=True)
class _Reading:
    """Parameters that note which of them are read."""

    parameters: Parameters
    read: set[str]

    def __getattr__(self, name: str) -> Any:
        self.read.add(name)
        return getattr(self.parameters, name)


@dataclass(frozen=True, kw_only=True)
class _Watched(Setting):
    """A setting that notes which parameters a constant is computed from, also by way of other constants."""

    of: Setting
    read: set[str]

    def derive[T](self, build: Callable[[Setting], T]) -> T:
        result = self.of.derive(build)
        self.read.update((self.of.reads or {}).get(build, frozenset()))
        return result
