"""Four parameters of a small world have the posterior of another method, sequential Monte Carlo of pyABC.

With a stochastic acceptor at temperature 1 that is exact under the model of the record of docs/calibration.md
(Wilkinson 2013; Schälte & Hasenauer 2020): a run is accepted in proportion to the density of the record's
errors. It takes no nearest share of the runs, no regression and no emulator. The two share the model alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from citysim.arrays import Floats
from citysim.calibration.abc import posterior
from citysim.calibration.data import Sample, Targets
from citysim.calibration.history import History
from citysim.calibration.space import Space
from citysim.model.model import CityModel
from citysim.model.parameters import parameter_specs
from citysim.patterns.chronicle import Chronicle
from citysim.patterns.families import limits_of, statistics_of
from citysim.world.world import World

#: Wider than the priors of most, so that ten years of a hundred cities tell of each.
RANGES = {
    "review_rate": (0.1, 1.6),
    "founding_rate": (0.01, 0.12),
    "proposal_rate": (0.05, 0.8),
    "drop_rate": (0.01, 0.3),
}
#: A statistic for each, and the sd of the record's error: a third to a half of the statistic's spread over
#: the ranges, and no less than about what chance within a run does, as exact acceptance is too dear else.
ERRORS = {
    "memberships.network_upper_decile": 1.8,
    "networks.growth": 0.018,
    "ties.mean": 0.5,
    "dropping.log_rate": 0.35,
}
NAMES = tuple(f"arm/{name}" for name in ERRORS)
FAMILIES = tuple(dict.fromkeys(name.partition(".")[0] for name in ERRORS))
QUARTERS = 40
SPACE = Space.of(None, fixed=[name for name in parameter_specs() if name not in RANGES], ranges=RANGES)

#: Points of the cube, in the order of ``RANGES``: the one of the record, and one elsewhere.
TRUTH, ELSEWHERE = np.array([0.6, 0.4, 0.5, 0.6]), np.array([0.3, 0.7, 0.7, 0.3])
#: Runs of the two waves; particles of each population of the other method.
WAVES, PARTICLES = (512, 512), (100, 100, 160)
#: Tolerance: medians apart, in sd of the other's posterior; ratio of the widths of 90 % intervals either way.
APART, RATIO = 0.7, 1.6
PRIOR_SD = 1.0 / np.sqrt(12.0)

# One process makes both posteriors, once.
pytestmark = [pytest.mark.long, pytest.mark.xdist_group("second_method")]


@pytest.fixture(scope="module")
def world() -> World:
    return World.synthetic(cities=100, states=8, seed=1)


def run(world: World, point: Floats, seed: int) -> Floats:
    """Statistics of a run at a point of the cube, (4,)."""
    values = SPACE.values(point[None]).iloc[0].to_dict()
    model = CityModel(world, rng=seed, quarters=QUARTERS, twinning=True, **values)
    chronicle = Chronicle(model)
    while model.running:
        model.step()
        chronicle.note()
    found = statistics_of(chronicle.course(), FAMILIES)
    return np.array([found[name] for name in ERRORS])


def calibrated(world: World, record: Floats, seeds: Iterator[int]) -> History:
    """Waves of runs held against the record, as ``citysim calibrate`` does by default."""
    errors = np.array(list(ERRORS.values()))
    targets = Targets(NAMES, NAMES, record, errors, np.zeros(len(NAMES)), ("C",) * len(NAMES))
    history = History(
        SPACE, targets, limits_of(targets.statistics), cut=3.0, rank=1, least_r2=0.1, accepted=0.3
    )
    for wave, points in enumerate(WAVES):
        cube = history.design(points)
        statistics = np.array([run(world, point, next(seeds)) for point in cube])
        history.take(Sample(cube, statistics, np.full(points, wave, dtype=np.int64)))
    return history


def by_pyabc(world: World, record: Floats, seeds: Iterator[int], folder: Path) -> tuple[Floats, Floats]:
    """Particles on the cube (D, 4) and their weights (D,), at temperature 1."""
    import pyabc
    from pyabc.populationstrategy import ListPopulationSize

    def model(point: dict[str, float]) -> dict[str, float]:
        found = run(world, np.array([point[name] for name in RANGES]), next(seeds))
        return dict(zip(ERRORS, found.tolist(), strict=True))

    np.random.seed(20)  # noqa: NPY002  pyABC draws from it
    search = pyabc.ABCSMC(
        model,
        pyabc.Distribution(**{name: pyabc.RV("uniform", 0, 1) for name in RANGES}),
        pyabc.IndependentNormalKernel(var=[error**2 for error in ERRORS.values()], keys=list(ERRORS)),
        population_size=ListPopulationSize(list(PARTICLES), nr_calibration_particles=PARTICLES[0]),
        eps=pyabc.Temperature(),
        acceptor=pyabc.StochasticAcceptor(),
        sampler=pyabc.SingleCoreSampler(),
    )
    search.new(f"sqlite:///{folder}/particles.db", dict(zip(ERRORS, record.tolist(), strict=True)))
    history = search.run(max_nr_populations=len(PARTICLES))
    assert history.get_all_populations()["epsilon"].iloc[-1] == 1.0
    table, weights = history.get_distribution()
    return table[list(RANGES)].to_numpy(), np.asarray(weights)


@dataclass(frozen=True)
class Marginals:
    """Median, sd and width of the 90 % interval of each parameter, (4,), on the cube."""

    median: Floats
    sd: Floats
    width: Floats

    @classmethod
    def of(cls, draws: Floats, weights: Floats | None = None) -> "Marginals":
        """Of draws (D, 4), weighted (D,) or alike."""
        weights = np.ones(len(draws)) if weights is None else weights
        low, median, high = np.quantile(
            draws, (0.05, 0.5, 0.95), axis=0, weights=weights, method="inverted_cdf"
        )
        return cls(median, np.sqrt(np.diag(np.cov(draws.T, aweights=weights))), high - low)

    @property
    def shrinkage(self) -> Floats:
        return 1.0 - (self.sd / PRIOR_SD) ** 2


def apart(own: Marginals, other: Marginals) -> list[str]:
    """What lies beyond the tolerance, in words."""
    away = np.abs(own.median - other.median) / other.sd
    ratio = own.width / other.width
    return [
        *(f"{name}: medians {by:.2f} sd apart" for name, by in zip(RANGES, away, strict=True) if by > APART),
        *(
            f"{name}: interval {by:.2f} times as wide"
            for name, by in zip(RANGES, ratio, strict=True)
            if not 1 / RATIO < by < RATIO
        ),
    ]


@pytest.fixture(scope="module")
def record(world: World) -> Floats:
    return run(world, TRUTH, seed=0)


@pytest.fixture(scope="module")
def history(world: World, record: Floats) -> History:
    return calibrated(world, record, count(101_000))


@pytest.fixture(scope="module")
def draws(history: History) -> Floats:
    return history.posterior(1000).cube


@pytest.fixture(scope="module")
def other(world: World, record: Floats, tmp_path_factory: pytest.TempPathFactory) -> Marginals:
    return Marginals.of(*by_pyabc(world, record, count(250_000), tmp_path_factory.mktemp("pyabc")))


def test_medians_and_widths_agree(draws: Floats, other: Marginals) -> None:
    """Medians within .7 sd of the other's posterior, widths of 90 % intervals within a factor of 1.6.

    Both are Monte Carlo, worth 204 and 99 draws: resampled, their difference in a median has a standard error
    of .2 sd, that of a width one of 15 %, so of sound pairs with other seeds 3 % are apart.
    """
    assert apart(Marginals.of(draws), other) == []


def test_all_four_are_informed_under_both(draws: Floats, other: Marginals) -> None:
    """Posteriors that are still the prior agree whatever the methods do."""
    for found in (Marginals.of(draws), other):
        shrinkage = np.sort(found.shrinkage)
        assert shrinkage[0] >= 0.25
        assert shrinkage[1] >= 0.4


class TestRefused:
    """The same comparison does find fault."""

    def test_with_another_record(self, world: World, history: History, other: Marginals) -> None:
        wrong = posterior(
            history.sample.cube, history.shown(), run(world, ELSEWHERE, seed=1), history.weights()
        )
        told = " ".join(apart(Marginals.of(wrong.cube), other))
        assert all(f"{name}: medians" in told for name in RANGES)

    @pytest.mark.parametrize("factor", [0.5, 2.0])
    def test_with_intervals_of_half_and_twice_the_width(
        self, draws: Floats, other: Marginals, factor: float
    ) -> None:
        centre = np.median(draws, axis=0)
        told = apart(Marginals.of(centre + factor * (draws - centre)), other)
        assert sum("times as wide" in line for line in told) >= 2

    def test_with_parameters_taken_for_each_other(self, draws: Floats, other: Marginals) -> None:
        assert apart(Marginals.of(np.roll(draws, 1, axis=1)), other)

    def test_with_the_prior(self, draws: Floats, other: Marginals) -> None:
        assert apart(Marginals.of(np.random.default_rng(0).random(draws.shape)), other)
