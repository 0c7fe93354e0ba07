"""Everything a briefing says, gathered once for the HTML and the PDF."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from citysim.analysis.answers import said
from citysim.analysis.compare import compared
from citysim.analysis.estimands import rows_of, title
from citysim.analysis.intervals import FEWEST_FOR_QUANTILES
from citysim.analysis.labels import (
    arm_label,
    experiment_text,
    experiment_title,
    outcome_label,
    outcome_unit,
    swept_label,
    value_label,
    verdict_label,
)
from citysim.analysis.moved import forms_in_words, stay_in_words
from citysim.analysis.results import RunSet, first_sweep, read_results
from citysim.analysis.stall import at_level, level_in_words, shown_stall, stall_of, states_stalled
from citysim.analysis.tables import read_headline
from citysim.briefing.credits import credits_of
from citysim.briefing.picture import Picture
from citysim.briefing.short import STRIP, short_answer, spoken_arm
from citysim.briefing.short.form import Short
from citysim.briefing.wording import (
    acts,
    answer,
    how_to_read,
    interval,
    listed,
    more_because_of_stall,
    not_shown,
    number,
    percent,
    saves,
    three_digits,
    world_title,
)
from citysim.errors import ResultError
from citysim.figures.caption import IN_SHORT, command_for, read_captions
from citysim.figures.rows import shown_arms
from citysim.language import gettext, numeral, pgettext, speaking
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
#: Which columns hold words; all others hold numbers.
WORD_COLUMNS = tuple(name in ("Estimand", "Arm", "Verdict") for name in COLUMNS)


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of the headline table for one outcome."""

    title: str
    rows: tuple[tuple[str, ...], ...]


#: Parameters that are named where there is little room.
_FEW_NAMES = 6


@dataclass(frozen=True, slots=True)
class Context:
    """A briefing in words, rows and pictures: ``short`` and ``picture`` are page 1, all else the details."""

    title: str
    language: str
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
    limits_in_short: tuple[str, ...]  # the same where a long list of names has no room
    reproduce: tuple[tuple[str, str], ...]
    credits: tuple[str, ...]

    @property
    def shown(self) -> tuple[Picture, ...]:
        """All pictures, that of page 1 first."""
        return (*((self.picture,) if self.picture else ()), *self.pictures)


def build_context(results_dir: Path, out: Path | None = None) -> Context:
    """Gather the briefing of a result folder; ``out``: where its tables and figures lie, if not there too.

    Raises ``ResultError`` where runs, tables or figures are missing; it names the command that makes them.
    """
    return context_of(read_results(results_dir, out))


def context_of(results: RunSet) -> Context:
    """``build_context`` of runs that have been read, in the language of the results."""
    with speaking(results.language):
        return _context_of(results)


