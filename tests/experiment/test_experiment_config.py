"""The check of a config: every fault on a line, all at once, with path, what was found, what is allowed."""

import ast
import inspect
from collections.abc import Callable
from pathlib import Path

import pytest

from citysim.analysis.arms import counterparts, main_arms
from citysim.errors import ConfigError
from citysim.model.groups import GROUPS
from citysim.model.model import CityModel
from citysim.model.outcomes import OUTCOMES
from citysim.model.recorder import groups_of
from citysim.model.state import DT
from citysim.plan import config as config_module
from citysim.plan import faults as checks
from citysim.plan.config import ExperimentConfig, WorldConfig, config_toml, load_config
from citysim.plan.design.axes import Values
from citysim.plan.world import build_world
from citysim.world import sizes
from citysim.world.sizes import QUARTERS
from citysim.world.world import World

type Write = Callable[..., Path]


def faults(path: Path, *overrides: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_config(path, overrides)
    return [message.removeprefix(f"{path}: ") for message in caught.value.messages]


def test_five_errors_give_five_lines(write: Write) -> None:
    text = """
    name = "x"
    seeds = "many"
    sedes = 3
    [parameters]
    contact_effect = 2
    [arms.both]
    twining = true
    [design]
    stall = []
    """
    assert faults(write(text)) == [
        "seeds: found 'many', expected a number of replications or a list of seeds",
        "sedes: unknown key, did you mean 'seeds'?",
        "parameters.contact_effect: found 2, allowed: a number from 0 to 1 (share)",
        "arms.both.twining: unknown key, did you mean 'twinning'?",
        "design.stall: empty sweep, expected at least one value",
    ]


@pytest.mark.parametrize(
    ("override", "fault"),
    [
        ("recrod.cities=true", "recrod: unknown key, did you mean 'record'?"),
        ("record.citys=true", "record.citys: unknown key, did you mean 'cities'?"),
        ("world.citis=3", "world.citis: unknown key, did you mean 'cities'?"),
        ("stall=0.5", "stall: unknown key, did you mean 'parameters.stall'?"),
        ("arms.both.newtorks=true", "arms.both.newtorks: unknown key, did you mean 'networks'?"),
        ("design.stal=[0]", "design.stal: unknown key, did you mean 'stall'?"),
        ("quarters=true", "quarters: found true (true or false), expected a whole number"),
        ("quarters=2.5", "quarters: found 2.5 (a number), expected a whole number"),
        ("quarters=200", "quarters: found 200, must be at most 112"),
        ("quarters=0", "quarters: found 0, must be at least 1"),
        ("world.start=1985", "world.start: only for kind = 'real'"),
        ("question=3", "question: found 3 (a whole number), expected text"),
        ("world=3", "world: found 3 (a whole number), expected a table"),
        ("world.kind=reel", "world.kind: found 'reel', did you mean 'real'?"),
        ("world.states=31", "world.states: found 31 states, allowed: at most one a city (30)"),
        ("record.trajectories='yes'", "record.trajectories: found 'yes' (text), expected true or false"),
        ("arms.both.networks=1", "arms.both.networks: found 1, allowed: true or false"),
        ("arms.both={}", "arms.both: sets no switch or parameter, such as twinning = false"),
        ("arms={}", "arms: empty; name at least one arm, such as [arms.both] with networks = true"),
        ("arms=3", "arms: found 3, expected tables such as [arms.both]"),
        ("arms.x=3", "arms.x: found 3, expected a table of switches and parameters"),
        (
            "parameters.contact_effect=true",
            "parameters.contact_effect: found true, allowed: a number from 0 to 1 (share)",
        ),
        (
            "parameters.contact_effect='0.5'",
            "parameters.contact_effect: found '0.5', allowed: a number from 0 to 1 (share)",
        ),
        (
            "parameters.contact_effect=nan",
            "parameters.contact_effect: found nan, allowed: a number from 0 to 1 (share)",
        ),
        (
            "parameters.contact_effect=-inf",
            "parameters.contact_effect: found -inf, allowed: a number from 0 to 1 (share)",
        ),
        (
            "parameters.decision_rule=majorty",
            "parameters.decision_rule: found 'majorty', allowed: 'unanimity' or 'majority'",
        ),
        (
            "parameters.practices_per_domain=2.5",
            "parameters.practices_per_domain: found 2.5, allowed: a whole number from 1 to 200 (practices)",
        ),
        (
            "design.stall=[0, 1.5]",
            (
                "design.stall[2]: found 1.5, allowed: a number from 0 to 1 (share) or 'endogenous' "
                "or levels such as {2023 = 0.0, 2028 = 0.75}"
            ),
        ),
        ("design.stall=[0, 0.0]", "design.stall: duplicate values 0, 0.0; name each once"),
        ("parameters.stall=0.5", "design.stall: swept here and also set in parameters; keep one"),
        ("arms.both.stall=0.5", "design.stall: swept here and also set in arms.both; keep one"),
        ("seeds=0", "seeds: found 0, allowed: 1 to 1,000,000 replications"),
        ("seeds=-3", "seeds: found -3, allowed: 1 to 1,000,000 replications"),
        ("seeds=true", "seeds: found true, expected a number of replications or a list of seeds"),
        ("seeds=[]", "seeds: found an empty list, expected at least one seed"),
        ("seeds=[3, 5, 3]", "seeds: duplicate seeds 3; name each once"),
        ("seeds=[1, -1]", "seeds: found -1, a seed is a whole number from 0 to 4294967295"),
        (
            "name='../up'",
            "name: found '../up', allowed: up to 64 letters, digits, '-' and '_', no path",
        ),
        ("name=''", "name: found '', allowed: up to 64 letters, digits, '-' and '_', no path"),
        (
            "record.outcomes=['developmnt']",
            "record.outcomes[1]: unknown outcome 'developmnt', did you mean 'development'?",
        ),
        ("record.outcomes=[]", "record.outcomes: name at least one, and each once"),
        ("record.groups=['nroth']", "record.groups[1]: unknown group 'nroth', did you mean 'north'?"),
        ("execution.workers=0", "execution.workers: found 0, expected 'auto' or a number of at least 1"),
        (
            "uncertainty.parameters=posterior",
            "uncertainty.file: missing; parameters = 'posterior' needs a CSV or Parquet file of draws",
        ),
        ("uncertainty.monte_carlo_seeds=-1", "uncertainty.monte_carlo_seeds: found -1, must be at least 0"),
        (
            "design={kind='list', stall=[0, 1], contact_effect=[0.1]}",
            "design: kind = 'list' takes lists of equal length: stall has 2, contact_effect has 1",
        ),
        (
            "design={kind='sobol', samples=3, stall={low=0, high=1}}",
            "design.samples: found 3, a Sobol sequence needs a power of two, such as 2 or 4",
        ),
        (
            "design={kind='latin_hypercube', samples=3, stall={low=1, high=0}}",
            "design.stall: low (1) must be below high (0)",
        ),
        (
            "design={kind='latin_hypercube', samples=3, stall={low=0, high=1, scale='log'}}",
            "design.stall.low: found 0, a log scale needs a number above 0",
        ),
    ],
)
def test_each_fault_is_one_line_that_says_what_is_allowed(write: Write, override: str, fault: str) -> None:
    found = faults(write(), override)
    assert [line.removesuffix(" (from the command line)") for line in found] == [fault]


@pytest.mark.parametrize(
    ("override", "meant"),
    [
        ("years=3", "'quarters'"),
        ("steps=3", "'quarters'"),
        ("replications=3", "'seeds'"),
        ("seed=3", "'seeds'"),
        ("n_seeds=3", "'seeds'"),
        ("scenarios=3", "'arms'"),
        ("arm=3", "'arms'"),
        ("sweep=3", "'design'"),
        ("n_workers=3", "'execution.workers'"),
        ("Years=3", "'quarters'"),
        ("workers=3", "'execution.workers'"),
        ("cities=3", "'world.cities'"),
        ("outcomes=3", "'record.outcomes'"),
        ("execution.n_workers=3", "'workers'"),
        ("world.n_cities=3", "'cities'"),
        ("record.metrics=3", "'outcomes'"),
        ("design.n_samples=3", "'samples'"),
        ("parameters.seeds=3", "'seeds' at the top of the file"),
        ("arms.both.replications=3", "'seeds' at the top of the file"),
        ("design.years=3", "'quarters' at the top of the file"),
        ("question_=x", "'question'"),
        ("parameters.retreat_response=0.5", "'campaign_pool'"),
    ],
)
def test_a_key_by_another_name_or_at_another_place_is_pointed_to(
    write: Write, override: str, meant: str
) -> None:
    key = override.partition("=")[0]
    (fault,) = faults(write(), override)
    assert fault == f"{key}: unknown key, did you mean {meant}? (from the command line)"


def test_every_synonym_stands_for_a_key_that_exists() -> None:
    keys = {*config_module._TOP, *config_module._IN_SECTIONS.values(), "world.cities"}
    keys |= {f"parameters.{name}" for name in checks.settable()}
    assert set(checks.SYNONYMS.values()) <= keys
    same = {name for name, meant in checks.SYNONYMS.items() if name == meant}
    assert not (set(checks.SYNONYMS) - same) & {*config_module._TOP, *checks.settable()}


def test_what_a_file_lacks_is_named(write: Write) -> None:
    assert faults(write("")) == [
        "arms: missing; name at least one arm, such as [arms.both] with networks = true",
        "name: missing",
        "seeds: missing",
    ]


def test_an_arm_is_named_like_a_word(write: Write) -> None:
    (fault,) = faults(write('name="x"\nseeds=1\n[arms."a/b"]\nnetworks=true'))
    assert fault == "arms.a/b: arm named 'a/b', allowed: letters, digits, '-' and '_'"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"name = ", "not TOML: Invalid value (at end of document)"),
        (b"a = 1\na = 2\n", "not TOML: Cannot overwrite a value (at line 2, column 6)"),
        (b"name = '\xff'", "not UTF-8 text (byte 8)"),
    ],
)
def test_a_file_that_is_not_toml_is_one_line(tmp_path: Path, content: bytes, fault: str) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(content)
    assert faults(path) == [fault]


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path, write: Write) -> None:
    write()
    assert faults(tmp_path / "y.toml") == [f"no such file; {tmp_path} holds x.toml"]
    assert faults(tmp_path) == ["is a folder, expected a TOML file"]


