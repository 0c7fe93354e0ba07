"""Staggered difference in differences: against closed forms, another implementation, and chance."""

import numpy as np
import pytest
from courses import START, course, spells, world
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from citysim.patterns import staggered as module
from citysim.patterns.staggered import LEAST_JOINED, LEVEL, PLANTED, fixed_effects, staggered

YEARS = 8
JOINED = np.repeat([2, 4, 6, YEARS], [10, 12, 8, 30])
MEMBER = np.arange(YEARS)[:, None] >= JOINED


def group_time_effect(values, joined):
    """All cities in one stratum."""
    return module.group_time_effect(values, joined, np.zeros(len(joined), dtype=int))


def test_agrees_with_another_implementation():
    """``CallawaySantAnna(control_group="not_yet_treated")`` of diff-diff 3.13.0 on the same panel: .0136125,
    .3216; its error holds that of the weights too, which are fixed here, hence the tolerance of 2 %."""
    draws = np.random.default_rng(7).normal(size=(YEARS, len(JOINED))).cumsum(0)
    found = group_time_effect(np.round(draws + 0.3 * MEMBER, 3), JOINED)
    assert found.estimate == pytest.approx(0.01361250707413697, abs=1e-12)
    assert found.error == pytest.approx(0.3216461163609115, rel=0.02)


def test_a_constant_effect_is_found_exactly_by_both():
    rng = np.random.default_rng(1)
    base = rng.normal(size=(1, len(JOINED))) + rng.normal(size=(YEARS, 1))
    for estimator in (group_time_effect, fixed_effects):
        found = estimator(base + 0.4 * MEMBER, JOINED)
        assert found.estimate == pytest.approx(0.4)
        assert found.error == pytest.approx(0.0, abs=1e-9)


def test_an_effect_that_grows_is_averaged_rightly_by_cohorts_alone():
    """Effect = years since joining + 1: the average over cells is known; fixed effects miss it."""
    since = np.where(MEMBER, np.arange(YEARS)[:, None] - JOINED + 1.0, 0.0)
    found = group_time_effect(since, JOINED)
    assert found.estimate == pytest.approx(since[MEMBER].mean())
    assert fixed_effects(since, JOINED).estimate < 0.9 * found.estimate


def test_members_from_the_start_are_left_out():
    draws = np.random.default_rng(2).normal(size=(YEARS, len(JOINED)))
    more = np.hstack([draws, np.full((YEARS, 5), 9.0) * np.arange(YEARS)[:, None]])
    found = group_time_effect(more, np.append(JOINED, np.zeros(5, dtype=int)))
    assert found == group_time_effect(draws, JOINED)


def test_strata_are_averaged_by_cells_and_differ_as_they_like():
    """Two strata with trends of their own: each is compared within itself, and trends leave no trace."""
    draws = np.random.default_rng(6).normal(size=(2, YEARS, len(JOINED)))
    joined = (JOINED, np.repeat([1, YEARS], [5, len(JOINED) - 5]))
    parts = [group_time_effect(values, of) for values, of in zip(draws, joined, strict=True)]
    cells = [sum(YEARS - of[of < YEARS]) for of in joined]
    draws[1] += 3.0 * np.arange(YEARS)[:, None]
    found = module.group_time_effect(
        np.hstack(list(draws)), np.concatenate(joined), np.repeat([0, 1], len(JOINED))
    )
    assert found.estimate == pytest.approx(np.average([part.estimate for part in parts], weights=cells))
    errors = [part.error * share / sum(cells) for part, share in zip(parts, cells, strict=True)]
    assert found.error >= np.hypot(*errors), "members spread about the average of both"


def test_nobody_left_to_compare_with():
    with pytest.raises(ValueError, match="no cohort has both"):
        group_time_effect(np.zeros((3, 4)), np.array([1, 1, 1, 1]))


