"""What ``knowing`` does with the replications of an experiment."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from citysim.analysis.knowing import KNOWING_FILE, PARAMETER, asked_events, in_words, write_knowing
from citysim.analysis.labels import arm_name, outcome_name
from citysim.analysis.results import read_results
from citysim.analysis.verdict import Replications, event_label, replications_of
from citysim.cli.actions.report import claimed, keep
from citysim.cli.actions.verdict import check_named
from citysim.cli.display import console, print_paths, print_table
from citysim.language import gettext, numeral, speaking
from citysim.plan.report import level_text

#: Parameters printed of each event; all groups are.
_SHOWN = 6


def knowing(
    folder: Path,
    stall: float | None,
    arms: Sequence[str],
    outcomes: Sequence[str],
    out: Path | None,
    language: str | None = None,
) -> None:
    """Print, write and draw what knowing each parameter would tell of the verdicts."""
    results = read_results(folder, claimed(folder, out), language)
    with speaking(results.language):
        _knowing(results.out, replications_of(results, stall), arms, outcomes)


def _knowing(target: Path, replications: Replications, arms: Sequence[str], outcomes: Sequence[str]) -> None:
    from citysim.figures.knowing import draw  # noqa: PLC0415  draws

    check_named(replications.events, arms, outcomes)
    table = write_knowing(target, replications, asked_events(replications, arms, outcomes))
    made: list[Path] = []
    for (_, arm), rows in table.groupby(["event", "arm"], sort=False):
        for outcome, part in rows.groupby("outcome", sort=False):
            title = gettext(
                "{outcome}, {arm}: {event}, at stall {level}",
                outcome=outcome_name(str(outcome)),
                arm=arm_name(str(arm)),
                event=event_label(part.iloc[0]["event"]),
                level=numeral(level_text(replications.stall)),
            )
            print_table(_shown(part), title, right=("share", "value"))
        if arm == (arms or [replications.arm])[-1]:
            made += keep(draw(rows), target)
    for sentence in in_words(table):
        console().print(sentence, soft_wrap=True)
    measures = gettext(
        "share: of the variance of the difference that decides it; value: rise in the probability of judging "
        "it right; 90 % intervals"
    )
    chance = gettext(
        "p: of so much by chance, adjusted for all rows of a kind; 'by chance': what one that does not "
        "matter shows in the mean"
    )
    for note in (measures, chance, *([replications.stay] if replications.stay else [])):
        console().print(note, soft_wrap=True)
    print_paths("written:", [target / KNOWING_FILE, *made])


def _shown(rows: pd.DataFrame) -> pd.DataFrame:
    parameters = rows[rows["of"] == PARAMETER].head(_SHOWN)
    shown = pd.concat([rows[rows["of"] != PARAMETER], parameters])

    def interval(name: str) -> list[str]:
        low, high = shown[f"{name}_lower"], shown[f"{name}_upper"]
        return [f"{a:.2f} ({b:.2f} … {c:.2f})" for a, b, c in zip(shown[name], low, high, strict=True)]

    return pd.DataFrame(
        {
            "known": shown["name"],
            "of": shown["of"],
            "share": interval("share"),
            "p": shown["share_p"].round(3),
            "value": interval("value"),
            "by chance": shown["value_null"].round(3),
            "p of value": shown["value_p"].round(3),
        }
    )