def test_a_value_is_set_from_the_command_line_as_toml_or_text(write: Write) -> None:
    config = load_config(write(), ["seeds=[4, 0]", "question=What now?", "parameters.contact_effect=0.25"])
    assert config.replications == (4, 0)
    assert config.question == "What now?"
    assert config.parameters == {"contact_effect": 0.25}


@pytest.mark.parametrize("override", ["seeds", "=3", "a..b=1", "name.x=1"])
def test_an_override_that_cannot_be_set_is_one_line(write: Write, override: str) -> None:
    with pytest.raises(ConfigError, match=f"^--set {override}: "):
        load_config(write(), [override])


def test_the_resolved_config_reads_back_as_itself(write: Write, tmp_path: Path) -> None:
    config = load_config(write(), ["design.scope=[true, false]", "seeds=[3, 1]"])
    again = tmp_path / "again.toml"
    again.write_text(config_toml(config), encoding="utf-8")
    assert load_config(again) == config


def test_a_sampled_design_reads_back_as_itself(write: Write, tmp_path: Path) -> None:
    override = "design={kind='sobol', samples=4, trust_growth={low=0.1, high=1, scale='log'}}"
    config = load_config(write(), [override])
    again = tmp_path / "again.toml"
    again.write_text(config_toml(config), encoding="utf-8")
    assert load_config(again) == config


