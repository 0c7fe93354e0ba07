"""Assumptions in plain words: all that are uncertain, none that is gone, in the language spoken."""

import re

from citysim.analysis.assumption_words import PARAMETER_WORDS, names_in_words, parameter_words
from citysim.language import speaking
from citysim.model.parameters import parameter_specs

UNCERTAIN = {spec.name for spec in parameter_specs().values() if spec.uncertain}


def test_all_that_are_uncertain_have_words_and_no_other() -> None:
    assert set(PARAMETER_WORDS) == UNCERTAIN


def test_each_is_a_question_of_how_much_and_no_other_has_its_words() -> None:
    """So that a sentence may say where it is low, and where it is high."""
    said = list(PARAMETER_WORDS.values())
    assert [
        words for words in said if not re.match(r"how (much|many|often|fast|long|rare|little|\w+)\b", words)
    ] == []
    assert len(set(said)) == len(said)
    assert [words for words in said if "_" in words] == []
    with speaking("de"):
        german = [parameter_words(name) for name in PARAMETER_WORDS]
        assert [words for words in german if not words.startswith("wie ")] == []
        assert len(set(german)) == len(german)


def test_a_caption_says_what_names_mean_each_once() -> None:
    said = " In words: “drop rate”: how often cities give up what they have begun."
    assert names_in_words(["drop_rate", "unheard_of", "drop_rate"]) == said
    assert names_in_words(["unheard_of"]) == ""
    with speaking("de"):
        assert names_in_words(["drop_rate"]) == (
            " In Worten: „drop rate“: wie oft Städte aufgeben, was sie begonnen haben."
        )


def test_what_has_no_words_is_named() -> None:
    assert parameter_words("initial_networks") == "initial networks"
