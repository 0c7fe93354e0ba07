"""Scope of action: changes by group and the share of an effect through it come back as they were put in."""

import numpy as np
import pytest

from analysis.answers.made import about, at_most, config_of, made_results, made_runs, ran, size_of
from citysim.analysis.answers.pathway import path_arms, table, words
from citysim.analysis.intervals import LEVEL
from citysim.analysis.multiplicity import HEADLINE_OUTCOMES
from citysim.analysis.stall import at_level
from citysim.errors import ResultError
from citysim.figures.answers.pathway import pathway_figure

OUTCOMES = (*HEADLINE_OUTCOMES, "autonomy", "reach")
#: Development by direct effect, autonomy, reach, and what only both together give.
KNOWN = (0.02, 0.011, 0.003, 0.006)


@pytest.fixture(scope="module")
def config():
    return config_of("scope", "record.groups_summary=false")


def result_of(config, effect, *, seeds=16, noise=0.0, rng=1):
    def value(point, shared, own):
        arm, base = point["arm"], shared.normal(0.5, 0.1)
        on = arm != "none"
        national = on and not arm.endswith(("no_national", "no_scope"))
        reach = on and not arm.endswith(("no_reach", "no_scope"))
        gain = np.dot(effect, [on, national, reach, national and reach])
        scope = {"autonomy": base + 0.1 * national * any(effect), "reach": base + 0.2 * reach * any(effect)}
        values = {"development": base + gain} | scope
        values |= dict.fromkeys(HEADLINE_OUTCOMES[1:], base - gain)
        return {name: values[name] + own.normal(0, noise) for name in OUTCOMES}

    points = [{"arm": arm, "stall": stall} for stall in (0.0, 0.5, 1.0) for arm in config.arms]
    return made_results(made_runs(points, value, seeds, rng), config, OUTCOMES)


def row_at(found, quantity, outcome="development", arm="networks", stall=0.5):
    return found.query(
        "quantity == @quantity and outcome == @outcome and arm == @arm and stall == @stall"
    ).iloc[0]


@pytest.fixture(scope="module")
def found(config):
    return table(result_of(config, KNOWN))


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [("total", 0.04), ("direct", 0.02), ("indirect", 0.02), ("national", 0.014), ("reach", 0.006),
     ("share_scope", 0.5), ("share_national", 0.35), ("share_reach", 0.15)],
)  # fmt: skip
def test_parts_of_a_known_effect_come_back(found, quantity, expected):
    for arm in ("networks", "both"):
        assert row_at(found, quantity, arm=arm)["estimate"] == pytest.approx(expected)
        sign = 1 if quantity.startswith("share") else -1
        assert row_at(found, quantity, "loss", arm=arm)["estimate"] == pytest.approx(sign * expected)


def test_the_parts_add_up_in_the_mean_whatever_the_noise(config):
    means = table(result_of(config, KNOWN, noise=0.05)).set_index(["arm", "stall", "outcome", "quantity"])[
        "mean"
    ]
    parts = means.unstack()
    parts = parts[parts["total"].notna()]
    assert np.allclose(parts["direct"] + parts["national"] + parts["reach"], parts["total"], atol=1e-12)
    assert np.allclose(parts["share_national"] + parts["share_reach"], parts["share_scope"], equal_nan=True)


def test_planned_are_changes_of_the_world_and_effects_through_scope(found):
    asked = found[found["planned"]]
    assert len(asked) == 2 * 2 * 2 + 4 * 2 * 2
    assert set(asked["quantity"]) == {"change", "indirect"}
    assert set(asked["stall"]) == {0.5, 1.0}


def test_words_and_figure_say_so(found):
    said = " ".join(words(at_level(found, 0.5)))
    assert "networks widen national autonomy by 0.1 (" in said
    assert "50 % (50 to 50 %) of that on development, 35 % autonomy, 15 % reach" in said
    figure, caption = pathway_figure(found, 0.5)
    assert "autonomy, networks: 0.1" in caption.alt
    assert len(figure.axes) == 4


def test_arms_are_found_by_what_they_set_not_by_their_names(config):
    assert path_arms(config) == {
        arm: tuple(f"{arm}_{off}" for off in ("no_national", "no_reach", "no_scope"))
        for arm in ("networks", "both")
    }
    bare = config.model_copy(update={"arms": {name: config.arms[name] for name in ("none", "both")}})
    assert path_arms(bare) == {}
    with pytest.raises(ResultError, match=r"scope_gain_national = 0\.0 and scope_gain_reach = 0\.0"):
        table(result_of(bare, KNOWN))


def test_too_few_replications_say_nothing(config):
    assert "too few" in words(at_level(table(result_of(config, KNOWN, seeds=3)), 0.5))[0]


@pytest.fixture(scope="module", params=[pytest.param(200, marks=pytest.mark.long)])
def count(request):
    return request.param


def test_nothing_is_found_where_cooperation_does_nothing(config, count):
    called, defined = 0, 0
    for i in range(count):
        found = table(result_of(config, (0, 0, 0, 0), noise=0.01, rng=100 + i))
        called += (found.loc[found["planned"], "p_adjusted"] <= 1 - LEVEL).any()
        defined += np.isfinite(row_at(found, "share_scope")["estimate"])
    assert "not shown to change" in words(at_level(found, 0.5))[0]
    assert at_most(called, count)
    assert about(defined, count, 1 - LEVEL)  # as often as the total is told from 0 by chance


def test_intervals_hold_a_known_effect_at_their_rate(config, count):
    missed = {"indirect": 0, "national": 0, "share_scope": 0}
    for i in range(count):
        found = table(result_of(config, KNOWN, noise=0.01, rng=500 + i))
        for quantity, true in (("indirect", 0.02), ("national", 0.014)):
            row = row_at(found, quantity)
            missed[quantity] += not row["median_lower"] <= true <= row["median_upper"]
        row = row_at(found, "share_scope")
        missed["share_scope"] += not row["confidence_lower"] <= 0.5 <= row["confidence_upper"]
    assert about(missed["indirect"], count, 0.077)  # 16 pairs: 2 P(Bin(16, ½) < 5) = .077
    assert about(missed["national"], count, 0.077)
    assert about(missed["share_scope"], count, 1 - LEVEL)


def test_the_experiment_has_the_size_it_claims():
    assert size_of("scope") == 918
    assert size_of("scope", "seeds=2") == 108


def test_a_run_of_the_experiment_writes_table_figure_and_briefing(tmp_path):
    found, briefing = ran("scope", "pathway", tmp_path)
    changes = found[(found["quantity"] == "change") & (found["arm"] == "networks")]
    assert {"world", "member", "non_member", "small", "low_income"} <= set(changes["group"])
    assert (changes.loc[changes["group"] == "world", "mean"] > 0).all()
    parts = found[found["outcome"] == "development"].pivot_table("mean", ["arm", "stall"], "quantity")
    assert np.allclose(parts["direct"] + parts["indirect"], parts["total"], atol=1e-12)
    assert "too few to say what runs through the scope of action" in briefing
