"""The runs of an experiment: every arm × design point × replication, each known by what it is."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from pydantic import ValidationError

from citysim.errors import ConfigError
from citysim.language import gettext, ngettext, numeral
from citysim.model import MODEL_VERSION
from citysim.model.forms import silent
from citysim.model.parameters import parameter_specs, parameters_at_hand
from citysim.model.paths import unpacked
from citysim.plan.config import ExperimentConfig, idle_parameters
from citysim.plan.design.points import Point, design_points, number_of_points
from citysim.plan.draws import Draw, posterior_rows, prior_draws
from citysim.plan.events import is_axis, texts, with_values
from citysim.plan.extensions import ExtensionFile, put_at_hand
from citysim.plan.faults import Value
from citysim.plan.ids import id_of
from citysim.plan.posterior import posterior_draws

if TYPE_CHECKING:
    import pandas as pd

_MOST_RUNS = 5_000_000
#: Parameters that a note names.
_NAMED = 6
_json = json.JSONEncoder(allow_nan=False).encode


@dataclass(frozen=True, slots=True)
class RunSpec:
    """One run: everything that decides its outcome, and its id."""

    run: str
    arm: str
    seed: int
    draw: Draw
    quarters: int
    swept: Point
    parameters: dict[str, Value]
    extensions: tuple[ExtensionFile, ...] = ()


def run_id(
    world: str,
    quarters: int,
    arm: str,
    seed: int,
    draw: Draw,
    parameters: dict[str, Value],
    extensions: Sequence[str] = (),
) -> str:
    """Id over all that decides a run; ``world`` is the world's digest, ``extensions`` those of their files.

    Never a position in a list, so that a run is found again after the config has changed.
    """
    # What json.dumps(…, sort_keys=True) gives, with the parts that runs share encoded once.
    deciding = sorted(parameters.keys() - silent(parameters))
    values = ", ".join([_encoded(name, parameters[name]) for name in deciding])
    parts = [
        *(_encoded("arm", arm), _encoded("draw", draw)),
        *([f'"extensions": {_json(list(extensions))}'] if extensions else []),
        _encoded("model", MODEL_VERSION),
        f'"parameters": {{{values}}}',
        *(f'"quarters": {quarters}', f'"seed": {seed}', _encoded("world", world)),
    ]
    text = f"{{{', '.join(parts)}}}"
    return id_of(text)


@lru_cache(maxsize=8192, typed=True)
def _encoded(name: str, value: Value) -> str:
    """An entry of a JSON object; typed, as 1, 1.0 and true are equal and differ as text."""
    return f'"{name}": {_json(value)}'


def run_specs(config: ExperimentConfig, world_digest: str) -> list[RunSpec]:
    """All runs in design order, each once: replication by replication, so that an interrupted sweep holds
    whole pairs.

    Settings win in this order: the design point, the arm, ``[parameters]``, the replication's draw, the
    default. Raises ``ConfigError`` where a value is not allowed.
    """
    count = number_of_runs(config)
    if count > _MOST_RUNS:
        raise ConfigError(f"design: {count:,} runs asked for, allowed: {_MOST_RUNS:,}")
    # Parameters are checked one by one, so the parts that make a run are checked, and not every run.
    put_at_hand([each.described for each in config.extensions])
    # Runs without events have no such parameter: they are what they were before there were any.
    defaults: dict[str, Value] = parameters_at_hand()().model_dump(exclude={"events", "paths"})
    digests = [each.digest for each in config.extensions]
    given = {
        arm: _checked(f"arms.{arm}", _without_events({**config.parameters, **settings}))
        for arm, settings in config.arms.items()
    }
    design = [_Row.of(point, texts(config.events, config.arms)) for point in design_points(config.design)]
    specs: dict[str, RunSpec] = {}
    for seed, draw, drawn in _replications(config):
        base = defaults | _checked(f"seed {seed}", drawn)
        for arm, settings in given.items():
            for row in design:
                parameters = base | settings | row.settings | row.events[arm]
                identity = run_id(
                    world=world_digest,
                    quarters=config.quarters,
                    arm=arm,
                    seed=seed,
                    draw=draw,
                    # A point is one run of each arm, also of one that lacks the event whose date it sweeps.
                    parameters=parameters | row.of_events,
                    extensions=digests,
                )
                # Points that rounding to whole numbers makes equal are one run.
                specs[identity] = RunSpec(
                    run=identity,
                    arm=arm,
                    seed=seed,
                    draw=draw,
                    quarters=config.quarters,
                    swept=row.point,
                    parameters=parameters,
                    extensions=config.extensions,
                )
    return list(specs.values())


@dataclass(frozen=True, slots=True)
class _Row:
    """A design point: what it sets of the parameters, and of events, and so the events of each arm."""

    point: Point
    settings: Point
    of_events: Point
    events: dict[str, Point]

    @classmethod
    def of(cls, point: Point, texts_: Mapping[str, str]) -> "_Row":
        of_events = {name: value for name, value in point.items() if is_axis(name)}
        settings = _checked("design", {name: v for name, v in point.items() if name not in of_events})
        found = {arm: with_values(text, of_events) if of_events else text for arm, text in texts_.items()}
        events: dict[str, Point] = {arm: {"events": text} if text else {} for arm, text in found.items()}
        return cls(settings | of_events, settings, of_events, events)


def _without_events(settings: dict[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in settings.items() if name != "events"}


def has_events(config: ExperimentConfig) -> bool:
    """Whether any arm of an experiment has events."""
    return any(texts(config.events, config.arms).values())


def number_of_runs(config: ExperimentConfig) -> int:
    """Length of ``run_specs``, without making them; fewer are run where rounding makes points equal."""
    return number_of_points(config.design) * len(config.arms) * number_of_replications(config)


def number_of_replications(config: ExperimentConfig) -> int:
    """Replications of a config, those at the defaults included."""
    drawn = config.uncertainty.parameters != "defaults"
    return len(config.replications) + (config.uncertainty.monte_carlo_seeds if drawn else 0)


def _checked(where: str, settings: dict[str, Value]) -> dict[str, Value]:
    try:
        values = parameters_at_hand().model_validate(settings).model_dump()
    except ValidationError as error:
        fault = error.errors()[0]
        raise ConfigError(f"{where}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}") from None
    written = unpacked(values["paths"])
    return {name: written.get(name, values[name]) for name in settings}


def _replications(config: ExperimentConfig) -> list[tuple[int, Draw, dict[str, Value]]]:
    """Seed, kind of draw and drawn values of every replication; those at the defaults come last."""
    draw: Draw = config.uncertainty.parameters
    seeds = config.replications
    if draw == "defaults":
        # These replications measure the Monte Carlo error themselves.
        return [(seed, draw, {}) for seed in seeds]
    posterior = posterior_draws(config)
    none = idle_parameters(config)
    rows = prior_draws(seeds) if posterior is None else posterior_rows(seeds, posterior)
    drawn = {seed: {name: row[name] for name in row if name not in none} for seed, row in rows.items()}
    at_defaults: list[tuple[int, Draw, dict[str, Value]]] = [
        (seed, "defaults", {}) for seed in range(1, config.uncertainty.monte_carlo_seeds + 1)
    ]
    return [*((seed, draw, drawn[seed]) for seed in seeds), *at_defaults]


def drawn_names(config: ExperimentConfig) -> list[str]:
    """Parameters that differ between replications: drawn, and neither fixed nor swept."""
    if config.uncertainty.parameters == "defaults":
        return []
    posterior = posterior_draws(config)
    drawn: Iterable[str] = prior_draws([1])[1] if posterior is None else map(str, posterior.columns)
    elsewhere = {*config.parameters, *config.axes, *idle_parameters(config)}
    return [name for name in drawn if name not in elsewhere]


def posterior_note(config: ExperimentConfig) -> str | None:
    """How many distinct draws of a posterior the replications take, and what becomes of parameters that it
    does not list; None where there is no posterior.
    """
    posterior = posterior_draws(config)
    if posterior is None:
        return None
    seeds, names = config.replications, drawn_names(config)
    distinct = len({tuple(row[name] for name in names) for row in posterior_rows(seeds, posterior).values()})
    elsewhere = {*map(str, posterior.columns), *config.parameters, *config.axes, *idle_parameters(config)}
    left = [spec.name for spec in parameter_specs().values() if spec.uncertain and spec.name not in elsewhere]
    note = gettext(
        "{replications}, {draws} of {parameters} from a posterior",
        replications=ngettext("{count} replication", "{count} replications", len(seeds)),
        draws=ngettext("{count} distinct draw", "{count} distinct draws", distinct),
        parameters=ngettext("{count} parameter", "{count} parameters", len(names)),
    )
    if not left:
        return note
    named = ", ".join(left[:_NAMED])
    if len(left) > _NAMED:
        more = numeral(f"{len(left) - _NAMED:,}")
        named = gettext("{first} and {count} more", first=named, count=more)
    rest = ngettext(
        "the uncertain parameter it does not list stays at its default",
        "{count} uncertain parameters it does not list stay at their defaults",
        len(left),
    )
    return f"{note}; {rest} ({named})"


def swept_names(config: ExperimentConfig) -> list[str]:
    """Columns of the design points; ``stall`` always is one."""
    return [*config.axes] if "stall" in config.axes else ["stall", *config.axes]


def design_table(config: ExperimentConfig, specs: Sequence[RunSpec]) -> "pd.DataFrame":
    """One row per run in design order: ``run, arm, seed, draw``, the swept and the drawn values.

    A column in which some values are words, such as ``stall = "endogenous"``, is text throughout.
    """
    import pandas as pd  # noqa: PLC0415  takes a second, and planning needs none of it

    return pd.DataFrame(design_columns(config, specs))


def design_columns(config: ExperimentConfig, specs: Sequence[RunSpec]) -> dict[str, list[Value]]:
    """The columns of ``design_table``."""
    return key_columns(specs, swept_names(config)) | _columns(specs, drawn_names(config))


def key_columns(specs: Sequence[RunSpec], swept: Iterable[str]) -> dict[str, list[Value]]:
    """What tells the runs of an experiment apart: id, arm, seed, draw and swept values."""
    return {
        "run": [spec.run for spec in specs],
        "arm": [spec.arm for spec in specs],
        "seed": [spec.seed for spec in specs],
        "draw": [spec.draw for spec in specs],
        **_columns(specs, swept),
    }


def _columns(specs: Sequence[RunSpec], names: Iterable[str]) -> dict[str, list[Value]]:
    columns: dict[str, list[Value]] = {}
    for name in names:
        values: list[Value] = [spec.swept[name] if is_axis(name) else spec.parameters[name] for spec in specs]
        words = any(isinstance(value, str) for value in values)
        columns[name] = [str(value) for value in values] if words else values
    return columns