def test_every_default_is_written_out(write: Write) -> None:
    config = load_config(write("name='x'\nseeds=3\n[arms.a]\nnetworks=false"))
    assert config.replications == (1, 2, 3)
    assert (config.world.kind, config.world.cities) == ("real", 2000)
    assert (config.quarters, config.uncertainty.monte_carlo_seeds) == (112, 8)
    assert config.record.outcomes == tuple(OUTCOMES)


def test_whole_numbers_become_the_parameters_type(write: Write) -> None:
    config = load_config(write(), ["design.stall=[0, 1]"])
    axis = config.axes["stall"]
    assert isinstance(axis, Values)
    assert [type(value) for value in axis.values] == [float, float]


def test_the_groups_of_a_config_are_those_of_the_model(small_world: World) -> None:
    assert tuple(groups_of(small_world)) == GROUPS


@pytest.mark.parametrize(
    ("asked", "make"),
    [(WorldConfig(), World.real), (WorldConfig(kind="synthetic"), World.synthetic)],
    ids=["real", "synthetic"],
)
def test_a_config_and_python_have_the_same_default_world(
    asked: WorldConfig, make: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    defaults = {name: given.default for name, given in inspect.signature(make).parameters.items()}
    # what a config leaves out beside changes nothing: no table, all kept
    nothing = {"data": None, "replace": (), "regions": (), "countries": (), "networks": ()}
    nothing |= {"min_population": 0, "ties": True, "start": 2023}
    changing = {
        name: value for name, value in defaults.items() if name not in nothing or value != nothing[name]
    }
    if "propensity" in changing:  # goes by the start; of 2023 it is of the record
        changing["propensity"] = "record"
    assert asked.with_defaults().model_dump(exclude={"kind"}, exclude_none=True) == changing
    found: dict[str, object] = {}
    monkeypatch.setattr(World, asked.kind, lambda **sizes: found.update(sizes))
    build_world(asked)
    assert found == changing


def test_a_run_and_its_model_last_as_long_as_the_paths_of_the_world(small_world: World) -> None:
    quarters = inspect.signature(CityModel).parameters["quarters"].default
    assert quarters == ExperimentConfig.model_fields["quarters"].default == QUARTERS
    assert quarters * DT == small_world.urban_growth.shape[1]


SAID_ONCE = (
    "plan/config.py",
    "plan/world.py",
    "world/world.py",
    "model/model.py",
    "cli/commands/describe.py",
)


@pytest.mark.parametrize("path", SAID_ONCE)
def test_sizes_of_worlds_and_the_length_of_a_run_are_said_once(path: str) -> None:
    source = Path(sizes.__file__).parents[1] / path
    numbers = {
        node.value for node in ast.walk(ast.parse(source.read_text())) if isinstance(node, ast.Constant)
    }
    said = {value for name, value in vars(sizes).items() if name.isupper() and name != "SYNTHETIC_SEED"}
    assert not numbers & said


def test_every_seed_of_a_config_is_one_of_a_synthetic_world() -> None:
    assert config_module.LARGEST_SEED <= sizes.MAX_SEED


def test_the_claim_is_a_valid_experiment() -> None:
    config = load_config(Path(__file__).parents[2] / "experiments" / "claim.toml")
    main = ["none", "twinning", "networks", "both"]
    assert list(config.arms) == [*main, "both_frozen", "both_without_response", "none_without_response"]
    assert main_arms(config) == tuple(main)
    assert counterparts(config) == {"both": "both_without_response", "none": "none_without_response"}
    assert (config.seeds, config.world.cities) == (64, 2000)


#: What a file of draws may be, as a fault of it ends.
DRAWS = "; allowed: draws as CSV or Parquet, a column a parameter"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("contact_effect\n0.5\n3\n", "draws.csv: column 'contact_effect', draw 2: found 3.0, allowed"),
        (
            "contact_efect\n0.5\n",
            "draws.csv: column 'contact_efect': no such parameter, did you mean 'contact_effect'?",
        ),
        (
            "practices_per_domain\n3\n2.5\n",
            "draws.csv: column 'practices_per_domain', draw 2: found 2.5, allowed: a whole number",
        ),
        (
            "practices_per_domain,contact_effect\n3,0.5\n,0.5\n",
            "draws.csv: column 'practices_per_domain', draw 2: found nan, allowed: a whole number",
        ),
        (
            "arm,estimate\nboth,0.5\n",
            "draws.csv is no posterior: none of its columns is a parameter; expected a column per parameter",
        ),
        ("contact_effect\n", "draws.csv holds no draws"),
        (
            "contact_effect,trust_growth\n0.5,0.1,0.2\n",
            "draws.csv cannot be read: its rows have more values than its header has names",
        ),
        ("", f"draws.csv cannot be read: No columns to parse from file{DRAWS}"),
    ],
)
def test_a_posterior_is_checked(write: Write, tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "draws.csv").write_text(text)
    found = faults(write(), "uncertainty={parameters='posterior', file='draws.csv'}")
    assert [line.startswith(f"uncertainty.file: {fault}") for line in found] == [True]


