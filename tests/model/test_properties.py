"""What must hold after every mechanism, in any world, at any parameters and in any arm."""

from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citysim.model.mechanisms import diplomacy
from citysim.model.mechanisms.attention import overload
from citysim.model.model import CityModel
from citysim.model.schedule import SCHEDULE, Phase
from citysim.model.setting import Setting
from citysim.model.state import IMPLEMENTED, NONE, PLEDGED, RunState
from citysim.world.world import World
from worlds import BUSY, Size, parameters, seeds, small_world, worlds

type Check = Callable[[str, RunState, Setting], None]

QUARTERS = 5
SHARES = (
    "services",
    "autonomy",
    "reach",
    "marginalised",
    "development",
    "tension",
    "action_capacity",
    "engagement",
    "capacity",
    "stall",
    "networks.quality",
    "twinnings.trust",
)
FLOWS = (
    "loss_expected",
    "loss_prevented",
    "need",
    "insurable",
    "moving",
    "relief_own",
    "relief_insurance",
    "relief_state",
    "relief_donations",
    "relief_networks",
    "relief_twins",
    "given",
    "loss",
)
#: What meets a loss, in turn.
SOURCES = tuple(name for name in FLOWS if name.startswith("relief_"))
anything = given(worlds(), parameters, seeds)


def front(state: RunState, setting: Setting) -> np.ndarray:
    """Dyads whose ties may be suspended: at war, or of a state that stands with the other's enemy, (D,)."""
    p = setting.parameters
    if (p.rupture_onset if p.rupture_form == "burst" else p.rupture) > 0.0:
        return state.conflict | (diplomacy.sides(state, setting) > 0.0)
    return state.conflict


def watched(check: Check) -> tuple[Phase, ...]:
    """The schedule, with ``check(mechanism, state, setting)`` after every mechanism that runs."""

    def then(name, mechanism):
        def step(state, setting, draw):
            mechanism(state, setting, draw)
            check(name, state, setting)

        return step

    return tuple(
        replace(phase, step=then(phase.name, phase.step), off=phase.off and then(phase.name, phase.off))
        for phase in SCHEDULE
    )


def run(world: World, drawn: dict, seed: int, check: Check = lambda *_: None, quarters: int = QUARTERS):
    model = CityModel(world, drawn, rng=seed, quarters=quarters, schedule=watched(check))
    check("start", model.state, model.setting)
    return model.run()


def look_up(state: RunState, path: str) -> np.ndarray:
    for name in path.split("."):
        state = getattr(state, name)
    return np.asarray(state)


@anything
def test_shares_stay_between_0_and_1(world, drawn, seed):
    def check(name, state, _):
        for share in SHARES:
            values = look_up(state, share)
            assert np.all((values >= 0) & (values <= 1)), (name, share)

    run(world, drawn, seed, check)


@anything
def test_amounts_are_finite_and_never_negative(world, drawn, seed):
    def check(name, state, _):
        for amount in ("stress", "unrest", "used", *(f"flows.{flow}" for flow in FLOWS)):
            values = look_up(state, amount)
            assert np.isfinite(values).all(), (name, amount)
            assert (values >= -1e-12).all(), (name, amount)
        assert np.isfinite(state.population).all()
        assert (state.population > 0).all()

    run(world, drawn, seed, check)


@anything
def test_practices_are_none_pledged_or_implemented(world, drawn, seed):
    def check(_, state, setting):
        assert state.practices.shape == (world.n_cities, 7 * setting.parameters.practices_per_domain)
        assert np.isin(state.practices, (NONE, PLEDGED, IMPLEMENTED)).all()

    run(world, drawn, seed, check)


@anything
def test_services_come_from_implemented_practices_alone(world, drawn, seed):
    def check(_, state, __):
        held = (state.practices == IMPLEMENTED).reshape(world.n_cities, 7, -1).any(axis=2)
        assert (state.services[~held] == 0).all()

    run(world, drawn, seed, check)


