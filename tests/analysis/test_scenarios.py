"""PRIM on boxes that are known, and on pure noise."""

from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest

from citysim.analysis import scenarios
from citysim.analysis.scenarios import Box, cross_validated, find_box, scenario
from citysim.analysis.verdict import Event

pytestmark = pytest.mark.skipif(find_spec("ema_workbench") is None, reason="needs citysim[scenarios]")


def draws(n: int, count: int, seed: int = 0) -> pd.DataFrame:
    return pd.DataFrame(
        np.random.default_rng(seed).random((n, count)), columns=[f"p{i}" for i in range(count)]
    )


def event(true: np.ndarray) -> Event:
    return Event("harms", "loss", "networks", 1.0, np.where(true, 1.0, -1.0), np.nan)


class TestKnownBox:
    """Cases where p0 > 0.5 and p1 < 0.6, turned in one replication of twenty; six idle parameters."""

    parameters = draws(300, 8)
    truth = ((parameters["p0"] > 0.5) & (parameters["p1"] < 0.6)).to_numpy()
    cases = truth ^ (np.random.default_rng(1).random(300) < 0.05)

    @pytest.mark.long
    def test_its_limits_are_found_and_no_others(self) -> None:
        limits = find_box(self.parameters, self.cases).limits.set_index("parameter")
        assert set(limits.index) == {"p0", "p1"}
        assert limits.loc["p0", "lower"] == pytest.approx(0.5, abs=0.05)
        assert limits.loc["p1", "upper"] == pytest.approx(0.6, abs=0.05)
        assert limits.loc[["p0"], "upper"].isna().all()
        assert (limits["quasi_p"] < 0.001).all()

    def test_coverage_and_density_hold_on_replications_left_out(self) -> None:
        row, limits = scenario(self.parameters, event(self.cases))
        inside = self.truth & self.cases
        assert row["coverage"] == pytest.approx(inside.sum() / self.cases.sum(), abs=0.08)
        assert row["density"] == pytest.approx(inside.sum() / self.truth.sum(), abs=0.08)
        assert row["coverage_held_out"] == pytest.approx(row["coverage"], abs=0.1)
        assert row["density_held_out"] == pytest.approx(row["density"], abs=0.1)
        assert row["density_held_out_lower"] < row["density_held_out"] < row["density_held_out_upper"]
        assert row["p_value"] < 1e-6
        assert limits.set_index("parameter").loc[["p0", "p1"], "reproduced"].tolist() == [1, 1]
        assert limits.set_index("parameter").loc["p0", "share_kept"] == pytest.approx(0.5, abs=0.08)


@pytest.mark.long
@pytest.mark.parametrize("quasi_p", [scenarios.LARGEST_QUASI_P, 1.0])
def test_on_noise_a_box_passes_no_more_often_than_its_rate_of_five_per_cent(
    quasi_p: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 25, five or more have a chance of .007. With all limits kept, PRIM finds a box in any noise."""
    monkeypatch.setattr(scenarios, "LARGEST_QUASI_P", quasi_p)
    passed, found, above = 0, 0, []
    for seed in range(25):
        parameters = draws(60, 3, seed)
        cases = np.random.default_rng(1000 + seed).random(60) < 0.4
        check = cross_validated(parameters, cases, folds=3, repeats=1)
        passed += check.p_value < 0.05
        found += bool(check.reproduced)
        above.append(check.density - cases.mean())
    assert passed <= 4
    if quasi_p == 1.0:
        assert found == 25
        assert np.mean(above) == pytest.approx(0, abs=0.06)
    else:
        assert found <= 4


def test_too_few_cases_are_told_instead_of_a_box() -> None:
    row, limits = scenario(draws(40, 2), event(np.arange(40) < 3))
    assert row["note"] == "fewer than 10 with or without it"
    assert (row["cases"], row["n"]) == (3, 40)
    assert limits.empty


def test_a_box_holds_up_to_its_limits() -> None:
    limits = pd.DataFrame({"parameter": ["p0", "p1"], "lower": [0.2, np.nan], "upper": [np.nan, 0.5]})
    inside = Box(limits).holds(pd.DataFrame({"p0": [0.2, 0.1, 0.9, 0.9], "p1": [0.5, 0.5, 0.6, 0.0]}))
    assert inside.tolist() == [True, False, False, True]
    assert not Box(limits[:0]).holds(draws(5, 2)).any()
