"""What ``calibrate`` does: the runs of each wave, then posterior, tables and figures."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from threadpoolctl import threadpool_limits

from citysim.arrays import Floats
from citysim.calibration.data import Targets, by_arm, sample_of
from citysim.calibration.emulate import Emulator
from citysim.calibration.history import History
from citysim.calibration.implausibility import Left
from citysim.calibration.record import check_statistics, targets_of
from citysim.calibration.space import Space
from citysim.cli.actions.calibration_report import report
from citysim.cli.actions.cross_report import cross_report
from citysim.cli.actions.run import SOME_FAILED, simulate
from citysim.cli.display import console
from citysim.cli.request import Request
from citysim.errors import ConfigError
from citysim.execute.processes import each_in_processes
from citysim.execute.runner import plan_experiment
from citysim.execute.threads import worker_count
from citysim.figures.caption import write_captions
from citysim.language import speaking
from citysim.model.forms import idle
from citysim.patterns.families import limits_of
from citysim.patterns.recorded import record_targets
from citysim.plan.calibration import CalibrationConfig
from citysim.plan.config import ExperimentConfig, UncertaintyConfig, load_config
from citysim.plan.design.read import UNCERTAIN
from citysim.plan.execution import execution_with
from citysim.plan.targets import read_targets
from citysim.plan.world import build_world
from citysim.store.checked import digest_of, read_checked_table
from citysim.store.contents import POSTERIOR, check_ours
from citysim.store.files import make_folder
from citysim.store.outputs import write_output

#: What the draws of a wave were made of, in their file.
_MADE_OF = b"citysim.calibration"
_EMULATORS = "citysim.calibration.emulate"


def calibrate(request: Request, *, quick: bool) -> int:
    """Calibrate; gives the exit status."""
    checked, request = _checked(request, quick=quick)
    folder = Path(request.out or f"results/{checked.name}{'_quick' if quick else ''}")
    check_ours(folder)
    # One thread: sums in another order have other last digits, and runs are the unit of parallel work.
    with threadpool_limits(limits=1):
        make_folder(folder)
        first, *others = _targets(checked)
        names = [Path(file).stem for file in checked.calibration.cross]
        work = _Work(checked, request, folder, first, dict(zip(names, others, strict=True)))
        history = work.history()
        for wave in range(checked.calibration.waves):
            work.wave(history, wave)
        history.close()
        with speaking(checked.report.language):
            captions = report(folder, history, checked.calibration, work.predicted, checked.parameters)
            if work.cross:
                captions += cross_report(folder, history, checked.calibration, work.cross, work.waves)
                write_captions(folder, captions)
    return SOME_FAILED if work.failed else 0


def _checked(request: Request, *, quick: bool) -> tuple[ExperimentConfig, Request]:
    """The config, and the request with the settings of ``--quick`` where that is asked for."""
    if quick:
        settings = load_config(request.config, request.overrides).calibration.quick
        if not settings:
            raise ConfigError(
                f"{request.config}: calibration.quick: missing; --quick needs settings KEY=VALUE"
            )
        request = replace(request, overrides=(*settings, *request.overrides))
    checked = request.check()
    if checked.calibration.targets is None:
        raise ConfigError(
            f"{request.config}: calibration.targets: missing; name the CSV of what is known, "
            "see docs/calibration.md"
        )
    return checked, request


def _files(section: CalibrationConfig) -> list[str]:
    """Files of targets: the calibration's, and those of other selections."""
    return [str(section.targets), *section.cross]


def _targets(config: ExperimentConfig) -> list[Targets]:
    """The targets of each file, those without a value from the record of the config's world."""
    files = [Path(file) for file in _files(config.calibration)]
    rows = [read_targets(file, config.arms) for file in files]
    record = None
    if config.world.kind == "real" and any(row.value is None for each in rows for row in each):
        _say("statistics of the record, with bootstraps (the first time it takes minutes)")
        record = record_targets(build_world(config.world))[["statistic", "source", "value", "sd"]]
    return [targets_of(each, record, file.name) for each, file in zip(rows, files, strict=True)]


