"""What was asked for on the command line of ``run``, and what can be done before all else is imported."""

import os
from dataclasses import dataclass
from pathlib import Path

from citysim.errors import ConfigError
from citysim.experiment.config import ExecutionConfig, ExperimentConfig, execution_with, load_config
from citysim.experiment.finished import finished_runs
from citysim.experiment.forkserver import start_server
from citysim.experiment.shards import Shard


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for on the command line."""

    config: Path
    workers: str | None
    executor: str | None
    scheduler: str | None
    shard: str | None
    out: Path | None
    overrides: tuple[str, ...]
    seeds: int | None
    fresh: bool
    retry_failed: bool

    def check(self) -> ExperimentConfig:
        """The config. Raises ``ConfigError`` with every fault of the options and of the config together."""
        faults: list[str] = []
        try:
            execution_with(ExecutionConfig(), self.workers, self.executor, self.scheduler)
            if self.shard is not None:
                Shard.parse(self.shard)
        except ConfigError as error:
            faults += error.messages
        try:
            config = load_config(self.config, self.settings)
        except ConfigError as error:
            raise ConfigError.from_messages([*faults, *error.messages]) from None
        if faults:
            raise ConfigError.from_messages(faults)
        return config

    @property
    def settings(self) -> list[str]:
        """Everything the command line sets in the config."""
        return [*self.overrides, *([] if self.seeds is None else [f"seeds={self.seeds}"])]

    def folder(self, config: ExperimentConfig) -> Path:
        """The result folder."""
        return self.out or Path("results") / config.name

    def finished(self, config: ExperimentConfig) -> int | None:
        """Number of runs, where it is certain that all are done already."""
        if self.fresh or self.shard or self.executor not in (None, "local"):
            return None
        return finished_runs(config, self.folder(config))

    def start_workers(self, config: ExperimentConfig) -> None:
        """Let the server of the local workers import the model while this process plans."""
        execution = execution_with(config.execution, self.workers, self.executor, self.scheduler)
        workers = os.process_cpu_count() if execution.workers == "auto" else execution.workers
        if execution.executor == "local" and workers != 1:
            start_server()
