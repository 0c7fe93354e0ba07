"""Everything a briefing says, gathered once for the HTML and the PDF."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from citysim.analysis.answers import said
from citysim.analysis.compare import compared
from citysim.analysis.estimands import rows_of, title
from citysim.analysis.intervals import FEWEST_FOR_QUANTILES
from citysim.analysis.moved import forms_in_words, stay_in_words
from citysim.analysis.results import RunSet, first_sweep, read_results
from citysim.analysis.stall import at_level, level_in_words, shown_stall, stall_of, states_stalled
from citysim.analysis.tables import read_headline
from citysim.briefing.credits import MAP_CREDIT, WORLD_CREDITS
from citysim.briefing.short import STRIP, short_answer, spoken_arm
from citysim.briefing.short.form import Short
from citysim.briefing.wording import (
    HOW_TO_READ,
    acts,
    answer,
    interval,
    listed,
    more_because_of_stall,
    not_shown,
    number,
    percent,
    saves,
    three_digits,
)
from citysim.errors import ResultError
from citysim.figures.caption import Caption, arm_label, command_for, read_captions
from citysim.figures.rows import shown_arms
from citysim.model.outcomes import OUTCOMES
from citysim.model.parameters import parameter_specs
from citysim.plan.config import idle_parameters
from citysim.plan.report import Stall
from citysim.plan.runs import posterior_note
from citysim.store.checked import read_checked
from citysim.store.manifest import manifest_path, read_manifest

#: A table with more rows is cut to one stall level.
MOST_ROWS = 72
COLUMNS = (
    "Estimand",
    "Arm",
    "Stall",
    "Estimate",
    "90 % interval",
    "P (> 0)",
    "P (≥ 1)",
    "MC error",
    "Hardly matter",
    "Verdict",
)
#: Columns that hold words; all others hold numbers.
WORD_COLUMNS = ("Estimand", "Arm", "Verdict")


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of the headline table for one outcome."""

    title: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure of the results with its caption."""

    caption: Caption
    png: Path
    svg: Path


@dataclass(frozen=True, slots=True)
class Context:
    """A briefing in words, rows and pictures: ``short`` and ``picture`` are page 1, all else the details."""

    title: str
    short: Short
    picture: Picture | None
    about_picture: str  # its caption where that is not plain enough for page 1
    notes: tuple[tuple[str, str], ...]  # hypothesis and what refutes it, as the config states them
    answer: tuple[str, ...]
    caveat: str
    compared: tuple[str, ...]  # with the same experiment before a calibration
    columns: tuple[str, ...]
    parts: tuple[Part, ...]
    table_note: str
    pictures: tuple[Picture, ...]
    how_to_read: tuple[str, ...]
    limits: tuple[str, ...]
    reproduce: tuple[tuple[str, str], ...]
    credits: tuple[str, ...]


def build_context(results_dir: Path, out: Path | None = None) -> Context:
    """Gather the briefing of a result folder; ``out``: where its tables and figures lie, if not there too.

    Raises ``ResultError`` where runs, tables or figures are missing; it names the command that makes them.
    """
    return context_of(read_results(results_dir, out))


def context_of(results: RunSet) -> Context:
    """``build_context`` of runs that have been read."""
    table = read_headline(results.out)
    headline = first_sweep(table, results)
    short = short_answer(results)
    picture, pictures = _apart(_pictures(results), short.picture)
    manifest = read_manifest(manifest_path(results.path))
    config = results.config
    notes = (
        ("Hypothesis", config.hypothesis),
        ("Refuted by", config.refuted_by),
    )
    stall = shown_stall(results)
    told, caveat = _answer(headline, results, stall)
    told = (*(text for words in said(results).values() for text in words), *told)
    parts, table_note = _parts(headline, len(table) - len(headline), stall)
    real = config.world.kind == "real"
    return Context(
        title=config.name.replace("_", " ").replace("-", " ").capitalize(),
        short=short,
        picture=picture,
        about_picture=picture.caption.caption if picture and picture.caption.name != STRIP else "",
        notes=tuple((name, text) for name, text in notes if text),
        answer=told,
        caveat=caveat,
        compared=tuple(compared(results, shown_arms(results)[-1], stall)),
        columns=COLUMNS,
        parts=parts,
        table_note=table_note,
        pictures=pictures,
        how_to_read=HOW_TO_READ,
        limits=_limits(results, headline, pictures, real=real),
        reproduce=_reproduce(results, manifest),
        credits=(*(WORLD_CREDITS if real else ()), MAP_CREDIT),
    )


def _pictures(results: RunSet) -> tuple[Picture, ...]:
    folder = results.out / "figures"
    command = command_for("figures", results)
    found = []
    for caption in read_captions(results):
        picture = Picture(caption, folder / f"{caption.name}.png", folder / f"{caption.name}.svg")
        for file in (picture.png, picture.svg):
            if not file.is_file():
                raise ResultError(f"{file}: missing; make it with: {command}")
            read_checked(results.out, f"figures/{file.name}", f"make it again with: {command}")
        found.append(picture)
    return tuple(found)


def _apart(pictures: tuple[Picture, ...], name: str) -> tuple[Picture | None, tuple[Picture, ...]]:
    """The picture of page 1, the one of this name or the first, and the others."""
    named = [picture for picture in pictures if picture.caption.name == name]
    first = (named or list(pictures))[:1]
    return (first[0] if first else None), tuple(each for each in pictures if each not in first)


def _of_sweep(headline: pd.DataFrame, results: RunSet) -> tuple[str, ...]:
    """For which of the swept values beside stall the answer holds, as a sentence."""
    swept = [name for name in results.sweep if name in headline]
    at = [f"{name.replace('_', ' ')} = {headline[name].iloc[0]}" for name in swept]
    return (f"All this is for {listed(at)}; headline.csv has the other values.",) if at else ()


def _answer(headline: pd.DataFrame, results: RunSet, stall: Stall) -> tuple[tuple[str, ...], str]:
    ratios = rows_of(headline, "compensation")
    if headline.empty:
        if results.config.analyses:
            return (), not_shown(ratios)
        none = "There is no compensation ratio: no arm without cooperation, or no run without stall."
        return (none, "Its paired differences between arms are in effects.csv."), not_shown(ratios)
    arm = spoken_arm(headline, results)
    at = at_level(headline[headline["arm"] == arm], stall)
    rows, more, added = (rows_of(at, name) for name in ("compensation", "substitution", "response"))
    if rows.empty:
        none = f"No replication has all four runs of the compensation ratio with {states_stalled(stall)}."
        return (none,), not_shown(rows)
    if len(more) and len(added):
        words: tuple[str, ...] = (*acts(more, added, stall), saves(rows))
    else:
        words = (*answer(rows, stall), *([more_because_of_stall(more)] if len(more) else []))
    return (*words, *_of_sweep(headline, results)), not_shown(rows)


def _parts(headline: pd.DataFrame, elsewhere: int, stall: Stall) -> tuple[tuple[Part, ...], str]:
    """The headline table as text, and what is not in it."""
    note = (
        "Standing value: in the outcome's unit, without stall, over all replications. The others: shares of "
        "what stall costs, median over the replications in which states matter. Hardly matter: share of "
        "replications in which states do, none of them a success in P."
    )
    if len(headline) > MOST_ROWS:
        standing = headline["estimand"] == "standing_value"
        headline = pd.concat([headline[standing], at_level(headline[~standing], stall)])
        note += f" Only {states_stalled(stall)}; the other levels are in headline.csv."
    if elsewhere:
        note += " Only the first combination of the swept values; the others are in headline.csv."
    parts = []
    for outcome in headline["outcome"].unique():
        known = OUTCOMES[outcome]
        rows = headline[headline["outcome"] == outcome].to_dict("records")
        parts.append(Part(f"{known.label} ({known.unit})", tuple(_row(row) for row in rows)))
    return tuple(parts), note


def _row(row: dict[Any, Any]) -> tuple[str, ...]:
    standing = row["estimand"] == "standing_value"
    low, high = (three_digits(row[end]) for end in ("lower", "upper"))
    ends = "–" if "–" in (low, high) else f"{low} to {high}"
    error = three_digits(row["monte_carlo_error"]) if standing else number(row["monte_carlo_error"], 3)
    return (
        title(row["estimand"]) if row["estimand"] != "compensation" else "Compensation C",
        arm_label(row["arm"]),
        level_in_words(stall_of(row["stall"])),
        three_digits(row["estimate"]) if standing else number(row["estimate"]),
        ends if standing else interval(row["lower"], row["upper"]),
        percent(row["probability_positive"]),
        percent(row["probability_compensates"]),
        "–" if row["verdict"] == "undefined" else error,
        percent(row["share_states_hardly_matter"]),
        row["verdict"],
    )


def _limits(
    results: RunSet, headline: pd.DataFrame, pictures: tuple[Picture, ...], *, real: bool
) -> tuple[str, ...]:
    config = results.config
    idle = idle_parameters(config)
    uncertain = sum(spec.uncertain for spec in parameter_specs().values() if spec.name not in idle)
    drawn = {
        "prior": f"{uncertain} uncertain parameters are drawn from prior ranges (citysim params lists them)",
        "posterior": posterior_note(config),
        "defaults": "all parameters are at their defaults, so the interval is about chance only",
    }[config.uncertainty.parameters]
    names = [picture.caption.name for picture in pictures]
    place = f" (figure {names.index('difference') + 1})" if "difference" in names else ""
    limits = [
        f"Parameters: {drawn}; several are assumed, not measured.",
        "The form of the model is one of many. The interval does not hold what another form would say.",
        f"C counts all that cooperation gives, also what it would without any stall{place}.",
        "Stall is set from outside and the same for all states: a lever of the experiment, not a forecast.",
    ]
    limits += [said for said in (forms_in_words(results), stay_in_words(results)) if said]
    if real:
        limits.append(
            "The world starts from real cities, ties and states of about 2023. Member lists of some networks "
            "are partial and missing values are filled by stated rules (citysim world and citysim networks "
            "count both)."
        )
    else:
        limits.append(
            "The world is synthetic: its cities and states are made up, with statistics of real ones."
        )
    most = int(headline["n_seeds"].max()) if len(headline) else 0
    if 1 < most < FEWEST_FOR_QUANTILES:
        limits.append(
            f"With {most} replications the 90 % interval is their whole range; "
            f"it takes {FEWEST_FOR_QUANTILES} for it to hold nine in ten."
        )
    incomplete = int(headline["n_incomplete"].max()) if len(headline) else 0
    if results.asked > len(results.runs):
        limits.append(
            "A comparison leaves out the replications that lack one of its runs, of which some are missing "
            f"(at most {incomplete})."
        )
    return tuple(limits)


def _reproduce(results: RunSet, manifest: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    config = results.config
    sessions = manifest.get("sessions", [])
    commands = list(dict.fromkeys(str(s["command"]) for s in sessions if s.get("command")))
    seeds = config.replications
    listed = f"{seeds[0]} … {seeds[-1]} ({len(seeds)})" if len(seeds) > 1 else str(seeds[0])
    versions = manifest.get("versions", {}) | {"model": manifest.get("model_version")}
    world = manifest.get("world", {})
    entries = {
        "Command": "; then ".join(commands[-3:]) or "citysim run config.toml",
        "World": str(world.get("title", config.world.kind)),
        "World digest": str(world.get("digest", "")),
        "Design digest": str(manifest.get("design", {}).get("digest", "")),
        "Runs": f"{len(results.runs):,} of {results.asked:,}",
        "Seeds": f"{listed}; {config.uncertainty.monte_carlo_seeds} more at the default parameters",
        "Versions": ", ".join(f"{name} {value}" for name, value in versions.items() if value),
        "Config and data": "config.toml, design.parquet and all tables lie beside this briefing",
    }
    return tuple((name, text) for name, text in entries.items() if text)