@anything
def test_arrays_keep_their_shape_and_type(world, drawn, seed):
    first = {}

    def check(name, state, _):
        for field in vars(state):
            values = getattr(state, field)
            if isinstance(values, np.ndarray):
                assert first.setdefault(field, (values.shape, values.dtype)) == (
                    values.shape,
                    values.dtype,
                ), name

    run(world, drawn, seed, check)


@anything
def test_attention_is_positive_and_engagement_is_what_is_left_of_it(world, drawn, seed):
    def check(_, state, __):
        assert (state.attention > 0).all()
        assert (state.engagement > 0).all()
        within = state.used <= state.attention
        assert (state.engagement[within] == 1).all()
        spent = np.minimum(state.used, state.attention)
        assert np.all(state.engagement[~within] * state.used[~within] <= spent[~within] * (1 + 1e-12))
        assert (overload(state)[within] == 0).all()

    run(world, drawn, seed, check)


@anything
def test_attention_used_is_what_ties_cost(world, drawn, seed):
    def check(name, state, setting):
        if name == "attention":
            p = setting.parameters
            memberships = [int((state.networks.member_city == city).sum()) for city in range(world.n_cities)]
            ties = state.twinnings
            twinnings = [int(((ties.a == city) | (ties.b == city)).sum()) for city in range(world.n_cities)]
            cost = p.membership_cost * np.array(memberships) + p.twinning_cost * np.array(twinnings)
            assert np.array_equal(state.used, cost)

    run(world, drawn, seed, check)


class TestLosses:
    @anything
    def test_every_expected_loss_is_prevented_relieved_or_left(self, world, drawn, seed):
        def check(name, state, _):
            if name == "relief":
                f = state.flows
                relieved = sum(getattr(f, source) for source in SOURCES)
                assert f.loss_prevented + relieved + f.loss == pytest.approx(f.loss_expected, abs=1e-12)
                assert f.loss_prevented + f.need == pytest.approx(f.loss_expected, abs=1e-12)

        run(world, drawn, seed, check)

    @anything
    def test_aid_given_is_aid_received(self, world, drawn, seed):
        def check(name, state, _):
            if name == "relief":
                f, people = state.flows, state.population
                received = ((f.relief_networks + f.relief_twins) * people).sum()
                assert (f.given * people).sum() == pytest.approx(received, rel=1e-9, abs=1e-9)

        run(world, drawn, seed, check)

    @anything
    def test_cities_that_are_hit_give_nothing_and_others_need_nothing(self, world, drawn, seed):
        def check(name, state, _):
            if name == "relief":
                f = state.flows
                assert (f.given[f.hit] == 0).all()
                for kind in ("need", "loss", *SOURCES):
                    assert (getattr(f, kind)[~f.hit] == 0).all(), kind

        run(world, drawn, seed, check)

    @anything
    def test_only_members_and_twins_give_and_receive(self, world, drawn, seed):
        def check(name, state, _):
            if name == "relief":
                f, ties = state.flows, state.twinnings
                member = np.isin(np.arange(world.n_cities), state.networks.member_city)
                live = np.concatenate((ties.a[~ties.suspended], ties.b[~ties.suspended]))
                twinned = np.isin(np.arange(world.n_cities), live)
                assert (f.relief_networks[~member] == 0).all()
                assert (f.relief_twins[~twinned] == 0).all()
                assert (f.given[~member & ~twinned] == 0).all()

        run(world, drawn, seed, check)


