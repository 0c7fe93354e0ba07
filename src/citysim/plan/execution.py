"""The section ``[execution]`` of a config: where the runs are computed. No result depends on it."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationError

from citysim.errors import ConfigError
from citysim.model.strict import StrictModel
from citysim.plan import faults as checks
from citysim.plan.kinds import ExecutorKind
from citysim.plan.slurm import SlurmConfig


def _workers(found: object) -> object:
    if found == "auto" or (isinstance(found, int) and not isinstance(found, bool) and found >= 1):
        return found
    raise ValueError(f"found {checks.shown(found)}, expected 'auto' or a number of at least 1")


class ExecutionConfig(StrictModel):
    """Where the runs are computed."""

    workers: Annotated[int | Literal["auto"], BeforeValidator(_workers)] = "auto"
    executor: ExecutorKind = "local"
    #: Dask: address of the scheduler, or its scheduler file; without one, ``DASK_SCHEDULER_ADDRESS``.
    scheduler: Annotated[str | None, Field(min_length=1)] = None
    slurm: SlurmConfig = SlurmConfig()


def execution_with(
    execution: ExecutionConfig,
    workers: int | str | None = None,
    executor: str | None = None,
    scheduler: str | None = None,
) -> ExecutionConfig:
    """Where the runs are computed: as the config says, where the command line does not say otherwise.

    Raises ``ConfigError`` with a line for each option that is wrong.
    """
    number = int(workers) if isinstance(workers, str) and workers.isdecimal() else workers
    options = {"workers": number, "executor": executor, "scheduler": scheduler}
    given = {name: value for name, value in options.items() if value is not None}
    try:
        return ExecutionConfig.model_validate(execution.model_dump() | given)
    except ValidationError as error:
        faults = checks.faults_of(error, {})
        raise ConfigError.from_messages([f"--{fault.key}: {fault.text}" for fault in faults]) from None
