"""What ``validate`` does: runs what is missing, judges, writes table, page and figure."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from citysim.analysis.tables import write_csvs
from citysim.cli.actions.report import keep
from citysim.cli.actions.run import simulate
from citysim.cli.display import console, print_paths, print_table
from citysim.cli.request import Request
from citysim.errors import ConfigError
from citysim.execute.runner import plan_experiment
from citysim.language import DEFAULT, gettext, speaking
from citysim.patterns.targets import RESAMPLES
from citysim.plan.shipped import shipped
from citysim.store.contents import check_ours
from citysim.store.files import writing
from citysim.store.outputs import write_output
from citysim.validation.catalogue import patterns
from citysim.validation.report import PAGE_FILE, SHARES_FILE, TABLE_FILE, accepted_text, page, share_lines
from citysim.validation.samples import Stage, sources_in
from citysim.validation.validate import shares, validate

#: What ``--quick`` sets, and how often it draws the record again.
_QUICK = ("seeds=4", "uncertainty.monte_carlo_seeds=0")
_QUICK_RESAMPLES = 20
_PATTERNS_FILE = "validation_patterns.csv"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for on the command line."""

    folders: Sequence[Path]
    out: Path
    posterior: Path | None
    settings: Sequence[str]
    workers: str | None
    executor: str | None
    scheduler: str | None
    quick: bool
    run: bool
    language: str = DEFAULT


def check(asked: Asked) -> list[Request]:
    """What must be run beside what is in the folders; nothing is written.

    Raises ``ConfigError`` or ``ResultError`` where a folder, the draws or a setting is at fault.
    """
    check_ours(asked.out)
    there = {(source.experiment, source.stage) for source in sources_in(asked.folders)}
    if not asked.run:
        if not there:
            raise ConfigError("--no-run: no result folders named, so there is nothing to judge")
        return []
    if asked.posterior is not None and not asked.posterior.is_file():
        raise ConfigError(f"--posterior: {asked.posterior}: no such file")
    needed = dict.fromkeys(part.experiment for pattern in patterns() for part in pattern.parts)
    stages: list[Stage] = ["prior"] if asked.posterior is None else ["prior", "posterior"]
    return [
        _request(name, stage, asked)
        for stage in stages
        for name in needed
        if name in shipped() and (name, stage) not in there
    ]


def _request(name: str, stage: Stage, asked: Asked) -> Request:
    request = Request(
        config=Path(name),
        workers=asked.workers,
        executor=asked.executor,
        scheduler=asked.scheduler,
        out=str(asked.out / stage / name),
        overrides=(*(_QUICK if asked.quick else ()), *asked.settings),
        posterior=str(asked.posterior) if stage == "posterior" else None,
    )
    request.check()
    return request


def run(asked: Asked, requests: Sequence[Request]) -> None:
    """Run what is missing, then hold everything against the record and write it."""
    out = asked.out
    # The list of patterns first: it makes the folder one of ours, so that an interrupted command goes on.
    listed = [(each.id, each.use, each.what, each.source, each.reason) for each in patterns()]
    columns = ["pattern", "use", "what", "source", "reason"]
    write_csvs({_PATTERNS_FILE: pd.DataFrame(listed, columns=columns)}, out)
    made = []
    for request in requests:
        console().print(f"running {request.config} into {request.out}", soft_wrap=True)
        plan = plan_experiment(request.config, out=request.out, overrides=request.settings)
        simulate(plan, request)
        made.append(plan.folder)
    resamples = _QUICK_RESAMPLES if asked.quick else RESAMPLES
    table = validate([*asked.folders, *made], resamples=resamples)
    write_csvs({TABLE_FILE: table, SHARES_FILE: shares(table)}, out)
    write_output(out, PAGE_FILE, "page", writing(page(table).encode()))
    with speaking(asked.language):
        print_table(_shown(table), gettext("Patterns of the real world and what the model predicts"))
        drawn = _drawn(table, out)
    for line in share_lines(table):
        console().print(line, soft_wrap=True)
    print_paths("written:", [out / TABLE_FILE, out / SHARES_FILE, out / PAGE_FILE, *drawn])


def _drawn(table: pd.DataFrame, out: Path) -> list[Path]:
    from citysim.figures.validation import draw  # noqa: PLC0415  draws

    try:
        return keep(draw(table), out)
    except ValueError as error:
        console(stderr=True).print(f"no figure: {error}")
        return []


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    rows = table[table["statistic"].notna()]
    named = {str(key): value for key, value in rows.items()}
    return pd.DataFrame(
        {
            "pattern": named["pattern"],
            "use": named["use"],
            "test": named["test"],
            "statistic": named["statistic"],
            "accepted": [accepted_text(row) for row in rows.to_dict("records")],  # type: ignore[arg-type]
            "prior": named["prior_median"],
            "posterior": named["posterior_median"],
            "verdict": named["verdict"],
        }
    )
