"""What a city learns from whom: every channel against its written-out equation.

All practices suit a city alike: 1 − e^{−HΔt} of its cells pledge, up to 28,000 trials; binomial tails, false
alarms 10⁻⁶ a hazard H.
"""

import math
from typing import Any

import numpy as np
import pytest

from citysim.model.mechanisms import practices
from citysim.model.setting import Setting
from citysim.model.state import DT, IMPLEMENTED, N_DOMAINS, NONE, PLEDGED, RunState

from .chance import assert_exact, assert_share
from .worlds import NO_LEARNING, WILLING, advance, plain_world, start, uniform_matrix

pytestmark = pytest.mark.verification

ABLE, FREE, FAR = 0.8, 0.6, 0.5  # capacity, autonomy, reach of every city
QUARTERS = 20


def learners(given: dict[str, Any], **changes: Any) -> tuple[RunState, Setting]:
    """Eight cities of two states that hold nothing; 1,400 practices suit all."""
    n = 8
    gates = {"capacity": np.full(n, ABLE), "autonomy": np.full(n, FREE), "reach": np.full(n, FAR)}
    world = plain_world(n, **{"states": 2, **gates, **changes})
    parameters = {**NO_LEARNING, **WILLING, "initial_coverage": 0.0, "practices_per_domain": 200, **given}
    state, setting = start(world, parameters)
    state.engagement[:] = 0.7
    return state, setting


def assert_hazard(state: RunState, setting: Setting, expected: float) -> None:
    """City 0, which holds nothing, pledges at the ``expected`` rate; everybody else stays as it is."""
    held, pledged = state.practices, 0
    assert not held[0].any()
    for _ in range(QUARTERS):
        state.practices = held.copy()
        advance(state, setting, [practices])
        pledged += int((state.practices[0] == PLEDGED).sum())
    state.practices = held
    assert_share(pledged, QUARTERS * held.shape[1], -math.expm1(-expected * DT))


def test_learning_from_twins() -> None:
    """a ℓ λ_T e Σ v X over live ties, a foreign one weighted by own reach w.

    City 0 has a twin at home (2), one abroad (1), a suspended one (3) and one that knows nothing (4).
    Binomial tails over 28,000 cells, false alarms 10⁻⁶.
    """
    ties = {"twin_a": np.zeros(4, dtype=int), "twin_b": np.array([2, 1, 3, 4])}
    state, setting = learners({"learning_twins": 5.0}, **ties)
    state.twinnings.trust[:] = [0.9, 0.4, 0.8, 0.7]  # in order of key: 1, 2, 3, 4
    state.twinnings.suspended[2] = True
    state.practices[[1, 2, 3]] = IMPLEMENTED
    assert_hazard(state, setting, ABLE * FREE * 5.0 * 0.7 * (0.9 * FAR + 0.4))
    state.practices[:] = NONE
    assert_hazard(state, setting, 0.0)


def test_both_ends_of_a_tie_learn() -> None:
    """A tie teaches the city at either end, each weighted by its own reach and engagement."""
    ends = {"twin_a": np.array([0]), "twin_b": np.array([1])}
    for learner, reach in ((0, 0.2), (1, 0.9)):
        state, setting = learners({"learning_twins": 8.0, "trust_real": 0.6}, **ends)
        state.reach[:2] = [0.2, 0.9]
        state.practices[1 - learner] = IMPLEMENTED
        advance(state, setting, [practices])
        learned = int((state.practices[learner] == PLEDGED).sum())
        assert_share(learned, 1400, -math.expm1(-ABLE * FREE * 8.0 * 0.7 * 0.6 * reach * DT))


def test_learning_in_networks() -> None:
    """a ℓ λ_N e Σ_k q_k f_k X̄_k, X̄ weighted by the members' engagement, times w but in national networks."""
    changes = {
        "networks": 2,
        "network_state": np.array([-1, 0]),
        "membership_city": np.array([0, 1, 2, 0, 2]),
        "membership_network": np.array([0, 0, 0, 1, 1]),
    }
    state, setting = learners({"learning_networks": 12.0}, **changes)
    state.networks.quality[:2] = [0.6, 0.9]
    state.networks.focus[:2] = np.array([[0.9], [0.4]])
    state.engagement[:3] = [0.7, 0.2, 0.6]
    state.practices[2] = IMPLEMENTED
    world_wide = 0.6 * FAR * 0.9 * 0.6 / (0.7 + 0.2 + 0.6)
    national = 0.9 * 0.4 * 0.6 / (0.7 + 0.6)
    assert_hazard(state, setting, ABLE * FREE * 12.0 * 0.7 * (world_wide + national))
    state.practices[:3] = [[NONE], [IMPLEMENTED], [NONE]]
    assert_hazard(state, setting, ABLE * FREE * 12.0 * 0.7 * 0.6 * FAR * 0.9 * 0.2 / 1.5)


