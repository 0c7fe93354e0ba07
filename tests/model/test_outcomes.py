"""Every outcome is defined once, recorded in every quarter, and summed up as it says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysim.model.groups import SIZE_CLASSES
from citysim.model.model import CityModel
from citysim.model.outcomes import OUTCOMES
from citysim.model.recorder import (
    city_outcomes,
    gini,
    groups_of,
    income_classes,
    world_outcomes,
)
from citysim.world.domains import DOMAINS
from citysim.world.regions import REGIONS
from worlds import BUSY, Size, parameters, seeds, small_world, worlds

WORLD = small_world(Size(cities=60, states=6, conflicts=0.4, ties=3.0), seed=5)
QUARTERS = 6
#: NaN where there is nothing to take a share of.
MAY_BE_MISSING = "ties_in_conflict"


@pytest.fixture(scope="module")
def model() -> CityModel:
    return CityModel(WORLD, BUSY, rng=3, quarters=QUARTERS).run()


by_name = pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=OUTCOMES.keys())


def series(model: CityModel, name: str, group: str = "world") -> np.ndarray:
    recorder = model.recorder
    return recorder.series[:, recorder.groups.index(group), recorder.outcomes.index(name)]


class TestRegistry:
    @by_name
    def test_says_what_it_is(self, outcome):
        assert outcome.label
        assert outcome.unit
        assert outcome.better in {-1, 0, 1}
        assert outcome.summary in {"final", "mean", "sum"}
        assert outcome.weight in {"people", "cities", "total", "world"}
        assert outcome.by_group == (outcome.weight != "world")

    def test_names_are_their_keys_and_labels_differ(self):
        assert all(name == outcome.name for name, outcome in OUTCOMES.items())
        assert len({outcome.label for outcome in OUTCOMES.values()}) == len(OUTCOMES)

    def test_every_domain_has_its_service(self):
        assert {f"service_{domain.name}" for domain in DOMAINS} <= OUTCOMES.keys()

    def test_every_outcome_is_worked_out_once(self, model):
        of_cities = city_outcomes(model.state, model.setting)
        any_order = np.arange(model.world.n_cities)
        of_world = world_outcomes(model.state, model.setting, of_cities["service"], any_order)
        assert of_cities.keys() | of_world.keys() == OUTCOMES.keys()
        assert not of_cities.keys() & of_world.keys()
        assert of_world.keys() == {name for name, outcome in OUTCOMES.items() if not outcome.by_group}
        assert all(values.shape == (60,) for values in of_cities.values())


class TestRecorded:
    @by_name
    def test_finite_for_the_world_in_every_quarter(self, model, outcome):
        values = series(model, outcome.name)
        assert len(values) == QUARTERS
        if outcome.name != MAY_BE_MISSING:
            assert np.isfinite(values).all()

    @by_name
    def test_groups_have_a_value_where_they_have_cities(self, model, outcome):
        masks = groups_of(WORLD)
        for group in model.recorder.groups[1:]:
            values = series(model, outcome.name, group)
            if not outcome.by_group:
                assert np.isnan(values).all()
            elif outcome.weight == "total" or masks[group].any():
                assert np.isfinite(values).all()
            else:
                assert np.isnan(values).all()

    @by_name
    def test_moves_over_time(self, model, outcome):
        """Nothing is stuck, in a world where everything happens."""
        values = series(model, outcome.name)
        assert len(np.unique(values[np.isfinite(values)])) > 1

    def test_ties_in_conflict_are_missing_only_where_no_tie_is(self):
        peace = small_world(Size(cities=30, states=1), seed=1)
        values = series(CityModel(peace, BUSY, rng=1, quarters=2).run(), MAY_BE_MISSING)
        assert np.isnan(values).all()
        war = small_world(Size(cities=30, states=3, conflicts=1.0, ties=4.0), seed=1)
        lasting = {**BUSY, "conflict_duration_min": 5.0, "suspension": 0.5}
        values = series(CityModel(war, lasting, rng=1, quarters=2).run(), MAY_BE_MISSING)
        assert ((values > 0) & (values < 1)).all()


class TestGroups:
    def test_groups_are_complete(self, model):
        named = ["world", "member", "non_member", "north", "south", *SIZE_CLASSES, *income_classes(WORLD)]
        named += [region.lower().replace(" ", "_") for region in REGIONS]
        assert list(model.recorder.groups) == named

    @pytest.mark.parametrize(
        "parts",
        [
            ("member", "non_member"),
            ("north", "south"),
            tuple(SIZE_CLASSES),
            tuple(income_classes(WORLD)),
            tuple(list(groups_of(WORLD))[-6:]),
        ],
        ids=["membership", "development", "size", "income", "region"],
    )
    def test_parts_make_up_the_world(self, parts):
        masks = groups_of(WORLD)
        assert np.array_equal(np.sum([masks[part] for part in parts], axis=0), np.ones(60))

    @pytest.mark.parametrize("parts", [("member", "non_member"), ("north", "south"), tuple(SIZE_CLASSES)])
    def test_populations_of_parts_sum_to_the_worlds(self, model, parts):
        total = sum(series(model, "population", part) for part in parts)
        assert total == pytest.approx(series(model, "population"), rel=1e-12)

    def test_means_are_over_people_or_over_cities_as_stated(self, model):
        state, masks = model.state, groups_of(WORLD)
        people = np.average(state.development[WORLD.north], weights=state.population[WORLD.north])
        assert series(model, "development", "north")[-1] == pytest.approx(people, rel=1e-12)
        cities = state.engagement[masks["small"]].mean()
        assert series(model, "engagement", "small")[-1] == pytest.approx(cities, rel=1e-12)
        assert series(model, "population")[-1] == pytest.approx(state.population.sum() / 1e6, rel=1e-12)


class TestSummary:
    @by_name
    def test_reduces_the_trajectory_as_stated(self, model, outcome):
        frame = model.trajectory
        values = frame.loc[frame["group"] == "world", outcome.name]
        expected = {
            "final": values.iloc[-1],
            "mean": values.mean(skipna=False),
            "sum": values.sum(skipna=False),
        }
        assert model.summary()[outcome.name] == pytest.approx(
            expected[outcome.summary], nan_ok=True, rel=1e-12
        )

    def test_has_one_number_per_outcome(self, model):
        assert list(model.summary()) == list(OUTCOMES)


class TestTrajectory:
    def test_has_a_row_per_quarter_and_group(self, model):
        frame = model.trajectory
        assert list(frame.columns) == ["quarter", "year", "group", *OUTCOMES]
        assert len(frame) == QUARTERS * len(model.recorder.groups)
        assert frame["quarter"].unique().tolist() == list(range(QUARTERS))
        assert frame["year"].min() == 2023.25
        assert (frame["year"] == 2023 + (frame["quarter"] + 1) / 4).all()

    def test_is_what_was_recorded(self, model):
        frame = model.trajectory.set_index(["quarter", "group"])
        for quarter, group, name in [(0, "world", "loss"), (4, "south", "stress"), (5, "mega", "population")]:
            assert frame.loc[(quarter, group), name] == series(model, name, group)[quarter]

    def test_holds_what_has_happened_so_far(self):
        model = CityModel(WORLD, BUSY, rng=3, quarters=QUARTERS)
        assert len(model.trajectory) == 0
        model.step()
        assert model.trajectory["quarter"].tolist() == [0] * len(model.recorder.groups)


class TestGini:
    values = st.lists(st.floats(0, 1), min_size=1, max_size=20).map(np.array)

    @given(values, st.integers(0, 2**16))
    def test_lies_between_equality_and_all_to_one(self, values, seed):
        weights = np.random.default_rng(seed).uniform(0.1, 10, len(values))
        assert -1e-12 <= gini(values, weights) < 1

    @given(values)
    def test_equals_the_mean_difference(self, values):
        """G = Σ|x − y| / 2n²x̄ for equal weights (Gini 1912)."""
        if values.sum() > 1e-100:
            difference = np.abs(values[:, None] - values[None, :]).mean() / (2 * values.mean())
            assert gini(values, np.ones(len(values))) == pytest.approx(difference, abs=1e-9)

    def test_known_cases(self):
        assert gini(np.full(5, 0.3), np.arange(1.0, 6.0)) == pytest.approx(0.0, abs=1e-12)
        assert gini(np.array([0.0, 0.0, 0.0, 1.0]), np.ones(4)) == pytest.approx(0.75)
        assert gini(np.zeros(3), np.ones(3)) == 0.0


@given(worlds(), parameters, seeds)
def test_nothing_is_missing_in_any_world(world, drawn, seed):
    """Of the world's outcomes only the share of ties in conflict may be NaN; nothing is infinite."""
    model = CityModel(world, drawn, rng=seed, quarters=4).run()
    for name in OUTCOMES:
        values = series(model, name)
        assert not np.isinf(values).any(), name
        assert name == MAY_BE_MISSING or np.isfinite(values).all(), name
