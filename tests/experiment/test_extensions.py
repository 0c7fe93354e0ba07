"""Own mechanisms: declared in a file beside the config, run with the model, kept as data in the results."""

import json
import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

import citysim
from citysim.cli.main import app
from citysim.errors import ConfigError
from citysim.execute.rerun import repeat_run
from citysim.execute.runner import execute_plan, plan_experiment
from citysim.model.outcomes import MODEL_OUTCOMES, OUTCOMES
from citysim.model.parameters import Parameters, parameter_specs, parameters_at_hand
from citysim.plan import extensions as reading
from citysim.plan.config import load_config
from citysim.store.reader import load_results
from own_mechanism import MECHANISM

CONFIG = """\
name = "own"
seeds = 2
quarters = 4

[uncertainty]
monte_carlo_seeds = 1

[world]
kind = "synthetic"
cities = 40
states = 4

[model]
extensions = ["fund.py"]

[arms.none]
networks = false
funding = false

[arms.both]
networks = true
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a config and its extension, where we are."""
    (tmp_path / "fund.py").write_text(MECHANISM, encoding="utf-8")
    (tmp_path / "own.toml").write_text(CONFIG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(autouse=True)
def model_alone() -> Any:
    """What the other tests know is the model without extensions."""
    yield
    reading.put_at_hand([])


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def run(folder: Path, *, workers: int = 1, config: str = "own.toml", out: str = "out") -> Path:
    execute_plan(plan_experiment(folder / config, out=folder / out), workers=workers)
    return folder / out


@pytest.mark.usefixtures("own")
class TestRun:
    def test_outcome_and_parameter_are_in_the_results(self, own: Path) -> None:
        results = load_results(run(own))
        paid = results.runs.set_index(["arm", "draw", "seed"])["paid"].sort_index()
        share = results.design.set_index(["arm", "draw", "seed"])["fund_share"].sort_index()
        assert (paid["none"] == 0.0).all()
        assert (paid["both"] > 0.0).all()
        assert share["both"].between(0.1, 1.0).all()
        assert share["both", "prior"].nunique() == 2
        world = results.trajectories.query("group == 'world'")
        assert (world.groupby("run")["paid"].sum() > 0).sum() == 3

    def test_workers_give_the_same_bits(self, own: Path) -> None:
        one, two = load_results(run(own)), load_results(run(own, workers=2, out="two"))
        pd.testing.assert_frame_equal(one.runs, two.runs, check_exact=True)

    def test_it_goes_on_from_the_result_folder_alone(self, own: Path) -> None:
        """As an element of a Slurm array does, in a folder that has been moved."""
        folder = run(own)
        before = load_results(folder).runs
        shutil.move(folder, own / "elsewhere")
        (own / "fund.py").unlink()
        blocks = list((own / "elsewhere" / "runs").iterdir())
        for block in blocks:
            block.unlink()
        run(own, config="elsewhere/config.toml", out="elsewhere")
        pd.testing.assert_frame_equal(load_results(own / "elsewhere").runs, before, check_exact=True)

    def test_a_config_without_it_leaves_none_of_it(self, own: Path) -> None:
        folder = run(own)
        kept = 'outcomes = ["development", "loss"]'
        text = CONFIG.replace('[model]\nextensions = ["fund.py"]\n', "").replace("funding = false\n", "")
        (own / "own.toml").write_text(text, encoding="utf-8")
        execute_plan(plan_experiment(own / "own.toml", out=folder), workers=1, fresh=True)
        assert list((folder / "extensions").iterdir()) == []
        assert "paid" not in load_results(folder).runs
        assert tuple(OUTCOMES) == MODEL_OUTCOMES
        for extensions in ('extensions = ["fund.py"]\n', ""):
            section = f"[model]\n{extensions}[record]\n{kept}\n"
            (own / "own.toml").write_text(
                text.replace("[arms.none]", f"{section}[arms.none]"), encoding="utf-8"
            )
            execute_plan(plan_experiment(own / "own.toml", out="kept"), workers=1)
            assert (Path("kept/extensions/fund.py")).is_file() is bool(extensions)
            assert len(load_results("kept").runs) == 6

    def test_a_run_is_repeated_bit_for_bit(self, own: Path) -> None:
        folder = run(own)
        repeat = repeat_run(folder, load_results(folder).runs["run"][0])
        assert repeat.compared
        assert repeat.differences == ()

    def test_a_change_of_the_file_makes_other_runs(self, own: Path) -> None:
        before = {spec.run for spec in plan_experiment("own.toml").specs}
        (own / "fund.py").write_text(MECHANISM + "# another\n", encoding="utf-8")
        assert before.isdisjoint(spec.run for spec in plan_experiment("own.toml").specs)

    def test_an_error_in_a_phase_is_a_failed_run_that_names_file_and_line(self, own: Path) -> None:
        text = MECHANISM.replace("chance = draws", "open('nowhere')\n    chance = draws")
        (own / "fund.py").write_text(text, encoding="utf-8")
        line = text[: text.index("open(")].count("\n") + 1
        failures = load_results(run(own)).failures
        assert len(failures) == 3, "the arm without the phase has none"
        assert (
            failures["error"].str.startswith(f"ExtensionError: fund.py, line {line}: FileNotFoundErr").all()
        )
        assert failures["traceback"].str.contains("open('nowhere')", regex=False).all()

    def test_streams_of_others_are_refused(self, own: Path) -> None:
        text = MECHANISM.replace("draws.uniform(", "setting.streams.at('networks', state.step + 1).uniform(")
        (own / "fund.py").write_text(text, encoding="utf-8")
        errors = load_results(run(own)).failures["error"]
        assert errors.str.contains("streams of 'networks': an extension draws from its own alone").all()

    def test_design_over_priors_takes_it_in(self, own: Path) -> None:
        text = CONFIG.replace("monte_carlo_seeds = 1", 'parameters = "defaults"')
        text += '\n[design]\nkind = "sobol"\nsamples = 2\nover = "uncertain"\n'
        (own / "own.toml").write_text(text, encoding="utf-8")
        assert "fund_share" in load_config("own.toml").axes
        swept = {spec.parameters["fund_share"] for spec in plan_experiment("own.toml").specs}
        assert len(swept) == 2

    def test_another_config_has_none_of_it(self, own: Path) -> None:
        load_config("own.toml")
        assert "fund_share" in parameter_specs()
        assert "paid" in OUTCOMES
        load_config("claim")
        assert parameters_at_hand() is Parameters
        assert tuple(OUTCOMES) == MODEL_OUTCOMES


@pytest.mark.usefixtures("own")
class TestCommandLine:
    def test_run_says_which_file_and_results_never_execute_it(self, own: Path) -> None:
        done = call("run", "own.toml", "--workers", "1", "--out", "out")
        assert done.exit_code == 0, done.stderr
        digest = load_config("own.toml").extensions[0].digest[:12]
        assert (
            f"extension fund.py (SHA-256 {digest}) is run with the model: funding after networks"
            in done.stderr
        )
        reading.load.cache_clear()
        described = json.loads((own / "out" / "extensions" / "extensions.json").read_text())
        assert described["fund.py"]["digest"].startswith(digest)
        executed = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reading, "load", lambda *file: executed.append(file))
            for command in (
                ("status", "out"),
                ("effects", "out"),
                ("figures", "out", "--only", "trajectories"),
                ("brief", "out"),
                ("export", "out"),
            ):
                assert call(*command).exit_code == 0, command
        assert executed == []
        effects = pd.read_csv(own / "out" / "effects.csv")
        assert "paid" in set(effects["outcome"])
        captions = json.loads((own / "out" / "figures" / "captions.json").read_text(encoding="utf-8"))
        assert any("paid" in caption["alt"] for caption in captions)

    def test_params_lists_it(self) -> None:
        assert "fund_share" in call("params", "own.toml").stdout
        reading.put_at_hand([])
        assert "fund_share" not in call("params").stdout

    def test_the_schema_knows_it(self) -> None:
        schema = json.loads(call("schema", "own.toml").stdout)
        table = tomllib.loads(CONFIG)
        jsonschema.validate(table, schema)
        table["arms"]["both"]["fund_share"] = 3.0
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(table, schema)

    def test_nothing_is_left_to_do_the_second_time(self) -> None:
        call("run", "own.toml", "--workers", "1", "--out", "out")
        again = call("run", "own.toml", "--workers", "1", "--out", "out")
        assert "all 6 runs already done" in again.stdout + again.stderr

    def test_a_copy_that_was_changed_is_one_line(self, own: Path) -> None:
        run(own)
        (own / "out" / "extensions" / "fund.py").write_text("x = 1\n", encoding="utf-8")
        ended = call("effects", "out")
        assert ended.exit_code == 2
        assert "extensions/fund.py: changed since citysim wrote it" in ended.stderr
        assert ended.stderr.count("\n") == 1


