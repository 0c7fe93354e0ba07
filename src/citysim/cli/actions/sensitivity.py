"""What ``sensitivity`` does: the runs of its design, then indices, tables and a figure."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from citysim.analysis.contrasts import check_lists, forms_of_cooperation
from citysim.analysis.labels import arm_name, outcome_name
from citysim.analysis.results import read_results
from citysim.analysis.sensitivity import (
    INDICES_FILE,
    QUANTITIES_FILE,
    check_design,
    quantity_label,
    write_sensitivity,
)
from citysim.analysis.stall import at_level, shown_stall
from citysim.cli.actions.report import keep
from citysim.cli.actions.run import SOME_FAILED, simulate
from citysim.cli.display import console, print_paths, print_table
from citysim.cli.request import Request
from citysim.errors import ConfigError
from citysim.execute.runner import plan_experiment
from citysim.language import gettext, numeral, speaking
from citysim.plan.config import ExperimentConfig
from citysim.plan.report import Stall, level_text
from citysim.store.reader import load_results

#: Parameters in a printed table.
_SHOWN = 8
#: Quantities that are printed and drawn, of each the first there is: about C, and about substitution.
_SHOWN_OF = (("ratio", "gap", "reached", "restored", "lost"), ("substitution", "more"))


def check(path: Path, config: ExperimentConfig) -> None:
    """Raise ``ConfigError`` where the config is not one of global sensitivity, before anything runs."""
    try:
        check_design(config.design)
        forms_of_cooperation(config)
        check_lists(config)
    except ConfigError as error:
        raise ConfigError.from_messages([f"{path}: {message}" for message in error.messages]) from None


def sensitivity(request: Request) -> int:
    """Simulate what is not done yet, then the indices; gives the exit status."""
    plan = plan_experiment(request.config, out=request.out, overrides=request.settings)
    _, failed = simulate(plan, request)
    report(plan.folder)
    return SOME_FAILED if failed else 0


def report(folder: Path) -> None:
    """Indices of the runs there are: tables, figure, and what they rest on."""
    results = read_results(folder)
    with speaking(results.language):
        _report(folder, shown_stall(results))


def _report(folder: Path, stall: Stall) -> None:
    from citysim.figures.sensitivity import draw, ranking_index  # noqa: PLC0415  draws

    indices, described = write_sensitivity(folder)
    index = ranking_index(indices)
    print_table(_basis(described), gettext("What the indices are of"))
    figures: list[Path] = []
    for names in _SHOWN_OF:
        main = _first_quantity(indices, names, stall)
        for _, rows in main.groupby("outcome", sort=False):
            _print_indices(rows, index)
        figures += keep(draw(main), folder) if len(main) else []
    _print_notes(folder, indices, index)
    print_paths("written:", [folder / INDICES_FILE, folder / QUANTITIES_FILE, *figures])


def _first_quantity(indices: pd.DataFrame, names: Sequence[str], stall: Stall) -> pd.DataFrame:
    """Rows of the first of some quantities that there is, of the last form of cooperation, at a stall level.

    At the last level, where the form was not run at that one; none where there is no such quantity.
    """
    name = next((name for name in names if name in set(indices["quantity"])), None)
    if name is None:
        return indices.iloc[:0]
    rows = indices[indices["quantity"] == name]
    rows = rows[rows["arm"] == rows["arm"].iloc[-1]]
    return at_level(rows, stall if (rows["stall"] == stall).any() else rows["stall"].iloc[-1])


def _basis(described: pd.DataFrame) -> pd.DataFrame:
    columns = ["outcome", "quantity", "arm", "stall", "mean", "sd", "noise_share", "share_clipped", "seeds"]
    names = {"noise_share": "share of chance", "share_clipped": "clipped"}
    return described[columns].round({"noise_share": 2, "share_clipped": 2}).rename(columns=names)


def _print_indices(rows: pd.DataFrame, index: str) -> None:
    first = rows.iloc[0]
    top = rows.nlargest(_SHOWN, index)
    shown = pd.DataFrame({"parameter": top["parameter"]})
    for name in ("S1", "ST") if index == "ST" else ("mu_star",):
        shown[name] = top[name]
        shown[f"{name}: 90 % interval"] = [
            f"{low:.3g} … {high:.3g}"
            for low, high in zip(top[f"{name}_lower"], top[f"{name}_upper"], strict=True)
        ]
        shown[f"{name} is"] = top[f"{name}_told"]
    shown["by chance"] = top[f"{index}_noise"]
    if index == "mu_star":
        shown["sigma"], shown["mu"] = top["sigma"], top["mu"]
    title = gettext(
        "{outcome}, {arm} at stall {level}: {what}",
        outcome=outcome_name(str(first["outcome"])),
        arm=arm_name(str(first["arm"])),
        level=numeral(level_text(first["stall"])),
        what=quantity_label(str(first["quantity"])),
    )
    print_table(shown, title)


def _print_notes(folder: Path, indices: pd.DataFrame, index: str) -> None:
    results = load_results(folder)
    first = indices.iloc[0]
    parameters = indices["parameter"].nunique()
    what = gettext("base points") if index == "ST" else gettext("trajectories")
    basis = gettext(
        "{runs} runs of {asked}: {blocks} {what}, {parameters} parameters, seeds a point: {seeds}",
        runs=numeral(f"{len(results.runs):,}"),
        asked=numeral(f"{len(results.design):,}"),
        blocks=first["blocks"],
        what=what,
        parameters=parameters,
        seeds=first["seeds"],
    )
    marks = gettext(
        "'above 0' holds with intervals widened for all {count} parameters, 'above 0 alone' only by its own, "
        "as one in twenty would by chance; 'within chance': holds what the random numbers alone give",
        count=parameters,
    )
    chance = (
        gettext(
            "share of chance: of the variance, what the random numbers make; by chance: the index that they "
            "alone give, which an index must exceed"
        )
        if first["seeds"] > 1
        else gettext(
            "one seed a point: how much of the variance is chance is not known; give --seeds 2 or more"
        )
    )
    for note in (basis, marks, chance):
        console().print(note, soft_wrap=True)