@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_what_is_tested_has_somebody_to_compare_with(seed, strata):
    rng = np.random.default_rng(seed)
    joined = rng.choice([0, 1, 3, YEARS], size=60, p=[0.1, 0.3, 0.3, 0.3])
    stratum = np.where(joined == YEARS, strata, rng.integers(0, strata, size=60))
    if module._testable(joined, stratum, YEARS):
        module.group_time_effect(rng.normal(size=(YEARS, 60)), joined, stratum)
    else:
        kept = joined > 0
        few = (kept & (joined < YEARS)).sum() < LEAST_JOINED or (joined == YEARS).sum() < module.LEAST_NEVER
        alone = all(len(set(joined[kept & (stratum == s)])) < 2 for s in range(strata + 1))
        assert few or alone


@pytest.mark.parametrize("estimator", [group_time_effect, fixed_effects])
def test_without_an_effect_it_rejects_as_often_as_it_says(estimator):
    """500 panels of random walks without effect. The normal law is a large-sample one: with 30 members the
    rate may be up to .08; beyond the bounds a right test comes less than once in a thousand times."""
    rng = np.random.default_rng(3)
    panels = rng.normal(size=(500, YEARS, len(JOINED))).cumsum(1)
    rejected = sum(estimator(panel, JOINED).p < LEVEL for panel in panels)
    assert binom.ppf(0.0005, 500, 0.05) <= rejected <= binom.ppf(0.9995, 500, 0.08)


def test_cohorts_of_one_city_make_the_error_no_smaller():
    """As above, 300 panels of 30 countries with one member each: a member is no average of its own."""
    rng, home = np.random.default_rng(8), np.repeat(np.arange(30), 9)
    joined = np.where(np.arange(270) % 9 == 0, 1 + home % (YEARS - 1), YEARS)
    panels = rng.normal(size=(300, YEARS, 270)).cumsum(1)
    rejected = sum(module.group_time_effect(panel, joined, home).p < LEVEL for panel in panels)
    assert binom.ppf(0.0005, 300, 0.05) <= rejected <= binom.ppf(0.9995, 300, 0.08)


def panel_course(effect: float):
    """Two networks that nobody gains by, unless ``effect`` is put on the members of the first."""
    rng = np.random.default_rng(4)
    cities = 2 * len(JOINED)
    first = np.concatenate([JOINED, np.full(len(JOINED), YEARS)])
    values = 1.0 + 0.05 * rng.normal(size=(YEARS, cities)).cumsum(0)
    values += effect * (np.arange(YEARS)[:, None] >= first)
    rows = [
        (city, network, START + year + 0.25, np.inf)
        for network, joined in enumerate((first, first[::-1]))
        for city, year in enumerate(joined)
        if year < YEARS
    ]
    rows += [(city, 2, START + 1.25, np.inf) for city in range(LEAST_JOINED - 1)]
    of = world(("USA", "CAN"), [0] * cities)
    return course(of, YEARS, memberships=spells(*rows), panel={"development": values, "service": values})


class TestOnACourse:
    def test_the_effect_is_found_where_it_is(self):
        found = staggered(panel_course(effect=0.2))
        assert found["networks"] == 2, "the third has too few joins"
        assert found["development.rejects"] >= 0.5
        assert staggered(panel_course(effect=0.0))["development.rejects"] == 0.0

    def test_power_is_that_of_the_same_test_with_an_effect_put_on_top(self):
        none = staggered(panel_course(effect=0.0))
        assert none["development.power"] > none["development.rejects"]
        values = panel_course(effect=0.0).panel["development"]
        assert PLANTED * values[0].mean() == pytest.approx(0.1, rel=0.05)

    def test_a_join_in_a_year_counts_at_the_end_of_that_year(self):
        """A jump in the very year of joining is all of the effect."""
        cities = 60
        joined = np.repeat([2, YEARS], [20, 40])
        values = 1.0 + (np.arange(YEARS)[:, None] >= joined)
        rows = [(city, 0, START + 3.0, np.inf) for city in range(20)]
        of = world(("USA", "CAN"), [0] * cities)
        noise = 1e-3 * np.random.default_rng(5).normal(size=values.shape)
        panel = dict.fromkeys(("development", "service"), values + noise)
        found = staggered(course(of, YEARS, memberships=spells(*rows), panel=panel))
        assert found["service.rejects"] == 1.0

    def test_without_a_panel_there_is_no_value(self):
        of = world(("USA", "CAN"), [0] * 40)
        assert staggered(course(of, YEARS)) == {}
