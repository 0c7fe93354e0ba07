"""Pictures of page 1 and titles of the analyses' figures: they say what the answer says, for any result."""

import re
from typing import get_args

import numpy as np
import pandas as pd
import pytest

from analysis.answers.made import config_of
from briefing.pages import SHIPPED, said_of_the_docs, table_of
from citysim.analysis.stall import at_level
from citysim.briefing.short import RULES
from citysim.figures import answer_titles
from citysim.figures.in_short import PICTURES
from citysim.language import LANGUAGES, speaking
from citysim.plan.config import AnalysisName

pytestmark = pytest.mark.slow  # hundreds of drawings, which depend on no Python

ANSWERS = {each: name for name in SHIPPED for each in config_of(name).analyses}
#: Words for those who know the model.
JARGON = re.compile(
    r"\bC\b|replication|arm\b|estimand|substitution|median|quantile|\w_\w|Replikation|Variante"
)
#: What page 1 of the runs that the docs quote has as its title, and the figure of the details.
TITLES = {
    "added_value": (
        "Development: no network is shown to change it; all together at most 0.35 %",
        "What a network adds: shown for the world in 0 of 7, for its own members in 3",
    ),
    "contact": (
        "Ties between cities of states in conflict: most do not last, about 30 % stay alive",
        "Outbreaks of conflict: ties avert more, the more contact calms",
    ),
    "factorial": (
        "Development: twinnings and networks both help, together about 70 % of their sum",
        "Development: twinnings and networks partly replace each other",
    ),
    "gains": (
        "Development: better in 16 of 17 groups of cities, worse in none",
        "Development: cities over 5 million gain more than cities of 0.3 to 1 million",
    ),
    "ledger": (
        "Losses from crises: about 9 % less, more through prevention than through help",
        "Losses averted: more by prevention than by response",
    ),
    "number": (
        "Development: best with about 30 networks; a fall beyond that is not shown",
        "Development and services in use: no fall beyond the best number of networks is shown",
    ),
    "pathway": (
        "Development: about 49 % of what networks change comes from wider freedom to act",
        "Freedom to act: wider through networks, at home and abroad",
    ),
}


def rows_of(analysis):
    """Rows of an analysis of the runs that the docs quote, at the level shown."""
    experiment = ANSWERS[analysis]
    return at_level(table_of(experiment, analysis), SHIPPED[experiment])


def titles(analysis, rows):
    """The title of page 1, and that of the details."""
    return tuple(getattr(answer_titles, f"{analysis}{part}_title")(rows.copy()) for part in ("", "_details"))


def changed(rows, where, **values):
    """Rows with other values where ``where`` is true."""
    rows = rows.copy()
    for name, value in values.items():
        rows.loc[where, name] = value
    return rows


def test_every_analysis_has_a_picture():
    assert set(PICTURES) == set(get_args(AnalysisName))


@pytest.mark.parametrize("analysis", TITLES)
def test_titles_say_what_is_seen(analysis):
    assert titles(analysis, rows_of(analysis)) == TITLES[analysis]


@pytest.mark.parametrize("analysis", TITLES)
def test_a_number_of_the_answer_is_in_the_title(analysis):
    answer = said_of_the_docs(ANSWERS[analysis]).answer
    (number,) = re.findall(r"\d[\d.]*", answer.replace(" of 17", ""))
    assert number in TITLES[analysis][0]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("analysis", TITLES)
def test_pictures_are_in_plain_words(analysis, language):
    with speaking(language):
        figure, caption = PICTURES[analysis](rows_of(analysis), SHIPPED[ANSWERS[analysis]])
    labels = [label.get_text() for ax in figure.axes for label in [*ax.texts, *ax.get_yticklabels()]]
    assert not JARGON.findall(" ".join([caption.title, caption.caption, caption.alt, *labels]))
    assert caption.name == "in_short"


@pytest.mark.parametrize("analysis", TITLES)
def test_too_few_cases_are_said_in_both_titles(analysis):
    rows = rows_of(analysis)
    few = rows.assign(n_seeds=4, verdict=np.where(rows["planned"], "too few", rows["verdict"]))
    assert all(title.endswith(": too few cases to say yet") for title in titles(analysis, few))
    assert RULES[analysis](few).answer.startswith("It is too soon to say")
    assert PICTURES[analysis](few, 0.5)


@pytest.mark.parametrize("analysis", TITLES)
def test_where_nothing_is_shown_nothing_is_claimed(analysis):
    rows = rows_of(analysis)
    shown = rows["planned"].astype(bool)
    none = changed(rows, shown, verdict="no effect shown")
    held = none.get("outcome", pd.Series("", none.index)) == "ties_in_conflict"
    none = changed(none, held, median_lower=0.3, median_upper=0.7)
    first, second = titles(analysis, none)
    assert re.search(r"not shown|neither|no (change|fall|network)|open|any of", first), first
    assert re.search(r"not shown|no (fall|group)|none|0 of", second), second