def test_a_network_teaches_its_topic() -> None:
    """Practices of a domain spread in proportion to the network's focus on it."""
    changes = {"networks": 1, "membership_city": np.array([0, 1]), "membership_network": np.array([0, 0])}
    state, setting = learners({"learning_networks": 20.0}, **changes)
    focus = np.array([0.0, 0.1, 0.2, 0.3, 0.4, 0.0, 0.0])
    state.networks.focus[0], state.networks.quality[0] = focus, 0.8
    state.practices[1] = IMPLEMENTED
    advance(state, setting, [practices])
    learned = (state.practices[0] == PLEDGED).reshape(N_DOMAINS, 200).sum(axis=1)
    for domain in range(N_DOMAINS):
        rate = ABLE * FREE * 20.0 * 0.7 * 0.8 * FAR * 0.5 * focus[domain]
        assert_share(int(learned[domain]), 200, -math.expm1(-rate * DT))


def test_learning_from_neighbours() -> None:
    """a ℓ λ_G times the share of neighbours that hold the practice, pledged ones at ψ; no engagement."""
    near = np.full((8, 5), -1)
    near[0, :3] = [1, 2, 5]
    state, setting = learners({"learning_neighbours": 3.0, "learning_pledged": 0.25}, neighbours=near)
    state.practices[2], state.practices[5] = IMPLEMENTED, PLEDGED
    state.capacity[5] = 0.0  # its pledges stay pledges
    assert_hazard(state, setting, ABLE * FREE * 3.0 * (1.0 + 0.25) / 3)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_learning_through_the_state(share: float) -> None:
    """a ℓ λ_S φ [(1 − ω) national + ω others'], by population; others weighted by their φ (1 − τ)."""
    people = np.array([1.0, 2, 3, 2, 1, 2, 3, 2]) * 1e6
    changes = {"population": people, "states": 3, "tension": uniform_matrix(3, 0.2)}
    state, setting = learners({"learning_state": 8.0, "intergovernmental": share}, **changes)
    state.action_capacity[:] = [0.5, 0.8, 0.4]
    state.tension[:] = [0.1, 0.6, 0.3]  # dyads 0-1, 0-2, 1-2
    state.practices[[3, 1, 2]] = IMPLEMENTED  # one city each of the states 0, 1 and 2
    national = 2 / (1 + 2 + 3)  # state 0: cities 0, 3, 6
    others = (0.8 * 0.9 * 2 / (2 + 1 + 2) + 0.4 * 0.4 * 3 / (3 + 2)) / (0.8 * 0.9 + 0.4 * 0.4)
    mixed = (1 - share) * national + share * others
    assert_hazard(state, setting, ABLE * FREE * 8.0 * 0.5 * mixed)
    state.action_capacity[0] = 0.0
    assert_hazard(state, setting, 0.0)


def test_retreat_raises_what_cities_do_alone() -> None:
    """Invention and learning from neighbours gain e^{β_alone retreat}; the other channels do not."""
    near = np.full((8, 5), -1)
    near[0, 0] = 2
    given = {
        "learning_neighbours": 1.0,
        "learning_state": 6.0,
        "learning_twins": 2.0,
        "invention_rate": 0.3,
        "intergovernmental": 0.0,
        "trust_real": 0.5,
    }
    ends = {"twin_a": np.array([0]), "twin_b": np.array([2])}
    state, setting = learners({**given, "retreat_alone": 0.7}, neighbours=near, **ends)
    state.practices[2] = IMPLEMENTED
    for left in (1.0, 0.25, 0.0):
        state.action_capacity[:] = left
        alone = 1.0 * ABLE * FREE + 0.3 * (0.5 + ABLE)
        others = (6.0 * left / 4 + 2.0 * 0.7 * 0.5) * ABLE * FREE
        assert_hazard(state, setting, alone * math.exp(0.7 * (1 - left)) + others)