@pytest.mark.parametrize(
    ("whole", "float_"),
    [
        ("seeds=2", "seeds=2.0"),
        ("seeds=[1, 2]", "seeds=[1.0, 2.0]"),
        ("quarters=3", "quarters=3.0"),
        ("world.cities=31", "world.cities=31.0"),
        ("execution.workers=2", "execution.workers=2.0"),
        ("execution={executor='slurm', slurm={cpus=2}}", "execution={executor='slurm', slurm={cpus=2.0}}"),
        ("parameters.max_networks=100", "parameters.max_networks=100.0"),
        ("parameters.initial_networks=9", "parameters.initial_networks=9.0"),
        ("arms.both.practices_per_domain=3", "arms.both.practices_per_domain=3.0"),
        ("design.max_networks=[100, 200]", "design.max_networks=[100.0, 200.0]"),
    ],
)
def test_a_whole_number_may_be_written_with_a_point(write: Write, whole: str, float_: str) -> None:
    path = write()
    assert config_toml(load_config(path, [whole])) == config_toml(load_config(path, [float_]))


ODD_VALUES = [
    *("3", "-1", "true", "'x'", "[]", "{}", "[[0]]", "[{}]", "nan", "inf", "1e400", "2020-01-01"),
    *("{low=1}", "{low='a', high=2}", "{low=nan, high=1}", "[true]", "[nan]", "99999999999999999999"),
]


@pytest.mark.parametrize(
    "key",
    [
        *(
            "name",
            "question",
            "seeds",
            "quarters",
            "uncertainty",
            "uncertainty.file",
            "world",
            "world.cities",
        ),
        *("parameters", "parameters.stall", "parameters.practices_per_domain", "parameters.twinning"),
        *("arms", "arms.a", "arms.a.stall", "design", "design.kind", "design.samples", "design.stall"),
        *("design.twinning", "record", "record.outcomes", "execution", "execution.workers", "x"),
    ],
)
def test_whatever_stands_at_a_key_is_a_config_or_a_fault_on_a_line(write: Write, key: str) -> None:
    path = write()
    lines: list[str] = []
    for value in ODD_VALUES:
        try:
            load_config(path, [f"{key}={value}"])
        except ConfigError as error:
            lines += error.messages
    assert len(lines) >= len(ODD_VALUES) // 2
    assert all(line.startswith(f"{path}: ") and "\n" not in line for line in lines)
