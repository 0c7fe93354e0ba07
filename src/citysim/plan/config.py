"""The config of an experiment: one TOML file per question, checked as a whole.

Every fault of a config is reported at once, a line each, with the key's path.
"""

import copy
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import tomli_w
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
)

from citysim.errors import ConfigError
from citysim.language import DEFAULT
from citysim.model.forms import chosen, idle
from citysim.model.strict import StrictModel
from citysim.plan import faults as checks
from citysim.plan.calibration import CalibrationConfig, check_calibration
from citysim.plan.design.axes import GRID_KINDS, Axis, Values
from citysim.plan.design.read import check_axes, check_conflicts, check_names, read_design
from citysim.plan.events import KEY as EVENTS
from citysim.plan.events import is_axis, take_events, toml_tables
from citysim.plan.execution import ExecutionConfig
from citysim.plan.extensions import FOLDER, ExtensionFile, ModelConfig, put_at_hand, read_extensions
from citysim.plan.faults import Fault, Value
from citysim.plan.hindcast import hindcast_faults
from citysim.plan.interventions import intervention_faults, interventions
from citysim.plan.kinds import DesignKind
from citysim.plan.posterior import check_posterior
from citysim.plan.record import RecordConfig, check_record, with_needed
from citysim.plan.report import ReportConfig, check_report, stall_levels
from citysim.plan.shipped import config_path
from citysim.plan.slurm import SlurmConfig
from citysim.plan.stall import check_years
from citysim.plan.toml import apply_overrides, read_toml
from citysim.plan.world import LARGEST_SEED, WorldConfig, check_quarters, check_world, start_of
from citysim.world.plain import whole
from citysim.world.sizes import QUARTERS

#: Analyses that a config may ask for (``citysim.analysis.answers``).
AnalysisName = Literal[
    "factorial", "added_value", "pathway", "number", "ledger", "contact", "gains", "intervention", "hindcast"
]

SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_MOST_SEEDS = 1_000_000


def experiment_name(name: str) -> str:
    """The name of an experiment, which names its folder. Raises ``ValueError`` where it cannot."""
    if not SLUG.fullmatch(name):
        raise ValueError(
            f"found {checks.shown(name)}, allowed: up to 64 letters, digits, '-' and '_', no path"
        )
    return name


def _seeds(found: object) -> object:
    """A number of replications, or a list of seeds, each once."""
    if isinstance(found, list | tuple):
        found = [whole(seed) for seed in found]
    if isinstance(found, bool) or not isinstance(found, int | list | tuple):
        raise ValueError(f"found {checks.shown(found)}, expected a number of replications or a list of seeds")  # noqa: TRY004  pydantic collects ValueError
    if isinstance(found, int):
        if not 1 <= found <= _MOST_SEEDS:
            raise ValueError(f"found {found}, allowed: 1 to {_MOST_SEEDS:,} replications")
        return found
    if not found:
        raise ValueError("found an empty list, expected at least one seed")
    wrong = [seed for seed in found if isinstance(seed, bool) or not isinstance(seed, int)]
    wrong = wrong or [seed for seed in found if not 0 <= seed <= LARGEST_SEED]
    if wrong:
        raise ValueError(
            f"found {', '.join(map(checks.shown, wrong))}, a seed is a whole number from 0 to {LARGEST_SEED}"
        )
    twice = sorted({seed for seed in found if found.count(seed) > 1})
    if twice:
        raise ValueError(f"duplicate seeds {', '.join(map(str, twice))}; name each once")
    return tuple(found)


class UncertaintyConfig(StrictModel):
    """Where a replication's parameter draw comes from, and how Monte Carlo error is measured."""

    parameters: Literal["prior", "posterior", "defaults"] = "prior"
    #: CSV or Parquet with a column per parameter and a row per draw; relative to the config.
    file: str | None = None
    #: Extra replications at the default parameters.
    monte_carlo_seeds: Annotated[int, Field(ge=0, le=_MOST_SEEDS)] = 8


