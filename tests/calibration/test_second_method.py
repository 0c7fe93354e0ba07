"""The posterior of a small world is that of another method, pyABC's exact sequential Monte Carlo."""

from itertools import count

import numpy as np
import pytest

from citysim.calibration.abc import posterior, with_errors
from citysim.calibration.data import Sample, Targets
from citysim.calibration.space import Space, first_design
from citysim.model.model import CityModel
from citysim.model.parameters import parameter_specs
from citysim.patterns.chronicle import Chronicle
from citysim.patterns.families import statistics_of
from citysim.world.world import World

OVER = ("proposal_rate", "ending_rate", "closure", "review_rate")
STATISTICS = ("ties.mean", "ties.without", "ties.transitivity", "memberships.mean")
QUARTERS, RUNS, POPULATION, POPULATIONS = 12, 768, 200, 4
SPACE = Space(tuple(parameter_specs()[name] for name in OVER), OVER)
WORLD = World.synthetic(40, 5, 1)


def run(point: np.ndarray, seed: int) -> np.ndarray:
    """Statistics of a run at a point of the cube, (4,)."""
    values = SPACE.values(point[None]).iloc[0].to_dict()
    model = CityModel(WORLD, rng=seed, quarters=QUARTERS, twinning=True, **values)
    chronicle = Chronicle(model)
    while model.running:
        model.step()
        chronicle.note()
    found = statistics_of(chronicle.course(), ["ties", "memberships"])
    return np.array([found.get(name, np.nan) for name in STATISTICS])


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")  # of pyABC's libraries
def test_medians_and_widths_agree_with_those_of_pyabc():
    """Four parameters: medians within .15 of the prior's range, widths of 90 % intervals within a third.

    Both are Monte Carlo, of about 200 particles each: standard errors of a median are at most .03, of a width
    .04 of the range, so a sound pair fails in fewer than one of 1,000.
    """
    import pyabc

    cube = first_design(RUNS, len(OVER))
    statistics = np.array([run(point, seed) for seed, point in enumerate(cube, start=1)])
    record = run(np.array([0.6, 0.4, 0.5, 0.6]), seed=0)
    error = 0.35 * np.nanstd(statistics, axis=0)
    names = tuple(f"arm/{name}" for name in STATISTICS)
    targets = Targets(names, names, record, error, np.zeros(4), ("C",) * 4)
    sample = Sample(cube, statistics, np.zeros(RUNS, dtype=np.int64))
    own = posterior(cube, with_errors(sample, targets), record, np.ones(RUNS)).cube

    seeds = count(RUNS + 1)

    def model(point: dict[str, float]) -> dict[str, float]:
        found = run(np.array([point[name] for name in OVER]), next(seeds))
        return dict(zip(STATISTICS, found.tolist(), strict=True))

    np.random.seed(20)  # noqa: NPY002  pyABC draws from it
    smc = pyabc.ABCSMC(
        model,
        pyabc.Distribution(**{name: pyabc.RV("uniform", 0, 1) for name in OVER}),
        pyabc.IndependentNormalKernel(var=(error**2).tolist(), keys=list(STATISTICS)),
        population_size=POPULATION,
        eps=pyabc.Temperature(),
        acceptor=pyabc.StochasticAcceptor(),
        sampler=pyabc.SingleCoreSampler(),
    )
    smc.new("sqlite://", dict(zip(STATISTICS, record.tolist(), strict=True)))
    history = smc.run(max_nr_populations=POPULATIONS)
    assert history.get_all_populations()["epsilon"].iloc[-1] == 1.0  # exact from here on
    table, weight = history.get_distribution()
    for place, name in enumerate(OVER):
        order = np.argsort(table[name].to_numpy())
        share = np.cumsum(weight[order]) / weight.sum()
        low, middle, high = np.interp((0.05, 0.5, 0.95), share, table[name].to_numpy()[order])
        mine = np.quantile(own[:, place], (0.05, 0.5, 0.95))
        assert mine[1] == pytest.approx(middle, abs=0.15), (name, mine, (low, middle, high))
        assert mine[2] - mine[0] == pytest.approx(high - low, rel=1 / 3), (name, mine, (low, middle, high))
