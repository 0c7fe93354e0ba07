"""What was asked for on the command line of ``run``, and what can be done before all else is imported."""

from dataclasses import dataclass
from pathlib import Path

import typer

from citysim.errors import ConfigError
from citysim.execute.executors.forkserver import start_server
from citysim.execute.threads import worker_count
from citysim.plan.config import ExperimentConfig, load_config
from citysim.plan.execution import ExecutionConfig, execution_with
from citysim.plan.posterior import posterior_settings
from citysim.plan.shards import Shard
from citysim.plan.shipped import config_path
from citysim.store.complete import count_if_complete
from citysim.store.place import NO_FOLDER, check_folder, check_free, result_folder


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for on the command line."""

    config: Path
    workers: str | None = None
    executor: str | None = None
    scheduler: str | None = None
    shard: str | None = None
    out: str | None = None
    overrides: tuple[str, ...] = ()
    seeds: int | None = None
    fresh: bool = False
    retry_failed: bool = False
    #: File of draws that the replications take.
    posterior: str | None = None
    #: Of figures, sentences and briefing, if not the config's.
    language: str | None = None

    def check(self) -> ExperimentConfig:
        """The config. Raises ``ConfigError`` with every fault of the options and of the config together."""
        faults: list[str] = []
        try:
            execution_with(ExecutionConfig(), self.workers, self.executor, self.scheduler)
            if self.shard is not None:
                Shard.parse(self.shard)
        except ConfigError as error:
            faults += error.messages
        if self.out is not None and not self.out.strip():
            faults.append(NO_FOLDER)
        try:
            config = load_config(self.config, self.settings)
        except ConfigError as error:
            raise ConfigError.from_messages([*faults, *error.messages]) from None
        if faults:
            raise ConfigError.from_messages(faults)
        check_folder(config, self.folder(config), config_path(self.config))
        for extension in config.extensions:
            typer.echo(extension.shown, err=True)
        return config

    def check_free(self, config: ExperimentConfig) -> None:
        """Raise ``ResultError`` where another run is at work in the folder, before all else is imported."""
        shard = Shard.parse(self.shard).label if self.shard else None
        check_free(self.folder(config), shard, joins=self._execution(config).executor == "slurm")

    def _execution(self, config: ExperimentConfig) -> ExecutionConfig:
        return execution_with(config.execution, self.workers, self.executor, self.scheduler)

    @property
    def settings(self) -> list[str]:
        """Everything the command line sets in the config."""
        seeds = [] if self.seeds is None else [f"seeds={self.seeds}"]
        language = [] if self.language is None else [f"report.language='{self.language}'"]
        return [*posterior_settings(self.posterior), *self.overrides, *seeds, *language]

    def folder(self, config: ExperimentConfig) -> Path:
        """The result folder."""
        return result_folder(config, self.out)

    def finished(self, config: ExperimentConfig) -> int | None:
        """Number of runs, where it is certain that all are done already."""
        if self.fresh or self.shard or self.executor not in (None, "local"):
            return None
        return count_if_complete(config, self.folder(config))

    def start_workers(self, config: ExperimentConfig) -> None:
        """Let the server of the local workers import the model while this process plans."""
        execution = self._execution(config)
        if execution.executor == "local" and worker_count(execution.workers) > 1:
            start_server()
