"""Runs of a live page are those of a result folder, and none is computed twice."""

from contextlib import closing
from functools import partial

import pytest
from small_results import CONFIG

from citysim.analysis.headline import tables_of
from citysim.analysis.results import DEFAULTS, runs_of
from citysim.errors import ResultError
from citysim.execute.interrupts import Interrupts
from citysim.execute.runner import plan_experiment
from citysim.explorer.live.kept import KeptRuns
from citysim.explorer.payload import payload_of, payload_of_runs


class Heard:
    """What is told of runs: done, failed and total, each time."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.told: list[tuple[int, int, int]] = []
        self._stop_at = stop_at

    def update(self, done: int, failed: int, total: int) -> None:
        self.told.append((done, failed, total))
        if done == self._stop_at:
            raise KeyboardInterrupt


@pytest.fixture
def kept(tmp_path):
    with closing(KeptRuns(tmp_path / "kept", 1)) as found:
        yield found


def planned(tmp_path, text: str = CONFIG, **options):
    (tmp_path / "tried.toml").write_text(text, encoding="utf-8")
    return plan_experiment(tmp_path / "tried.toml", out=tmp_path, **options)


def completed(kept, plan, heard: Heard | None = None):
    return kept.completed(plan, Interrupts(), (heard or Heard()).update)


def test_a_page_has_the_bits_of_a_result_folder(tmp_path, kept, small):
    runs = completed(kept, planned(tmp_path))
    tables = tables_of(runs_of(runs))
    assert payload_of_runs([partial(runs_of, runs, made=tables)]).data == payload_of([small]).data


def test_fewer_replications_are_a_part_of_what_is_there(tmp_path, kept):
    heard = Heard()
    completed(kept, planned(tmp_path, seeds=2))
    fewer = completed(kept, planned(tmp_path, seeds=1), heard)
    assert set(fewer.runs["run"]) == set(fewer.design["run"])
    assert "2" not in set(fewer.runs.loc[fewer.runs["draw"] != DEFAULTS, "seed"].astype(str))
    assert len(fewer.cities) == 40 * len(fewer.runs)
    assert heard.told == [(len(fewer.design), 0, len(fewer.design))]


def test_another_arm_is_all_that_is_computed(tmp_path, kept):
    before = len(completed(kept, planned(tmp_path, seeds=1)).runs)
    heard = Heard()
    arm = "[arms.more]\nnetworks = true\ntwinning_cost = 0.5\n\n[design]"
    more = completed(kept, planned(tmp_path, CONFIG.replace("[design]", arm), seeds=1), heard)
    assert [done for done, _, _ in heard.told] == list(range(before, len(more.design) + 1))


def test_what_is_finished_outlives_an_interrupt(tmp_path, kept):
    plan = planned(tmp_path, seeds=1)
    with pytest.raises(KeyboardInterrupt):
        completed(kept, plan, Heard(stop_at=3))
    heard = Heard()
    completed(kept, plan, heard)
    assert heard.told[0][0] == 3


def test_runs_that_lack_what_is_recorded_now_are_made_again(tmp_path, kept):
    completed(kept, planned(tmp_path, seeds=1))
    heard = Heard()
    wanted = CONFIG.replace("cities = true", "cities = true\ncities_every = 4")
    runs = completed(kept, planned(tmp_path, wanted, seeds=1), heard)
    assert heard.told[0][0] == 0
    assert set(runs.cities_over_time["run"]) == set(runs.runs["run"])


def test_failed_runs_are_told_and_not_tried_again(tmp_path, kept, monkeypatch):
    def fails(*_, **__):
        raise ValueError("no such luck")

    plan = planned(tmp_path, seeds=1)
    with monkeypatch.context() as patched:
        patched.setattr("citysim.execute.simulation.simulate", fails)
        failed = completed(kept, plan)
    with pytest.raises(ResultError, match="no such luck"):
        failed.require_runs()
    heard = Heard()
    completed(kept, plan, heard)
    assert heard.told == [(0, len(plan.specs), len(plan.specs))]
