"""What page 1 says: read for results for and against the claim, open ones, too few and unfinished ones."""

import re
from dataclasses import asdict
from typing import get_args

import numpy as np
import pandas as pd
import pytest
import textstat

from analysis.tables import CONFIG, ESTIMANDS, estimand_runs, known_runs
from briefing.pages import SHIPPED, answered, of_headline, prose, said_of_the_docs, table_of, words
from citysim.analysis import plain_words as words_of_page_1
from citysim.analysis.results import read_results
from citysim.analysis.rounding import (
    about,
    at_most,
    change_in_digits,
    in_digits,
    number_of,
    rounded,
    step_of,
    with_range,
)
from citysim.analysis.verdict import Dependence
from citysim.briefing.short import RULES, claim, form, sentences, short_answer
from citysim.figures.in_short.cooperation import factorial as factorial_picture
from citysim.patterns.families import DESCRIBED
from citysim.plan.config import AnalysisName

#: Longest answer, in words.
LONGEST = 30
#: Flesch's reading ease from which a text is plain English (Flesch 1948).
PLAIN = 60.0
#: Words for those who know the model.
JARGON = re.compile(
    r"\bC\b|\bP\(|replication|estimand|substitution|median|interval|quantile|Monte Carlo|compensation|\w_\w"
)
#: One number: 20 %, 0.35 %, −2, or one out of some.
NUMBER = re.compile(r"(?<![\w.])−?\d[\d,.]*(?: of \d+(?= groups))?")


def given(standing, more, response):
    """Arms of cooperation with a standing value, substitution and response."""
    return {"both": (standing, more, response), "no_response": (standing, more, 0.0)}


def runs(standing, more, response, *, seeds=20, noise=0.001, cost=0.2):
    return [
        estimand_runs(given(standing, more, response), seeds=n, draw=draw, noise=noise, cost=cost)
        for draw, n in (("prior", seeds), ("defaults", 3))
    ]


def test_every_family_of_statistics_has_plain_words():
    assert set(words_of_page_1.FAMILY_WORDS) == set(DESCRIBED)