class DesignConfig(StrictModel):
    """How the swept axes are combined into design points."""

    kind: DesignKind = "grid"
    #: Points of a sampled design; base points of ``saltelli``; trajectories of ``morris``.
    samples: Annotated[int | None, Field(ge=1, le=1_000_000)] = None
    #: Grid levels of ``morris``.
    levels: Annotated[int | None, Field(ge=2, le=100)] = None
    #: Whether ``saltelli`` also samples for indices of second order.
    second_order: bool | None = None
    axes: dict[str, Axis] = Field(default_factory=dict)


class ExperimentConfig(StrictModel):
    """A checked experiment.

    ``design.axes`` holds :class:`~citysim.plan.design.axes.Values` and ``Range`` objects;
    ``posterior`` holds the draws where the uncertainty is a posterior.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    name: Annotated[str, AfterValidator(experiment_name)]
    question: str = ""
    hypothesis: str | None = None
    estimand: str | None = None
    refuted_by: str | None = None
    #: Analyses beside the compensation ratio.
    analyses: Annotated[tuple[AnalysisName, ...], Field(strict=False)] = ()
    seeds: Annotated[int | tuple[int, ...], BeforeValidator(_seeds)]
    quarters: Annotated[int, Field(ge=1)] = QUARTERS
    uncertainty: UncertaintyConfig = UncertaintyConfig()
    world: WorldConfig = WorldConfig()
    model: ModelConfig = ModelConfig()
    parameters: dict[str, Any] = Field(default_factory=dict)
    #: Dated events of all arms, as one text; those of an arm are its setting ``events``.
    events: str = ""
    arms: dict[str, dict[str, Any]]
    design: DesignConfig = DesignConfig()
    record: RecordConfig = RecordConfig()
    report: ReportConfig = ReportConfig()
    calibration: CalibrationConfig = CalibrationConfig()
    execution: ExecutionConfig = ExecutionConfig()

    #: The files of ``model.extensions`` as they were read.
    _extensions: tuple[ExtensionFile, ...] = PrivateAttr(default=())

    @property
    def extensions(self) -> tuple[ExtensionFile, ...]:
        """The extensions of the model, in the order of the config."""
        return self._extensions

    @property
    def replications(self) -> tuple[int, ...]:
        """Seeds of the paired replications."""
        return tuple(range(1, self.seeds + 1)) if isinstance(self.seeds, int) else self.seeds

    @property
    def axes(self) -> dict[str, Axis]:
        """Swept axes by switch or parameter."""
        return self.design.axes


_SECTIONS: dict[str, type[BaseModel]] = {
    "uncertainty": UncertaintyConfig,
    "world": WorldConfig,
    "model": ModelConfig,
    "record": RecordConfig,
    "report": ReportConfig,
    "calibration": CalibrationConfig,
    "execution": ExecutionConfig,
}
_TOP = (*ExperimentConfig.model_fields,)
_KEYS_AT: dict[tuple[str, ...], tuple[str, ...]] = {
    (): _TOP,
    **{(name,): tuple(section.model_fields) for name, section in _SECTIONS.items()},
    ("execution", "slurm"): tuple(SlurmConfig.model_fields),
}
_TABLES: dict[str, type[BaseModel]] = {"design": DesignConfig, **_SECTIONS}
#: Full names of the keys of the sections.
_IN_SECTIONS = {key: f"{name}.{key}" for name, table in _TABLES.items() for key in table.model_fields}


def load_config(path: Path | str, overrides: Iterable[str] = (), *, execute: bool = True) -> ExperimentConfig:
    """The checked experiment in a TOML file, or a shipped one by its name.

    ``overrides`` are ``KEY=VALUE`` texts, as of ``--set``. Files of extensions are executed to see what they
    add, unless not to ``execute`` them: then that is read from beside them, as a result folder has it.
    Raises ``ConfigError`` with all faults.
    """
    file = config_path(path)
    shown = Path(path) if file.is_absolute() else file  # a shipped one by the name that was asked for
    table = read_toml(file)
    changed = apply_overrides(table, overrides)
    config, faults = _check(table, file.parent, execute=execute)
    if any(fault.path[:2] == ("model", "extensions") for fault in faults):  # whose names are not known then
        faults = [fault for fault in faults if not fault.text.startswith("unknown ")]
    if config is None or faults:
        raise ConfigError.from_messages([_line(shown, fault, changed) for fault in _in_order(faults, table)])
    return config


def _line(path: Path, fault: Fault, changed: set[tuple[str, ...]]) -> str:
    names = tuple(str(part) for part in fault.path)
    by_override = any(names[: len(key)] == key for key in changed)
    return f"{path}: {fault.key}: {fault.text}{' (from the command line)' if by_override else ''}"


def _in_order(faults: list[Fault], table: Mapping[str, Any]) -> list[Fault]:
    """Faults by section, as the sections stand in the file; what is missing comes first."""
    order = {name: position for position, name in enumerate(table)}
    return sorted(faults, key=lambda fault: order.get(str(fault.path[0]), -1))


def _check(
    raw: Mapping[str, Any], folder: Path, *, execute: bool
) -> tuple[ExperimentConfig | None, list[Fault]]:
    table = copy.deepcopy(dict(raw))
    extensions, faults = read_extensions(raw, folder, execute=execute)
    put_at_hand([each.described for each in extensions])
    faults += _check_unknown_top(table)
    start = start_of(table)
    faults += check_quarters(table.get("quarters"), start)
    events, event_faults = take_events(table, start)
    faults += event_faults
    faults += checks.check_settings(("parameters",), table.get("parameters", {}))
    faults += _check_arms(table)
    design, axes, axis_faults = read_design(raw, events, start)
    faults += axis_faults
    if isinstance(table.get("design", {}), Mapping):
        table["design"] = {**design, "axes": axes}
    config = None
    try:
        config = ExperimentConfig.model_validate(table)
    except ValidationError as error:
        own = ("parameters", "arms")
        faults += [f for f in checks.faults_of(error, _KEYS_AT) if f.path[0] not in own and f not in faults]
    faults += check_conflicts(raw, axes)
    if config is None:
        return None, faults
    if not axis_faults:
        faults += check_axes(axes, **config.design.model_dump(exclude={"axes"}))
        faults += check_names(axes, config.record.outcomes)
    faults += check_world(config.world, folder)
    if not axis_faults:
        faults += check_posterior(
            config.uncertainty.parameters, config.uncertainty.file, folder, chosen_forms(config)
        )
    if not faults:
        faults += check_years(config.parameters, config.arms, axes, config.quarters, start)
        levels = stall_levels(axes, config.arms, config.parameters)
        faults += check_report(config.report, levels, cities_kept=config.record.cities)
        faults += _check_intervention(config) + check_record(config.record, config.quarters)
        faults += check_calibration(
            config.calibration, folder, arms=config.arms, fixed=config.parameters, axes=axes
        )
        faults += hindcast_faults(config.analyses, config.world, config.record)
    if faults:
        return None, faults
    return _normalised(config, axes, folder, extensions), []


def _check_unknown_top(table: dict[str, Any]) -> list[Fault]:
    """Unknown keys at the top; a parameter there is pointed to its section."""
    faults = []
    for key in [key for key in table if key not in _TOP]:
        del table[key]
        if key in checks.settable():
            faults.append(Fault((key,), f"unknown key, did you mean 'parameters.{key}'?"))
        else:
            faults.append(checks.unknown_key((key,), _TOP, _IN_SECTIONS))
    return faults


def _check_arms(table: dict[str, Any]) -> list[Fault]:
    arms = table.get("arms")
    if arms is None:
        return [Fault(("arms",), "missing; name at least one arm, such as [arms.both] with networks = true")]
    if not isinstance(arms, Mapping):
        return [Fault(("arms",), f"found {checks.shown(arms)}, expected tables such as [arms.both]")]
    if not arms:
        return [Fault(("arms",), "empty; name at least one arm, such as [arms.both] with networks = true")]
    faults: list[Fault] = []
    for name, settings in arms.items():
        if not SLUG.fullmatch(name):
            text = f"arm named {checks.shown(name)}, allowed: letters, digits, '-' and '_'"
            faults.append(Fault(("arms", name), text))
        if isinstance(settings, Mapping) and not settings:
            faults.append(Fault(("arms", name), "sets no switch or parameter, such as twinning = false"))
        others = settings
        if isinstance(settings, Mapping):
            others = {key: value for key, value in settings.items() if key != EVENTS}
        faults += checks.check_settings(("arms", name), others)
    return faults


def _check_intervention(config: ExperimentConfig) -> list[Fault]:
    drawn = config.uncertainty.parameters != "defaults"
    return intervention_faults(
        config.analyses,
        pairs=len(interventions(config.parameters, config.arms, drawn=drawn)),
        events=any(EVENTS in settings for settings in config.arms.values()),
        groups=config.record.groups,
        trajectories=config.record.trajectories,
        sampled=config.design.kind not in GRID_KINDS,
    )


def _normalised(
    config: ExperimentConfig,
    axes: Mapping[str, Axis],
    folder: Path,
    extensions: tuple[ExtensionFile, ...],
) -> ExperimentConfig:
    """Every default written out and every value in its parameter's type."""

    def normal(settings: Mapping[str, Value]) -> dict[str, Value]:
        return {name: checks.normal(name, value) for name, value in settings.items()}

    file, targets = config.uncertainty.file, config.calibration.targets
    data = None if config.world.data is None else str(folder / config.world.data)
    read = {
        name: replace(axis, values=tuple(checks.normal(name, value) for value in axis.values))
        if isinstance(axis, Values) and not is_axis(name)
        else axis
        for name, axis in axes.items()
    }
    full = config.model_copy(
        update={
            "world": config.world.with_defaults().model_copy(update={"data": data}),
            "parameters": normal(config.parameters),
            "arms": {arm: normal(settings) for arm, settings in config.arms.items()},
            "design": config.design.model_copy(update={"axes": read}),
            "record": with_needed(config.record, config.analyses, config.arms, extended=bool(extensions)),
            "model": ModelConfig(extensions=tuple(str(folder / name) for name in config.model.extensions)),
            "uncertainty": config.uncertainty.model_copy(
                update={"file": str(folder / file) if file else None}
            ),
            "calibration": config.calibration.model_copy(
                update={
                    "targets": str(folder / targets) if targets else None,
                    "cross": tuple(str(folder / name) for name in config.calibration.cross),
                }
            ),
        }
    )
    full._extensions = extensions  # noqa: SLF001  pydantic takes no private attribute when it makes a model
    return full


