"""What ``effects``, ``figures`` and ``brief`` do, and all three after a run."""

from pathlib import Path

import pandas as pd

from citysim.cli.display import cell, console, print_paths, print_table
from citysim.experiment.manifest import note_outputs, outputs_current
from citysim.experiment.results import load_results

_HEADLINE = {
    "arm": "arm",
    "stall": "stall",
    "estimate": "C",
    "interval": "90 % interval",
    "probability_compensates": "P(C≥1)",
    "monte_carlo_error": "MC error",
    "n_seeds": "seeds",
    "verdict": "verdict",
}


def report(folder: Path) -> None:
    """Tables, figures and briefing, unless they are of exactly these runs already; then the headline."""
    from citysim.analysis.headline import read_headline  # noqa: PLC0415  later rooms, only where needed

    paths = outputs_current(folder)
    if paths:
        print_headline(read_headline(folder))
        _print_drawn(folder)
        print_answers(folder)
        print_paths("already written:", [folder / path for path in paths])
        return
    head, made = _tables(folder)
    made += _figures(folder)
    made += _briefing(folder)
    note_outputs(folder, made)
    print_headline(head)
    _print_drawn(folder)
    print_answers(folder)
    print_paths("written:", [folder / "runs", *made])


def effects(folder: Path) -> None:
    """Write the tables of effects and print the headline and the planned comparisons."""
    head, made = _tables(_checked(folder))
    print_headline(head, adjusted=True)
    _print_drawn(folder)
    _print_planned(folder)
    print_answers(folder)
    print_paths("written:", made)


def figures(folder: Path) -> None:
    """Draw the figures."""
    print_paths("written:", _figures(_checked(folder)))


def brief(folder: Path) -> None:
    """Write the briefing."""
    print_paths("written:", _briefing(_checked(folder)))


def _checked(folder: Path) -> Path:
    """The folder, if it is one of results; says where runs are missing."""
    results = load_results(folder)
    if results.missing:
        text = f"note: {results.missing} of {len(results.design)} runs are missing; this is what there is"
        console(stderr=True).print(text, soft_wrap=True)
    return folder


def _tables(folder: Path) -> tuple[pd.DataFrame, list[Path]]:
    from citysim.analysis.headline import write_tables  # noqa: PLC0415  later rooms, only where needed

    head = write_tables(folder)
    contour = folder / "contour.csv"  # only where stall and another number are swept
    made = [folder / "headline.csv", folder / "effects.csv", *([contour] if contour.exists() else [])]
    return head, made + [folder / f"{name}.csv" for name in load_results(folder).config.analyses]


def print_answers(folder: Path) -> None:
    """Print what the analyses say that the config names."""
    from citysim.analysis.answers import asked_for  # noqa: PLC0415  later rooms, only where needed
    from citysim.analysis.headline import read_answer  # noqa: PLC0415
    from citysim.analysis.results import read_results  # noqa: PLC0415

    for name, answer in asked_for(read_results(folder)).items():
        console().print(f"\n{answer.title}", style="bold")
        for sentence in answer.words(read_answer(folder, name)):
            console().print(sentence, soft_wrap=True)


def _figures(folder: Path) -> list[Path]:
    from citysim.figures import draw_all  # noqa: PLC0415  later rooms, only where needed

    return draw_all(folder)


def _briefing(folder: Path) -> list[Path]:
    from citysim.briefing import write_briefing  # noqa: PLC0415  later rooms, only where needed

    return write_briefing(folder)


def print_headline(head: pd.DataFrame, *, adjusted: bool = False) -> None:
    """Print the compensation ratio, a table per outcome; ``adjusted``: with the adjusted intervals."""
    if head.empty:
        console().print(
            f"no compensation ratio: {head.attrs.get('reason', 'see effects.csv')}", soft_wrap=True
        )
        return
    rows = head.assign(interval=_range(head, "lower", "upper"))
    columns = dict(_HEADLINE)
    if adjusted:
        rows["adjusted"] = _range(head, "lower_adjusted", "upper_adjusted")
        columns["adjusted"] = "median, adjusted"
    for name in ("estimate", "probability_compensates", "monte_carlo_error"):
        rows[name] = rows[name].map(_short)
    extra = [name for name in head.columns if name not in _HEADLINE and _is_swept(name)]
    for outcome, part in rows.groupby("outcome", sort=False):
        shown = part[[*columns, *extra]].rename(columns=columns)
        print_table(shown, f"Compensation ratio C: {outcome}")
    note = (
        "C: median over the replications in which states matter; "
        "MC error: what chance alone leaves open at the default parameters"
    )
    console().print(note, soft_wrap=True)


def _print_drawn(folder: Path) -> None:
    """Print how many distinct draws of a posterior the replications are."""
    from citysim.experiment.runs import posterior_note  # noqa: PLC0415  brings the parameters

    drawn = posterior_note(load_results(folder).config)
    if drawn:
        console().print(drawn, soft_wrap=True)


def _print_planned(folder: Path) -> None:
    """Print which planned comparisons show an effect, all of them held together."""
    from citysim.analysis.headline import read_effects  # noqa: PLC0415  later rooms, only where needed
    from citysim.analysis.multiplicity import planned_summary  # noqa: PLC0415

    effects = read_effects(folder)
    summary = planned_summary(effects)
    if summary.empty:
        return
    print_table(summary, "Planned comparisons: where the median differs for sure (Holm, 10 %)")
    note = (
        f"planned: {int(effects['planned'].sum())} of the {len(effects)} rows of effects.csv; 90 % interval: "
        "over replications, so over what is not known of the parameters; adjusted: of the median, "
        "all planned comparisons held at once"
    )
    console().print(note, soft_wrap=True)


def _range(head: pd.DataFrame, lower: str, upper: str) -> "pd.Series[str]":
    return head[lower].map(_short) + " … " + head[upper].map(_short)


def _short(value: float) -> str:
    """A number to three digits, as in a headline; 0 has no sign."""
    return cell(float(f"{value:.3g}") + 0.0)


def _is_swept(name: str) -> bool:
    """Whether a column of the headline is a swept value beside stall."""
    from citysim.model.parameters import parameter_specs, switches  # noqa: PLC0415  only where needed

    return name in parameter_specs() or name in switches()