class TestFactorial:
    @pytest.mark.parametrize(
        ("twinning", "networks", "said"),
        [
            (
                "worse",
                "worse",
                "twinnings and networks both do harm, together by about 0.9 on a scale",
            ),
            ("better", "no effect shown", "twinnings help, networks are not shown to help"),
            ("worse", "better", "twinnings do harm, networks help"),
            ("no effect shown",) * 2 + ("neither twinnings nor networks are shown to help; at most 3.0 on",),
        ],
    )
    def test_either_kind_is_told_by_its_verdict(self, twinning, networks, said):
        rows = rows_of("factorial")
        rows = changed(rows, rows["effect"] == "twinning", verdict=twinning)
        rows = changed(rows, rows["effect"] == "networks", verdict=networks)
        assert titles("factorial", rows)[0].startswith(f"Development: {said}")
        assert "if the two added up" not in PICTURES["factorial"](rows, 0.5)[1].alt

    def test_an_undefined_share_is_left_out(self):
        rows = rows_of("factorial")
        rows = changed(rows, rows["quantity"] == "share_of_sum", estimate=np.nan, verdict="undefined")
        assert titles("factorial", rows)[0].endswith("both help, together by about 0.9 on a scale of 100")

    def test_they_may_make_each_other_stronger(self):
        rows = rows_of("factorial")
        rows = changed(rows, rows["effect"] == "interaction", verdict="complements")
        assert titles("factorial", rows)[1] == (
            "Development: twinnings and networks make each other stronger"
        )

    def test_what_they_would_give_if_they_added_up_is_drawn(self):
        alt = PICTURES["factorial"](rows_of("factorial"), 0.5)[1].alt
        assert "if the two added up: 1.6; both together: 1.1" in alt


class TestLedger:
    @pytest.mark.parametrize(
        ("total", "balance", "first", "second"),
        [
            ("more", "less", "about 9 % less, more through help", "more by response than by prevention"),
            ("more", "no effect shown", "about 9 % less, by prevention and help", "not told apart"),
            ("less", "more", " % more where cities cooperate", "none, more are left over"),
            ("no effect shown", "more", "not shown to fall; at most 29 %", "none are shown"),
        ],
    )
    def test_losses_are_told_by_both_verdicts(self, total, balance, first, second):
        rows = rows_of("ledger")
        rows = changed(rows, (rows["quantity"] == "averted") & (rows["part"] == "total"), verdict=total)
        rows = changed(rows, (rows["quantity"] == "by_rate") & (rows["part"] == "balance"), verdict=balance)
        one, other = titles("ledger", rows)
        assert first in one
        assert second in other


class TestContact:
    @pytest.mark.parametrize(
        ("low", "high", "said"),
        [(0.1, 0.3, "most do not last"), (0.6, 0.9, "most last"), (0.2, 0.7, "open whether most do")],
    )
    def test_half_of_the_ties_decides(self, low, high, said):
        rows = rows_of("contact")
        held = rows["outcome"] == "ties_in_conflict"
        assert said in titles("contact", changed(rows, held, median_lower=low, median_upper=high))[0]

    @pytest.mark.parametrize(
        ("verdict", "first", "second"),
        [
            ("better", "fewer with the ties of cities, by about 4", "ties avert more"),
            ("worse", "more with the ties of cities, by about 4", "ties bring more"),
            ("no effect shown", "is not shown; at most 10", "is not shown"),
        ],
    )
    def test_without_ties_in_conflict_outbreaks_are_told(self, verdict, first, second):
        rows = rows_of("contact")
        rows = rows[rows["outcome"] != "ties_in_conflict"]
        rows = changed(rows, rows["planned"].astype(bool), verdict=verdict)
        one, other = titles("contact", rows)
        assert first in one
        assert second in other
        assert "with all ties of cities" in PICTURES["contact"](rows, 0.5)[1].alt


class TestPathway:
    @pytest.mark.parametrize(
        ("autonomy", "reach", "said"),
        [
            ("better", "worse", "wider through networks at home, not shown abroad"),
            ("no effect shown", "better", "wider through networks abroad, not shown at home"),
            ("worse", "worse", "not shown to be wider through networks, at home or abroad"),
        ],
    )
    def test_either_scope_is_told_by_its_verdict(self, autonomy, reach, said):
        rows = rows_of("pathway")
        change = rows["quantity"] == "change"
        rows = changed(rows, change & (rows["outcome"] == "autonomy"), verdict=autonomy)
        rows = changed(rows, change & (rows["outcome"] == "reach"), verdict=reach)
        assert set(titles("pathway", rows)) == {f"Freedom to act: {said}"}

    def test_an_undefined_share_leaves_what_widens(self):
        rows = rows_of("pathway")
        rows = changed(rows, rows["quantity"] == "share_scope", estimate=np.nan, verdict="undefined")
        assert titles("pathway", rows)[0] == "Freedom to act: wider through networks, at home and abroad"
        assert "freedom to act at home" in PICTURES["pathway"](rows, 0.5)[1].alt