class TestTheClaim:
    def test_for_it(self, tmp_path):
        said = answered(tmp_path, *runs(0.0, 0.5, 0.3, noise=0.0002), config=ESTIMANDS)
        assert said.answer == (
            "Yes, cities do more when states stall; all they do makes up for about 80 % of what that costs "
            "in development."
        )
        assert "(20 of 20 cases)" in said.sure
        assert "very likely that cities do more for development because states stall" in said.sure

    def test_against_it(self, tmp_path):
        said = answered(tmp_path, *runs(0.06, -0.2, -0.1), config=ESTIMANDS)
        assert said.answer.startswith(
            "No, cities do less when states stall; what they do anyway makes up for "
        )
        assert "very unlikely that cities do more" in said.sure

    def test_it_harms(self, tmp_path):
        said = answered(tmp_path, *runs(0.0, -0.5, -0.2), config=ESTIMANDS)
        assert said.answer.endswith("what they do together makes the loss in development about 70 % larger.")

    def test_open(self, tmp_path):
        said = answered(tmp_path, *runs(0.03, 0.0, 0.0, noise=0.01), config=ESTIMANDS)
        assert said.answer.startswith("It is not shown that cities do more when states stall; what they do ")
        assert "is not shown" in said.bullets[1][1]
        assert "about as likely as not that cities do more" in said.sure

    def test_where_nothing_shows_the_bound_is_said(self, tmp_path):
        said = answered(tmp_path, *runs(0.0, 0.0, 0.0, noise=0.02), config=ESTIMANDS)
        assert re.search(r"; all they do makes up for at most \d+ % of what that costs in", said.answer)
        assert "nothing is shown that cities make up for" in said.bullets[0][1]

    def test_where_all_is_open_it_is_said_how_often_they_make_up_for_all(self):
        table = table_of("claim", "headline")
        here = (table["estimand"] == "compensation") & (table["outcome"] == "development")
        columns = ["verdict", "lower", "upper", "probability_positive", "probability_compensates"]
        table.loc[here, columns] = ["no effect shown", -0.1, 1.8, 0.84, 0.14]
        said = of_headline(table, 0.75)
        assert said.answer == (
            "It is not shown that cities do more when states stall; in 14 of 100 cases they make up for "
            "all it costs in development."
        )

    def test_where_stall_costs_nothing(self, tmp_path):
        said = answered(tmp_path, *runs(0.05, 0.0, 0.0, cost=0.0, noise=0.01), config=ESTIMANDS)
        assert said.answer.startswith("Stalled states cost too little here to be made up for: in ")
        assert "nothing is shown that cities make up for" in said.bullets[0][1]
        assert "No single assumption" in said.bullets[2][1]

    def test_of_two_outcomes_that_differ_the_answer_names_the_one_in_which_it_is_shown(self):
        table = table_of("claim", "headline")
        here = (table["estimand"] == "substitution") & (table["outcome"] == "loss")
        table.loc[here, "verdict"] = "adds"
        said = of_headline(table, 0.75)
        assert said.answer.startswith("In part: when states stall, cities do more for losses from crises; ")
        assert "cities do more for losses from crises because states stall" in said.sure

    def test_with_too_few_cases(self, tmp_path):
        said = answered(tmp_path, *runs(0.0, 0.5, 0.3, seeds=4), config=ESTIMANDS)
        assert said.answer == "It is too soon to say: it takes at least 5 cases, and there are fewer."
        assert said.bullets[0][1].startswith("4 cases.")
        assert "likely" not in said.sure

    def test_an_assumption_that_decides_it_is_named_in_plain_words(self):
        table = table_of("claim", "headline")
        at = table[(table["arm"] == "both") & (table["stall"] == 0.75)]
        tables = {name: at[at["estimand"] == name] for name in ("compensation", "substitution", "response")}
        said = claim.of_the_claim(
            tables,
            0.75,
            over_stall=tables["compensation"],
            hangs_on=Dependence("state_dependence", (18, 21), (3, 21)),
        )
        assert said.bullets[2][1] == (
            "Most of all how much of a state's retreat reaches its cities: where that is low it is likely "
            "that cities do more for development because states stall, where it is high unlikely."
        )

    def test_without_response_it_is_about_what_they_make_up_for(self, tmp_path):
        tables = (
            known_runs({"none": 0.0, "both": 0.4}, noise=0.0002),
            known_runs({"none": 0.0, "both": 0.4}, seeds=3, draw="defaults", noise=0.0002),
        )
        said = answered(tmp_path, *tables, config=CONFIG)
        assert said.answer == (
            "When states stall, cities that work together make up for about 40 % of what that costs in "
            "development."
        )
        assert said.picture == "makes_up"


class TestUnfinished:
    def test_missing_runs_are_counted(self, tmp_path):
        every = known_runs({"none": 0.0, "both": 0.5}, noise=0.01)
        done = every[every["seed"] < 12]
        folder = tmp_path / "half"
        answered(folder, done, config=CONFIG)
        design = every[["run", "arm", "seed", "draw"]].drop_duplicates()
        design.to_parquet(folder / "design.parquet", index=False)
        said = short_answer(read_results(folder))
        left = len(every) - len(done)
        assert said.missing == (
            f"{left} of {len(every)} runs are missing or failed, so this answer may still change."
        )
        assert said.lines[0] == ("Not finished", said.missing)

    def test_a_comparison_without_its_runs_is_said(self, tmp_path):
        every = known_runs({"none": 0.0, "both": 0.5}, noise=0.01)
        said = answered(tmp_path, every[(every["arm"] == "both") | (every["stall"] == 0.0)], config=CONFIG)
        assert "No comparison" in said.answer or "nothing to compare" in said.answer


