"""``mesa.batch_run`` over a model with a ``DataCollector``, as Mesa asks."""

from functools import partial

import mesa

from citysim.model.model import CityModel
from citysim.model.outcomes import OUTCOMES
from driven import ARMS, CHECKED, Sweep, world

KEEPS = "every quarter, the world, in memory"


def _recorded(model: CityModel, place: int) -> float:
    return float(model.recorder.series[-1, 0, place])


class CollectedModel(CityModel):
    """``CityModel`` whose outcomes a ``DataCollector`` takes every quarter."""

    def __init__(self, arm: str, stall: float, quarters: int, rng: int | None = None) -> None:
        super().__init__(world(), ARMS[arm], rng=rng, quarters=quarters, stall=stall)
        reporters = {name: partial(_recorded, place=place) for place, name in enumerate(OUTCOMES)}
        self.datacollector = mesa.DataCollector(model_reporters=reporters)

    def step(self) -> None:
        """A quarter, then collect."""
        super().step()
        self.datacollector.collect(self)


def run(sweep: Sweep, workers: int) -> float:
    """All combinations for every seed."""
    rows = mesa.batch_run(
        CollectedModel,
        {"arm": list(ARMS), "stall": list(sweep.stalls), "quarters": sweep.quarters},
        number_processes=workers,
        data_collection_period=1,
        max_steps=sweep.quarters,
        display_progress=False,
        rng=list(range(1, sweep.seeds + 1)),
    )
    last = [row[CHECKED] for row in rows if row["Step"] == sweep.quarters]
    return sum(last) / len(last)
