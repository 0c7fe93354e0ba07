"""What ``effects``, ``figures`` and ``brief`` do, and all three after a run."""

import csv
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from citysim.cli.display import cell, console, print_paths, print_table, tell_missing
from citysim.errors import ResultError
from citysim.execute.processes import each_in_processes
from citysim.execute.threads import worker_count
from citysim.language import DEFAULT, N_, gettext, numeral, pgettext, speaking
from citysim.store.checked import read_checked
from citysim.store.contents import check_ours
from citysim.store.files import make_folder
from citysim.store.outputs import changed_outputs, makes_into, note_report, report_current

if TYPE_CHECKING:
    import pandas as pd

    from citysim.analysis.results import RunSet
    from citysim.figures.caption import Drawn
    from citysim.figures.drawing import Each

#: What the processes that draw have in common.
DRAWING = "citysim.figures.formats"
_HEADLINE = {
    "outcome": N_("outcome"),
    "arm": N_("arm"),
    "stall": N_("stall"),
    "estimate": N_("estimate"),
    "interval": N_("90 % interval"),
    "probability_positive": N_("P(>0)"),
    "probability_compensates": N_("P(≥1)"),
    "share_states_hardly_matter": N_("no cost"),
    "monte_carlo_error": N_("MC error"),
    "n_seeds": N_("seeds"),
    "verdict": N_("verdict"),
}
#: Tables of the headline, those of the claim last.
_TITLES = {
    "compensation": N_("Compensation ratio C: all that cooperation gives, as share of what stall costs"),
    "standing_value": N_("Standing value: what cooperation gives without any stall, in the outcome's unit"),
    "substitution": N_("Substitution: what it gives more because states stall, as share of what stall costs"),
    "response": N_("Response: what answering the stall adds, as share of what stall costs"),
}
_NUMBERS = (
    *("estimate", "probability_positive", "probability_compensates"),
    *("share_states_hardly_matter", "monte_carlo_error"),
)
_RIGHT = ("stall", "seeds")
#: A headline with more rows is printed at one stall level.
_MOST_ROWS = 72


def report(folder: Path, workers: str | None = None) -> None:
    """Tables, figures and briefing, unless they are of exactly these runs already.

    Then the short answer and the headline are printed.

    ``workers``: processes that draw, if not as the config says.
    """
    current = report_current(folder)
    if current:
        # Neither pandas nor the analysis is needed to say again what is there.
        print_short(current["short"])
        with speaking(current.get("language", DEFAULT)):
            print_headline(folder, stall=current.get("stall"))
        print_words(current["words"])
        print_paths("already written:", [folder / name for name in current["files"]])
        return
    for file in changed_outputs(folder):
        console(stderr=True).print(f"{file}: changed since citysim wrote it; made again", soft_wrap=True)
    results = _read(folder, folder)
    tables, made = _tables(results)
    made += _figures(results, workers=workers)
    made += _briefing(results)
    with speaking(results.language):
        words, stall, short = _words(results), _shown_stall(results), _in_short(results)
    note_report(folder, made, words, stall, short=short, language=results.language)
    print_short(short)
    with speaking(results.language):
        print_headline(folder, reason=tables["headline"].attrs.get("reason"), stall=stall)
    print_words(words)
    print_paths("written:", [folder / "runs", *made])


def effects(folder: Path, out: Path | None, language: str | None = None) -> None:
    """Write the tables of effects and print the short answer, the headline and the planned comparisons."""
    results = _claimed(folder, out, language)
    tables, made = _tables(results)
    reason = tables["headline"].attrs.get("reason")
    with speaking(results.language):
        print_short(_in_short(results))
        print_headline(results.out, adjusted=True, reason=reason, stall=_shown_stall(results))
        _print_planned(results.out)
        print_words(_words(results))
    print_paths("written:", made)


def figures(
    folder: Path,
    out: Path | None,
    only: Sequence[str] = (),
    language: str | None = None,
    size: str | None = None,
    formats: Sequence[str] = (),
) -> None:
    """Draw the figures, or some by name; elsewhere, the tables that they need too."""
    results = _claimed(folder, out, language)
    made = [*_needed(results), *_figures(results, only, size=size, formats=formats)]
    print_paths("written:", made)


def brief(
    folder: Path,
    out: Path | None,
    beside: Path | None = None,
    language: str | None = None,
    formats: Sequence[str] | None = None,
) -> None:
    """Write the briefing; elsewhere, the tables and figures that it needs too.

    ``beside``: results of the same experiment under the prior, which these are compared with; ``formats``:
    which files, if not those by default.
    """
    results = _claimed(folder, out, language)
    made = _needed(results)
    if (results.out != folder and not (results.out / "figures").is_dir()) or _in_another_language(results):
        made += _figures(results)
    if beside is not None:
        from citysim.analysis.compare import read_pair  # noqa: PLC0415  later rooms, only where needed
        from citysim.cli.actions.compare import written  # noqa: PLC0415

        before, after = read_pair(beside, folder, out)
        made += written(before, replace(after, asked_language=language))[1]
    made += _briefing(results, formats)
    print_paths("written:", made)


