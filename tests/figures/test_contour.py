import json
import logging

import numpy as np
import pandas as pd
import pytest

from analysis.tables import known_runs, write_runs
from citysim.analysis.headline import write_tables
from citysim.figures import FIGURES, draw_all
from citysim.figures.caption import CAPTIONS
from citysim.figures.contour import axis_label

STALLS = (0.0, 0.25, 0.5, 0.75, 1.0)


def swept_runs(values, axis, *, arms=("both",), stalls=STALLS, seeds=6, outcomes=("development", "loss")):
    """Runs in which C falls with stall and rises along the second axis."""
    parts = []
    for i, value in enumerate(values):
        for stall in stalls:
            ratio = {"none": 0.0} | dict.fromkeys(arms, 1.6 + 0.5 * i - 1.2 * stall)
            part = known_runs(
                ratio, seeds=seeds, stalls=(stall,), spread=0.3, noise=0.004, outcomes=outcomes, rng=5
            )
            parts.append(part.assign(run=f"{i}-" + part["run"], **{axis: value}))
    return pd.concat(parts, ignore_index=True)


def phase_diagram(folder, runs):
    """Caption of the phase diagram drawn from these runs; None where none is drawn."""
    write_tables(write_runs(folder, runs))
    draw_all(folder)
    found = [c for c in json.loads((folder / CAPTIONS).read_text()) if c["name"] == "contour"]
    files = sorted(file.suffix for file in (folder / "figures").glob("contour.*"))
    assert files == ([".png", ".svg"] if found else [])
    return found[0] if found else None


@pytest.fixture(autouse=True)
def no_map(monkeypatch):
    monkeypatch.delitem(FIGURES, "world_map")


def test_a_second_axis_has_a_phase_diagram_that_says_what_it_shows(tmp_path):
    caption = phase_diagram(tmp_path, swept_runs([0.0, 0.5, 1.0], "contact_effect"))
    assert "Contact effect η (share)" in caption["caption"]
    assert "6 replications" in caption["caption"]
    assert "development, twinning and networks" in caption["alt"]


def test_without_one_there_is_none_and_nothing_to_complain_of(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        assert phase_diagram(tmp_path, known_runs({"none": 0.0, "both": 1.0}, seeds=4)) is None
    assert "contour" not in caplog.text


@pytest.mark.parametrize(
    ("values", "axis", "settings"),
    [
        ([10, 1000], "max_networks", {}),
        ([0.0, 1.0], "contact_effect", {"stalls": (0.0, 0.5, 1.0), "seeds": 2}),
        ([0.0, 1.0], "contact_effect", {"seeds": 1}),
        (np.linspace(0, 1, 9).tolist(), "contact_effect", {"outcomes": ("development",)}),
        ([0.1, 0.2], "trust_growth", {"arms": tuple("abcde"), "seeds": 3}),
    ],
    ids=["logarithmic", "two replications", "one replication", "many levels", "many arms"],
)
def test_odd_designs_are_drawn_too(tmp_path, values, axis, settings):
    assert phase_diagram(tmp_path, swept_runs(values, axis, **settings))


def test_one_stall_level_has_no_line_over_stall(tmp_path):
    assert phase_diagram(tmp_path, swept_runs([0.0, 1.0], "contact_effect", stalls=(0.0, 1.0))) is None


def test_a_point_without_runs_is_left_blank(tmp_path):
    runs = swept_runs([0.0, 0.5, 1.0], "contact_effect")
    gap = (runs["stall"] == 0.5) & (runs["contact_effect"] == 0.5)
    assert phase_diagram(tmp_path, runs[~gap])


def test_switches_and_words_are_no_axis(tmp_path):
    runs = swept_runs([0.0, 1.0], "contact_effect")
    words = runs.assign(contact_effect=np.where(runs["contact_effect"] > 0, "majority", "unanimity"))
    words = words.rename(columns={"contact_effect": "decision_rule"})
    assert phase_diagram(tmp_path / "words", words) is None
    switch = runs.assign(relief=runs["contact_effect"] > 0).drop(columns="contact_effect")
    assert phase_diagram(tmp_path / "switch", switch) is None


def test_further_swept_values_are_held_at_their_first_and_named(tmp_path):
    parts = [swept_runs([0.0, 1.0], "contact_effect").assign(closure=c) for c in (0.2, 0.6)]
    for i, part in enumerate(parts):
        part["run"] = f"{i}-" + part["run"]
    assert "Drawn for closure = 0.2." in phase_diagram(tmp_path, pd.concat(parts))["caption"]


def test_a_parameter_is_named_with_symbol_and_unit():
    assert axis_label("contact_effect") == "Contact effect η (share)"
    assert axis_label("no_parameter") == "No parameter"
