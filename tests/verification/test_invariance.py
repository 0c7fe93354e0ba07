"""What must not matter: the order of cities, the size of the world, the length of a step."""

import sys
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from scipy.stats import t as student

from citysim.model.model import CityModel
from citysim.world.world import World

from .chance import ALARM
from .worlds import changed

pytestmark = pytest.mark.verification

#: Outcomes that are compared: levels, flows and ties.
COMPARED = (
    "development",
    "service",
    "coverage",
    "coverage_pledged",
    "marginalisation",
    "loss_expected",
    "loss",
    "violence",
    "conflict_hazard",
    "tension",
    "action_capacity",
    "twinnings",
    "memberships",
    "networks",
    "engagement",
    "autonomy",
    "reach",
    "service_gini",
)


def summaries(world: World, seeds: range, quarters: int, **parameters: Any) -> np.ndarray:
    """Summary of every compared outcome for every seed, (seeds, outcomes)."""
    rows = []
    for seed in seeds:
        summary = CityModel(world, parameters, rng=seed, quarters=quarters).run().summary()
        rows.append([summary[name] for name in COMPARED])
    return np.array(rows)


def assert_same_law(first: np.ndarray, second: np.ndarray, relative: float = 0.0) -> None:
    """Means differ by no more than Student's t for the pooled error allows, plus a ``relative`` tolerance."""
    m, n = len(first), len(second)
    pooled = np.sqrt((first.var(axis=0) * m + second.var(axis=0) * n) / (m + n - 2) * (1 / m + 1 / n))
    allowed = student.isf(ALARM / 2, m + n - 2) * pooled + relative * np.abs(first.mean(axis=0)) + 1e-9
    off = np.abs(first.mean(axis=0) - second.mean(axis=0)) / allowed
    wrong = [(name, float(share)) for name, share in zip(COMPARED, off, strict=True) if share > 1]
    assert not wrong


def relabelled(world: World, order: np.ndarray) -> World:
    """The same world with city ``order[i]`` in place ``i``."""
    n = world.n_cities
    place = np.argsort(order)
    near = world.neighbours[order]
    a, b = place[world.twin_a], place[world.twin_b]
    indices = {"neighbours", "twin_a", "twin_b", "membership_city", "membership_network"}
    arrays = {}
    for field in fields(world):
        value = getattr(world, field.name)
        if isinstance(value, np.ndarray) and value.shape[:1] == (n,) and field.name not in indices:
            arrays[field.name] = value[order]
    return changed(
        world,
        **arrays,
        city_name=tuple(world.city_name[i] for i in order),
        neighbours=np.where(near >= 0, place[near], -1),
        membership_city=place[world.membership_city],
        twin_a=np.minimum(a, b),
        twin_b=np.maximum(a, b),
    )


def test_relabelling_cities_changes_nothing_in_law() -> None:
    """A world and the same with its cities in another order have the same distribution of outcomes.

    Student's t for 18 outcomes over 20 seeds each, disjoint; false alarms 10⁻⁶ an outcome.
    """
    world = World.synthetic(cities=97, states=9, seed=2)  # no other array of this length
    assert world.twin_a.shape != (97,)
    order = np.random.default_rng(0).permutation(97)
    other = relabelled(world, order)
    assert (other.population == world.population[order]).all()
    kept = summaries(world, range(20), 12)
    assert_same_law(kept, summaries(other, range(100, 120), 12))
    backwards = relabelled(world, np.argsort(world.population))  # the large ones last instead of first
    assert_same_law(kept, summaries(backwards, range(200, 220), 12))


def test_worlds_of_any_size_have_the_same_outcomes_per_head() -> None:
    """Synthetic worlds of 500, 2,000 and 8,000 cities in 80 states agree in 18 outcomes over two years.

    Without relief: aid pools share risk better in larger worlds. Each run has a world and a seed of its own,
    six a size. Student's t, so differences among worlds count as
    error, plus 4 % of the value; false alarms 10⁻⁶ an outcome and pair of sizes.
    """
    by_size = []
    for size in (500, 2000, 8000):
        worlds = {seed: World.synthetic(size, 80, seed) for seed in range(1, 7)}
        rows = [summaries(world, range(seed, seed + 1), 8, relief=False) for seed, world in worlds.items()]
        by_size.append(np.concatenate(rows))
    for small in by_size[:2]:
        assert_same_law(by_size[2], small, relative=0.04)


def test_the_number_of_states_does_not_change_the_world_rate_of_conflict() -> None:
    """Worlds of 20, 40 and 120 states have H₀ expected onsets a year, less those of dyads already at war.

    Exact in the first quarter; no false alarm.
    """
    for states in (20, 40, 120):
        world = World.synthetic(240, states, 5)
        model = CityModel(world, rng=1, quarters=1, conflict_tension=0.0, tension_noise=0.0).run()
        weight = np.exp(4.0 * world.contiguous + 1.0 * world.past_conflict)[np.triu_indices(states, 1)]
        free = ~world.conflict[np.triu_indices(states, 1)]
        expected = 0.525 * 0.25 * weight[free].sum() / weight.sum()
        assert model.recorder.summary()["conflict_hazard"] == pytest.approx(expected, rel=1e-9)


@pytest.fixture
def half_step() -> Iterator[None]:
    """Steps of an eighth of a year in every module of the package that has a step length."""
    modules = [module for name, module in sys.modules.items() if name.startswith("citysim.") and module]
    stepping = [module for module in modules if hasattr(module, "DT")]
    assert len(stepping) >= 8
    before = {module: module.DT for module in stepping}
    for module in stepping:
        module.DT = 0.125
    yield
    for module, value in before.items():
        module.DT = value


@pytest.fixture(scope="module")
def quarterly() -> np.ndarray:
    """Outcomes of 24 runs of five years in steps of a quarter."""
    return summaries(World.synthetic(200, 12, 4), range(24), 20, **STEP_FREE)


#: Suspension, budgets of aid and conflict durations are meant per quarter, so they are left out.
STEP_FREE = {"relief": False, "suspension": 0.0, "conflict_duration_min": 1.0}


@pytest.mark.usefixtures("half_step")
def test_halving_the_step_changes_outcomes_little(quarterly: np.ndarray) -> None:
    """Five years in 40 steps of an eighth give what 20 quarters give, within 4 % and Monte Carlo error.

    What the design states per quarter is left out: aid budgets, suspension. Student's t for 18 outcomes over
    24 seeds each; false alarms 10⁻⁶ an outcome.
    """
    halved = summaries(World.synthetic(200, 12, 4), range(24), 40, **STEP_FREE)
    assert_same_law(quarterly, halved, relative=0.04)
