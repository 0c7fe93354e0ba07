"""Arms pair: what one of them switches leaves the draws of every other mechanism bit-identical."""

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest

from citysim.model.mechanisms import crises, practices
from citysim.model.model import CityModel
from citysim.model.parameters import switches
from citysim.model.schedule import run_quarter
from citysim.model.state import RunState
from citysim.model.streams import Draws
from worlds import BUSY, Size, small_world

QUARTERS = 5
WORLD = small_world(Size(cities=40, states=6, networks=6), seed=4)
ARMS = {
    "none": {"twinning": False, "networks": False},
    "twinning": {"networks": False},
    "networks": {"twinning": False},
    "both": {},
}


class Spy:
    """Keeps a copy of every number that a model draws: by (mechanism, step, purpose), in order or by key."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.streams: dict[tuple, np.ndarray] = {}
        self.things: dict[tuple, dict[int, float]] = defaultdict(dict)
        methods = {
            name for name in vars(Draws) if not name.startswith("_") and callable(getattr(Draws, name))
        }
        for name in methods - {"uniform_of"}:
            patch.setattr(Draws, name, self._watched(name, getattr(Draws, name)))
        patch.setattr(Draws, "uniform_of", self._watched_things(Draws.uniform_of))

    def _watched(self, kind, method):
        def draw(draws, purpose, *arguments):
            result = method(draws, purpose, *arguments)
            # a generator is told by its state: it is handed out at the beginning of its stream
            seen = str(result.bit_generator.state) if kind == "generator" else np.copy(result).ravel()
            self.streams[draws.mechanism, draws.step, purpose, kind] = seen
            return result

        return draw

    def _watched_things(self, method):
        def draw(draws, purpose, keys):
            result = method(draws, purpose, keys)
            self.things[draws.mechanism, draws.step, purpose].update(zip(keys.tolist(), result, strict=True))
            return result

        return draw

    def agrees_with(self, other: "Spy", mechanism: str) -> int:
        """Compare all draws that both made for ``mechanism``; how many numbers were compared.

        Of a stream of which one drew more than the other, the numbers of both are compared.
        """
        compared = 0
        for key in self.streams.keys() & other.streams.keys():
            if key[0] == mechanism:
                one, two = self.streams[key], other.streams[key]
                shared = min(len(one), len(two))
                assert np.array_equal(one[:shared], two[:shared]), key
                compared += shared
        for key in self.things.keys() & other.things.keys():
            if key[0] == mechanism:
                both = self.things[key].keys() & other.things[key].keys()
                assert all(self.things[key][thing] == other.things[key][thing] for thing in both), key
                compared += len(both)
        return compared

    def made(self, mechanism: str) -> set[tuple]:
        """Which streams a mechanism drew from."""
        return {key[:3] for key in (*self.streams, *self.things) if key[0] == mechanism}


def spied(parameters: dict, rng: int = 7, quarters: int = QUARTERS) -> Spy:
    practices._catalogue.cache_clear()  # a run of the same seed has drawn it
    with pytest.MonkeyPatch.context() as patch:
        spy = Spy(patch)
        CityModel(WORLD, {**BUSY, **parameters}, rng=rng, quarters=quarters).run()
    return spy


#: Mechanisms that draw, and those whose draws are asked for whatever the state of the world.
DRAWING = ("diplomacy", "urbanisation", "networks", "twinning", "practices", "crises")
ALWAYS = ("diplomacy", "urbanisation", "twinning", "practices", "crises")


@pytest.fixture(scope="module")
def everything_on() -> Spy:
    return spied({})


def test_every_mechanism_that_is_random_is_seen(everything_on):
    assert {key[0] for key in (*everything_on.streams, *everything_on.things)} == set(DRAWING)


@pytest.mark.parametrize("switched", switches())
def test_switching_a_mechanism_off_leaves_all_other_draws(everything_on, switched):
    without = spied({switched: False})
    for mechanism in set(DRAWING) - {switched}:
        assert without.agrees_with(everything_on, mechanism) > QUARTERS
        if mechanism in ALWAYS:
            assert without.made(mechanism) == everything_on.made(mechanism)
    running = {key for key in without.made(switched) if key[1] > 0}
    assert not running, "a mechanism that is off still draws"


@pytest.mark.parametrize("arm", ["none", "twinning", "networks"])
@pytest.mark.parametrize("stall", [0.0, 1.0, "endogenous"])
def test_arms_and_stall_levels_share_their_draws(everything_on, arm, stall):
    other = spied({**ARMS[arm], "stall": stall})
    for mechanism in DRAWING:
        if ARMS[arm].get(mechanism, True):
            assert other.agrees_with(everything_on, mechanism) > QUARTERS


def test_another_seed_shares_no_draw(everything_on):
    other = spied({}, rng=8)
    for mechanism in DRAWING:
        with pytest.raises(AssertionError):
            other.agrees_with(everything_on, mechanism)


def test_more_quarters_leave_the_draws_of_the_first():
    short, long = spied({}), spied({}, quarters=QUARTERS + 3)
    assert short.streams.keys() <= long.streams.keys()
    for mechanism in DRAWING:
        short.agrees_with(long, mechanism)
        assert short.made(mechanism) == {key for key in long.made(mechanism) if key[1] <= QUARTERS}


def watched_severity(parameters: dict) -> np.ndarray:
    """Severity of every type of crisis in every city and quarter, (quarters, N, types)."""
    seen = []

    def impacts(severity, state, p):
        seen.append(severity.copy())
        return original(severity, state, p)

    original = crises.impacts
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crises, "impacts", impacts)
        CityModel(WORLD, {**BUSY, **parameters}, rng=7, quarters=QUARTERS).run()
    return np.array(seen)


def test_exogenous_crises_are_the_same_in_every_arm():
    exogenous = [
        watched_severity({**arm, "stall": stall})[:, :, :4] for arm in ARMS.values() for stall in (0, 1)
    ]
    assert (exogenous[0] > 0).any(axis=(0, 1)).all(), "every exogenous type occurs"
    assert all(np.array_equal(severity, exogenous[0]) for severity in exogenous)


def test_cities_grow_alike_in_every_arm():
    grown = [run({**arm, "stall": stall}).population for arm in ARMS.values() for stall in (0.0, 1.0)]
    assert not np.array_equal(grown[0], WORLD.population)
    assert all(np.array_equal(population, grown[0]) for population in grown)


def test_noise_of_tension_and_onsets_are_the_same_in_every_arm():
    """With no effect of contact, diplomacy is left to its own noise: wars begin and end alike."""
    own = {"contact_effect": 0.0, "diplomacy_effect": 0.0}
    states = [run({**arm, **own, "stall": stall}) for arm in ARMS.values() for stall in (0.0, 1.0)]
    assert states[0].conflict.any()
    for name in ("tension", "conflict_left", "past_conflict"):
        assert all(np.array_equal(getattr(state, name), getattr(states[0], name)) for state in states), name


def test_the_start_is_the_same_in_every_arm():
    starts = [CityModel(WORLD, {**BUSY, **arm}, rng=7).state for arm in ARMS.values()]
    for name in ("practices", "services", "tension", "conflict_left", "population", "unrest", "capacity"):
        assert all(np.array_equal(getattr(start, name), getattr(starts[0], name)) for start in starts), name


def run(parameters: dict, quarters: int = QUARTERS, **keywords) -> RunState:
    model = CityModel(WORLD, {**BUSY, **parameters}, rng=7, quarters=quarters, **keywords)
    return model.run().state


def arrays_of(thing: object, prefix: str = "") -> dict[str, np.ndarray]:
    """All arrays of a state, those of its networks, ties and flows included."""
    found = {}
    for name, value in vars(thing).items():
        if isinstance(value, np.ndarray):
            found[prefix + name] = value
        elif hasattr(value, "__dataclass_fields__"):
            found |= arrays_of(value, f"{prefix}{name}.")
    return found


def assert_equal_states(one: RunState, other: RunState) -> None:
    first, second = arrays_of(one), arrays_of(other)
    assert first.keys() == second.keys()
    for name, array in first.items():
        assert np.array_equal(array, second[name], equal_nan=array.dtype.kind == "f"), name


def test_the_order_in_which_arms_run_does_not_matter():
    forward = {name: run(arm) for name, arm in ARMS.items()}
    backward = {name: run(ARMS[name]) for name in reversed(ARMS)}
    for name, state in forward.items():
        assert_equal_states(state, backward[name])


def test_recording_leaves_the_run_as_it_is():
    unrecorded = CityModel(WORLD, BUSY, rng=7, quarters=QUARTERS)
    for _ in range(QUARTERS):
        run_quarter(unrecorded.state, unrecorded.setting)
    assert_equal_states(run({}), unrecorded.state)


def test_looking_at_agents_leaves_the_run_as_it_is():
    looked_at = CityModel(WORLD, BUSY, rng=7, quarters=QUARTERS)
    while looked_at.running:
        looked_at.step()
        looked_at.agents.shuffle().select(lambda agent: looked_at.random.random() < 0.5)
    assert_equal_states(run({}), looked_at.state)


def test_the_first_quarters_do_not_depend_on_how_many_follow():
    model = CityModel(WORLD, BUSY, rng=7, quarters=QUARTERS + 3)
    for _ in range(QUARTERS):
        model.step()
    assert_equal_states(run({}), model.state)


def test_a_schedule_given_by_hand_is_that_of_the_switches():
    """Leaving a mechanism out of the schedule is switching it off."""
    from citysim.model.schedule import SCHEDULE

    left_out = tuple(phase for phase in SCHEDULE if phase.name != "scope")
    assert_equal_states(run({}, schedule=left_out), run({"scope": False}))


def test_two_models_in_one_process_do_not_touch_each_other():
    one = CityModel(WORLD, BUSY, rng=7, quarters=QUARTERS)
    two = CityModel(WORLD, {**BUSY, "stall": 1.0}, rng=8, quarters=QUARTERS)
    while one.running:
        one.step()
        two.step()
    assert_equal_states(one.state, run({}))
    alone = CityModel(WORLD, {**BUSY, "stall": 1.0}, rng=8, quarters=QUARTERS).run()
    assert_equal_states(two.state, alone.state)
    assert np.array_equal(two.recorder.values, alone.recorder.values, equal_nan=True)


@pytest.mark.parametrize("quarters", [0, 3])
def test_two_models_share_no_array(quarters):
    one, two = (CityModel(WORLD, BUSY, rng=7, quarters=9) for _ in range(2))
    for _ in range(quarters):
        one.step()
        two.step()
    mine, theirs = arrays_of(one.state), arrays_of(two.state)
    world = arrays_of(WORLD)
    for name, array in mine.items():
        assert not any(np.shares_memory(array, other) for other in theirs.values()), name
        shared = [
            field
            for field, other in world.items()
            if array.flags.writeable and np.shares_memory(array, other)
        ]
        assert not shared, f"{name} is the world's {shared}"


def test_a_run_leaves_the_world_as_it_was():
    world = replace(WORLD)
    CityModel(world, BUSY, rng=3, quarters=QUARTERS).run()
    assert replace(world).digest == WORLD.digest


def test_arrays_of_a_world_cannot_be_written():
    for name, array in arrays_of(small_world()).items():
        assert not array.flags.writeable, name
    with pytest.raises(ValueError, match="read-only"):
        small_world().population[0] = 1.0