class TestTwinnings:
    @anything
    def test_no_tie_to_oneself_or_twice_and_keys_in_order(self, world, drawn, seed):
        def check(name, state, _):
            ties = state.twinnings
            assert (ties.a < ties.b).all(), name
            assert np.array_equal(ties.key, ties.a * world.n_cities + ties.b)
            assert (np.diff(ties.key) > 0).all()
            assert ((ties.a >= 0) & (ties.b < world.n_cities)).all()
            sizes = {len(getattr(ties, field.name)) for field in fields(ties) if field.init}
            assert len(sizes) == 1

        run(world, drawn, seed, check)

    @anything
    def test_ties_are_suspended_only_where_states_have_fought_or_taken_sides(self, world, drawn, seed):
        fought: set[int] = set()

        def check(_, state, setting):
            fought.update(np.flatnonzero(front(state, setting)).tolist())
            ties = state.twinnings
            one, other = world.state[ties.a[ties.suspended]], world.state[ties.b[ties.suspended]]
            assert set(setting.dyads.index[one, other].tolist()) <= fought

        run(world, drawn, seed, check)

    @pytest.mark.long
    @anything
    def test_a_tie_is_newly_suspended_only_across_a_front(self, world, drawn, seed):
        before: set[int] = set()

        def check(_, state, setting):
            ties = state.twinnings
            war = np.isin(ties.pair, np.flatnonzero(front(state, setting)))
            now = set(ties.key[ties.suspended].tolist())
            assert now - before <= set(ties.key[war].tolist())
            before.clear()
            before.update(now)

        run(world, drawn, seed, check)

    @anything
    def test_starts_are_never_in_the_future(self, world, drawn, seed):
        def check(name, state, _):
            assert (state.twinnings.start <= state.step + (name != "start")).all()
            assert (state.twinnings.start >= 0).all()

        run(world, drawn, seed, check)


class TestNetworks:
    @anything
    def test_memberships_are_of_live_founded_networks_and_in_order(self, world, drawn, seed):
        def check(name, state, _):
            networks = state.networks
            assert (np.diff(networks.key) > 0).all(), name
            assert (networks.member_network < networks.count).all()
            assert ((networks.member_city >= 0) & (networks.member_city < world.n_cities)).all()
            assert networks.alive[networks.member_network].all()
            assert not networks.alive[networks.count :].any()
            assert networks.count <= networks.slots

        run(world, drawn, seed, check)

    @anything
    def test_only_eligible_cities_join(self, world, drawn, seed):
        """Also the founders of a network; members of the data may stay whatever they are."""
        before: dict[str, np.ndarray] = {}

        def check(name, state, _):
            networks = state.networks
            for key in np.setdiff1d(networks.key, before["key"]) if name == "networks" else ():
                city, k = divmod(int(key), networks.slots)
                assert networks.alive[k]
                assert state.population[city] >= networks.min_population[k]
                assert networks.region[k] in {-1, world.region[city]}
                assert networks.state[k] in {-1, world.state[city]}
                if k < world.n_networks and drawn.get("catchment_form") == "listed":
                    assert world.network_states[k, world.state[city]]
            before["key"] = networks.key.copy()

        run(world, drawn, seed, check)

    @anything
    def test_what_is_closed_stays_closed_and_teaches_nothing(self, world, drawn, seed):
        closed: dict[int, int] = {}

        def check(name, state, _):
            networks = state.networks
            for slot, step in closed.items():
                assert not networks.alive[slot]
                assert networks.closed[slot] == step
            gone = np.flatnonzero(networks.closed >= 0)
            assert not networks.alive[gone].any()
            assert np.array_equal(networks.alive[: networks.count], networks.closed[: networks.count] < 0)
            closed.update(zip(gone.tolist(), networks.closed[gone].tolist(), strict=True))
            if name == "relief":
                assert np.isfinite(networks.quality).all()

        run(world, drawn, seed, check)

    @anything
    def test_focus_weighs_the_domains(self, world, drawn, seed):
        def check(_, state, __):
            networks = state.networks
            assert networks.focus[: networks.count].sum(axis=1) == pytest.approx(1.0)
            assert (networks.focus >= 0).all()

        run(world, drawn, seed, check)