class TestOtherQuestions:
    def test_one_kind_of_cooperation_alone_has_nothing_to_compare(self, tmp_path):
        said = answered(tmp_path, known_runs({"none": 0.0}), config=CONFIG)
        assert said.answer.startswith("There is nothing to compare: all ")

    def test_without_an_unstalled_world_the_change_is_said(self, tmp_path):
        runs = known_runs({"none": 0.0, "both": 0.5}, noise=0.002, stalls=(0.5,))
        config = CONFIG.replace("stall = [0.0, 0.5, 1.0]", "stall = [0.5]")
        said = answered(tmp_path, runs, config=config)
        assert said.answer == "With cities that cooperate development changes by about 5.0 on a scale of 100."

    @pytest.mark.parametrize(
        ("experiment", "start"),
        {
            "added_value": "No network is shown to make the world better or worse; ",
            "claim": "It is not shown that cities do more when states stall; ",
            "crises": "More by prevention than by help: ",
            "how_many_networks": "The number hardly matters: ",
            "partnerships": "Both help; ",
            "peace": "Mostly not: ",
            "scope": "Yes: networks widen what cities can do, ",
            "urban_2050": "Most gain: in 16 of 17 groups ",
            "who_stalls": "When states stall (stalled states: all), cities that work together make up for ",
        }.items(),
    )
    def test_the_answers_to_the_dialogues_questions_are_those_of_the_findings(self, experiment, start):
        assert said_of_the_docs(experiment).answer.startswith(start)

    def test_of_twinnings_and_networks_it_says_what_their_picture_shows(self):
        said = said_of_the_docs("partnerships").bullets[0][1]
        drawn = factorial_picture(table_of("partnerships", "factorial").query("stall == 0.5"), 0.5)[1]
        numbers = re.findall(r"[\d.−]+ \([\d.−]+ to [\d.−]+\)", said)
        assert len(numbers) == 2
        assert all(number in drawn.alt for number in numbers)

    @pytest.mark.parametrize("experiment", [name for name in SHIPPED if name not in ("who_stalls", "claim")])
    def test_verdicts_that_turn_turn_the_sentence(self, experiment, monkeypatch):
        before = said_of_the_docs(experiment).answer
        monkeypatch.setattr("briefing.pages.pd.read_csv", turned(pd.read_csv))
        assert said_of_the_docs(experiment).answer != before

    @pytest.mark.parametrize("experiment", [name for name in SHIPPED if name not in ("who_stalls", "claim")])
    def test_too_few_cases_are_said_of_each(self, experiment, monkeypatch):
        monkeypatch.setattr("briefing.pages.pd.read_csv", few(pd.read_csv))
        assert said_of_the_docs(experiment).answer.startswith("It is too soon to say: ")


def effect_on(group, estimate, verdict, *, width=0.002, **more):
    """A row of what events change."""
    row = {
        "quantity": "effect",
        "arm": "joins",
        "versus": "stays_out",
        "stall": 0.5,
        "group": group,
        "outcome": "development",
        "quarters_since": 99,
        "estimate": estimate,
        "verdict": verdict,
        "lower": estimate - width,
        "upper": estimate + width,
        "p_value": 0.0001,
        "n_seeds": 16,
        "planned": True,
        "cities": 1.0,
        "confidence_lower": np.nan,
        "confidence_upper": np.nan,
    }
    return row | more


class TestEvents:
    @pytest.mark.parametrize(
        ("estimate", "verdict", "answer"),
        [
            (0.012, "better", "It makes the city named better off: development changes by about 1.2 on"),
            (-0.012, "worse", "It makes the city named worse off: development changes by about −1.2 on"),
            (
                0.001,
                "no effect shown",
                "It is not shown to change much for the city named: development moves",
            ),
        ],
    )
    def test_what_they_change_for_those_named(self, estimate, verdict, answer):
        rows = [
            effect_on("named", estimate, verdict),
            effect_on("twins", 0.0, "no effect shown"),
            effect_on("others", 0.4, "")
            | {"quantity": "spillover_share", "confidence_lower": 0.3, "confidence_upper": 0.5},
        ]
        said = RULES["intervention"](pd.DataFrame(rows))
        assert said.answer.startswith(answer)
        assert said.bullets[1][1] == "No change is shown for twins."
        assert "40 % (30 to 50 %) falls to cities that are not named" in said.bullets[2][1]
        assert len(words(said.answer)) <= LONGEST

    def test_where_nothing_changes_there_is_no_chance_of_a_gain(self):
        rows = pd.DataFrame([effect_on("named", 0.0, "no effect shown", width=0.0, cities=3.0)])
        said = RULES["intervention"](rows)
        assert said.answer.startswith("It changes nothing for the cities named: development moves by 0 ")
        assert "very unlikely that there is a gain for the cities named (0 of 16 cases)" in said.sure

    def test_too_few(self):
        rows = pd.DataFrame([effect_on("named", 0.1, "too few", n_seeds=3)])
        assert RULES["intervention"](rows).answer.startswith("It is too soon to say: ")