def test_retreat_raises_what_cities_do_together() -> None:
    """Learning from twins and in networks gains e^{β_pledge retreat}; the other channels do not."""
    near = np.full((8, 5), -1)
    near[0, 0] = 2
    given = {
        "learning_neighbours": 1.0,
        "learning_state": 6.0,
        "learning_twins": 2.0,
        "learning_networks": 9.0,
        "invention_rate": 0.1,
        "intergovernmental": 0.0,
        "trust_real": 0.5,
    }
    ties = {"twin_a": np.array([0]), "twin_b": np.array([2]), "neighbours": near, "networks": 1}
    members = {"membership_city": np.array([0, 2]), "membership_network": np.array([0, 0])}
    state, setting = learners({**given, "retreat_pledging": 0.7}, **ties, **members)
    state.networks.quality[0] = 0.8
    state.practices[2] = IMPLEMENTED
    for left in (1.0, 0.25, 0.0):
        state.action_capacity[:] = left
        alone = 1.0 * ABLE * FREE + 0.1 * (0.5 + ABLE) + 6.0 * left * ABLE * FREE / 4
        together = (2.0 * 0.5 + 9.0 * 0.8 * FAR / N_DOMAINS * 0.5) * 0.7 * ABLE * FREE
        assert_hazard(state, setting, alone + together * math.exp(0.7 * (1 - left)))


def test_every_gate_matters() -> None:
    """Learning goes with capacity and autonomy of the learner: half of one is half the hazard."""
    near = np.full((8, 5), -1)
    near[0, 0] = 1
    for halved in ("capacity", "autonomy"):
        state, setting = learners({"learning_neighbours": 4.0}, neighbours=near)
        state.practices[1] = IMPLEMENTED
        getattr(state, halved)[0] /= 2
        assert_hazard(state, setting, ABLE * FREE * 4.0 / 2)


def test_adoption_follows_benefit_and_context() -> None:
    """Willingness is logit⁻¹((B − b₀)/s_b), B = Q exp(−‖c_i − c_p‖²/2σ²); a lone practice's service is B.

    Benefits and willingness of the catalogue against the equation, exact; then adoption of each of 40,000
    equal cities at the start, binomial tails for 7
    practices, false alarms 10⁻⁶ each.
    """
    n = 40_000
    context = np.tile([0.8, -0.3], (n, 1))
    given = {"context_width": 0.9, "benefit_midpoint": 0.2, "benefit_slope": 0.1, "initial_coverage": 0.5}
    state, setting = start(plain_world(n, context=context), given, practices_per_domain=1)
    draw = setting.streams.at("practices", 0)
    quality, place = 0.3 + 0.65 * draw.uniform("quality", 7), draw.normal("context", 7, 2)
    benefit = quality * np.exp(-((context[0] - place) ** 2).sum(axis=1) / (2 * 0.9**2))
    willing = 1 / (1 + np.exp(-(benefit - 0.2) / 0.1))
    holders = (state.practices == IMPLEMENTED).sum(axis=0)
    for practice in range(7):
        assert_share(int(holders[practice]), n, 0.5 * float(willing[practice]))
    assert_exact(state.services, benefit * (state.practices == IMPLEMENTED))


def test_services_are_one_minus_the_product_of_what_is_missed() -> None:
    """S = 1 − Π (1 − B) over the practices implemented in a domain, pledged ones not.

    Exact at every step; no false alarm.
    """
    given = {"practices_per_domain": 4, "initial_coverage": 0.7, "drop_rate": 0.5}
    state, setting = start(plain_world(50), given)
    draw = setting.streams.at("practices", 0)
    quality, place = 0.3 + 0.65 * draw.uniform("quality", 28), draw.normal("context", 28, 2)
    benefit = quality * np.exp(-(place**2).sum(axis=1) / 2)
    for _ in range(4):
        advance(state, setting, [practices])
        missed = np.where(state.practices == IMPLEMENTED, 1 - benefit, 1.0).reshape(50, 7, 4)
        assert_exact(state.services, 1 - missed.prod(axis=2))
    assert (state.practices == PLEDGED).any()


def test_initial_coverage() -> None:
    """At the start a city has implemented X₀ · capacity · willingness of the practices.

    Binomial tails over 20,000 cities and 7 practices of full willingness; false alarms 10⁻⁶.
    """
    n = 20_000
    given = {**WILLING, "initial_coverage": 0.4, "practices_per_domain": 1}
    state, _ = start(plain_world(n, capacity=np.full(n, 0.6)), given)
    assert_share(int((state.practices == IMPLEMENTED).sum()), 7 * n, 0.4 * 0.6)
    assert not (state.practices == PLEDGED).any()