ONLY_TWINS_TEACH = {
    **BUSY,
    **dict.fromkeys(("learning_networks", "learning_state", "learning_neighbours", "invention_rate"), 0.0),
    "learning_twins": 20.0,
    "drop_rate": 0.0,
    "initial_coverage": 1.0,
    "proposal_rate": 0.0,
    "ending_rate": 0.0,
    "trust_floor": 0.0,
    "benefit_midpoint": 0.0,
    "diplomacy": False,
    "relief": False,
    "state_dependence": 0.0,
}


@given(seeds, st.integers(0, 2**16))
def test_nothing_is_learned_across_a_suspended_tie(seed, shape):
    """Where twins alone teach, only cities with a live tie learn; ties stay suspended while war lasts."""
    size = Size(cities=24, states=2, ties=0.7, conflicts=1.0, networks=0)
    world = small_world(size, seed=shape, capacity=np.ones(24), autonomy=np.ones(24), reach=np.ones(24))
    drawn = {**ONLY_TWINS_TEACH, "suspension": 1.0, "suspension_trust": 0.0, "conflict_duration_min": 9.0}
    model = run(world, drawn, seed)
    ties = model.state.twinnings
    foreign = world.state[ties.a] != world.state[ties.b]
    assert np.array_equal(ties.suspended, foreign)
    live = np.isin(np.arange(24), np.concatenate((ties.a[~foreign], ties.b[~foreign])))
    start = CityModel(world, drawn, rng=seed).state.practices
    learned = (model.state.practices != start).any(axis=1) & (start == NONE).any(axis=1)
    gained = ((model.state.practices != NONE) & (start == NONE)).any(axis=1)
    assert not gained[~live].any()
    assert not (learned & ~live).any()


def test_something_is_learned_across_a_live_tie():
    """The same in peace: the test above is not met by nobody ever learning."""
    size = Size(cities=24, states=2, ties=2.0, conflicts=0.0, networks=0)
    world = small_world(size, seed=1, capacity=np.ones(24), autonomy=np.ones(24), reach=np.ones(24))
    model = run(world, ONLY_TWINS_TEACH, 1)
    start = CityModel(world, ONLY_TWINS_TEACH, rng=1).state.practices
    assert ((model.state.practices != NONE) & (start == NONE)).sum() > 20


@settings(max_examples=10)
@anything
def test_a_run_is_repeated_bit_for_bit(world, drawn, seed):
    one, other = run(world, drawn, seed), run(world, drawn, seed)
    assert np.array_equal(one.recorder.values, other.recorder.values, equal_nan=True)
    assert np.array_equal(one.state.practices, other.state.practices)
    assert np.array_equal(one.state.twinnings.trust, other.state.twinnings.trust)
    assert np.array_equal(one.state.networks.key, other.state.networks.key)


@anything
def test_what_is_switched_off_does_not_change(world, drawn, seed):
    """Each arm leaves alone what belongs to the mechanisms that it switches off."""
    model = run(world, drawn, seed)
    start, end, p = CityModel(world, drawn, rng=seed).state, model.state, model.parameters
    owned = {
        "diplomacy": ("tension", "conflict_left", "past_conflict", "action_capacity"),
        "urbanisation": ("population",),
        "practices": ("practices", "services", "law"),
        "scope": ("autonomy", "reach"),
        "development": ("development", "marginalised"),
        "attention": ("engagement",),
    }
    for mechanism, names in owned.items():
        if not getattr(p, mechanism):
            for name in names:
                assert np.array_equal(getattr(start, name), getattr(end, name)), (mechanism, name)
    if not (p.relief or p.diplomacy):
        assert np.array_equal(start.capacity, end.capacity)
    if not p.networks:
        assert len(end.networks.key) == 0
    if not p.twinning:
        assert len(end.twinnings.key) == 0
    if not p.crises:
        assert (end.stress == 0).all()
        assert not end.flows.hit.any()
