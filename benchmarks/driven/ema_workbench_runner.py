"""``perform_experiments`` of the EMA workbench with its sequential and its multiprocessing evaluator."""

import warnings
from typing import Any

from citysim.model.outcomes import OUTCOMES
from driven import ARMS, CHECKED, Sweep, city_model

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of connectors that are not installed
    from ema_workbench import (
        CategoricalParameter,
        Constant,
        IntegerParameter,
        Model,
        MultiprocessingEvaluator,
        RealParameter,
        Scenario,
        SequentialEvaluator,
        TimeSeriesOutcome,
        perform_experiments,
    )

KEEPS = "every quarter, the world, in memory"


def trajectories(arm: str, stall: float, seed: int, quarters: int) -> dict[str, Any]:
    """One run: the world's value of every quarter, by outcome."""
    series = city_model(arm, stall, int(seed), quarters).run().recorder.series[:, 0]
    return {name: series[:, place] for place, name in enumerate(OUTCOMES)}


def run(sweep: Sweep, workers: int) -> float:
    """One scenario a run."""
    model = Model("citysim", function=trajectories)
    model.uncertainties = [
        CategoricalParameter("arm", list(ARMS)),
        RealParameter("stall", 0.0, 1.0),
        IntegerParameter("seed", 1, sweep.seeds + 1),
    ]
    model.constants = [Constant("quarters", sweep.quarters)]
    model.outcomes = [TimeSeriesOutcome(name) for name in OUTCOMES]
    scenarios = [Scenario(name=str(place), **one) for place, one in enumerate(sweep.runs)]
    sequential = workers == 1
    with SequentialEvaluator(model) if sequential else MultiprocessingEvaluator(model, workers) as evaluator:
        _, outcomes = perform_experiments(model, scenarios, evaluator=evaluator)
    return float(outcomes[CHECKED][:, -1].mean())