def claimed(folder: Path, out: Path | None) -> Path:
    """The folder to write to, if the results' is one of results; says where runs are missing or failed.

    Raises ``ResultError`` where it is none or has no runs, or where others' files are in the way of ``out``.
    """
    return _claimed(folder, out).out


def _claimed(folder: Path, out: Path | None, language: str | None = None) -> "RunSet":
    """The runs of a folder and the folder to write to, as ``claimed``."""
    from citysim.store.reader import load_results  # noqa: PLC0415  brings pandas

    results = load_results(folder)
    results.require_runs()
    if out is not None:
        check_ours(out)
        make_folder(out)
    elif not os.access(folder, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        raise ResultError(f"{folder}: cannot be written to; name another folder with --out")
    tell_missing(results)
    from citysim.analysis.results import runs_of  # noqa: PLC0415  later rooms, only where needed

    return runs_of(results, out or folder, language)


def _read(folder: Path, out: Path) -> "RunSet":
    from citysim.analysis.results import read_results  # noqa: PLC0415  later rooms, only where needed

    return read_results(folder, out)


def _needed(results: "RunSet") -> list[Path]:
    """Make the tables of a folder elsewhere, unless they are there."""
    there = results.out == results.path or (results.out / "headline.csv").is_file()
    return [] if there else _tables(results)[1]


def _tables(results: "RunSet") -> "tuple[dict[str, pd.DataFrame], list[Path]]":
    from citysim.analysis.headline import write_tables_of  # noqa: PLC0415  later rooms, only where needed

    tables = write_tables_of(results)
    return tables, [results.out / f"{name}.csv" for name in tables]


def _words(results: "RunSet") -> dict[str, list[str]]:
    """What a posterior's draws are, and what the analyses say that the config names, by title."""
    from citysim.analysis.answers import said  # noqa: PLC0415  later rooms, only where needed
    from citysim.plan.runs import posterior_note  # noqa: PLC0415

    drawn = posterior_note(results.config)
    return {**({gettext("Draws of the posterior"): [drawn]} if drawn else {}), **said(results)}


def _in_short(results: "RunSet") -> list[tuple[str, str]]:
    """Question, answer and all further lines of page 1, each with its head."""
    from citysim.briefing.short import short_answer  # noqa: PLC0415  later rooms, only where needed

    short = short_answer(results)
    return [(short.question, short.answer), *short.lines]


def _shown_stall(results: "RunSet") -> float | str:
    from citysim.analysis.stall import shown_stall  # noqa: PLC0415  later rooms, only where needed

    return shown_stall(results)


def print_short(short: Iterable[Sequence[str]]) -> None:
    """Print the short answer: the question and the answer, then a line per head."""
    (question, answer), *lines = short
    console().print(f"\n{question}", style="bold", markup=False, soft_wrap=True)
    console().print(answer, markup=False, soft_wrap=True)
    for head, text in lines:
        stop = "" if head.endswith("?") else ":"
        console().print(f"- {head}{stop} {text}", markup=False, soft_wrap=True)
    console().print()


def print_words(words: Mapping[str, Iterable[str]]) -> None:
    """Print what the analyses say, by title."""
    for title, sentences in words.items():
        console().print(f"\n{title}", style="bold")
        for sentence in sentences:
            console().print(sentence, soft_wrap=True)


def _figures(
    results: "RunSet",
    only: Sequence[str] = (),
    workers: str | None = None,
    *,
    size: str | None = None,
    formats: Sequence[str] = (),
) -> list[Path]:
    from citysim.figures.drawing import draw_figures  # noqa: PLC0415  later rooms, only where needed

    draw = partial(draw_figures, results, only, size=size, formats=formats)
    return draw() if len(only) == 1 else draw(_each(results, workers))


def _each(results: "RunSet", workers: str | None = None) -> "Each":
    """What maps the drawing of figures over their names."""
    processes = worker_count(workers or results.config.execution.workers)
    return map if processes < 2 else partial(each_in_processes, processes=processes, preload=DRAWING)


def _in_another_language(results: "RunSet") -> bool:
    """Whether figures are there that are not in the language of the results."""
    from citysim.figures.caption import CAPTIONS, read_captions  # noqa: PLC0415  as above

    there = (results.out / CAPTIONS).is_file()
    return there and any(caption.language != results.language for caption in read_captions(results))


def keep(drawn: "Drawn", folder: Path) -> list[Path]:
    """Write a figure into ``figures/`` of a folder, and print its caption; gives the files."""
    from citysim.figures.drawing import save  # noqa: PLC0415  later rooms, only where needed

    figure, caption = drawn
    console().print(f"figure {caption.name}: {caption.caption}", soft_wrap=True)
    return save(figure, folder, caption.name)


def _briefing(results: "RunSet", formats: Sequence[str] | None = None) -> list[Path]:
    from citysim.briefing import DEFAULT_FORMATS, write_briefing_of  # noqa: PLC0415  as above

    return write_briefing_of(results, formats or DEFAULT_FORMATS, _each(results))


def print_headline(
    folder: Path, *, adjusted: bool = False, reason: str | None = None, stall: float | str | None = None
) -> None:
    """Print the headline, a table per estimand; ``adjusted``: with the adjusted intervals.

    ``reason``: why there is none, where there is none; ``stall``: the level to print of a long one.
    """
    rows = _rows(folder / "headline.csv")
    if not rows:
        text = gettext("no compensation ratio: {reason}", reason=reason or gettext("see effects.csv"))
        console().print(text, soft_wrap=True)
        return
    cut = len(rows) > _MOST_ROWS and stall is not None
    for estimand, name in _TITLES.items():
        part = [row for row in rows if row.get("estimand", "compensation") == estimand]
        standing = estimand == "standing_value"
        if cut and not standing:
            part = [row for row in part if _level(row["stall"]) == stall]
        title = gettext(name)
        if cut and not standing:
            title = gettext("{title}, at stall {level}", title=title, level=numeral(_level_text(stall)))
        if part:
            _print_estimand(part, title, without=("stall",) if cut or standing else (), adjusted=adjusted)
    for note in _notes(rows, cut=cut):
        console().print(note, soft_wrap=True)


def _print_estimand(
    rows: list[dict[str, str]], title: str, *, without: Iterable[str], adjusted: bool
) -> None:
    columns = {name: text for name, text in _HEADLINE.items() if name not in without}
    for name in ("probability_compensates", "share_states_hardly_matter"):
        if not any(row[name] for row in rows):
            del columns[name]
    adjusted = adjusted and any(row["lower_adjusted"] for row in rows)
    if adjusted:
        columns["adjusted"] = N_("median, adjusted")
    columns |= {name: name for name in rows[0] if name not in _HEADLINE and name in _names()}
    shown: list[dict[str, object]] = []
    for row in rows:
        texts: dict[str, object] = {**row, "interval": _range(row, "lower", "upper")}
        texts |= {name: _short(row.get(name, "")) for name in _NUMBERS}
        level, said = row["stall"], row["verdict"]
        texts["stall"] = numeral(level) if isinstance(_level(level), float) else level
        texts["verdict"] = pgettext("verdict", said)
        if adjusted:
            texts["adjusted"] = _range(row, "lower_adjusted", "upper_adjusted")
        shown.append(texts)
    table = {gettext(text): [row[name] for row in shown] for name, text in columns.items()}
    print_table(table, title, right=[gettext(name) for name in _RIGHT])


def _notes(rows: list[dict[str, str]], *, cut: bool) -> list[str]:
    what = gettext(
        "shares: median over the replications in which stall costs something; no cost: share of those where "
        "it costs no more than chance, which P counts, never as success; MC error: what chance alone leaves "
        "open at the default parameters"
    )
    notes = [what]
    if not any(row.get("estimand") == "response" for row in rows):
        notes.append(
            gettext("no response: no arm without response, equal to another but for its parameters at 0")
        )
    if cut:
        notes.append(gettext("the other stall levels are in headline.csv"))
    return notes


def _level(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _level_text(level: float | str | None) -> str:
    return f"{level:g}" if isinstance(level, float) else str(level)


def _rows(file: Path) -> list[dict[str, str]]:
    if not file.is_file():
        raise ResultError(f"{file}: missing; make it with: citysim effects {makes_into(file.parent)}")
    again = f"make it again with: citysim effects {makes_into(file.parent)}"
    data = read_checked(file.parent, file.name, again)
    return list(csv.DictReader(StringIO(data.decode(), newline="")))


def _print_planned(folder: Path) -> None:
    """Print which planned comparisons show an effect, all of them held together."""
    from citysim.analysis.multiplicity import planned_summary  # noqa: PLC0415  later rooms, only where needed
    from citysim.analysis.tables import read_effects  # noqa: PLC0415

    effects = read_effects(folder)
    summary = planned_summary(effects)
    if summary.empty:
        return
    print_table(summary, gettext("Planned comparisons: where the median differs for sure (Holm, 10 %)"))
    note = gettext(
        "planned: {planned} of the {count} rows of effects.csv; 90 % interval: "
        "over replications, so over what is not known of the parameters; adjusted: of the median, "
        "all planned comparisons held at once",
        planned=int(effects["planned"].sum()),
        count=len(effects),
    )
    console().print(note, soft_wrap=True)


def _range(row: Mapping[str, str], lower: str, upper: str) -> str:
    return f"{_short(row[lower])} … {_short(row[upper])}"


def _short(text: str) -> str:
    """A number to three digits, as in a headline; 0 has no sign."""
    return numeral(cell(float(f"{float(text or 'nan'):.3g}") + 0.0))


@cache
def _names() -> frozenset[str]:
    """Parameters and switches: the columns of the headline that are swept values beside stall."""
    from citysim.model.parameters import parameter_specs, switches  # noqa: PLC0415  only where needed

    return frozenset((*parameter_specs(), *switches()))
