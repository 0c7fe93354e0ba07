"""``citysim new NAME`` and ``citysim schema``: a config to start from, and what an editor checks it by."""

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest
from pydantic import BaseModel
from typer.testing import CliRunner, Result

from citysim.cli.main import app
from citysim.plan.config import ExperimentConfig, load_config
from citysim.plan.design.read import OWN_KEYS
from citysim.plan.json_schema import config_schema
from citysim.plan.keys import KEYS


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def all_keys(model: type[BaseModel], path: str = "") -> set[str]:
    found = set()
    for name, field in model.model_fields.items():
        found.add(f"{path}{name}")
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            found |= all_keys(field.annotation, f"{path}{name}.")
    return found


def test_every_key_and_no_other_is_explained() -> None:
    keys = all_keys(ExperimentConfig) - {"design.axes"} | {f"design.{key}" for key in OWN_KEYS}
    assert set(KEYS) == keys


@pytest.mark.usefixtures("place")
class TestNew:
    def test_it_loads_and_names_every_key_and_default(self, place: Path) -> None:
        made = call("new", "mine")
        assert (made.exit_code, made.stderr) == (0, "")
        text = (place / "mine.toml").read_text(encoding="utf-8")
        assert text.startswith("#:schema ./citysim.schema.json\n")
        assert load_config("mine.toml").name == "mine"
        for key, what in KEYS.items():
            assert what in text, key

    @pytest.mark.parametrize("section", ["uncertainty", "world", "record", "report", "execution"])
    def test_with_its_comments_taken_away_a_section_is_still_one(self, place: Path, section: str) -> None:
        call("new", "mine")
        text = (place / "mine.toml").read_text(encoding="utf-8")
        (block,) = [part for part in text.split("\n\n") if f"\n[{section}]\n" in part]
        lines = [line.removeprefix("# ") for line in block.splitlines()[1:]]
        table = tomllib.loads("\n".join(lines))[section]
        schema = config_schema()
        jsonschema.validate(table, schema["properties"][section] | {"$defs": schema["$defs"]})

    def test_it_runs(self, place: Path) -> None:
        call("new", "mine")
        small = ("--seeds", "1", "--set", "quarters=2", "--set", "world.cities=60")
        done = call("run", "mine", "--workers", "1", *small)
        assert done.exit_code == 0, done.stderr
        assert (place / "results" / "mine" / "headline.csv").is_file()

    def test_nothing_is_overwritten(self, place: Path) -> None:
        (place / "citysim.schema.json").write_text("{}")
        call("new", "mine")
        assert (place / "citysim.schema.json").read_text() == "{}"
        before = (place / "mine.toml").read_bytes()
        ended = call("new", "mine")
        assert ended.exit_code == 2
        assert ended.stderr == "error: mine.toml: exists already, and is left as it is; choose another name\n"
        assert (place / "mine.toml").read_bytes() == before

    def test_the_schema_comes_with_it(self, place: Path) -> None:
        call("new", "mine")
        assert (place / "citysim.schema.json").read_text(encoding="utf-8") == call("schema").stdout


def test_what_is_printed_is_a_schema() -> None:
    printed = json.loads(call("schema").stdout)
    jsonschema.Draft202012Validator.check_schema(printed)
    assert printed["$schema"] == "https://json-schema.org/draft/2020-12/schema"