@dataclass
class _Work:
    """One call of the command."""

    config: ExperimentConfig
    request: Request
    folder: Path
    targets: Targets
    #: Other selections of targets, by the stems of their files.
    cross: dict[str, Targets]
    failed: int = 0
    #: Digests of the runs of the waves so far.
    runs: list[str] = field(default_factory=list)
    #: Points of the cube and statistics by arm of each wave so far.
    waves: list[tuple[Floats, pd.DataFrame]] = field(default_factory=list)

    @property
    def section(self) -> CalibrationConfig:
        """What the config says of the calibration."""
        return self.config.calibration

    def history(self) -> History:
        """A history without any wave yet."""
        section, set_ = self.section, self.config.parameters
        space = Space.of(
            None if section.over == UNCERTAIN else section.over,
            fixed={*set_, *idle([set_ | arm for arm in self.config.arms.values()], {})},
            ranges=section.ranges,
        )
        return History(
            space,
            self.targets,
            limits_of(self.targets.statistics),
            cut=section.cut,
            rank=section.rank,
            least_r2=section.least_r2,
            accepted=section.accepted,
            each=self._each,
        )

    def _each(self, work: Callable[[Floats], Emulator], things: Iterable[Floats]) -> list[Emulator]:
        """``map``, in processes where there are several."""
        request = self.request
        execution = execution_with(
            self.config.execution, request.workers, request.executor, request.scheduler
        )
        processes = worker_count(execution.workers) if execution.executor == "local" else 1
        if processes < 2:
            return [work(thing) for thing in things]
        return each_in_processes(work, things, processes=processes, preload=_EMULATORS)

    def wave(self, history: History, wave: int) -> None:
        """Run a wave, from 0, as far as it is not done, and take it into the history."""
        draws, first = self.section.draws, wave * self.section.draws
        cube = self._design(history, wave)
        _say(f"wave {wave + 1} of {self.section.waves}: {draws} draws in {len(self.config.arms)} arms")
        seeds = range(first + 1, first + draws + 1)
        table = self._run(f"wave-{wave + 1}", self._draws(wave), seeds)
        table.index = table.index - first
        self.waves.append((cube, table))
        found = history.take(sample_of(cube, table, self.targets.of_runs, wave))
        r2 = found.table.loc[found.table["used"], "r2"].median()
        _say(
            f"wave {wave + 1}: {int(found.used.sum())} of {len(found.used)} statistics calibrate, "
            f"median R² of their emulators {r2:.2f}"
        )

    def predicted(self, runs: int) -> pd.DataFrame:
        """Statistics of runs at the first draws of the posterior, a row per seed."""
        _say(f"posterior predictive check: {runs} draws in {len(self.config.arms)} arms")
        return self._run("predictive", self.folder / POSTERIOR, range(1, runs + 1))

    def _design(self, history: History, wave: int) -> Floats:
        """Points of a wave; as they were drawn, where nothing that they were drawn from has changed.

        The file of draws holds those of all waves so far, so that every run has a seed of its own.
        """
        file, made_of = self._draws(wave), self._made_of(wave)
        kept = read_checked_table(self.folder, file.name) if file.is_file() else None
        said = json.loads((kept.schema.metadata or {}).get(_MADE_OF, b"{}")) if kept is not None else {}
        if kept is None or said.get("made_of") != made_of:
            own = history.space.values(history.design(self.section.draws))
            earlier = [pd.read_parquet(self._draws(wave - 1))] if wave else []
            kept = pa.Table.from_pandas(pd.concat([*earlier, own]), preserve_index=False)
            left = history.left
            said = {"made_of": made_of, "share": left.share, "error": left.error}
            _write_table(self.folder, file.name, kept, json.dumps(said).encode())
        history.note_left(Left(said["share"], said["error"]))
        return history.space.cube(kept.to_pandas().iloc[wave * self.section.draws :])

    def _draws(self, wave: int) -> Path:
        return self.folder / f"draws-{wave + 1}.parquet"

    def _made_of(self, wave: int) -> str:
        """Digest of all that decides the points of a wave."""
        section, known = self.section, self.targets
        parts: list[object] = [
            _source("calibration"),
            wave,
            section.draws,
            str(section.over),
            section.ranges,
            self.config.parameters,
        ]
        if wave:
            parts += [section.cut, section.rank, section.least_r2, self.runs, known.name, known.use]
            parts += [array.tolist() for array in (known.value, known.bootstrap, known.discrepancy)]
        return digest_of(json.dumps(parts, default=str).encode())

    def _run(self, name: str, draws: Path, seeds: Iterable[int]) -> pd.DataFrame:
        """The runs of a folder within ours, as far as they are not done; their statistics by arm."""
        uncertainty = UncertaintyConfig(parameters="posterior", file=str(draws), monte_carlo_seeds=0)
        config = self.config.model_copy(
            update={
                "seeds": tuple(seeds),
                "uncertainty": uncertainty,
                "record": self.config.record.model_copy(update={"statistics": True}),
                "calibration": CalibrationConfig(),
            }
        )
        plan = plan_experiment(config, out=self.folder / name)
        results, failed = simulate(plan, self.request)
        if failed:
            self.failed += failed
            _say(f"{name}: {results.failed_in_words()}")
        results.require_runs()
        table = by_arm(results.runs, results.statistics)
        every = (self.targets, *self.cross.values())
        for selection, file in zip(every, _files(self.section), strict=True):
            check_statistics(selection, list(table.columns), Path(file).name)
        self.runs.append(digest_of("".join(results.runs["run"]).encode()))
        return table


def _source(room: str) -> str:
    """Digest of the code of a room: what it made is made anew where that has changed."""
    files = sorted((Path(__file__).parents[2] / room).glob("*.py"))
    return digest_of(b"".join(file.read_bytes() for file in files))


def _write_table(folder: Path, name: str, table: pa.Table, made_of: bytes) -> None:
    """Write a table of the calibration's folder, with what it was made of in its metadata."""
    described = table.replace_schema_metadata({**(table.schema.metadata or {}), _MADE_OF: made_of})
    write_output(folder, name, "table", lambda path: pq.write_table(described, path))


def _say(text: str) -> None:
    console(stderr=True).print(text, soft_wrap=True)
