"""Rates on a path and rates that an event sets: the parameters of a quarter."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from citysim.model import paths
from citysim.model.mechanisms import crises, development, diplomacy, networks, twinning
from citysim.model.model import CityModel
from citysim.model.parameters import Parameters, parameter_specs, rate_bounds, switches
from citysim.model.state import DT
from worlds import BUSY, Size, seeds, small_world

WORLD = small_world(Size(cities=40, states=6, networks=6), seed=4)
RATES = [name for name in Parameters.model_fields if rate_bounds(name)]
QUARTERS = 6


def run(parameters, rng=3, quarters=QUARTERS) -> CityModel:
    return CityModel(WORLD, {**BUSY, **parameters}, rng=rng, quarters=quarters).run()


def same(one: CityModel, other: CityModel, quarters=QUARTERS) -> bool:
    first, second = (model.recorder.series[:quarters] for model in (one, other))
    return np.array_equal(first, second, equal_nan=True)


def in_range(name: str) -> st.SearchStrategy[float]:
    spec = parameter_specs()[name]
    return st.floats(*spec.prior) if spec.prior else st.floats(max(spec.low, -5.0), min(spec.high, 5.0))


@given(st.sampled_from(RATES), st.data(), seeds)
def test_a_path_that_stays_where_it_is_is_the_number(name, data, seed):
    value = data.draw(in_range(name))
    level = {2023: value, 2030: value}
    assert same(run({name: level}, rng=seed), run({name: value}, rng=seed))


@given(st.sampled_from(RATES), st.data(), seeds, st.integers(0, QUARTERS - 1))
def test_until_an_event_sets_a_rate_arms_are_equal_and_it_holds_from_then_on(name, data, seed, quarter):
    event = {
        "kind": "set",
        "at": f"{2023 + quarter // 4}-Q{quarter % 4 + 1}",
        "parameter": name,
        "to": data.draw(in_range(name)),
    }
    model = CityModel(WORLD, {**BUSY, "events": [event]}, rng=seed, quarters=QUARTERS)
    without = getattr(model.parameters, name)
    for step in range(QUARTERS):
        model.step()
        assert getattr(model.setting.parameters, name) == (event["to"] if step >= quarter else without)
    assert same(model, run({}, rng=seed), quarters=quarter)


def test_a_path_is_linear_between_its_years_and_held_outside():
    model = CityModel(WORLD, {"review_rate": {2023: 0.1, 2025: 0.2, 2026: 0.0}}, rng=1, quarters=20)
    seen = []
    while model.running:
        model.step()
        seen.append(model.setting.parameters.review_rate)
    years = 2023 + DT * np.arange(20)
    assert seen == pytest.approx(np.interp(years, [2023, 2025, 2026], [0.1, 0.2, 0.0]))


def test_an_event_goes_before_a_path():
    event = {"kind": "set", "at": "2023-Q3", "parameter": "closure", "to": 0.25}
    model = CityModel(WORLD, {"closure": {2023: 0.0, 2024: 1.0}, "events": [event]}, rng=1, quarters=4)
    seen = []
    while model.running:
        model.step()
        seen.append(model.setting.parameters.closure)
    assert seen == [0.0, 0.25, 0.25, 0.25]


@pytest.mark.parametrize(
    ("rate", "value", "build", "other"),
    [
        ("closure", 0.5, twinning.constants, diplomacy.constants),
        ("conflict_contiguity", 1.0, diplomacy.constants, twinning.constants),
        ("crisis_correlation", 2.0, crises.constants, networks.constants),
        ("gravity_distance", -2.0, twinning.constants, crises.constants),  # by way of the law of pairs
    ],
)
def test_only_what_a_changed_rate_enters_is_computed_anew(rate, value, build, other):
    event = {"kind": "set", "at": "2023-Q2", "parameter": rate, "to": value}
    model = CityModel(WORLD, {**BUSY, "events": [event]}, rng=1, quarters=3)
    model.step()
    before = model.setting.derive(build), model.setting.derive(other)
    model.step()
    assert model.setting.derive(build) is not before[0]
    assert model.setting.derive(other) is before[1]
    now = model.setting
    model.step()
    assert model.setting is now


@pytest.mark.parametrize(
    "rate", ["contact_effect", "conflict_tension", "violence_marginal", "development_speed"]
)
def test_what_the_model_is_normalised_on_stays_that_of_the_start(rate):
    value = rate_bounds(rate)[1] / 2
    event = {"kind": "set", "at": "2023-Q2", "parameter": rate, "to": value}
    model = CityModel(WORLD, {**BUSY, "events": [event]}, rng=1, quarters=2)
    builds = (diplomacy.reference, crises.mean_unrest, development.baselines)
    start = [model.setting.derive(build) for build in builds]
    model.run()
    assert getattr(model.setting.parameters, rate) == value
    assert all(model.setting.at_start(build) is kept for build, kept in zip(builds, start, strict=True))
    if rate == "contact_effect":
        onset = model.setting.derive(diplomacy.constants).onset_rate
        assert np.array_equal(
            onset, CityModel(WORLD, BUSY, rng=1).setting.derive(diplomacy.constants).onset_rate
        )


class TestParameters:
    @pytest.mark.parametrize(
        "name", sorted({*switches(), *parameter_specs()} - {*RATES, "stall", "stall_of"})
    )
    def test_what_is_no_rate_has_no_path(self, name):
        with pytest.raises(ValidationError):
            Parameters(**{name: {2023: 1, 2030: 1}})

    @pytest.mark.parametrize(
        "given",
        [
            {},
            {2023: "a"},
            {"23": 0.1},
            {2023: True},
            {2023: -0.1},
            {2023: 21},
            "2023:a",
            "2023:0.1 + 2023:0.2",
        ],
    )
    def test_a_wrong_path_is_refused(self, given):
        with pytest.raises(ValidationError):
            Parameters(review_rate=given)

    def test_a_number_given_later_takes_the_place_of_a_path(self):
        given = Parameters(review_rate={2023: 0.1, 2030: 0.3}, closure={2023: 0.1})
        model = CityModel(WORLD, given, rng=1, review_rate=0.2, quarters=1)
        assert paths.unpacked(model.parameters.paths) == {"closure": "2023:0.1"}

    @given(st.dictionaries(st.integers(1900, 2199), st.floats(0, 20), min_size=1, max_size=5))
    def test_equal_tables_are_one_text(self, table):
        text = paths.text(table)
        assert paths.text(text) == text == paths.text(dict(reversed(table.items())))
        assert Parameters(review_rate=text) == Parameters(review_rate=table)
        first, last = min(table), max(table)
        assert paths.value_in(text, 4 * (first - 2023)) == table[first]
        assert paths.value_in(text, 4 * (last - 2022)) == table[last]
