"""docs/extensions.md: its files are those of the shipped example, and its commands lead to its figure."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from citysim.cli.main import app
from citysim.plan import extensions
from citysim.plan.config import load_config

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "extensions.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "experiments" / "what_if" / "ministry"
#: What makes the runs of the page few and short.
SMALL = ("--set", "world.cities=60", "--set", "quarters=8", "--seeds", "2")


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    return str(found)


@pytest.mark.parametrize("name", ["ministry.py", "ministry.toml"])
def test_its_files_are_those_of_the_example(name: str) -> None:
    language = {"py": "python", "toml": "toml"}[name.partition(".")[2]]
    assert block(language) == (EXAMPLE / name).read_text(encoding="utf-8")


def test_its_commands_lead_to_its_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("ministry.py").write_text(block("python"), encoding="utf-8")
    Path("ministry.toml").write_text(block("toml"), encoding="utf-8")
    digest = load_config("ministry.toml").extensions[0].digest[:12]
    (told,) = re.findall(r"^    (extension .*)$", PAGE, re.MULTILINE)
    commands = [shlex.split(line)[1:] for line in block("sh").splitlines()]
    assert [command[0] for command in commands] == ["params", "run", "run"]
    try:
        for command in commands:
            few = [*SMALL, "--workers", "1"] if command[0] == "run" else []
            done = CliRunner().invoke(app, [*command, *few], catch_exceptions=False)
            assert done.exit_code == 0, done.stderr
            assert told.replace("DIGEST", digest) in done.stderr
    finally:
        extensions.put_at_hand([])
    figures = Path("results/ministry/figures")
    assert (figures / "trajectories.png").is_file()
    captions = (figures / "captions.json").read_text(encoding="utf-8").casefold()
    assert "funds of ministries of cities" in captions
