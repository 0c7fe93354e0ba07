"""The same sweep under several drivers, one file each; for ``benchmarks/drivers.py``.

Every file has ``KEEPS``, what the driver leaves of a run, and ``run(sweep, workers)``, which computes the
sweep and gives the mean development of the world's last quarters as the driver's own output has it. Where
more than the world is needed before the clock, ``prepare(sweep, workers, folder)`` gives what ``run`` then
takes in place of the sweep.
"""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from citysim.model.outcomes import OUTCOMES
from citysim.world.world import World

if TYPE_CHECKING:
    from citysim.model.model import CityModel

ARMS: dict[str, dict[str, bool]] = {
    "none": {"twinning": False, "networks": False},
    "twinning": {"twinning": True, "networks": False},
    "networks": {"twinning": False, "networks": True},
    "both": {"twinning": True, "networks": True},
}
CHECKED = "development"


@dataclass(frozen=True)
class Sweep:
    """Arms × stall levels × seeds on the real world, at the default parameters."""

    stalls: tuple[float, ...]
    seeds: int
    quarters: int

    @property
    def runs(self) -> list[dict[str, Any]]:
        """Arm, stall and seed of every run."""
        return [
            {"arm": arm, "stall": stall, "seed": seed}
            for seed in range(1, self.seeds + 1)
            for arm in ARMS
            for stall in self.stalls
        ]


@cache
def world() -> World:
    """The real world, built once per process."""
    return World.real()


def city_model(arm: str, stall: float, seed: int, quarters: int) -> "CityModel":
    """One run, not yet begun."""
    from citysim.model.model import CityModel  # noqa: PLC0415  citysim's own parent process does without

    return CityModel(world(), ARMS[arm], rng=seed, quarters=quarters, stall=stall)


def last_of_world(model: "CityModel") -> dict[str, float]:
    """What the last quarter recorded of the group ``world``, by outcome."""
    return dict(zip(OUTCOMES, model.recorder.series[-1, 0].tolist(), strict=True))
