"""Which measurement would settle the claim: what knowing each uncertain parameter would tell."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from citysim.analysis.given_data import FEWEST, Known, known
from citysim.analysis.intervals import LEVEL
from citysim.analysis.labels import arm_name, outcome_label
from citysim.analysis.plain_words import listed
from citysim.analysis.tables import write_csvs
from citysim.analysis.verdict import EVENTS, Event, Kind, Replications, event_label
from citysim.errors import ResultError
from citysim.language import N_, gettext
from citysim.model.parameters import parameter_specs

KNOWING_FILE = "knowing.csv"
#: Verdicts that are asked about, where an experiment has them.
ASKED: tuple[Kind, ...] = ("substitutes", "responds", "compensates")
#: A verdict is settled where it is judged right so often.
SETTLED = 0.95
#: What a row is about.
PARAMETER, GROUP, ALL = "parameter", "group", "all"
_SETTLED_SO = N_("{outcome}, {arm}: whether {event} is settled: so in {share} of {count} replications.")
_SETTLED_NOT = N_("{outcome}, {arm}: whether {event} is settled: not so in {share} of {count} replications.")
_MEASURES = ("share", "share_lower", "share_upper", "share_null", "share_p", "value", "value_lower",
             "value_upper", "value_null", "value_p", "r2")  # fmt: skip
#: Sets whose p-value is at most this tell something; all sets of a table are held together.
TOLD = 1 - LEVEL


def knowing_table(replications: Replications, events: Sequence[Event]) -> pd.DataFrame:
    """A row per event and parameter, group of parameters, and all of them; those of most value first.

    ``share``: of the variance of the event's margin, in the outcome's unit, that knowing it would explain;
    ``value``: rise in the probability of judging the event right, from ``right`` to at most ``perfect``,
    which is what knowing everything would give, the chance within a run too; both as ``Known`` has them, with
    ``share_told`` and ``value_told``. Replications that lack a run of one of the events are left out.
    Raises ``ResultError`` where too few are left.
    """
    parameters = replications.parameters
    whole = np.all([event.known for event in events], axis=0)
    if whole.sum() < FEWEST:
        raise ResultError(f"{whole.sum()} replications have all their runs, needed: {FEWEST}; raise seeds")
    x = parameters.to_numpy(float)[whole]
    margins = np.column_stack([event.margin[whole] for event in events])
    true = np.column_stack([event.true[whole] for event in events])
    names = list(parameters.columns)
    groups = _groups(names)
    # One thread: sums in another order have other last digits.
    with threadpool_limits(limits=1):
        single = known(x, [[i] for i in range(len(names))], margins, true)
        several = known(x, list(groups.values()), margins, true)
    kinds = [GROUP if name != ALL else ALL for name in groups]
    parts = [
        *_rows(single, events, true, [PARAMETER] * len(names), names),
        *_rows(several, events, true, kinds, list(groups)),
    ]
    table = pd.concat(parts, ignore_index=True)
    rank = table["event"].map({kind: i for i, kind in enumerate(EVENTS)})
    table = table.assign(_rank=rank, _of=table["of"].map({ALL: 0, GROUP: 1, PARAMETER: 2}))
    outcome = pd.factorize(table["outcome"])[0]
    table = table.assign(_outcome=outcome).sort_values(
        ["_rank", "_outcome", "_of", "value", "share"],
        ascending=[True, True, True, False, False],
        kind="stable",
    )
    return table.drop(columns=["_rank", "_outcome", "_of"]).reset_index(drop=True)


def _groups(names: Sequence[str]) -> dict[str, list[int]]:
    """Columns by group of the model's parameters, those of two or more; and all of them."""
    specs = parameter_specs()
    found: dict[str, list[int]] = {}
    for column, name in enumerate(names):
        found.setdefault(specs[name].group, []).append(column)
    several = {group: columns for group, columns in found.items() if len(columns) > 1}
    return {**several, ALL: list(range(len(names)))}


def _rows(
    found: Known, events: Sequence[Event], true: np.ndarray, kinds: Sequence[str], names: Sequence[str]
) -> list[pd.DataFrame]:
    tables = []
    for e, event in enumerate(events):
        probability = float(true[:, e].mean())
        measures = {name: getattr(found, name)[:, e] for name in _MEASURES}
        table = pd.DataFrame({"of": kinds, "name": names, **measures})
        table = table.assign(
            **event.keys,
            n=len(true),
            probability=probability,
            right=max(probability, 1.0 - probability),
            perfect=min(probability, 1.0 - probability),
            share_told=table["share_p"] <= TOLD,
            value_told=table["value_p"] <= TOLD,
        )
        first = [*event.keys, "of", "name", "n", "probability", "right", "perfect"]
        tables.append(table[[*first, *(name for name in table if name not in first)]])
    return tables


def asked_events(
    replications: Replications, arms: Sequence[str] = (), outcomes: Sequence[str] = ()
) -> list[Event]:
    """Events at the stall level that is shown, of the main arm and all outcomes unless others are named."""
    wanted = arms or [replications.arm]
    return [
        event
        for event in replications.events
        if event.stall == replications.stall
        and event.kind in ASKED
        and event.arm in wanted
        and (not outcomes or event.outcome in outcomes)
    ]


def in_words(table: pd.DataFrame) -> list[str]:
    """A sentence or two for each event of a table."""
    keys = ["event", "outcome", "arm"]
    return [_words(rows) for _, rows in table.groupby(keys, sort=False)]


def _words(rows: pd.DataFrame) -> str:
    first = rows.iloc[0]
    told = {
        "outcome": outcome_label(str(first["outcome"])),
        "arm": arm_name(str(first["arm"])),
        "event": event_label(first["event"]),
    }
    right = float(first["right"])
    if right >= SETTLED:
        told |= {"share": _percent(right), "count": first["n"]}
        if first["probability"] >= 0.5:
            return gettext(_SETTLED_SO, **told)
        return gettext(_SETTLED_NOT, **told)
    now = gettext(
        "{outcome}, {arm}: whether {event} can be judged right in {share} of cases now.",
        share=_percent(right),
        **told,
    )
    single = rows[(rows["of"] == PARAMETER) & rows["value_told"]]
    both = rows[rows["of"] == ALL].iloc[0]
    together = (
        gettext("all parameters together to {share}", share=_percent(right + both["value"]))
        if both["value_told"]
        else gettext("of all parameters together no more is shown")
    )
    if single.empty:
        none = gettext("No single measurement is shown to raise that; {together}.", together=together)
        return f"{now} {none}"
    best = single.iloc[0]
    others = listed(str(name) for name in single["name"].iloc[1:3])
    raised = gettext(
        "Knowing {name} would raise that to {share} ({low} to {high}){then}; {together}.",
        name=best["name"],
        share=_percent(right + best["value"]),
        low=_percent(right + best["value_lower"]),
        high=_percent(right + best["value_upper"]),
        then=gettext(", then {names}", names=others) if others else "",
        together=together,
    )
    if right + best["value"] >= SETTLED:
        return f"{now} {raised} {gettext('It would settle it.')}"
    return f"{now} {raised} {gettext('No single measurement would settle it.')}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def write_knowing(out: Path, replications: Replications, events: Sequence[Event]) -> pd.DataFrame:
    """Write into ``out`` and give ``knowing_table``."""
    table = knowing_table(replications, events)
    write_csvs({KNOWING_FILE: table}, out)
    return table