class TestHindcast:
    def test_it_counts_what_lies_where_the_model_has_it(self):
        names = ["ties.a", "ties.b", "joins.a", "joins.b"]
        rows = pd.DataFrame({"statistic": names, "inside": [True, True, True, False], "n_seeds": 8})
        rows = rows.assign(arm="grown", record=1.0, given=False)
        said = RULES["hindcast"](rows)
        assert said.answer == "Of what is recorded, 3 of 4 figures lie where the model has them."
        assert said.bullets[0][1].startswith("It is right most often on twinnings")
        assert said.bullets[1][1].startswith("It is furthest off on who joins networks")


def turned(read):
    """Tables in which what is shown is not, and what is not is to the better; and shares are of the rest."""

    def reader(*arguments, **named):
        table = read(*arguments, **named)
        shown = table["verdict"].isin(["better", "worse", "more", "less", "substitutes", "complements"])
        verdicts = np.select(
            [table["verdict"] == "no effect shown", shown], ["worse", "no effect shown"], table["verdict"]
        )
        share = table[["estimate", "median_lower", "median_upper"]].where(
            table.get("outcome", pd.Series("", table.index)) != "ties_in_conflict",
            1 - table[["estimate", "median_upper", "median_lower"]].to_numpy(),
        )
        return table.assign(verdict=verdicts, **share)

    return reader


def few(read):
    """Tables of four cases."""

    def reader(*arguments, **named):
        table = read(*arguments, **named)
        return table.assign(n_seeds=4, verdict=np.where(table["planned"], "too few", table["verdict"]))

    return reader


@pytest.mark.parametrize("experiment", SHIPPED)
class TestPageOneOfShippedExperiments:
    def test_the_answer_is_one_short_sentence_with_one_number(self, experiment):
        answer = said_of_the_docs(experiment).answer
        assert len(words(answer)) <= LONGEST
        assert answer.endswith(".")
        assert not re.search(r"[.?!] ", answer)
        assert len(NUMBER.findall(answer)) == 1, answer

    def test_it_is_in_plain_words(self, experiment):
        said = said_of_the_docs(experiment)
        text = " ".join([said.answer, *(line for bullet in said.bullets for line in bullet), said.sure])
        assert not JARGON.findall(text)

    def test_it_is_easy_to_read(self, experiment):
        text = prose(said_of_the_docs(experiment))
        assert textstat.flesch_reading_ease(text) >= PLAIN, text

    def test_it_has_three_bullets_and_a_word_for_how_sure_it_is(self, experiment):
        said = said_of_the_docs(experiment)
        assert len(said.bullets) == 3
        assert "likely" in said.sure
        assert "IPCC" in said.sure


def test_hard_words_are_told_from_plain_ones():
    """The measure needs no network, and tells the sentences of the details from those of page 1."""
    hard = (
        "Substitution, the additional contribution of intermunicipal cooperation attributable to "
        "governmental incapacitation, is indistinguishable from zero across the overwhelming majority of "
        "replications."
    )
    assert textstat.flesch_reading_ease(hard) < 0


