"""Every pattern is listed, and the list is sound."""

import re
from pathlib import Path

import pytest

from citysim.errors import DataError
from citysim.patterns.adoption_record import PRACTICES
from citysim.patterns.adoption_targets import USES
from citysim.patterns.families import described
from citysim.plan.config import load_config
from citysim.plan.shipped import shipped, validations
from citysim.validation.catalogue import FILE, patterns

PAGE = Path(__file__).parents[2] / "docs" / "patterns.md"


def test_every_pattern_of_the_page_is_listed_with_its_use():
    rows = re.findall(r"^\| ([A-Z]\d+) \| ([^|]+) \|", PAGE.read_text(), re.MULTILINE)
    listed = {pattern.id: pattern.use for pattern in patterns()}
    assert rows
    for name, use in rows:
        judged = listed[name] in ("C", "V")
        assert not judged or use.strip().startswith(listed[name]), name
        assert judged or listed[name] in ("input", "not applicable")


def test_every_statistic_is_one_of_a_family():
    for pattern in patterns():
        for part in pattern.parts:
            assert described(part.statistic), part.statistic


def test_every_experiment_is_shipped_has_the_arm_and_keeps_statistics():
    for pattern in patterns():
        for part in pattern.parts:
            config = load_config(shipped()[part.experiment])
            assert part.arm in config.arms, part
            assert config.record.statistics, part


def test_every_experiment_of_the_folder_is_used():
    used = {part.experiment for pattern in patterns() for part in pattern.parts}
    assert set(validations()) <= used


def test_every_source_of_the_record_is_one():
    known = {", ".join(names) for names in USES.values()} | set(PRACTICES) | {""}
    assert {part.record for pattern in patterns() for part in pattern.parts} <= known


GOOD = FILE.read_text()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('use = "C"', 'use = "D"', "use: found 'D', allowed: C, V, check, input, not applicable"),
        ('test = "grown"', 'test = "sown"', "test: found 'sown', allowed: grown, held, perturbed"),
        ("factor = [0.8, 1.267]", "factor = [2.0, 1.0]", "range: found none or several"),
        ("factor = [0.8, 1.267]", "", "range: found none or several"),
        ('why = "2.4', 'reasons = "2.4', "why: missing"),
        ('id = "T2"', 'id = "T1"', "T1: there twice"),
        ('source = "read"', "", "source: missing"),
        ("[[pattern]]", "[[pattern]", "cannot be read as a list of patterns"),
    ],
)
def test_a_fault_is_one_line_with_its_place(tmp_path, old, new, told):
    file = tmp_path / "patterns.toml"
    assert old in GOOD
    file.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(DataError) as error:
        patterns(file)
    assert told in str(error.value)
    assert str(file) in str(error.value)
    assert "\n" not in str(error.value)
