"""Arms of a replication: what a coupling of zero must not change, and what a total stall must."""

from typing import Any

import numpy as np
import pytest

from citysim.model.model import CityModel
from citysim.model.outcomes import OUTCOMES
from citysim.model.parameters import switches
from citysim.world.world import World

from .worlds import NO_LEARNING, switched

pytestmark = pytest.mark.verification

QUARTERS = 24
#: What an arm has by construction: its ties, the attention they take.
TIES = {
    *("ties_crossborder", "ties_suspended", "ties_in_conflict", "twinnings"),
    *("memberships", "networks", "duplication"),
}
RECOVERY = {"recovered", "recovered_services", "unrecovered"}
#: Ties cost nothing, teach nothing, carry no aid, move no tension and give no voice.
NO_COUPLING = {
    "attention": False,
    "learning_twins": 0.0,
    "learning_networks": 0.0,
    "network_pool": 0.0,
    "twin_aid": 0.0,
    "contact_effect": 0.0,
    "scope_gain_national": 0.0,
    "scope_gain_reach": 0.0,
}


@pytest.fixture(scope="module")
def world() -> World:
    return World.synthetic(cities=150, states=12, seed=3)


def outcomes(world: World, seed: int, **parameters: Any) -> dict[str, np.ndarray]:
    """Every outcome's series by group, (quarters, groups) each."""
    model = CityModel(world, parameters, rng=seed, quarters=QUARTERS).run()
    return {name: model.recorder.series[:, :, place] for place, name in enumerate(OUTCOMES)}


def differing(first: dict[str, np.ndarray], second: dict[str, np.ndarray]) -> set[str]:
    """Outcomes that are not equal bit for bit."""
    return {name for name in first if first[name].tobytes() != second[name].tobytes()}


@pytest.mark.parametrize("seed", [1, 2])
def test_ties_without_coupling_change_nothing(world: World, seed: int) -> None:
    """With every coupling of ties at 0 the four arms differ in nothing but the ties.

    Bitwise; no false alarm.
    """
    none = outcomes(world, seed, **NO_COUPLING, twinning=False, networks=False)
    for arm in ({"twinning": True, "networks": False}, {"twinning": False, "networks": True}, {}):
        assert differing(none, outcomes(world, seed, **NO_COUPLING, **arm)) <= TIES


@pytest.mark.parametrize(
    "coupling", ["learning_twins", "learning_networks", "network_pool", "twin_aid", "contact_effect"]
)
def test_every_coupling_makes_a_difference(world: World, coupling: str) -> None:
    """The check before can fail: each coupling alone moves some outcome beside the ties."""
    strength = {"network_pool": 0.01, "contact_effect": 0.5}.get(coupling, 0.2)
    given = {**NO_COUPLING, coupling: strength, "crisis_rate": 0.5}
    none = outcomes(world, 1, **given, twinning=False, networks=False)
    assert differing(none, outcomes(world, 1, **given)) - TIES


def test_states_without_coupling_change_nothing(world: World) -> None:
    """With all that states do at 0, stall 0 and stall 1 differ in action capacity alone.

    Bitwise; no false alarm.
    """
    given = {"learning_state": 0.0, "state_fund": 0.0, "diplomacy_effect": 0.0}
    given |= {"campaign_pool": 0.0, "retreat_pledging": 0.0, "retreat_alone": 0.0}
    given |= {"mandate_rate": 0.0, "ban_rate": 0.0, "state_dependence": 0.0}
    acting, stalled = (outcomes(world, 4, **given, stall=stall) for stall in (0.0, 1.0))
    assert differing(acting, stalled) == {"action_capacity"}


def test_arms_with_every_mechanism_off_are_equal(world: World) -> None:
    """With all mechanisms off neither seed, stall nor any rate matters, and nothing ever moves.

    Bitwise; no false alarm.
    """
    nothing = {**switched(), "initial_coverage": 0.0}
    off = outcomes(world, 1, **nothing)
    other = outcomes(world, 1, **nothing, learning_twins=5.0, crisis_rate=3.0)
    assert differing(off, other) == set()
    seeded = outcomes(world, 2, **nothing)
    assert differing(off, seeded) <= {"conflict", "ties_in_conflict"}  # how long a war under way still lasts
    for name, series in off.items():
        if name != "urban_share":  # the people of the countries grow whoever simulates the cities
            assert np.array_equal(series[0], series[-1], equal_nan=True), name


@pytest.mark.parametrize("alone", sorted(switches()))
def test_one_mechanism_alone_moves_only_what_is_its_own(world: World, alone: str) -> None:
    """With one mechanism on, only the outcomes that it writes move. Exact."""
    own = {
        "diplomacy": {
            "tension",
            "conflict",
            "conflict_onsets",
            "conflict_hazard",
            "action_capacity",
            "ties_in_conflict",
        },
        "urbanisation": {"population"},
        "attention": {"engagement", "attention"},
        "networks": {"memberships", "networks", "duplication"},
        "twinning": TIES - {"memberships", "networks", "duplication"},
        "practices": {name for name in OUTCOMES if name.startswith(("service", "coverage", "pledges"))},
        "scope": {"autonomy", "reach"},
        "crises": {"loss_expected", "loss_prevented", "loss", "violence", "stress", *RECOVERY},
        "relief": set(),
        "development": {"development", "marginalisation"},
    }
    # networks and twinnings exist in an arm or not, and the attention they take with them
    kept = {"networks": True, "twinning": True}
    series = outcomes(world, 1, **{**switched(alone), **({} if alone != "attention" else kept)})
    moved = {
        name for name, values in series.items() if not np.array_equal(values[0], values[-1], equal_nan=True)
    }
    still_allowed = {"urban_share"} | (own["networks"] | own["twinning"] if alone == "attention" else set())
    if alone == "urbanisation":  # shares of people shift between cities
        assert {"population"} <= moved
    else:
        assert moved <= own[alone] | still_allowed


def test_a_total_stall_makes_every_state_term_zero(world: World) -> None:
    """At stall 1 action capacity and state relief are exactly 0 in every quarter, not so at stall 0.9."""
    model = CityModel(world, stall=1.0, rng=5, quarters=QUARTERS, crisis_rate=1.0, learning_state=5.0)
    acting = CityModel(world, stall=0.9, rng=5, quarters=QUARTERS, crisis_rate=1.0, learning_state=5.0)
    for _ in range(QUARTERS):
        model.step()
        acting.step()
        assert (model.state.action_capacity == 0.0).all()
        assert (model.state.flows.relief_state == 0.0).all()
    assert model.recorder.summary()["relief_state"] == 0.0
    assert acting.recorder.summary()["relief_state"] > 0.0


def test_a_stalled_state_teaches_nothing(world: World) -> None:
    """At stall 1 nothing is pledged where states are the only teachers, at stall 0.9 something is. Exact."""
    teachers = {**NO_LEARNING, "learning_state": 20.0, "intergovernmental": 0.5}
    for stall, taught in ((1.0, False), (0.9, True)):
        series = outcomes(world, 5, **teachers, stall=stall, implementation_rate=0.0)
        gained = series["coverage_pledged"][:, 0] - series["coverage"][:, 0]
        assert (gained[-1] > 0) == taught
