"""Shards: the runs of an experiment in parts, for writers that share a folder."""

from dataclasses import dataclass

from citysim.errors import ConfigError
from citysim.plan.ids import number_of
from citysim.plan.runs import RunSpec


@dataclass(frozen=True, slots=True)
class Shard:
    """Part ``index`` of ``count``: the runs whose id falls there."""

    index: int
    count: int

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """Read ``I/N``. Raises ``ConfigError`` unless 1 ≤ I ≤ N."""
        index, _, count = text.partition("/")
        if not (index.isdecimal() and count.isdecimal() and 1 <= int(index) <= int(count)):
            raise ConfigError(f"--shard: found {text!r}, expected I/N with 1 ≤ I ≤ N, such as 3/100")
        return cls(int(index), int(count))

    @classmethod
    def of(cls, run: str, count: int) -> "Shard":
        """The part that a run is in, by its id."""
        return cls(number_of(run) % count + 1, count)

    @property
    def label(self) -> str:
        """The shard's name in file names."""
        return f"{self.index}of{self.count}"

    def holds(self, spec: RunSpec) -> bool:
        """Whether a run is in this part."""
        return Shard.of(spec.run, self.count) == self
