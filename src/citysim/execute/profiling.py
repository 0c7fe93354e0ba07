"""Where the time of a run goes: processor time of each mechanism and of the recorder."""

import time
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from citysim.model.model import CityModel
from citysim.model.parameters import Parameters
from citysim.model.schedule import SCHEDULE, Mechanism, Phase
from citysim.model.setting import Setting
from citysim.model.state import RunState
from citysim.model.streams import Draws
from citysim.plan.runs import RunSpec
from citysim.world.world import World

#: Quarters of the run that is thrown away: it compiles, loads and fills the caches.
WARM_UP = 2


def profile_runs(specs: Sequence[RunSpec], world: World) -> pd.DataFrame:
    """Mean processor time over ``specs``: phase, milliseconds a quarter, share of the run.

    ``start`` is what comes before the first quarter, in milliseconds a run.
    """
    spent: dict[str, float] = {"start": 0.0}
    schedule = tuple(_timed(phase, spent) for phase in SCHEDULE)
    CityModel(world, Parameters.model_validate(specs[0].parameters), rng=0, quarters=WARM_UP).run()
    total = 0.0
    for spec in specs:
        began = time.process_time()
        model = CityModel(
            world,
            Parameters.model_validate(spec.parameters),
            rng=spec.seed,
            quarters=spec.quarters,
            schedule=schedule,
        )
        spent["start"] += time.process_time() - began
        model.run()
        total += time.process_time() - began
    spent["recording and the rest"] = total - sum(spent.values())
    quarters = sum(spec.quarters for spec in specs)
    table = pd.DataFrame(
        {
            "phase": list(spent),
            "ms": [
                1e3 * seconds / (len(specs) if name == "start" else quarters)
                for name, seconds in spent.items()
            ],
            "share": [seconds / total for seconds in spent.values()],
        }
    )
    table.attrs["seconds"] = total / len(specs)
    return table


def _timed(phase: Phase, spent: dict[str, float]) -> Phase:
    spent[phase.name] = 0.0

    def wrap(mechanism: Mechanism) -> Mechanism:
        def step(state: RunState, setting: Setting, draw: Draws) -> None:
            began = time.process_time()
            mechanism(state, setting, draw)
            spent[phase.name] += time.process_time() - began

        return step

    return replace(phase, step=wrap(phase.step), off=wrap(phase.off) if phase.off else None)