def _context_of(results: RunSet) -> Context:
    table = read_headline(results.out)
    headline = first_sweep(table, results)
    short = short_answer(results)
    picture, pictures = _apart(_pictures(results), short.picture)
    manifest = read_manifest(manifest_path(results.path))
    config = results.config
    notes = (
        (gettext("Hypothesis"), experiment_text(config.hypothesis or "")),
        (gettext("Refuted by"), experiment_text(config.refuted_by or "")),
    )
    stall = shown_stall(results)
    told, caveat = _answer(headline, results, stall)
    told = (*(text for words in said(results).values() for text in words), *told)
    parts, table_note = _parts(headline, len(table) - len(headline), stall)
    real = config.world.kind == "real"
    return Context(
        title=experiment_title(config.name),
        language=results.language,
        short=short,
        picture=picture,
        about_picture=_of_details(picture),
        notes=tuple((name, text) for name, text in notes if text),
        answer=told,
        caveat=caveat,
        compared=tuple(compared(results, shown_arms(results)[-1], stall)),
        columns=tuple(pgettext("column", name) for name in COLUMNS),
        parts=parts,
        table_note=table_note,
        pictures=pictures,
        how_to_read=how_to_read(),
        limits=_limits(results, headline, pictures, real=real),
        limits_in_short=_limits(results, headline, pictures, real=real, most_names=_FEW_NAMES),
        reproduce=_reproduce(results, manifest),
        credits=credits_of(real=real),
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
        if caption.language != results.language:
            again = command_for("figures", replace(results, asked_language=results.language))
            found_in = f"language {caption.language}, expected {results.language}"
            raise ResultError(f"{picture.png}: is in {found_in}; draw it with: {again}")
        found.append(picture)
    return tuple(found)


def _of_details(picture: Picture | None) -> str:
    """The caption of the picture of page 1 where that is too long to stand there."""
    if picture is None or picture.caption.name in (STRIP, IN_SHORT):
        return ""
    return picture.caption.caption


def _apart(pictures: tuple[Picture, ...], name: str) -> tuple[Picture | None, tuple[Picture, ...]]:
    """The picture of page 1, the one of this name or the first, and the others."""
    named = [picture for picture in pictures if picture.caption.name == name]
    first = (named or list(pictures))[:1]
    return (first[0] if first else None), tuple(each for each in pictures if each not in first)


def _of_sweep(headline: pd.DataFrame, results: RunSet) -> tuple[str, ...]:
    """For which of the swept values beside stall the answer holds, as a sentence."""
    swept = [name for name in results.sweep if name in headline]
    at = [f"{swept_label(name)} = {value_label(headline[name].iloc[0])}" for name in swept]
    text = (
        gettext("All this is for {values}; headline.csv has the other values.", values=listed(at))
        if at
        else ""
    )
    return (text,) if text else ()


def _answer(headline: pd.DataFrame, results: RunSet, stall: Stall) -> tuple[tuple[str, ...], str]:
    ratios = rows_of(headline, "compensation")
    if headline.empty:
        if results.config.analyses:
            return (), not_shown(ratios)
        none = gettext("There is no compensation ratio: no arm without cooperation, or no run without stall.")
        return (none, gettext("Its paired differences between arms are in effects.csv.")), not_shown(ratios)
    arm = spoken_arm(headline, results)
    at = at_level(headline[headline["arm"] == arm], stall)
    rows, more, added = (rows_of(at, name) for name in ("compensation", "substitution", "response"))
    if rows.empty:
        none = gettext(
            "No replication has all four runs of the compensation ratio with {states_stalled}.",
            states_stalled=states_stalled(stall),
        )
        return (none,), not_shown(rows)
    if len(more) and len(added):
        words: tuple[str, ...] = (*acts(more, added, stall), saves(rows))
    else:
        words = (*answer(rows, stall), *([more_because_of_stall(more)] if len(more) else []))
    return (*words, *_of_sweep(headline, results)), not_shown(rows)


def _parts(headline: pd.DataFrame, elsewhere: int, stall: Stall) -> tuple[tuple[Part, ...], str]:
    """The headline table as text, and what is not in it."""
    note = gettext(
        "Standing value: in the outcome's unit, without stall, over all replications. The others: shares of "
        "what stall costs, median over the replications in which states matter. Hardly matter: share of "
        "replications in which states do, none of them a success in P."
    )
    if len(headline) > MOST_ROWS:
        standing = headline["estimand"] == "standing_value"
        headline = pd.concat([headline[standing], at_level(headline[~standing], stall)])
        note += gettext(
            " Only {states_stalled}; the other levels are in headline.csv.",
            states_stalled=states_stalled(stall),
        )
    if elsewhere:
        note += gettext(" Only the first combination of the swept values; the others are in headline.csv.")
    parts = []
    for outcome in headline["outcome"].unique():
        rows = headline[headline["outcome"] == outcome].to_dict("records")
        parts.append(
            Part(f"{outcome_label(outcome)} ({outcome_unit(outcome)})", tuple(_row(row) for row in rows))
        )
    return tuple(parts), note


def _row(row: dict[Any, Any]) -> tuple[str, ...]:
    standing = row["estimand"] == "standing_value"
    low, high = (three_digits(row[end]) for end in ("lower", "upper"))
    ends = "–" if "–" in (low, high) else gettext("{low} to {high}", low=low, high=high)
    error = three_digits(row["monte_carlo_error"]) if standing else number(row["monte_carlo_error"], 3)
    return (
        title(row["estimand"]) if row["estimand"] != "compensation" else gettext("Compensation C"),
        arm_label(row["arm"]),
        level_in_words(stall_of(row["stall"])),
        three_digits(row["estimate"]) if standing else number(row["estimate"]),
        ends if standing else interval(row["lower"], row["upper"]),
        percent(row["probability_positive"]),
        percent(row["probability_compensates"]),
        "–" if row["verdict"] == "undefined" else error,
        percent(row["share_states_hardly_matter"]),
        verdict_label(row["verdict"]),
    )


def _limits(
    results: RunSet,
    headline: pd.DataFrame,
    pictures: tuple[Picture, ...],
    *,
    real: bool,
    most_names: int | None = None,
) -> tuple[str, ...]:
    config = results.config
    idle = idle_parameters(config)
    uncertain = sum(spec.uncertain for spec in parameter_specs().values() if spec.name not in idle)
    drawn = {
        "prior": gettext(
            "{count} uncertain parameters are drawn from prior ranges (citysim params lists them)",
            count=uncertain,
        ),
        "posterior": posterior_note(config),
        "defaults": gettext("all parameters are at their defaults, so the interval is about chance only"),
    }[config.uncertainty.parameters]
    names = [picture.caption.name for picture in pictures]
    place = ""
    if "difference" in names:
        place = gettext(" (figure {number})", number=names.index("difference") + 1)
    limits = [
        gettext("Parameters: {drawn}; several are assumed, not measured.", drawn=drawn),
        gettext(
            "The form of the model is one of many. The interval does not hold what another form would say."
        ),
        gettext(
            "C counts all that cooperation gives, also what it would without any stall{place}.", place=place
        ),
        gettext(
            "Stall is set from outside and the same for all states: a lever of the experiment, not a "
            "forecast."
        ),
    ]
    limits += [said for said in (forms_in_words(results), stay_in_words(results, most_names)) if said]
    if real:
        text = gettext(
            "The world starts from real cities, ties and states of about 2023. Member lists of some networks "
            "are partial and missing values are filled by stated rules (citysim world and citysim networks "
            "count both)."
        )
    else:
        text = gettext(
            "The world is synthetic: its cities and states are made up, with statistics of real ones."
        )
    limits.append(text)
    most = int(headline["n_seeds"].max()) if len(headline) else 0
    if 1 < most < FEWEST_FOR_QUANTILES:
        limits.append(
            gettext(
                "With {count} replications the 90 % interval is their whole range; it takes {least} for it "
                "to hold nine in ten.",
                count=most,
                least=FEWEST_FOR_QUANTILES,
            )
        )
    incomplete = int(headline["n_incomplete"].max()) if len(headline) else 0
    if results.asked > len(results.runs):
        limits.append(
            gettext(
                "A comparison leaves out the replications that lack one of its runs, of which some are "
                "missing (at most {count}).",
                count=incomplete,
            )
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
        gettext("Command"): gettext("; then ").join(commands[-3:]) or "citysim run config.toml",
        gettext("World"): world_title(str(world.get("title", config.world.kind))),
        gettext("World digest"): str(world.get("digest", "")),
        gettext("Design digest"): str(manifest.get("design", {}).get("digest", "")),
        gettext("Runs"): gettext(
            "{done} of {asked}",
            done=numeral(f"{len(results.runs):,}"),
            asked=numeral(f"{results.asked:,}"),
        ),
        gettext("Seeds"): gettext(
            "{seeds}; {count} more at the default parameters",
            seeds=listed,
            count=config.uncertainty.monte_carlo_seeds,
        ),
        gettext("Versions"): ", ".join(f"{name} {value}" for name, value in versions.items() if value),
        gettext("Config and data"): gettext(
            "config.toml, design.parquet and all tables lie beside this briefing"
        ),
    }
    return tuple((name, text) for name, text in entries.items() if text)
