"""Docking: the arrays and the plain reference agree quarter by quarter, draw for draw, on every variable."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
import pytest

from citysim.model.model import CityModel
from citysim.model.parameters import switches
from citysim.world.world import World

from .model import MECHANISMS, ReferenceModel
from .snapshot import Snapshot, of_arrays, of_reference
from .worlds import docking_world

pytestmark = pytest.mark.verification

QUARTERS = 12
SEEDS = (1, 2, 3)
#: A number so that an event is seen within a few quarters of a small world.
OFTEN: dict[str, Any] = {
    "founding_rate": 0.5,
    "founding_share": 0.1,
    "max_networks": 20,
    "network_fixed_cost": 0.05,
    "closing_threshold": 0.3,
    "review_rate": 2.0,
    "leave_rate": 0.2,
    "proposal_rate": 0.6,
    "closure": 0.02,
    "ending_rate": 0.1,
    "crisis_rate": 0.6,
    "violence_rate": 0.2,
    "conflict_rate": 3.0,
    "conflict_duration_tail": 2.0,
    "mandate_rate": 1.0,
    "ban_rate": 0.5,
    "own_means": 0.01,
    "state_fund": 0.005,
}


@dataclass(frozen=True)
class Case:
    """Parameters on top of frequent events, and what a run of twelve quarters under them must show."""

    parameters: Mapping[str, Any]
    shows: frozenset[str] = field(default_factory=frozenset)


def case(*shows: str, **parameters: Any) -> Case:
    return Case(OFTEN | parameters, frozenset(shows))


#: What a run of frequent events must show, whatever the seed.
NETWORK_EVENTS = {"founding", "closing", "joining", "invited", "leaving"}
TWINNING_EVENTS = {"twinning", "ending", "suspension", "resumption"}
STATE_EVENTS = {"onset", "peace"}
PRACTICE_EVENTS = {"pledge", "implementation", "dropping", "mandate", "ordered"}
CRISIS_EVENTS = {"hit", "violence"}
AID = {
    "relief_own",
    "relief_insurance",
    "relief_state",
    "relief_donations",
    "relief_networks",
    "relief_twins",
    "giving",
}
EVERYTHING = NETWORK_EVENTS | TWINNING_EVENTS | STATE_EVENTS | PRACTICE_EVENTS | CRISIS_EVENTS | AID

#: Learning that is seen within a few quarters.
TEACHING = {
    "learning_twins": 3.0,
    "learning_networks": 8.0,
    "learning_state": 8.0,
    "learning_neighbours": 3.0,
}
BURST = {"rupture_form": "burst", "rupture_onset": 1.0}
GRADUAL = {"campaign_form": "gradual", "campaign_pool": 1.0}

BRANCHES = {
    "stall": case("retreat", stall=0.7),
    "full stall": case("retreat", stall=1.0),
    "stall of a path": case("retreat", "turn of stall", stall={2024: 0.9, 2025: 0.2}),
    "stall of the powers": case("some stall", stall=0.8, stalled_states="powers"),
    "stall of the polluters": case("some stall", stall={2023: 0.8}, stalled_states="largest polluters"),
    "stall of a few": case(
        "some stall", stall=0.7, stalled_states="S01 + S03", stall_of={"S01": 0.2, "S04": 1}
    ),
    "stall of a region": case("some stall", stall=0.5, stalled_states="Northern America"),
    "council and an able state": case("some stall", stall="endogenous", stall_of={"S00": 0.0}),
    "rupture": case("rupture", "resumption", rupture=1.0, suspension=1.0, suspension_trust=0.2),
    "rupture in a burst": case("rupture", "resumption", rupture_fade=0.2, suspension=1.0, **BURST),
    "rupture at once or never": case("rupture", rupture_fade=0.0, **BURST),
    "no rupture": case("suspension", rupture=0.0),
    "council of unanimity": case("retreat", stall="endogenous"),
    "council of majority": case(
        "retreat", stall="endogenous", decision_rule="majority", conflict_tension=9.0
    ),
    "pledges teach": case("pledge", learning_pledged=0.5, retreat_pledging=0.7, stall=0.5),
    "saturating pool": case("relief_networks", pool_curve=0.5, network_pool=0.08, pool_scale=0.1),
    "cities answer alone": case("pledge", "retreat", retreat_alone=0.9, retreat_pledging=0.0, stall=0.6),
    "many laws": case("mandate", "ban", "ordered", mandate_rate=5.0, ban_rate=2.0, mandate_effect=6.0),
    "laws of before": case("ordered", mandate_rate=0.5, ban_rate=0.5, law_years=20.0, stall=1.0),
    "no laws": case("pledge", mandate_rate=0.0, ban_rate=0.0),
    "networks that recruit": case(
        "founding", "joining", recruiting_form="unequal", recruiting_spread=1.5, recruiting_youth=1.5
    ),
    "networks that share out their effort": case(
        "founding", "joining", recruiting_form="unequal", recruiting_spread=0.0, recruiting_division=2.0
    ),
    "networks of some states": case(
        "founding", "joining", catchment_form="listed", recruiting_form="unequal", recruiting_division=1.0
    ),
    "countries that draw": case("joining", joining_form="country", join_country=6.0, join_intercept=-3.0),
    "thresholds": case("pledge", learning_form="threshold", initial_coverage=0.6, **TEACHING),
    "sharp thresholds": case(
        "pledge",
        learning_form="threshold",
        threshold_midpoint=0.4,
        threshold_softness=0.05,
        stall=1.0,
        learning_pledged=0.5,
        **TEACHING,
    ),
    "the best": case("pledge", learning_form="best", initial_coverage=0.6, **TEACHING),
    "the best, of pledges too": case(
        "pledge",
        learning_form="best",
        imitation_gap=0.05,
        learning_pledged=0.5,
        retreat_alone=0.5,
        stall=0.5,
        **TEACHING,
    ),
    "practices yet to come": case(
        "pledge",
        "onset of a practice",
        practice_onset="staggered",
        onset_years=4.0,
        retreat_alone=0.5,
        stall=0.5,
    ),
    "practices to come and no inventors": case(
        "pledge",
        "onset of a practice",
        practice_onset="staggered",
        practices_known=0.0,
        onset_years=3.0,
        invention_rate=0.0,
        learning_form="best",
        **TEACHING,
    ),
    "practices dropped unequally": case(
        "pledge", dropping_form="unequal", drop_spread=2.0, drop_rate=0.5, initial_coverage=0.6
    ),
    "practices alike": case("pledge", readiness_spread=0.0, secretariat_effort=0.0),
    "busy secretariats": case("pledge", secretariat_effort=1.0, learning_networks=5.0, readiness_spread=2.0),
    "scarce twins": case("relief_twins", twin_aid=0.2, twin_aid_limit=0.01, own_means=0.0),
    "independent crises": case("hit", crisis_correlation=0.0),
    "correlated crises": case("hit", crisis_correlation=2.0),
    "shared outages": case("hit", crisis_correlation=10.0),
    "tension repels": case("twinning", gravity_tension=-5.0),
    "tension attracts": case("twinning", gravity_tension=2.0),
    "nobody is introduced": case("twinning", closure=0.0),
    "partners are introduced": case("twinning", closure=0.5, proposal_rate=0.0, gravity_same_country=-1.0),
    "those who seek are introduced": case(
        "twinning", closure=0.5, closure_form="seeking", proposal_rate=0.0, propensity_spread=1.0
    ),
    "twinnings limited": case(
        "twinning", twinning_form="limited", twinning_limit=8.0, closure=0.3, ending_rate=0.05
    ),
    "ties of common partners": case(
        "twinning", "ending", ending_form="embedded", ending_embedding=1.5, ending_rate=2.0, closure=0.5
    ),
    "sizes of the day": case("twinning", gravity_form="relative", closure=0.3, urban_noise=0.1),
    "sizes of the day, and who seeks": case(
        "twinning", gravity_form="relative", closure=0.3, closure_form="seeking", urban_noise=0.1
    ),
    "wars": case("onset", "peace", "suspension", "resumption", conflict_rate=12.0, suspension=1.0),
    "ties die in war": case("suspension", "lapse", conflict_duration_min=8.0, trust_decay=5.0),
    "poor secretariats": case("closing", grant_pool=0.0, network_fixed_cost=1.0, closing_rate=5.0),
    "no places left": case("founding", max_networks=10, founding_rate=1.0),
    "overload": case("leaving", "ending", attention_budget=0.3, leave_benefit=20.0, benefit_threshold=0.6),
    "dependent cities": case("retreat", "capacity lost", stall=0.6, state_dependence=0.4),
    "cities without a state": case(
        "retreat", "capacity lost", stall=1.0, state_dependence=1.0, invitation_capacity=10.0
    ),
    "independent cities": case("retreat", stall=0.6, state_dependence=0.0),
    "dependent without relief": case("capacity lost", stall=0.6, state_dependence=0.4, relief=False),
    "nobody insured or moved": case(
        "hit", insured_rich=0.0, insured_middle=0.0, insured_poor=0.0, donations=0.0
    ),
    "all insured": case(
        "relief_insurance", insured_rich=1.0, insured_middle=0.9, insured_poor=0.8, own_means=0.0
    ),
    "generous donors": case("relief_donations", donations=0.9, own_means=0.0, state_fund=0.0),
    "aid ordered": case("relief_twins", "relief_networks", twin_aid=0.003, network_pool=0.01),
    "without relief": case("hit", relief=False),
    "without attention": case("joining", "twinning", attention=False),
    "without networks": case("twinning", networks=False),
    "without twinning": case("joining", twinning=False),
    "couplings off": case(
        "pledge",
        contact_effect=0.0,
        diplomacy_effect=0.0,
        scope_gain_national=0.0,
        scope_return_national=0.0,
        scope_conflict=0.0,
        drop_rate=0.0,
        campaign_pool=0.0,
        leave_commitment=0.0,
        review_spread=0.0,
        review_reach=0.0,
        solicitation=0.0,
    ),
    "campaigns": case("campaign", campaign_pool=0.8, stall=0.7),
    "campaigns that act": case("campaign", campaign_pool=0.8, campaign_strength=0.5, stall=0.9),
    "campaigns of a stalled council": case("campaign", campaign_pool=1.0, stall="endogenous"),
    "gradual campaigns": case("campaign", "called", campaign_speed=0.5, stall=0.9, **GRADUAL),
    "gradual campaigns of a council": case(
        "campaign", "called", campaign_filling=2.0, stall="endogenous", **GRADUAL
    ),
    "fewer networks": case("founding", "joining", initial_networks=3),
    "more networks": case("leaving", "joining", initial_networks=40),
    "grants not shared": case("founding", grant_crowding=0.0),
    "other networks": case("joining", absent_networks="Network 2", placebo_networks="Network 1 + Network 3"),
    "sharp choices": case("pledge", benefit_slope=0.001, join_intercept=-10.0, invitation_capacity=20.0),
}


def assert_equal(arrays: Snapshot, reference: Snapshot) -> None:
    """The same variables; whole numbers and flags exactly, measures to rounding."""
    assert set(reference) == set(arrays)
    for name, found in arrays.items():
        wanted = reference[name]
        exact = found.dtype.kind in "biu"
        tolerance = {"rtol": 0.0, "atol": 0.0} if exact else {"rtol": 1e-9, "atol": 1e-12}
        if found.size == wanted.size == 0:
            continue
        np.testing.assert_allclose(found, wanted, err_msg=name, **tolerance)


def assert_observed_equally(arrays: CityModel, reference: ReferenceModel) -> None:
    """Every outcome of every group."""
    recorder = arrays.recorder
    assert set(reference.outcomes) == set(recorder.groups)
    for place, group in enumerate(recorder.groups):
        wanted = [reference.outcomes[group].get(name, np.nan) for name in recorder.outcomes]
        np.testing.assert_allclose(
            recorder.series[-1, place], wanted, rtol=1e-9, atol=1e-12, equal_nan=True, err_msg=group
        )


def dock(world: World, parameters: Mapping[str, Any], seed: int, quarters: int = QUARTERS) -> set[str]:
    """Run both side by side, compare after every quarter, and return what happened."""
    arrays = CityModel(world, parameters, rng=seed)
    reference = ReferenceModel(world, parameters, rng=seed)
    before = of_arrays(arrays)
    assert_equal(before, of_reference(reference))
    seen: set[str] = set()
    for _ in range(quarters):
        arrays.step()
        reference.step()
        after = of_arrays(arrays)
        assert_equal(after, of_reference(reference))
        assert_observed_equally(arrays, reference)
        seen |= events(before, after, arrays)
        before = after
    return seen


def events(before: Snapshot, after: Snapshot, model: CityModel) -> set[str]:
    """Names of what happened in a quarter."""
    slots, by_invitation = model.state.networks.slots, model.state.networks.by_invitation
    kept = np.isin(before["twinnings.key"], after["twinnings.key"])
    stayed = np.isin(after["twinnings.key"], before["twinnings.key"])
    was, now = before["twinnings.suspended"], after["twinnings.suspended"]
    joined = np.setdiff1d(after["networks.key"], before["networks.key"]) % slots
    left = np.setdiff1d(before["networks.key"], after["networks.key"]) % slots
    x, y = before["practices"], after["practices"]
    happened = {
        "founding": after["networks.count"] > before["networks.count"],
        "campaign": after["networks.campaign"].sum() > before["networks.campaign"].sum(),
        "called": len(after.get("networks.called", ())) < len(before.get("networks.called", ())),
        "closing": (before["networks.alive"] & ~after["networks.alive"]).any(),
        "joining": (joined < before["networks.count"]).any(),
        "invited": by_invitation[joined].any(),
        "leaving": after["networks.alive"][left].any(),
        "twinning": (~stayed).any(),
        "ending": (~kept & ~was).any(),
        "lapse": (~kept & was).any(),
        "suspension": (now[stayed] & ~was[kept]).any(),
        "resumption": (~now[stayed] & was[kept]).any(),
        "onset": after["flows.conflict_onsets"] > 0,
        "peace": ((before["conflict_left"] > 0) & (after["conflict_left"] == 0)).any(),
        "pledge": ((x == 0) & (y == 1)).any(),
        "implementation": ((x == 1) & (y == 2)).any(),
        "onset of a practice": (~x.any(axis=0) & y.any(axis=0)).any(),
        "dropping": ((x == 2) & (y == 0)).any(),
        "mandate": (after["law"] > before["law"]).any(),
        "ban": (after["law"] < before["law"]).any(),
        "ordered": (after["flows.pledges"][:, -1] > 0).any(),
        "hit": after["flows.hit"].any(),
        "violence": after["flows.violence"].any(),
        "capacity lost": (after["capacity"] < model.setting.world.capacity).all(),
        "giving": (after["flows.given"] > 0).any(),
        **{source: (after[f"flows.{source}"] > 0).any() for source in AID - {"giving"}},
        "retreat": (after["action_capacity"] < before["action_capacity"]).any() or (after["stall"] > 0).any(),
        "some stall": len(set(after["stall"].tolist())) > 1,
        "turn of stall": (after["stall"] != before["stall"]).any(),
        "rupture": _ruptured(before, after, stayed, kept),
    }
    return {name for name, occurred in happened.items() if occurred}


def _ruptured(before: Snapshot, after: Snapshot, stayed: np.ndarray, kept: np.ndarray) -> bool:
    """Whether a tie was suspended whose own states are at peace with each other."""
    fresh = after["twinnings.suspended"][stayed] & ~before["twinnings.suspended"][kept]
    pair = after["twinnings.pair"][stayed][fresh]
    return bool((after["conflict_left"][pair[pair >= 0]] == 0).any())


def only(*names: str) -> dict[str, bool]:
    """Switches with nothing on but ``names``."""
    return {name: name in names for name in MECHANISMS}


def test_reference_has_every_mechanism_of_the_schedule() -> None:
    """A mechanism added to the arrays without its plain twin is noticed."""
    assert list(MECHANISMS) == [phase.name for phase in CityModel(docking_world(), rng=1).schedule]
    assert set(MECHANISMS) == set(switches())


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_every_mechanism_alone(mechanism: str, seed: int) -> None:
    """With all other mechanisms off, each agrees by itself."""
    dock(docking_world(36, 6, seed), OFTEN | only(mechanism), seed)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("cities", [30, 45, 60])
def test_all_mechanisms_together(cities: int, seed: int) -> None:
    """With everything on, everything happens, and the two agree on it."""
    seen = dock(docking_world(cities, 8, seed), OFTEN, seed, quarters=16)
    assert seen >= EVERYTHING


@pytest.mark.parametrize("seed", SEEDS)
def test_all_mechanisms_at_the_defaults(seed: int) -> None:
    """The parameters that users get."""
    dock(docking_world(seed=seed), {}, seed)


def test_synthetic_world() -> None:
    """A world with the statistics of the real one, its dozens of networks included."""
    assert dock(World.synthetic(40, 8, seed=1), OFTEN, seed=1, quarters=8) >= {"joining", "twinning", "hit"}


@pytest.mark.parametrize("kind", ["one state", "no networks", "no ties", "little reach"])
def test_bare_worlds(kind: str) -> None:
    """Worlds in which something is missing altogether."""
    dock(bare_worlds()[kind], OFTEN, seed=1, quarters=8)


def bare_worlds() -> dict[str, World]:
    """Worlds without states to quarrel with, networks, ties, or with two cities known abroad."""
    world, nothing = docking_world(30, 4), np.empty(0, dtype=np.int64)
    names = {item.name for item in fields(World) if item.name.startswith("network_")}
    networks = {name for name in names if getattr(world, name) is not None}
    return {
        "one state": docking_world(30, 1),
        "no networks": replace(
            world,
            membership_city=nothing,
            membership_network=nothing,
            **{name: getattr(world, name)[:0] for name in networks},
        ),
        "no ties": replace(world, twin_a=nothing, twin_b=nothing),
        "little reach": replace(world, reach=np.where(np.arange(30) < 2, 0.5, 0.0)),
    }


HINDCASTS = {
    "dated": {"initial_networks": "dated", "founding_rate": 0.0},
    "grown": {},
    "recruiting": {
        "initial_networks": "dated",
        "recruiting_form": "unequal",
        "recruiting_spread": 0.0,
        "recruiting_youth": 3.0,
    },
    "none absent": {"initial_networks": "dated", "absent_networks": "Network 1 + Network 6"},
    "twinnings of before": {"twinning_years": 3.0, "closure": 0.3, "proposal_rate": 1.0},
    "more at the start": {"initial_networks": 7},
    "fewer at the start": {"initial_networks": 1},
    "without networks": {"initial_networks": "dated", "networks": False},
}


def world_of_1985(seed: int) -> World:
    """Three networks that are old, one of which turns ten within a year, and others of the years after.

    Networks 1 and 4 have recorded members of their first year or before, 2 only one; 7 never comes.
    """
    world = docking_world(40, 6, seed)
    nothing = np.empty(0, dtype=np.int64)
    return replace(
        world,
        start_year=1985,
        network_known_members=np.zeros(9, dtype=np.int64),
        membership_city=nothing,
        membership_network=nothing,
        twin_a=nothing,
        twin_b=nothing,
        network_founded=np.array([1961, 1986, 1986, 1985, 1987, 1976, 1987, np.nan, 1986]),
        joined_city=np.array([3, 8, 9, 11, 4, 12, 30, 31]),
        joined_network=np.array([1, 1, 1, 1, 2, 4, 4, 4]),
        joined_year=np.array([1985, 1986, 1986, 1990, 1986, 1999, 1986, 1987]),
    )


@pytest.mark.parametrize("seed", SEEDS[:2])
@pytest.mark.parametrize("name", HINDCASTS)
def test_hindcast(name: str, seed: int) -> None:
    """A world of 1985, in which networks of the record are founded at their dates, or are not."""
    parameters = OFTEN | HINDCASTS[name]
    seen = dock(world_of_1985(seed), parameters, seed)
    assert seen >= ({"joining", "leaving"} if parameters.get("networks", True) else {"twinning"})


@pytest.mark.parametrize("seed", SEEDS[:2])
@pytest.mark.parametrize("name", BRANCHES)
def test_every_branch(name: str, seed: int) -> None:
    """Parameters that take another path through the equations; the path is taken."""
    branch = BRANCHES[name]
    seen = dock(docking_world(36, 6, seed=10 + seed), branch.parameters, seed)
    assert seen >= branch.shows