REFUSED = {
    "not Python": ("def f(:\n", "line 1: not Python"),
    "no extension": ("x = 1\n", "declares 0 extensions"),
    "two": (MECHANISM + "other = Extension('other', 'x')\n", "declares 2 extensions"),
    "an error": (MECHANISM + "1 / 0\n", "line 22: ZeroDivisionError: division by zero"),
    "a phase that is not": (
        MECHANISM.replace('"networks"', '"nets"'),
        "no phase 'nets' in the schedule, allowed",
    ),
    "a name of the model": (
        MECHANISM.replace('"paid", "Paid', '"loss", "Paid'),
        "name 'loss': taken by the model",
    ),
    "a name twice": (MECHANISM.replace('"paid", "Paid', '"fund_share", "Paid'), "taken by the extension"),
    "a name in capitals": (MECHANISM.replace('"fund_share"', '"Fund"'), "name 'Fund': allowed"),
    "arguments": (
        MECHANISM.replace("def pay(state, setting, draws)", "def pay(state)"),
        "takes (state), expected",
    ),
    "a default": (MECHANISM.replace("0.5, low", "5, low"), "default 5 is not in 0 to 2"),
    "a prior": (MECHANISM.replace("(0.1, 1.0)", "(0.1, 9.0)"), "prior 0.1 to 9 is no range in 0 to 2"),
    "other random numbers": (MECHANISM + "np.random.rand()\n", "line 22: uses numpy.random"),
    "random": ("import random\n" + MECHANISM, "line 1: uses random"),
    "a summary": (MECHANISM.replace('"sum"', '"last"'), "found summary 'last'"),
}


