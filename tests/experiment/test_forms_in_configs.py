"""A config that names no form of a mechanism has the runs, ids and draws that it had before."""

from collections.abc import Callable

import pandas as pd
import pytest

from citysim.errors import ConfigError
from citysim.execute.runner import Plan
from citysim.model.forms import forms, silent
from citysim.model.parameters import Parameters, parameter_specs
from citysim.plan.runs import design_table, drawn_names, run_id

type Make = Callable[..., Plan]

OF_FORMS = {name: spec.only for name, spec in parameter_specs().items() if spec.only}
PRIOR = "uncertainty.parameters=prior"


def test_a_parameter_of_a_form_names_a_choice_and_one_of_its_values() -> None:
    for name, (form, value) in OF_FORMS.items():
        assert value != forms()[form], name
        assert Parameters(**{form: value}).model_dump()[form] == value


def test_an_id_holds_no_form_at_its_default_and_nothing_of_other_forms() -> None:
    before = {"closure": 0.1}
    for more in ({"learning_form": "hazard"}, {"threshold_midpoint": 0.4, "onset_years": 7.0}, forms()):
        assert run_id("w", 1, "a", 1, "prior", {**before, **more}) == run_id("w", 1, "a", 1, "prior", before)


@pytest.mark.parametrize("name", OF_FORMS)
def test_under_its_form_a_parameter_decides(name: str) -> None:
    form, value = OF_FORMS[name]
    runs = {run_id("w", 1, "a", 1, "prior", {form: value, name: size}) for size in (0.3, 0.4)}
    assert len(runs) == 2
    assert name not in silent({form: value, name: 0.3})


def test_nothing_is_drawn_for_a_form_that_no_run_has(plan: Make) -> None:
    made = plan(PRIOR)
    assert not set(OF_FORMS) & set(drawn_names(made.config))
    defaults = Parameters().model_dump()
    assert {spec.parameters[name] == defaults[name] for spec in made.specs for name in OF_FORMS} == {True}


def test_a_form_in_one_arm_draws_its_parameters(plan: Make) -> None:
    drawn = set(drawn_names(plan(PRIOR, "arms.both.learning_form=best").config))
    assert drawn & set(OF_FORMS) == {"imitation_gap"}


def test_words_are_an_axis_and_leave_the_runs_of_the_default_as_they_were(plan: Make) -> None:
    one, all_ = plan(PRIOR), plan(PRIOR, "design.learning_form=['hazard', 'threshold', 'best']")
    table = design_table(all_.config, all_.specs)
    hazard = table[table["learning_form"] == "hazard"]
    assert list(hazard["run"]) == [spec.run for spec in one.specs]
    assert len(table) == 3 * len(hazard) == table["run"].nunique()
    assert pd.api.types.is_string_dtype(table["learning_form"])
    assert {"threshold_midpoint", "threshold_softness", "imitation_gap"} < set(table.columns)


def test_a_wrong_form_is_one_line_that_says_which_there_are(plan: Make) -> None:
    told = "parameters.learning_form: found 'treshold', allowed: 'hazard' or 'threshold' or 'best'"
    with pytest.raises(ConfigError, match=told):
        plan("parameters.learning_form=treshold")


@pytest.mark.parametrize(
    ("given", "swept"),
    [
        ([], set()),
        (["parameters.learning_form=threshold"], {"threshold_midpoint", "threshold_softness"}),
        (["arms.both.practice_onset=staggered"], {"practices_known", "onset_years"}),
        (["design.learning_form=['hazard', 'best']"], {"imitation_gap"}),
    ],
)
def test_a_design_over_all_that_is_uncertain_sweeps_what_counts(
    given: list[str], swept: set[str], plan: Make
) -> None:
    design = ["design.kind=morris", "design.samples=1", "design.over=uncertain"]
    axes = plan(*design, "uncertainty={parameters='defaults'}", *given).config.axes
    assert set(axes) & set(OF_FORMS) == swept
