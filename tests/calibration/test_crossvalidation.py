"""What C statistics foretell of V ones is the law of the closed form, held as often as it should be."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from toys import TOY, Linear

from citysim.calibration.cross import (
    LEVELS,
    calibrating,
    coverage_table,
    crossed_table,
    crossvalidate,
    crps,
)
from citysim.calibration.data import Sample

RUNS = 1024
#: Four statistics that calibrate and two that are foretold: one of all three parameters, one of none.
FORETOLD = np.array([[1.0, -0.5, 0.5], [0.0, 0.0, 0.0]])
WHOLE = Linear(np.concatenate((TOY.slopes, FORETOLD)), TOY.noise, TOY.error, TOY.dimensions)
ANY = [(-np.inf, np.inf)] * 6
TRUTH = np.array([[0.4, 0.6, 0.5, *[0.5] * 5]])


def made(record, truths=20):
    targets = replace(WHOLE.targets(record), use=("C",) * 4 + ("V",) * 2)
    sample = WHOLE.sample(RUNS)
    return crossvalidate(
        sample.cube, sample, targets, np.ones(RUNS), ANY, accepted=0.3, least_r2=0.1, truths=truths
    )


@pytest.fixture(scope="module")
def record():
    return WHOLE.run(TRUTH, np.random.default_rng(1))[0]


@pytest.fixture(scope="module")
def found(record):
    return made(record, truths=100)


def test_what_is_foretold_has_the_law_of_the_closed_form(found, record):
    """Mean within .6 of its sd and sd within 35 %: none of 100 other records failed this in a trial."""
    mean, _ = TOY.exact(record[:4])
    covariance = np.linalg.inv(TOY.slopes.T @ TOY.slopes / (TOY.noise**2 + TOY.error**2))
    sd = np.sqrt(FORETOLD[0] @ covariance @ FORETOLD[0] + TOY.noise**2)
    assert abs(found.after[:, 0].mean() - FORETOLD[0] @ mean) < 0.6 * sd
    assert found.after[:, 0].std() == pytest.approx(sd, rel=0.35)
    # What nothing moves is what it was before, noise about 0: 300 draws tell its sd within 10 %.
    assert found.after[:, 1].std() == pytest.approx(TOY.noise, rel=0.2)
    assert found.before[:, 1].std() == pytest.approx(TOY.noise, rel=0.15)


def test_runs_taken_for_the_record_are_held_as_often_as_intervals_say(found):
    """200 values at each level, two of a run nearly independent: within 3.5 standard errors."""
    for at, level in enumerate(LEVELS):
        error = np.sqrt(level * (1 - level) / found.covered[:, :, at].size)
        assert found.covered[:, :, at].mean() == pytest.approx(level, abs=3.5 * error)


def test_tables_say_what_was_found(found, record):
    table = crossed_table("kind", found)
    assert table["calibrated"].tolist() == [True] * 4 + [False] * 2
    assert table["median"].notna().tolist() == [False] * 4 + [True] * 2
    told = table[table["use"] == "V"]
    for label in ("", "alone_"):
        for inner, outer in ((50, 80), (80, 90)):
            assert (told[f"{label}lower_{outer}"] <= told[f"{label}lower_{inner}"]).all()
            assert (told[f"{label}upper_{inner}"] <= told[f"{label}upper_{outer}"]).all()
    assert (told["upper_90"] - told["lower_90"] > told["alone_upper_90"] - told["alone_lower_90"]).all()
    moved, still = told.to_dict("records")
    assert moved["crps"] < 0.5 * moved["crps_prior"]
    assert still["crps"] == pytest.approx(still["crps_prior"], rel=0.3)
    shares = coverage_table("kind", table, found)
    assert shares["level"].tolist() == [level for level in LEVELS for _ in range(2)]
    with_errors = shares[shares["errors"]]
    assert (with_errors["covered"] == [told[f"inside_{level:.0%}"[:-1]].sum() for level in LEVELS]).all()
    assert ((shares["lower"] <= shares["share"]) & (shares["share"] <= shares["upper"])).all()
    assert with_errors["usual"].is_monotonic_increasing


def test_a_record_that_the_model_cannot_show_is_not_held(record):
    odd = record.copy()
    odd[4] += 2.0
    table = crossed_table("odd", made(odd))
    assert table["inside_90"].tolist()[4] is False
    assert table["quantile"].iloc[4] == 1.0


def test_only_statistics_that_parameters_move_calibrate():
    sample = WHOLE.sample(256)
    lacking = sample.statistics.copy()
    lacking[::5, 2] = np.nan
    targets = replace(WHOLE.targets(np.zeros(6)), use=("C", "C", "C", "V", "C", "C"))
    used, _ = calibrating(Sample(sample.cube, lacking, sample.wave), targets, 0.1)
    assert used.tolist() == [True, True, False, False, True, False]


@given(arrays(float, st.integers(1, 30), elements=st.floats(-5, 5)), st.floats(-5, 5))
def test_the_score_is_the_mean_distance_less_half_of_that_between_draws(draws, value):
    between = np.abs(draws[:, None] - draws[None, :]).mean()
    assert crps(draws, value) == pytest.approx(np.abs(draws - value).mean() - between / 2, abs=1e-9)


def test_the_score_of_an_even_law_at_its_middle_is_a_twelfth():
    assert crps((np.arange(1000) + 0.5) / 1000, 0.5) == pytest.approx(1 / 12, abs=1e-5)
