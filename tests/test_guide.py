"""Contributing guide, changelog, citation, hooks and recipes say what is so."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

import citysim
from citysim.model import MODEL_VERSION

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "citysim"
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

PLACES = {
    kind: re.findall(r"`([\w/]+\.py)`", places)
    for kind, places in re.findall(r"^\| ([^|]+) \| ([^|]+) \| [^|]*\|$", GUIDE, re.MULTILINE)
    if ".py`" in places
}


def test_the_table_of_places_has_every_kind():
    kinds = (
        "mechanism",
        "state variable",
        "parameter",
        "outcome",
        "analysis",
        "figure",
        "executor",
        "design",
    )
    for kind in (*kinds, "world source", "command"):
        assert [name for name in PLACES if kind in name], kind


@pytest.mark.parametrize(("kind", "files"), PLACES.items(), ids=PLACES.keys())
def test_places_exist_and_are_few(kind: str, files: list[str]):
    """A new file stands for any beside it."""
    more = PLACES["mechanism"] if "state variable" in kind else []
    assert 0 < len({*files, *more}) <= (5 if more else 3)
    for file in files:
        path = SOURCE / file
        assert path.parent.is_dir()
        assert path.is_file() or path.stem == "NAME", file


def test_kinds_and_analyses_are_found_by_name():
    """What the table says is enough: no list beside these names the same things."""
    from typing import get_args

    from citysim.analysis.answers import answers
    from citysim.figures.answers import ANSWER_FIGURES
    from citysim.plan import kinds
    from citysim.plan.config import AnalysisName, DesignConfig
    from citysim.plan.execution import ExecutionConfig
    from citysim.plan.world import WorldConfig

    assert list(answers()) == list(ANSWER_FIGURES) == list(get_args(AnalysisName))
    assert all(answer.title for answer in answers().values())
    for model, field, kind in (
        (DesignConfig, "kind", kinds.DesignKind),
        (ExecutionConfig, "executor", kinds.ExecutorKind),
        (WorldConfig, "kind", kinds.WorldKind),
    ):
        assert model.model_fields[field].annotation == kind


def test_the_mechanism_in_the_guide_runs():
    code = re.search(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    assert code
    names: dict[str, object] = {}
    exec(code[1], names)  # noqa: S102  it is ours
    model = names["model"]
    plain = citysim.CityModel(names["world"], rng=1, quarters=8).run()
    assert model.recorder.recorded == 8
    assert model.summary()["engagement"] < plain.summary()["engagement"]


def test_the_changelog_knows_every_version():
    log = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| (\d+) \(", log, re.MULTILINE) == [
        str(version) for version in range(int(MODEL_VERSION), 0, -1)
    ]
    assert log.index("## Unreleased") < log.index(f"## {PROJECT['version']} (")


def test_the_citation_is_of_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == PROJECT["version"] == citysim.__version__
    assert citation["license"] == PROJECT["license"]
    log = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {citation['version']} ({citation['date-released']})" in log


def test_hooks_need_no_other_host():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert {repository["repo"] for repository in hooks["repos"]} == {"local"}


def test_templates_are_forms():
    forms = [file for file in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml") if file.stem != "config"]
    assert forms
    for file in forms:
        form = yaml.safe_load(file.read_text(encoding="utf-8"))
        assert {"name", "description", "body"} <= set(form)
        assert all(part["attributes"]["label"] for part in form["body"])


def test_images_copy_what_is_there():
    """Both recipes take the same files, and the build ignores none of them."""
    docker = (ROOT / "containers" / "Dockerfile").read_text(encoding="utf-8")
    copied = {name for line in re.findall(r"^COPY (.+) \S+$", docker, re.MULTILINE) for name in line.split()}
    apptainer = (ROOT / "containers" / "citysim.def").read_text(encoding="utf-8")
    assert copied == set(re.findall(r"^ {4}(\S+) /opt/citysim/", apptainer, re.MULTILINE))
    ignored = (ROOT / "containers" / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert {f"!{name}" for name in copied} <= set(ignored)
    assert all((ROOT / name).exists() for name in copied)
    assert {"pyproject.toml", "src", PROJECT["readme"]} <= copied