def config_toml(config: ExperimentConfig, posterior: str | None = None, world_data: str | None = None) -> str:
    """The resolved config as TOML; extensions are named where a result folder keeps them.

    ``posterior`` and ``world_data`` replace the names of the file of draws and of the folder of tables.
    """
    table = config.model_dump(mode="python", exclude_none=True, exclude={"design": {"axes"}})
    table["design"] |= {name: axis.as_toml() for name, axis in config.axes.items()}
    for settings in (table, *table["arms"].values()):
        if EVENTS in settings and not settings[EVENTS]:
            del settings[EVENTS]
        elif EVENTS in settings:
            settings[EVENTS] = toml_tables(settings[EVENTS])
    if config.calibration.targets is None:  # nothing is calibrated
        del table["calibration"]
    # folders from before there was a report section, or a language, are as they would be now
    if table["report"]["language"] == DEFAULT:
        del table["report"]["language"]
    if not table["report"]:
        del table["report"]
    if config.extensions:
        table["model"]["extensions"] = [f"{FOLDER}/{each.file}" for each in config.extensions]
    else:
        del table["model"]
    if posterior is not None:
        table["uncertainty"]["file"] = posterior
    if world_data is not None:
        table["world"]["data"] = world_data
    return tomli_w.dumps(table)


def chosen_forms(config: ExperimentConfig) -> dict[str, set[object]]:
    """The forms of mechanisms that a config's runs have, by choice among forms."""
    return chosen(*_settings_and_lists(config))


def idle_parameters(config: ExperimentConfig) -> set[str]:
    """Parameters of forms that no run of a config has; no replication draws them."""
    return idle(*_settings_and_lists(config))


def _settings_and_lists(
    config: ExperimentConfig,
) -> tuple[list[dict[str, object]], dict[str, Collection[object]]]:
    """What is set for each arm, and the values of swept lists."""
    listed: dict[str, Collection[object]] = {
        name: axis.values for name, axis in config.axes.items() if isinstance(axis, Values)
    }
    return [{**config.parameters, **settings} for settings in config.arms.values()], listed
