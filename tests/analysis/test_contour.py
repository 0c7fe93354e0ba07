import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.tables import known_runs, write_runs
from citysim.analysis.contour import contour_table, turning_point
from citysim.analysis.headline import write_tables
from citysim.analysis.intervals import median_interval, spread

STALLS = (0.0, 0.25, 0.5, 0.75, 1.0)
LEVELS = np.array([0.25, 0.5, 0.75, 1.0])


def swept(folder, starts, **settings):
    """Contour of runs in which cities make up for stall up to 0.25 + ``start``/2 and less beyond."""
    parts = []
    for i, start in enumerate(starts):
        for stall in STALLS:
            # The difference to the unstalled world is linear in stall, so the line can be known exactly.
            gain = 0.1 * (0.25 + start / 2 - stall)
            ratio = {"none": 0.0, "both": 1.0 + gain / (0.2 * stall) if stall else 0.0}
            part = known_runs(ratio, stalls=(stall,), rng=3, **settings)
            parts.append(part.assign(run=f"{i}-" + part["run"], contact_effect=start))
    write_tables(write_runs(folder, *parts))
    file = folder / "contour.csv"
    return pd.read_csv(file) if file.exists() else None


@pytest.mark.parametrize(
    ("gain", "expected"),
    [
        ([3, 1, -1, -3], 0.625),
        ([3, 0, -1, -3], 0.5),
        ([1, 1, 1, 1], np.inf),
        ([-1, 1, 1, 1], -np.inf),
        ([1, -1, 1, -1], 0.375),
        ([1, np.nan, -1, -1], np.nan),
        ([np.nan, 1, 1, 1], np.nan),
        ([1, np.inf, -1, -1], 0.75),
    ],
)
def test_turning_point(gain, expected):
    assert turning_point(LEVELS, np.array(gain, float)) == pytest.approx(expected, nan_ok=True)


def test_the_known_line_comes_back_for_outcomes_of_both_directions(tmp_path):
    found = swept(tmp_path, [0.2, 0.5, 0.8], seeds=8).set_index(["outcome", "contact_effect"])
    for (_, start), row in found.iterrows():
        ends = row[["stall", "lower", "upper", "spread_lower", "spread_upper"]].astype(float)
        assert np.allclose(ends, 0.25 + start / 2)
    assert found.index.get_level_values(0).unique().tolist() == ["development", "loss"]


def test_confidence_shrinks_with_replications_and_the_spread_does_not(tmp_path):
    widths = {}
    for seeds in (32, 256):
        found = swept(tmp_path / str(seeds), [0.6, 0.8], seeds=seeds, spread=0.05, noise=0.001)
        row = found[found["outcome"] == "development"].iloc[0]
        assert row["spread_lower"] < row["lower"] < row["stall"] < row["upper"] < row["spread_upper"]
        widths[seeds] = row["upper"] - row["lower"], row["spread_upper"] - row["spread_lower"]
    assert widths[256][0] < 0.6 * widths[32][0]
    assert widths[256][1] > 0.6 * widths[32][1]


def test_the_confidence_interval_holds_the_line_at_its_rate():
    rng, n, trials, held = np.random.default_rng(7), 16, 400, 0
    stalls = np.array([0.25, 0.5, 0.75])
    for _ in range(trials):
        # Replications share their deviation over stall, as runs with one draw do; the line is at 0.6.
        gap = 0.6 - stalls + rng.normal(0, 0.05, (n, 1)) + rng.normal(0, 0.01, (n, 3))
        over, (low, high) = spread(gap), median_interval(gap)
        columns = {
            "difference": over.median,
            "difference_lower": over.lower,
            "difference_upper": over.upper,
            "difference_median_lower": low,
            "difference_median_upper": high,
        }
        table = pd.DataFrame({"arm": "both", "outcome": "development", "stall": stalls} | columns)
        axis = pd.concat([table.assign(closure=0.1), table.assign(closure=0.2)])
        row = contour_table(axis, ["closure"]).iloc[0]
        held += row["lower"] <= 0.6 <= row["upper"]
    exact = 1 - 2 * stats.binom.cdf(4, n, 0.5)
    assert abs(held / trials - exact) < 4 * np.sqrt(exact * (1 - exact) / trials) + 0.02


def test_without_a_second_axis_there_is_no_table(tmp_path):
    write_tables(write_runs(tmp_path, known_runs({"none": 0.0, "both": 1.0}, seeds=4)))
    assert not (tmp_path / "contour.csv").exists()
