"""The record's statistics are worked out once and kept, and what is kept is what was worked out."""

from pathlib import Path

import pandas as pd
import pytest

from citysim.patterns import recorded
from citysim.patterns.recorded import record_targets
from citysim.world.world import World


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CITYSIM_CACHE_DIR", str(tmp_path))
    return tmp_path


def test_it_is_worked_out_once(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World.real(cities=60)
    first = record_targets(world, resamples=2)
    (file,) = kept.glob("record-*.parquet")
    assert {"statistic", "source", "value", "lower", "upper", "sd"} <= set(first)
    assert {"ties.mean", "adoption.country", "curves.early"} <= set(first["statistic"])

    def never(*_: object) -> pd.DataFrame:
        raise AssertionError("worked out again")

    monkeypatch.setattr(recorded, "targets", never)
    pd.testing.assert_frame_equal(record_targets(world, resamples=2), first)
    with pytest.raises(AssertionError, match="worked out again"):
        record_targets(world, resamples=3)
    file.write_bytes(b"torn")
    with pytest.raises(AssertionError, match="worked out again"):
        record_targets(world, resamples=2)
    monkeypatch.undo()


def test_where_nothing_is_kept_it_is_worked_out(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World.real(cities=60)
    monkeypatch.setenv("CITYSIM_CACHE_DIR", "off")
    assert len(record_targets(world, resamples=2))
    assert not list(kept.glob("record-*"))
