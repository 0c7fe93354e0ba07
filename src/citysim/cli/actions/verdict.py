"""What ``verdict`` and ``scenarios`` do with the replications of an experiment."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from citysim.analysis.labels import arm_name, outcome_name
from citysim.analysis.results import read_results
from citysim.analysis.sensitivity import read_indices
from citysim.analysis.stall import at_level
from citysim.analysis.verdict import (
    DEPENDENCE_FILE,
    VERDICT_FILE,
    Event,
    Kind,
    Replications,
    event_label,
    most_important,
    most_telling,
    replications_of,
    write_verdict,
)
from citysim.cli.actions.report import claimed, keep
from citysim.cli.display import console, print_paths, print_table
from citysim.errors import ConfigError
from citysim.language import N_, gettext, numeral, speaking
from citysim.plan.faults import suggestion
from citysim.plan.report import level_text

#: Parameters shown of each event.
_SHOWN = 3
_TITLES: dict[Kind, str] = {
    "substitutes": N_("Cooperation substitutes for states: substitution > 0"),
    "responds": N_("Response adds something: response > 0"),
    "compensates": N_("Cities compensate: C ≥ 1"),
    "harms": N_("Cooperation does harm"),
}
#: Events that are broken down by parameter → quantity of the sensitivity indices that ranks the parameters.
_BROKEN_DOWN: dict[Kind, str] = {"substitutes": "more", "compensates": "gap"}


def verdict(
    folder: Path,
    stall: float | None,
    by: Sequence[str],
    sensitivity: Path | None,
    out: Path | None,
    language: str | None = None,
) -> None:
    """Print and write the probability of every event, and how it moves with some parameters."""
    indices = None if sensitivity is None else read_indices(sensitivity)
    results = read_results(folder, claimed(folder, out), language)
    with speaking(results.language):
        _verdict(results.out, replications_of(results, stall), by, indices)


def _verdict(
    target: Path, replications: Replications, by: Sequence[str], indices: pd.DataFrame | None
) -> None:
    from citysim.figures.verdict import draw  # noqa: PLC0415  draws

    table, dependence = write_verdict(target, replications)
    _check_names(by, list(dependence["parameter"].unique()))
    table, dependence = (at_level(part, replications.stall) for part in (table, dependence))
    level = numeral(level_text(replications.stall))
    for kind, title in _TITLES.items():
        rows = table[table["event"] == kind]
        if len(rows):
            said = gettext("{title}, at stall {level}", title=gettext(title), level=level)
            print_table(_probabilities(rows), said)
        elif kind == "responds":
            console().print(gettext("Response: no arm without response to hold it against"), soft_wrap=True)
    figures: list[Path] = []
    for kind, quantity in _BROKEN_DOWN.items():
        shown = table[(table["event"] == kind) & (table["arm"] == replications.arm)]
        parts = [_of_parameters(dependence, row, by, indices, quantity) for row in shown.to_dict("records")]
        thirds = pd.concat(parts, ignore_index=True)
        for outcome, part in thirds.groupby("outcome", sort=False):
            said = gettext(
                "{outcome}, {arm}: P({event}) by third of a parameter's draws",
                outcome=outcome_name(str(outcome)),
                arm=arm_name(replications.arm),
                event=event_label(kind),
            )
            print_table(_thirds(part), said)
        figures += keep(draw(shown, thirds), target)
    _print_notes(dependence, by=bool(by), ranked=indices is not None)
    if replications.stay:
        console().print(replications.stay, soft_wrap=True)
    print_paths("written:", [target / VERDICT_FILE, target / DEPENDENCE_FILE, *figures])


def _check_names(names: Sequence[str], known: Sequence[str]) -> None:
    faults = [
        f"--by: unknown parameter '{name}', {suggestion(name, known)}" for name in names if name not in known
    ]
    if faults:
        raise ConfigError.from_messages(faults)


def _of_parameters(
    dependence: pd.DataFrame,
    event: Mapping[Any, Any],
    by: Sequence[str],
    indices: pd.DataFrame | None,
    quantity: str,
) -> pd.DataFrame:
    """Rows of one event for the parameters to show, the most important one for ``quantity`` first."""
    keys = ["event", "outcome", "arm"]
    rows = dependence[(dependence[keys] == [event[key] for key in keys]).all(axis=1)]
    names = list(by)
    if not names and indices is not None:
        names = most_important(indices, str(event["outcome"]), str(event["arm"]), _SHOWN, quantity)
    names = names or most_telling(rows, _SHOWN)
    rank = rows["parameter"].map({name: i for i, name in enumerate(names)})
    found: pd.DataFrame = rows[rank.notna()].assign(rank=rank).sort_values("rank", kind="stable")
    return found.drop(columns="rank")


def _probabilities(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "outcome": rows["outcome"],
            "arm": rows["arm"],
            "probability": rows["probability"].round(3),
            "90 % interval": _interval(rows, "lower", "upper"),
            "if chance turned all it can": _interval(rows, "probability_least", "probability_most"),
            "within chance": rows["share_within_chance"].round(2),
            "stall costs nothing": rows["share_costs_nothing"].round(2),
            "replications": rows["n"],
        }
    )


def _thirds(rows: pd.DataFrame) -> pd.DataFrame:
    texts = rows["probability"].map("{:.2f}".format) + " (" + _interval(rows, "lower", "upper") + ")"
    wide = rows.assign(text=texts).pivot_table(
        index="parameter", columns="third", values="text", aggfunc="first", sort=False
    )
    p = rows.drop_duplicates("parameter").set_index("parameter")["p_adjusted"]
    return wide.assign(**{"p, adjusted": p.map("{:.3g}".format)}).reset_index()


def _interval(rows: pd.DataFrame, lower: str, upper: str) -> "pd.Series[str]":
    return rows[lower].map("{:.2f}".format) + " … " + rows[upper].map("{:.2f}".format)


def _print_notes(dependence: pd.DataFrame, *, by: bool, ranked: bool) -> None:
    count = dependence["parameter"].nunique()
    chosen = (
        gettext("parameters as asked for")
        if by
        else gettext("parameters that matter most by the sensitivity indices")
        if ranked
        else gettext(
            "parameters that tell most in these same replications; --sensitivity DIR ranks them by indices"
        )
    )
    chance = gettext(
        "each replication has one seed: 'within chance' is the share whose difference is smaller than chance "
        "alone makes at the default parameters (90 %)"
    )
    apart = gettext(
        "stall costs nothing: share in which it costs no more than chance; counted, and never as success"
    )
    adjusted = gettext("{parameters}; p is adjusted for all {count} (Holm)", parameters=chosen, count=count)
    for note in (chance, apart, adjusted):
        console().print(note, soft_wrap=True)


def scenarios(
    folder: Path,
    stall: float | None,
    arms: Sequence[str],
    outcomes: Sequence[str],
    out: Path | None,
    language: str | None = None,
) -> None:
    """Print and write the boxes in which cities compensate, and in which networks do harm."""
    results = read_results(folder, out, language)
    with speaking(results.language):
        replications = replications_of(results, stall)
        at_stall = [event for event in replications.events if event.stall == replications.stall]
        events = _chosen(at_stall, replications.arm, arms, outcomes)
        _scenarios(claimed(folder, out), replications, events)


def _scenarios(target: Path, replications: Replications, events: list[Event]) -> None:
    from citysim.analysis.scenarios import (  # noqa: PLC0415  where its library is an optional extra
        BOXES_FILE,
        SCENARIOS_FILE,
        write_scenarios,
    )
    from citysim.figures.scenarios import draw  # noqa: PLC0415  draws

    boxes, limits = write_scenarios(target, replications, events)
    level = numeral(level_text(replications.stall))
    print_table(_box_table(boxes), gettext("Boxes of parameters, at stall {level}", level=level))
    paths = [target / SCENARIOS_FILE, target / BOXES_FILE]
    if (boxes["limits"] > 0).any():
        _print_limits(limits, replications)
        paths += keep(draw(boxes, limits, replications.parameters), target)
    note = gettext(
        "coverage: share of the cases in the box; density: share of the box that are cases; held out: on "
        "replications that the box was not made from; p: of such a density if the box told nothing, adjusted "
        "for all boxes (Holm)"
    )
    console().print(note, soft_wrap=True)
    print_paths("written:", paths)


def check_named(events: Sequence[Event], arms: Sequence[str], outcomes: Sequence[str]) -> None:
    """Raise ``ConfigError`` for arms and outcomes, asked for by options, that no event has."""
    known = {"--arm": [e.arm for e in events], "--outcome": [e.outcome for e in events]}
    faults = [
        f"{option}: found '{name}', allowed: {', '.join(dict.fromkeys(known[option]))}"
        for option, names in (("--arm", arms), ("--outcome", outcomes))
        for name in names
        if name not in known[option]
    ]
    if faults:
        raise ConfigError.from_messages(faults)


def _chosen(events: list[Event], main: str, arms: Sequence[str], outcomes: Sequence[str]) -> list[Event]:
    """C ≥ 1 for the arm ``main`` and harm by the arm ``networks``, or both events of the arms asked for."""
    check_named(events, arms, outcomes)
    harm = "networks" if any(e.arm == "networks" for e in events) else main
    wanted = {("compensates", arm) for arm in arms or [main]} | {("harms", arm) for arm in arms or [harm]}
    return [e for e in events if (e.kind, e.arm) in wanted and (not outcomes or e.outcome in outcomes)]


def _box_table(boxes: pd.DataFrame) -> pd.DataFrame:
    columns = {
        "event": "event",
        "outcome": "outcome",
        "arm": "arm",
        "cases": "cases",
        "n": "of",
        "base_rate": "share",
        "limits": "limits",
        "coverage": "coverage",
        "density": "density",
        "coverage_held_out": "coverage held out",
        "density_held_out": "density held out",
        "p_adjusted": "p",
        "note": "note",
    }
    found = boxes.reindex(columns=list(columns)).rename(columns=columns)
    return found.round(3)


def _print_limits(limits: pd.DataFrame, replications: Replications) -> None:
    ends = replications.parameters.agg(["min", "max"]).T.loc[limits["parameter"]]
    from citysim.analysis.scenarios import limit_text  # noqa: PLC0415  as above

    shown = limits[["event", "outcome", "arm", "parameter"]].assign(
        box=[limit_text(row["lower"], row["upper"]) for row in limits.to_dict("records")],
        drawn=[limit_text(row["min"], row["max"]) for row in ends.to_dict("records")],
    )
    shown["kept"], shown["quasi-p"] = limits["share_kept"].round(2), limits["quasi_p"].round(4)
    shown["reproduced"] = limits["reproduced"].round(2)
    print_table(shown, gettext("Their limits"))
