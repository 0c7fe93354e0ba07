"""The table of validation: every pattern, its range, what the model predicts, and the verdict."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from citysim.patterns.targets import RESAMPLES
from citysim.plan.world import WorldConfig, build_world
from citysim.validation.catalogue import Part, Pattern, patterns
from citysim.validation.judge import HOLDS, NOT_RUN, Prediction, accepted, sentence, together, verdict
from citysim.validation.record import Records, record_of
from citysim.validation.samples import STAGES, Samples, sources_in

#: Numbers of a prediction, a column each and stage.
_NUMBERS = ("lower", "median", "upper", "runs", "inside")


def validate(
    folders: Iterable[Path | str], listed: Sequence[Pattern] | None = None, resamples: int = RESAMPLES
) -> pd.DataFrame:
    """Hold the runs in result folders against every pattern; a row per part, and one per pattern not judged.

    Columns: ``pattern``, ``use``, ``what``, ``source``, ``test``, ``experiment``, ``arm``, ``statistic``,
    ``target`` (the record's value, NaN where only a range is published), ``low``, ``high``, ``why`` (the
    range), of ``prior`` and ``posterior`` each ``_lower``, ``_median``, ``_upper`` (5, 50, 95 % of the runs),
    ``_runs``, ``_inside`` (share within the range) and ``_verdict``; ``verdict`` (the posterior's where there
    is one, else the prior's), ``sentence``, ``known`` (why it is missed, or not judged), ``verdict_pattern``.

    ``folders``: of results with ``[record] statistics = true``, or of calibrations. ``listed``: other
    patterns than the shipped. ``resamples``: of the bootstrap of the record's intervals.
    Raises ``ResultError`` where a folder is none of these.
    """
    samples = Samples(sources_in(Path(folder) for folder in folders))
    return table_of(samples, patterns() if listed is None else listed, _records(samples, resamples))


def table_of(samples: Samples, listed: Iterable[Pattern], records: Callable[[str], Records]) -> pd.DataFrame:
    """As ``validate``; ``records``: of the cities of an experiment, by its name."""
    rows: list[dict[str, Any]] = []
    for pattern in listed:
        about = {
            "pattern": pattern.id,
            "use": pattern.use,
            "what": pattern.what,
            "source": pattern.source,
        }
        if not pattern.judged:
            rows.append(
                about | {"verdict": pattern.use, "verdict_pattern": pattern.use, "known": pattern.reason}
            )
            continue
        parts = [_row(part, samples, records) for part in pattern.parts]
        whole = together(row["verdict"] for row in parts)
        rows += [about | row | {"verdict_pattern": whole} for row in parts]
    return pd.DataFrame(rows, columns=_COLUMNS)


def shares(table: pd.DataFrame) -> pd.DataFrame:
    """How many patterns hold: a row each for C, V and both, and of their statistics, taken one by one.

    Columns ``use``, ``judged``, ``holds``, ``share``, ``not_run``.

    Patterns that nothing was run for are told (``not_run``) and not counted.
    """
    whole = table.drop_duplicates("pattern").assign(found=lambda rows: rows["verdict_pattern"])
    single = table.assign(found=table["verdict"])
    rows = []
    for use, allowed, of in (
        ("C", ["C"], whole),
        ("V", ["V"], whole),
        ("both", ["C", "V"], whole),
        ("statistics", ["C", "V"], single),
    ):
        own = of[of["use"].isin(allowed)]
        judged = own[own["found"] != NOT_RUN]
        holds = int((judged["found"] == HOLDS).sum())
        rows.append(
            {
                "use": use,
                "judged": len(judged),
                "holds": holds,
                "share": holds / len(judged) if len(judged) else np.nan,
                "not_run": len(own) - len(judged),
            }
        )
    return pd.DataFrame(rows)


def _row(part: Part, samples: Samples, records: Callable[[str], Records]) -> dict[str, Any]:
    """A part held against the runs of both stages."""
    row: dict[str, Any] = {
        name: getattr(part, name) for name in ("test", "experiment", "arm", "statistic", "why", "known")
    }
    record = records(part.experiment).get((part.statistic, part.record)) if part.computed else None
    found = accepted(part, record)
    if found is None:
        return row | {"verdict": NOT_RUN, "sentence": "No record of these cities to hold it against."}
    row |= {"target": found.target, "low": found.low, "high": found.high}
    last: Prediction | None = None
    for stage in STAGES:
        values = samples.values(part.experiment, part.arm, part.statistic, stage)
        predicted = Prediction.of(values, found)
        row[f"{stage}_verdict"] = verdict(found, predicted)
        if predicted is not None:
            row |= {f"{stage}_{name}": getattr(predicted, name) for name in _NUMBERS}
            last = predicted
    return row | {"verdict": verdict(found, last), "sentence": sentence(found, last)}


def _records(samples: Samples, resamples: int) -> Callable[[str], Records]:
    """The record of the cities of each experiment; worlds alike share one."""
    known: dict[str, Records] = {}

    def of(experiment: str) -> Records:
        config = samples.config(experiment)
        if config is None or config.world.kind != "real":
            return {}
        today = _today(config.world)
        key = today.model_dump_json()
        if key not in known:
            known[key] = record_of(build_world(today), resamples)
        return known[key]

    return of


def _today(world: WorldConfig) -> WorldConfig:
    """The same cities with the ties of the record."""
    return world.model_copy(update={"ties": True, "start": None})


_COLUMNS = [
    *("pattern", "use", "what", "source", "test", "experiment", "arm", "statistic"),
    *("target", "low", "high", "why"),
    *(f"{stage}_{name}" for stage in STAGES for name in (*_NUMBERS, "verdict")),
    *("verdict", "sentence", "known", "verdict_pattern"),
]