class TestNumbers:
    @pytest.mark.parametrize(
        ("low", "high", "step"),
        [(-3, 79, 10), (2, 67, 5), (0, 40, 5), (0.1, 0.9, 0.1), (-0.13, 0.16, 0.01), (5, 5, 0)],
    )
    def test_the_step_is_an_eighth_of_the_interval_or_less(self, low, high, step):
        assert step_of(low, high) == pytest.approx(step)

    @pytest.mark.parametrize(
        ("value", "step", "text"),
        [
            (21.99, 10, "20"),
            (-2.8, 10, "0"),
            (0.0744, 0.01, "0.07"),
            (-1.23, 0.5, "−1.0"),
            (1234.0, 100, "1,200"),
            (0.1234, 0, "0.123"),
            (float("nan"), 1, "–"),
        ],
    )
    def test_no_more_digits_than_the_step(self, value, step, text):
        assert rounded(value, step) == text

    @pytest.mark.parametrize(
        ("values", "texts"),
        [
            ((0.00745, -2.11e-5, 0.0278), ["0.0075", "0.0000", "0.0278"]),
            ((-5.46, -11.1, -1.5), ["−5.5", "−11.1", "−1.5"]),
            ((0.1, 0.1, 0.1), ["0.1", "0.1", "0.1"]),
            ((12345.6, 0.0, np.nan), ["12,346", "0", "–"]),
            ((0.0,), ["0"]),
        ],
    )
    def test_numbers_side_by_side_have_the_decimals_of_the_largest(self, values, texts):
        assert in_digits(values) == texts

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (-0.000068, "−0.000068"),
            (0.1, "+0.10"),
            (-2.0, "−2.0"),
            (1234.4, "+1,234"),
            (0.0, "+0"),
            (np.nan, "–"),
        ],
    )
    def test_a_change_has_its_sign_and_is_in_full(self, value, text):
        assert change_in_digits(value) == text

    def test_ends_have_no_decimals_that_are_0_in_both(self):
        row = {"estimate": 0.68, "lower": 0.658, "upper": 0.702}
        number = number_of(row, "68 %", "of the sum", scale=100, unit=" %")
        assert (number.low, number.high) == ("66 %", "70 %")

    def test_an_estimate_with_its_range(self):
        row = {"estimate": 0.2199, "lower": -0.0285, "upper": 0.7934}
        assert with_range(row, scale=100, unit=" %") == "20 % (0 to 80 %)"
        assert about(row, scale=100, unit=" %") == "20 %"
        assert at_most(row, scale=100, unit=" %") == "80 %"
        assert about({"estimate": 0.7049, "lower": 0.69, "upper": 0.72}, scale=100, unit=" %") == "70 %"

    def test_a_bound_is_never_rounded_below_itself(self):
        row = {"estimate": 0.0, "lower": -0.31, "upper": 0.21}
        assert at_most(row) == "0.35"
        assert at_most(row, signed=True) == "0.25"


def test_every_analysis_has_a_rule():
    assert set(RULES) == set(get_args(AnalysisName))


class TestSentences:
    def test_each_is_used(self, source_folder):
        code = "".join(path.read_text() for path in (source_folder / "briefing" / "short").glob("[!s]*.py"))
        code += (source_folder / "briefing" / "short" / "shocks.py").read_text()
        named = set(re.findall(r'"((?:\w+\.)?\w+)"', code))
        ends = {end for start in re.findall(r'f"(\w+)\.(?:\{|\w*\{)', code) for end in [start]}
        unused = [key for key in sentences.SENTENCES if key not in named and key.split(".")[0] not in ends]
        assert not unused

    def test_a_list_names_a_few(self):
        assert words_of_page_1.listed([]) == ""
        assert words_of_page_1.listed(["a"]) == "a"
        assert words_of_page_1.listed(["a", "b", "c"]) == "a, b and c"
        assert words_of_page_1.listed("abcdef", 3) == "a, b and 4 more"

    def test_the_lines_come_in_the_order_of_the_page(self, tmp_path):
        said = answered(tmp_path, *runs(0.0, 0.5, 0.3), config=ESTIMANDS)
        assert [head for head, _ in said.lines] == [
            *("What cities make up for", "What they do not", "What decides it"),
            *("How sure is this?", "What it does not show"),
        ]
        assert isinstance(said, form.Short)
        assert all(asdict(said)[name] for name in ("question", "answer", "sure", "limits"))