@pytest.mark.usefixtures("own")
class TestRefused:
    @pytest.mark.parametrize(("text", "told"), REFUSED.values(), ids=REFUSED)
    def test_a_file_that_will_not_do_is_one_line(self, own: Path, text: str, told: str) -> None:
        (own / "fund.py").write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError) as caught:
            load_config("own.toml")
        first = caught.value.messages[0]
        assert first.startswith("own.toml: model.extensions[1]: fund.py")
        assert told in first

    @pytest.mark.parametrize(
        ("named", "told"),
        [
            ('["none.py"]', "none.py: no such file"),
            ('["fund.toml"]', "expected a Python file"),
            ('["fund.py", "fund.py"]', "a file of that name is named before"),
            ('["fund.py", "copy.py"]', "extension 'fund' is declared in fund.py, too"),
            ('"fund.py"', "expected a list"),
        ],
    )
    def test_what_cannot_be_named_is_told(self, own: Path, named: str, told: str) -> None:
        shutil.copy("fund.py", "copy.py")
        (own / "own.toml").write_text(CONFIG.replace('["fund.py"]', named), encoding="utf-8")
        with pytest.raises(ConfigError, match=re.escape(told)):
            load_config("own.toml")

    def test_its_parameters_are_checked_as_all_are(self, own: Path) -> None:
        (own / "own.toml").write_text(CONFIG + "fund_share = 3.0\nfund_shar = 1.0\n", encoding="utf-8")
        with pytest.raises(ConfigError) as caught:
            load_config("own.toml")
        assert caught.value.messages == (
            "own.toml: arms.both.fund_share: found 3.0, allowed: a number from 0 to 2 (share)",
            "own.toml: arms.both.fund_shar: unknown key, did you mean 'fund_share'?",
        )


class TestModel:
    def extension(self) -> citysim.Extension:
        return reading.load("fund.py", MECHANISM)

    @settings(max_examples=10, deadline=None)
    @given(seed=st.integers(0, 2**32 - 1), cities=st.integers(5, 40), share=st.floats(0.01, 2.0))
    def test_a_run_with_it_shares_every_other_draw(self, seed: int, cities: int, share: float) -> None:
        world = citysim.World.synthetic(cities=cities, states=4)
        plain = citysim.CityModel(world, rng=seed, quarters=6).run().recorder.values
        model = citysim.CityModel(
            world, {"fund_share": share}, rng=seed, quarters=6, extensions=[self.extension()]
        ).run()
        assert model.recorder.outcomes[-1] == "paid"
        np.testing.assert_array_equal(model.recorder.values[:, :, :-1], plain)
        assert (model.recorder.values[:, 0, -1] > 0).all()
        assert np.isnan(model.recorder.values[:, 1:, -1]).all(), "groups have no value of their own"

    def test_its_draws_are_those_of_its_phase_alone(self) -> None:
        drawn: dict[str, Any] = {}
        own = citysim.Extension("own", "draws")
        own.replace("development")(lambda state, setting, draws: drawn.update(own=draws.uniform("x", 3)))
        seen = own.phase("seen", before="crises")
        seen(lambda state, setting, draws: drawn.update(seen=draws.uniform("x", 3)))
        world = citysim.World.synthetic(cities=40, states=4)
        model = citysim.CityModel(world, rng=3, quarters=1, extensions=[own]).run()
        names = [phase.name for phase in model.schedule]
        assert names.index("seen") == names.index("crises") - 1
        assert names[-1] == "development"
        streams = model.setting.streams
        assert not np.array_equal(drawn["own"], streams.at("development", 1).uniform("x", 3))
        assert not np.array_equal(drawn["own"], drawn["seen"])

    def test_a_switch_turns_its_phase_off(self) -> None:
        world = citysim.World.synthetic(cities=40, states=4)
        model = citysim.CityModel(world, rng=3, quarters=2, extensions=[self.extension()], funding=False)
        assert model.run().summary()["paid"] == 0.0