class TestGains:
    @pytest.mark.parametrize(
        ("verdicts", "said"),
        [
            ({"better"}, "better in all 17 groups of cities"),
            ({"worse"}, "worse in 17 of 17 groups of cities, better in none"),
            ({"no effect shown"}, "no change is shown in any of 17 groups of cities"),
        ],
    )
    def test_groups_are_counted(self, verdicts, said):
        rows = rows_of("gains")
        (verdict,) = verdicts
        rows = changed(rows, rows["planned"].astype(bool), verdict=verdict)
        assert titles("gains", rows)[0] == f"Development: {said}"

    def test_losers_are_counted_too(self):
        rows = rows_of("gains")
        rows = changed(rows, rows["group"] == "europe", verdict="worse")
        assert titles("gains", rows)[0].endswith("better in 16 of 17 groups of cities, worse in 1")

    def test_a_gap_may_close(self):
        rows = rows_of("gains")
        gap = (rows["quantity"] == "gap") & rows["planned"].astype(bool)
        rows = changed(rows, gap, verdict="no effect shown")
        rows = changed(rows, gap & (rows["group"] == "income"), verdict="worse")
        assert titles("gains", rows)[1] == (
            "Development: low-income countries gain more than high-income countries"
        )


class TestAddedValue:
    @pytest.mark.parametrize(
        ("verdicts", "said"),
        [
            ({"C40": "better"}, "better through C40"),
            ({"C40": "worse", "UCLG": "worse"}, "worse through UCLG and C40"),
            ({"C40": "worse", "UCLG": "better"}, "better through UCLG, worse through C40"),
            ({"all of them": "worse"}, "worse through all networks together, by about"),
        ],
    )
    def test_networks_are_named(self, verdicts, said):
        rows = rows_of("added_value")
        for network, verdict in verdicts.items():
            here = rows["estimand"].isin(["leave_one_out", "together"]) & (rows["network"] == network)
            rows = changed(rows, here & (rows["group"] == "world"), verdict=verdict)
        assert titles("added_value", rows)[0].startswith(f"Development: {said}")


class TestNumber:
    def test_a_fall(self):
        rows = rows_of("number")
        falls = (rows["quantity"] == "from_best") & (rows["outcome"] == "development")
        rows = changed(rows, falls, verdict="worse")
        assert titles("number", rows) == (
            "Development: falls beyond about 10 networks",
            "Development: a fall beyond the best number of networks; not shown: services in use",
        )
        assert titles("number", changed(rows, rows["quantity"] == "from_best", verdict="worse"))[1] == (
            "Development and services in use: a fall beyond the best number of networks is shown"
        )

    def test_the_best_number_may_be_the_most(self):
        rows = rows_of("number")
        rows = changed(rows, rows["quantity"] == "from_best", initial_networks=1000.0, verdict="worse")
        first, second = titles("number", rows)
        assert first == "Development: best with 1000 networks, the most that were tried"
        assert "no fall beyond" in second


def effect(group, estimate, verdict):
    """A row of what events change in development."""
    row = dict.fromkeys(("median_lower", "lower"), estimate - 0.002)
    row |= dict.fromkeys(("median_upper", "upper"), estimate + 0.002)
    keys = {"quantity": "effect", "arm": "joins", "versus": "stays_out", "stall": 0.5, "group": group}
    return keys | row | {
        "outcome": "development", "quarters_since": 99, "estimate": estimate, "verdict": verdict,
        "n_seeds": 16, "planned": True, "cities": 1.0, "p_value": 0.01,
        "confidence_lower": np.nan, "confidence_upper": np.nan,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("estimate", "verdict", "said"),
    [
        (0.012, "better", "better for cities named, by about 1.2 on a scale of 100"),
        (-0.012, "worse", "worse for cities named, by about 1.2 on a scale of 100"),
        (0.001, "no effect shown", "no change is shown for cities named; at most 0.30 on a scale of 100"),
        (0.001, "too few", "too few cases to say yet"),
    ],
)
def test_what_events_change_for_those_named(estimate, verdict, said):
    rows = pd.DataFrame([effect("named", estimate, verdict), effect("twins", 0.0, "no effect shown")])
    figure, caption = PICTURES["intervention"](rows, 0.5)
    assert caption.title == f"Development: {said}"
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["cities named", "twins"]


def test_the_record_is_counted():
    names = ["ties.a", "ties.b", "joins.a", "joins.b"]
    rows = pd.DataFrame({"statistic": names, "inside": [True, True, True, False], "n_seeds": 8})
    rows = rows.assign(arm="grown", record=1.0, given=False)
    _, caption = PICTURES["hindcast"](rows, 0.0)
    assert caption.title == "The record: 3 of 4 figures lie where the model has them"
    assert "Twinnings: 2 of 2; Who joins networks: 1 of 2" in caption.alt
    assert answer_titles.hindcast_title(rows.assign(given=True)).endswith("too few cases to say yet")
