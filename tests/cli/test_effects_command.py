import pytest

from analysis.tables import known_runs, write_runs
from citysim.cli.actions.report import effects


@pytest.fixture
def told(tmp_path, capsys):
    def tell(*runs):
        effects(write_runs(tmp_path, *runs), None)
        return " ".join(capsys.readouterr().out.split())

    return tell


def test_planned_comparisons_and_adjusted_intervals_are_shown(told):
    out = told(known_runs({"none": 0.0, "both": 1.5}, seeds=16, noise=0.001))
    assert "median, adjusted" in out
    assert "against none" in out
    assert "development both better at 2, worse at 0 of 2" in out
    assert "planned: 16 of the" in out


def test_the_line_over_a_second_axis_is_listed_where_there_is_one(told):
    parts = [
        known_runs({"none": 0.0, "both": 1.0}, seeds=4).assign(contact_effect=value) for value in (0.0, 1.0)
    ]
    parts[1]["run"] = "1" + parts[1]["run"]
    assert "contour.csv" in told(*parts)
