"""What ``run``, ``profile`` and ``rerun`` do."""

import sys
from pathlib import Path

import typer

from citysim.cli.actions import report as reporting
from citysim.cli.display import Sweep, console, duration, print_table
from citysim.cli.errors import INTERRUPTED
from citysim.cli.request import Request
from citysim.errors import ConfigError, MachineError
from citysim.execute.runner import Plan, execute_plan, plan_experiment
from citysim.store.manifest import plain_command
from citysim.store.reader import StoredResults
from citysim.store.records import RunFailure

SOME_FAILED = 3


def run(request: Request) -> int:
    """Simulate, then effects, figures and briefing; gives the exit status."""
    plan = plan_experiment(request.config, out=request.out, overrides=request.settings)
    results, failed = simulate(plan, request)
    if request.shard:
        _tell_shard(request, plan.folder)
    elif len(results.runs):
        reporting.report(plan.folder, request.workers)
    return _tell_failures(results) if failed else 0


def simulate(plan: Plan, request: Request) -> tuple[StoredResults, int]:
    """Simulate what is not done yet; gives the results and how many runs failed.

    Raises ``typer.Exit`` after an interrupt, once what is finished is kept.
    """
    _tell_compiling()
    with Sweep() as sweep:
        try:
            results = execute_plan(
                plan,
                workers=request.workers,
                executor=request.executor,
                scheduler=request.scheduler,
                fresh=request.fresh,
                retry_failed=request.retry_failed,
                shard=request.shard,
                progress=sweep,
                command=plain_command(["citysim", *sys.argv[1:]]),
            )
        except MachineError:
            sweep.note(f"what is finished is kept in {plan.folder}; run the same command to continue")
            raise
        except KeyboardInterrupt:
            sweep.note(f"interrupted: what is finished is kept in {plan.folder}")
            sweep.note("run the same command to continue")
            raise typer.Exit(INTERRUPTED) from None
    return results, sweep.failed


def _tell_compiling() -> None:
    """Say what the first run on a machine waits for."""
    from citysim.execute.first_use import must_compile  # noqa: PLC0415  brings compiled loops

    if must_compile():
        text = "compiling the model's loops for this machine, once: about half a minute"
        console(stderr=True).print(text, soft_wrap=True)


def _tell_shard(request: Request, folder: Path) -> None:
    out = console()
    out.print(f"shard {request.shard} done; how far the others are: citysim status {folder}", soft_wrap=True)
    out.print(
        f"effects, figures and briefing come with: citysim run {request.config}, once all shards are done",
        soft_wrap=True,
    )


def _tell_failures(results: StoredResults) -> int:
    failures = results.failures
    out = console(stderr=True)
    out.print(f"{len(failures)} runs failed, kept in {results.path / 'failures.parquet'}", soft_wrap=True)
    for row in failures.head(3).itertuples():
        out.print(f"  {row.run}: {row.error}", soft_wrap=True)
        out.print(f"  repeat it: citysim rerun {results.path} {row.run}", soft_wrap=True)
    return SOME_FAILED


def rerun(folder: Path, run_id: str) -> int:
    """Repeat one run and compare; gives the exit status."""
    from citysim.execute.rerun import repeat_run  # noqa: PLC0415  brings the whole model

    if not run_id:
        raise ConfigError("rerun: the run's id is empty")
    _tell_compiling()
    repeat = repeat_run(folder, run_id)
    out = console()
    name = f"run {repeat.spec.run} (arm {repeat.spec.arm}, seed {repeat.spec.seed}, draw {repeat.spec.draw})"
    if isinstance(repeat.outcome, RunFailure):
        out.print(f"{name} failed: {repeat.outcome.error}", soft_wrap=True)
        out.print(repeat.outcome.traceback, soft_wrap=True)
        return SOME_FAILED
    for event, (taken, not_taken) in (repeat.outcome.events or {}).items():
        out.print(f"event {event}: taken {taken}, not taken {not_taken}", soft_wrap=True)
    if not repeat.compared:
        out.print(f"{name} ran to the end in {duration(repeat.outcome.seconds)}; nothing was kept to compare")
        return 0
    for difference in repeat.differences:
        out.print(difference, soft_wrap=True)
    verdict = "differs from what was kept" if repeat.differences else "is equal to what was kept, bit for bit"
    out.print(f"{name} {verdict}", soft_wrap=True)
    return SOME_FAILED if repeat.differences else 0


def profile(config: Path, overrides: tuple[str, ...], runs: int) -> None:
    """Print the share of time by mechanism over some runs of the design."""
    import pandas as pd  # noqa: PLC0415  as below

    from citysim.execute.profiling import profile_runs  # noqa: PLC0415  brings the whole model

    plan = plan_experiment(config, overrides=overrides)
    _tell_compiling()
    chosen = sorted(plan.specs, key=lambda spec: spec.run)[:runs]  # by id: a mixture of arms and levels
    table = profile_runs(chosen, plan.world)
    shown = pd.DataFrame(
        {
            "phase": table["phase"],
            "ms a quarter": table["ms"].where(table["phase"] != "start"),
            "of it in compiled loops": table["ms_kernels"].where(table["phase"] != "start"),
            "share": [f"{share:.1%}" for share in table["share"]],
        }
    )
    print_table(shown, f"{plan.world.title}: {table.attrs['seconds']:.3f} s of processor time a run")
