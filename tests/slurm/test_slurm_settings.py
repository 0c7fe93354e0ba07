"""What ``[execution.slurm]`` says, and how Slurm's words are written and read. Needs no Slurm."""

from collections.abc import Callable
from pathlib import Path

import pytest
from arrays import CONFIG

from citysim.errors import ConfigError
from citysim.execute.executors.slurm import element_count
from citysim.execute.executors.slurm_commands import ranges
from citysim.plan.config import config_toml, load_config
from citysim.plan.slurm import SlurmConfig


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    def write_config(slurm: str) -> Path:
        path = tmp_path / "x.toml"
        path.write_text(
            CONFIG.partition("[execution]")[0] + f"[execution.slurm]\n{slurm}\n", encoding="utf-8"
        )
        return path

    return write_config


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("partitions = 'x'", "execution.slurm.partitions: unknown key, did you mean 'partition'?"),
        ("time = 'soon'", "execution.slurm.time: found 'soon', expected minutes"),
        ("memory = '4 GB'", "execution.slurm.memory: found '4 GB', expected a number of MB"),
        ("elements = 0", "execution.slurm.elements: found 0, expected 'auto'"),
        ("cpus = 0", "execution.slurm.cpus: found 0, must be at least 1"),
        ("directives = ['exclusive']", "found 'exclusive', expected an option of sbatch"),
        ("directives = ['--wait']", "citysim waits itself"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_allowed(
    write: Callable[[str], Path], line: str, told: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        load_config(write(line))
    assert len(raised.value.messages) == 1
    assert told in raised.value.messages[0]


def test_the_resolved_config_reads_as_the_same(write: Callable[[str], Path], tmp_path: Path) -> None:
    lines = "partition = 'p'\ntime = '1-2'\nmemory = '4G'\ndirectives = ['#SBATCH --constraint=x', '-x n1']"
    config = load_config(write(lines))
    assert config.execution.slurm.directives == ("--constraint=x", "-x n1")
    (tmp_path / "again.toml").write_text(config_toml(config), encoding="utf-8")
    assert load_config(tmp_path / "again.toml") == config


@pytest.mark.parametrize(
    ("time", "seconds"),
    [
        *(("90", 5400), ("2:30", 150), ("4:00:00", 14400)),
        *(("1-0", 86400), ("1-2:30", 95400), ("0-0:0:5", 5)),
    ],
)
def test_a_time_limit_is_read_as_slurm_reads_it(time: str, seconds: int) -> None:
    assert SlurmConfig(time=time).seconds == seconds


def test_indices_are_written_as_ranges() -> None:
    assert ranges([3, 1, 2, 7, 9, 10, 2]) == "1-3,7,9-10"


def test_an_element_has_a_minute_of_work_and_half_its_time_limit_at_most() -> None:
    auto = SlurmConfig()
    assert element_count(12, 0.1, auto, 1000) == 1
    assert element_count(6000, 0.1, auto, 1000) == 10
    assert element_count(10_000_000, 0.1, auto, 1000) == 1000
    assert element_count(6000, 0.1, SlurmConfig(cpus=5), 1000) == 2
    assert element_count(60_000, 1.0, SlurmConfig(time="1"), 5000) == 2000
    assert element_count(2, 1000.0, auto, 1000) == 2
