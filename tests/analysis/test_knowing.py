"""What would settle the claim: rows, order and sentences, on replications with a known answer."""

import numpy as np
import pandas as pd
import pytest

from citysim.analysis import knowing
from citysim.analysis.given_data import known
from citysim.analysis.knowing import ALL, GROUP, PARAMETER, in_words, knowing_table
from citysim.analysis.verdict import Event, Replications
from citysim.errors import ResultError
from citysim.figures.knowing import draw
from citysim.language import speaking

#: Two of one group and one of another.
NAMES = ("learning_twins", "learning_state", "contact_effect")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    def fewer(*args: object) -> object:
        return known(*args, permutations=39, resamples=20)  # type: ignore[arg-type]

    monkeypatch.setattr(knowing, "known", fewer)


def replications(noise: float, *, n: int = 200, middle: float = 0.5, missing: int = 0) -> Replications:
    """C ≥ 1 where ``learning_twins`` is above ``middle``, but for noise."""
    rng = np.random.default_rng(1)
    parameters = pd.DataFrame(rng.random((n, 3)), columns=list(NAMES))
    margin = parameters["learning_twins"].to_numpy() - middle + noise * rng.standard_normal(n)
    margin[:missing] = np.nan
    event = Event("compensates", "development", "both", 0.5, margin, 0.0, np.ones(n, bool))
    return Replications(parameters, (event,), 0.5, "both")


def test_a_row_for_every_parameter_group_and_all_those_of_most_value_first() -> None:
    draws = replications(0.05)
    table = knowing_table(draws, draws.events)
    assert list(table["of"]) == [ALL, GROUP, *[PARAMETER] * 3]
    assert list(table["name"])[:3] == ["all", "practices", "learning_twins"]
    first = table[table["of"] == PARAMETER].iloc[0]
    assert first["value_told"]
    assert first["share_told"]
    assert first["right"] + first["value"] > 0.93
    assert not table[table["of"] == PARAMETER]["value_told"].iloc[1:].any()
    assert (table["right"] + table["perfect"] == 1).all()


def test_sentences_say_whether_one_measurement_settles_it() -> None:
    (settles,) = in_words(knowing_table(sharp := replications(0.0), sharp.events))
    assert "Knowing learning_twins would raise that to" in settles
    assert settles.endswith("It would settle it.")
    (some,) = in_words(knowing_table(blurred := replications(0.3), blurred.events))
    assert "Knowing learning_twins would raise" in some
    assert some.endswith("No single measurement would settle it.")
    (none,) = in_words(knowing_table(noisy := replications(30.0), noisy.events))
    assert "No single measurement is shown to raise that" in none
    (done,) = in_words(knowing_table(sure := replications(0.01, middle=2.0), sure.events))
    assert done == "Development, both: whether C ≥ 1 is settled: not so in 100 % of 200 replications."


def test_replications_that_lack_a_run_are_left_out_and_too_few_refused() -> None:
    assert (knowing_table(some := replications(0.1, missing=20), some.events)["n"] == 180).all()
    few = replications(0.1, n=50, missing=20)
    with pytest.raises(ResultError, match="30 replications have all their runs, needed: 40; raise seeds"):
        knowing_table(few, few.events)


def test_sentences_and_figure_are_in_the_language_spoken() -> None:
    draws = replications(0.3)
    table = knowing_table(draws, draws.events)
    with speaking("de"):
        (said,) = in_words(table)
        _, caption = draw(table)
    assert said.startswith("Entwicklung, beides: Ob C ≥ 1 gilt, lässt sich jetzt in ")
    assert said.endswith("Keine einzelne Messung würde es klären.")
    assert caption.caption.startswith("Was es darüber sagen würde, ob C ≥ 1 für")


def test_the_figure_shows_every_row_that_it_names() -> None:
    draws = replications(0.05)
    figure, caption = draw(knowing_table(draws, draws.events))
    assert caption.name == "knowing_compensates"
    assert "learning twins" in caption.alt
    labels = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert labels[0] == "learning twins"
    assert labels[-2:] == ["group: practices", "all parameters"]
    shown = max(bar.get_width() for bar in figure.axes[1].patches)
    assert figure.axes[1].get_xlim()[1] > shown
