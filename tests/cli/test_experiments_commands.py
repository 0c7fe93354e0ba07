"""The experiments that come with citysim: listed, run by their names, copied."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import citysim
from citysim.cli.main import app
from citysim.errors import ConfigError
from citysim.execute.runner import plan_experiment
from citysim.plan.config import ExperimentConfig, load_config
from citysim.plan.runs import number_of_runs, run_specs
from citysim.plan.shipped import config_path, shipped

ROOT = Path(__file__).parents[2]


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


class TestListed:
    def test_all_are_listed_with_runs_and_question(self) -> None:
        listed = call("experiments").stdout
        assert shipped()
        for name, path in shipped().items():
            config = load_config(path)
            (line,) = [line for line in listed.splitlines() if line.split()[:1] == [name]]
            assert line.split()[1] == f"{number_of_runs(config):,}"
            assert config.question in line

    @pytest.mark.parametrize("name", ["claim", "added_value", "scope"])
    def test_the_number_is_that_of_the_runs(self, name: str) -> None:
        config = load_config(name)
        assert number_of_runs(config) == len(run_specs(config, "world"))

    def test_names_are_those_of_the_files(self) -> None:
        assert {load_config(path).name for path in shipped().values()} == set(shipped())

    def test_the_folder_in_the_repository_holds_the_same_files(self) -> None:
        """The commands in README and docs name it."""
        folder = {path.stem: path.read_bytes() for path in (ROOT / "experiments").rglob("*.toml")}
        assert folder == {name: path.read_bytes() for name, path in shipped().items()}


@pytest.mark.usefixtures("place")
class TestByName:
    def test_a_bare_name_is_a_shipped_one(self) -> None:
        assert config_path("claim") == shipped()["claim"]
        assert load_config("claim") == load_config(shipped()["claim"])
        assert plan_experiment("claim", seeds=1).source == shipped()["claim"]

    def test_what_lies_here_comes_first(self, place: Path) -> None:
        (place / "claim.toml").write_text((place / "x.toml").read_text())
        assert config_path("claim") == Path("claim.toml")
        assert load_config("claim").name == "small"
        (place / "claim").write_text((place / "x.toml").read_text().replace("small", "tiny"))
        assert load_config("claim").name == "tiny"

    def test_a_folder_of_that_name_does_not_hide_it(self, place: Path) -> None:
        (place / "claim").mkdir()
        assert load_config("claim").name == "claim"

    def test_a_run_takes_it(self, place: Path) -> None:
        call("new", "x", "--from", "peace")  # is there already, and stays
        done = call("run", "x", "--workers", "1", "--seeds", "1")
        assert done.exit_code == 0
        assert (place / "results" / "small" / "headline.csv").is_file()

    @pytest.mark.parametrize(
        ("arguments", "line"),
        [
            (
                ("run", "clam"),
                "error: clam: no such file, and no shipped experiment; `citysim experiments` lists those: ",
            ),
            (
                ("run", "experiments/claim.toml"),
                "error: experiments/claim.toml: no such file; the shipped experiment goes by its bare name: ",
            ),
            (("run", "claim", "--set", "seeds=0"), "error: claim: seeds: found 0, allowed: 1 to"),
            (("sensitivity", "claim"), "error: claim: design.kind"),
            (("profile", "clam"), "error: clam: no such file, and"),
            (("run", "results"), "error: results: is a folder, expected a TOML file"),
        ],
    )
    def test_what_cannot_be_run_is_one_line(self, place: Path, arguments: tuple[str, ...], line: str) -> None:
        (place / "results").mkdir()
        ended = call(*arguments)
        assert ended.exit_code == 2
        assert ended.stderr.startswith(line)
        assert ended.stderr.count("\n") == 1

    def test_python_takes_a_name_too(self) -> None:
        with pytest.raises(ConfigError, match="clam: no such file, and no shipped experiment"):
            citysim.run_experiment("clam")


def _without_places(config: ExperimentConfig, name: str) -> ExperimentConfig:
    """A config but for its name, and for where the files beside it are."""
    world = config.world.model_copy(update={"data": config.world.data and Path(config.world.data).name})
    model = config.model.model_copy(
        update={"extensions": tuple(Path(file).name for file in config.model.extensions)}
    )
    section = config.calibration
    calibration = section.model_copy(
        update={
            "targets": section.targets and Path(section.targets).name,
            "cross": tuple(Path(file).name for file in section.cross),
        }
    )
    others = {"world": world, "model": model, "calibration": calibration}
    return config.model_copy(update={"name": name, **others})


@pytest.mark.usefixtures("place")
class TestCopied:
    @pytest.mark.parametrize("source", sorted(shipped()))
    def test_a_copy_is_equal_but_for_its_name(self, source: str) -> None:
        made = call("new", "mine", "--from", source)
        assert (made.exit_code, made.stderr) == (0, "")
        assert "citysim run mine.toml" in made.stdout
        mine = load_config("mine.toml")
        assert mine.name == "mine"
        assert _without_places(mine, source) == _without_places(load_config(source), source)

    def test_nothing_is_overwritten(self, place: Path) -> None:
        before = (place / "x.toml").read_bytes()
        ended = call("new", "x")
        assert ended.exit_code == 2
        assert ended.stderr == "error: x.toml: exists already, and is left as it is; choose another name\n"
        assert (place / "x.toml").read_bytes() == before

    @pytest.mark.parametrize("name", ["", "a b", "../x", "mine.toml", "-"])
    def test_a_name_that_no_experiment_can_have_is_one_line(self, place: Path, name: str) -> None:
        ended = call("new", "--", name)
        assert ended.exit_code == 2
        assert ended.stderr.startswith(f"error: NAME: found '{name}', allowed: up to 64 letters")
        assert os.listdir(place) == ["x.toml"]  # noqa: PTH208  hidden files too

    def test_an_unknown_source_is_one_line(self) -> None:
        ended = call("new", "mine", "--from", "pece")
        assert ended.exit_code == 2
        names = "added_value, calibration, claim,"
        assert ended.stderr.startswith(f"error: --from: found 'pece', allowed: {names}")

    def test_a_folder_that_is_gone_is_one_line(self, place: Path) -> None:
        (place / "gone").mkdir()
        os.chdir(place / "gone")
        (place / "gone").rmdir()
        ended = call("new", "mine")
        assert ended.exit_code == 2
        assert ended.stderr == "error: mine.toml: cannot be written: No such file or directory\n"
