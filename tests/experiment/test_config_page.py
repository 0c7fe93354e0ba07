"""docs/config.md names every key of a config, and its examples are configs."""

import re
import shutil
import tomllib
from pathlib import Path

import pytest
import tomli_w

from citysim.model.groups import EXPOSURES, GROUPS
from citysim.plan.calibration import CalibrationConfig
from citysim.plan.config import (
    DesignConfig,
    ExperimentConfig,
    RecordConfig,
    UncertaintyConfig,
    WorldConfig,
    load_config,
)
from citysim.plan.design.read import OWN_KEYS
from citysim.plan.execution import ExecutionConfig
from citysim.plan.extensions import ModelConfig
from citysim.plan.report import ReportConfig
from citysim.plan.slurm import SlurmConfig

#: Has the file that an example names.
MINISTRY = Path(__file__).parents[2] / "experiments" / "what_if" / "ministry"
PAGE = (Path(__file__).parents[2] / "docs" / "config.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
SECTIONS = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE, flags=re.DOTALL | re.MULTILINE))
SECTION_NAMES = {
    "uncertainty",
    "world",
    "model",
    "parameters",
    "arms",
    "design",
    "record",
    "report",
    "calibration",
    "execution",
}
TABLES = {
    "At the top": set(ExperimentConfig.model_fields) - SECTION_NAMES,
    "`[uncertainty]`": set(UncertaintyConfig.model_fields),
    "`[world]`": set(WorldConfig.model_fields),
    "`[model]`": set(ModelConfig.model_fields),
    "`[design]`": set(OWN_KEYS),
    "`[record]`": set(RecordConfig.model_fields),
    "`[report]`": set(ReportConfig.model_fields),
    "`[calibration]`": set(CalibrationConfig.model_fields),
    "`[execution]`": {*ExecutionConfig.model_fields, *SlurmConfig.model_fields} - {"slurm"},
}


@pytest.mark.parametrize("section", TABLES)
def test_every_key_and_no_other_has_a_row(section: str) -> None:
    rows = re.findall(r"^\| (`.*?`) \|", SECTIONS[section], flags=re.MULTILINE)
    named = {key for row in rows for key in re.findall(r"`(\w+)`", row)}
    kinds = set(DesignConfig.model_fields["kind"].annotation.__args__) if section == "`[design]`" else set()
    assert named - kinds == TABLES[section]
    assert kinds <= named


def test_every_section_has_a_heading() -> None:
    headings = {re.sub(r"\W.*", "", heading.strip("`[")) for heading in list(SECTIONS)[1:]}
    assert headings == SECTION_NAMES


def test_groups_are_those_of_the_model() -> None:
    (row,) = [line for line in SECTIONS["`[record]`"].splitlines() if line.startswith("| `groups`")]
    assert set(re.findall(r"`(\w+)`", row)) - {"groups"} <= {*GROUPS, *EXPOSURES}
    assert len(GROUPS) - 12 == 6, "six regions"


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_a_config_beside_the_smallest_one(example: str, tmp_path: Path) -> None:
    table = tomllib.loads(EXAMPLES[0]) | tomllib.loads(example)
    shutil.copytree(MINISTRY, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "x.toml"
    path.write_text(tomli_w.dumps(table), encoding="utf-8")
    load_config(path)
