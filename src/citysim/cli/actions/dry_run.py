"""What ``run --dry-run`` does: how many runs, how long, how large, and the first of them."""

from citysim.cli.display import console, duration, print_table
from citysim.cli.request import Request
from citysim.execute.cost import Cost, measure_cost, runs_done
from citysim.execute.runner import Plan, plan_experiment
from citysim.execute.threads import worker_count
from citysim.plan.config import ExperimentConfig
from citysim.plan.design.points import number_of_points
from citysim.plan.execution import execution_with
from citysim.plan.runs import design_table, number_of_replications, posterior_note
from citysim.plan.shards import Shard

#: Rows of the design, and columns beside the keys, that are shown.
_ROWS, _COLUMNS = 8, 6
#: Figures and briefing of one experiment, as those of claim.toml are.
_REPORT_MEGABYTES = 8


def preview(request: Request) -> int:
    """Print what would be run; gives the exit status. Nothing is written."""
    plan = plan_experiment(request.config, out=request.out, overrides=request.settings)
    config, axes = plan.config, list(plan.config.axes)
    out = console()
    out.print(f"{config.name}: {config.question}", soft_wrap=True)
    out.print(f"world: {plan.world.title}", soft_wrap=True)
    out.print(f"{len(plan.specs):,} runs of {config.quarters} quarters: {_factors(config)}", soft_wrap=True)
    _tell_equal_points(plan)
    drawn = posterior_note(config)
    if drawn:
        out.print(drawn, soft_wrap=True)
    if axes:
        out.print(f"swept ({config.design.kind}): {_names(axes)}", soft_wrap=True)
    runs = _tell_left(request, plan)
    if runs:
        _tell_cost(request, plan, runs)
    keys = ["run", "arm", "seed", "draw", *dict.fromkeys(["stall", *axes])]
    design = design_table(config, plan.specs[:_ROWS])
    print_table(design[keys[: 4 + _COLUMNS]], _title(len(plan.specs), len(keys) - 4 - _COLUMNS))
    return 0


def _factors(config: ExperimentConfig) -> str:
    """What the number of runs is the product of."""
    seeds, replications = len(config.replications), number_of_replications(config)
    at_defaults = f" ({seeds:,} drawn, {replications - seeds:,} more at the defaults)"
    factors = [
        _count(len(config.arms), "arm"),
        *([_count(number_of_points(config.design), "design point")] if config.axes else []),
        _count(replications, "replication") + (at_defaults if replications > seeds else ""),
    ]
    return " × ".join(factors)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _tell_equal_points(plan: Plan) -> None:
    config = plan.config
    asked = len(config.arms) * number_of_points(config.design) * number_of_replications(config)
    if asked > len(plan.specs):
        text = f"{asked - len(plan.specs):,} more are equal to one of these after rounding to whole numbers"
        console().print(text, soft_wrap=True)


def _names(axes: list[str]) -> str:
    more = f" and {len(axes) - _COLUMNS} more" if len(axes) > _COLUMNS else ""
    return f"{', '.join(axes[:_COLUMNS])}{more}"


def _title(runs: int, hidden: int) -> str:
    rest = f"; {hidden} more columns are not shown" if hidden > 0 else ""
    return f"First {min(runs, _ROWS)} of {runs:,} runs{rest}"


def _tell_left(request: Request, plan: Plan) -> int:
    """Say what part of the runs is asked for and what of it is done; gives the number left."""
    part = Shard.parse(request.shard) if request.shard else None
    asked = {spec.run for spec in plan.specs if part is None or part.holds(spec)}
    done = 0 if request.fresh else len(asked & runs_done(plan.folder))
    out = console()
    if part:
        out.print(f"shard {request.shard}: {len(asked):,} of the runs")
    if done:
        out.print(f"{done:,} are done already in {plan.folder}, {len(asked) - done:,} to do", soft_wrap=True)
    return len(asked) - done


def _tell_cost(request: Request, plan: Plan, runs: int) -> None:
    out = console()
    cost = measure_cost(plan)
    if cost.failure:
        out.print(f"time and disk: cannot be measured, as a run fails: {cost.failure}", soft_wrap=True)
        return
    execution = execution_with(plan.config.execution, request.workers, request.executor, request.scheduler)
    each = f"{cost.run_seconds:.2g} s a run, {_measured(cost, plan)}"
    if execution.executor == "local":
        workers = min(worker_count(execution.workers), runs)
        time = duration(cost.seconds(runs, workers))
        text = f"time: about {time} on {_count(workers, 'worker')}, once they have started ({each})"
        out.print(text, soft_wrap=True)
    else:
        workers = 1
        time = duration(cost.seconds(runs, 1))
        text = f"time: about {time} of one worker, to be shared by those of {execution.executor} ({each})"
        out.print(text, soft_wrap=True)
    megabytes = cost.disk(runs) / 1e6
    report = f"{_REPORT_MEGABYTES} MB of figures and briefing"
    out.print(f"disk: about {_size(megabytes)} in {plan.folder}, and {report}", soft_wrap=True)


def _measured(cost: Cost, plan: Plan) -> str:
    measured = f"measured on {_count(cost.runs, 'run')} just now"
    if cost.quarters == plan.config.quarters:
        return measured
    return f"estimated from the first {cost.quarters} quarters of {_count(cost.runs, 'run')} just now"


def _size(megabytes: float) -> str:
    if megabytes < 1000:
        return f"{megabytes:.2g} MB" if megabytes < 10 else f"{megabytes:,.0f} MB"
    return f"{megabytes / 1000:,.1f} GB"
