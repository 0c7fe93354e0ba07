"""Page 1 of experiments from the tables that the docs quote, and of runs with a known effect."""

import re
from pathlib import Path

import pandas as pd

from analysis.answers.made import config_of
from analysis.tables import write_runs
from citysim.analysis.estimands import rows_of
from citysim.analysis.headline import write_tables
from citysim.analysis.results import read_results
from citysim.analysis.stall import at_level
from citysim.briefing.short import RULES, short_answer
from citysim.briefing.short.claim import of_the_claim

REFERENCE = Path(__file__).parents[2] / "results" / "reference"
#: Experiment that comes with the package → its stall level that is shown.
SHIPPED = {
    "added_value": 0.0,
    "claim": 0.75,
    "crises": 0.5,
    "how_many_networks": 0.5,
    "partnerships": 0.5,
    "peace": 0.5,
    "scope": 0.5,
    "urban_2050": 0.5,
    "who_stalls": 0.75,
}


def table_of(experiment, name):
    """A table of an experiment as a command wrote it."""
    return pd.read_csv(REFERENCE / experiment / f"{name}.csv", keep_default_na=False, na_values=[""])


def said_of_the_docs(experiment):
    """What page 1 says of the runs that the docs quote."""
    stall = SHIPPED[experiment]
    if analyses := config_of(experiment).analyses:
        return RULES[analyses[0]](at_level(table_of(experiment, analyses[0]), stall))
    return of_headline(table_of(experiment, "headline"), stall)


def of_headline(table, stall, *, arm="both", first="all"):
    """The rule of the claim, of a headline that may sweep who stalls."""
    table = table[table["arm"] == arm]
    swept = None
    if "stalled_states" in table:
        swept = ("stalled_states", at_level(rows_of(table, "compensation"), stall))
        table = table[table["stalled_states"] == first]
    names = ("compensation", "substitution", "response")
    at = {name: at_level(rows_of(table, name), stall) for name in names}
    return of_the_claim(at, stall, over_stall=rows_of(table, "compensation"), swept=swept)


def answered(folder, *tables, config):
    """The short answer of runs with a known effect."""
    write_tables(write_runs(folder, *tables, config=config))
    return short_answer(read_results(folder))


def words(text):
    """Words of a text; a sign of per cent and a dash are none."""
    return [part for part in text.split() if re.search(r"\w", part)]


def prose(said):
    """All that page 1 says, heads left out, numbers as words are read and brackets not at all."""
    lines = [said.answer, *(text for _, text in said.bullets), said.sure]
    text = " ".join(line[0].upper() + line[1:] for line in lines)
    text = re.sub(r"\s*\([^)]*\)", "", text)
    return re.sub(r"−?\d[\d,.]*\d|−?\d", "ten", text).replace("%", "per cent")
