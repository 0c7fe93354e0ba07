"""Dated events: what each kind does, that it pairs, and that nothing is silent."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from citysim.errors import ConfigError
from citysim.model.events.happen import counted, course, happen
from citysim.model.events.kinds import CRISES, KINDS
from citysim.model.events.resolve import resolved
from citysim.model.events.text import read, text_of
from citysim.model.mechanisms.diplomacy import begun as begun_now
from citysim.model.model import CityModel
from citysim.model.parameters import Parameters
from worlds import BUSY, Size, seeds, small_world

WORLD = small_world(Size(cities=40, states=6, networks=6), seed=4)
CITIES = WORLD.city_name
#: Network 0 takes cities of 500,000 people, 3 and 0 are global.
OPEN = "network 3"
QUARTERS = 6


def run(events, quarters=QUARTERS, rng=7, world=WORLD, **parameters) -> CityModel:
    return CityModel(world, {**BUSY, **parameters, "events": events}, rng=rng, quarters=quarters).run()


def begun(events, quarters=1, **parameters) -> CityModel:
    """A model just after the first event of a first quarter, before the mechanisms have had their say."""
    model = CityModel(WORLD, {**BUSY, **parameters, "events": events}, rng=7, quarters=quarters)
    happen(model.state, model.setting, model.state.events)
    return model


def members(model: CityModel, slot: int) -> set[int]:
    networks = model.state.networks
    return set(networks.member_city[networks.member_network == slot].tolist())


def outsiders(slot: int, many: int = 3) -> list[int]:
    inside = WORLD.membership_city[WORLD.membership_network == slot]
    return [city for city in range(WORLD.n_cities) if city not in inside][:many]


quarters_of_run = st.integers(0, QUARTERS - 1)
a_city = st.sampled_from(CITIES)
some_cities = st.lists(a_city, min_size=1, max_size=6, unique=True)
pairs = st.lists(st.lists(a_city, min_size=2, max_size=2, unique=True), min_size=1, max_size=5)
two_states = st.lists(st.sampled_from(WORLD.state_iso3), min_size=2, max_size=2, unique=True)
network = st.sampled_from(["network 0", OPEN])
share = st.floats(0, 1)
OF_KIND = {
    "join": {"cities": some_cities, "network": st.just(OPEN)},
    "leave": {"cities": some_cities, "network": network},
    "found": {
        "network": st.just("new"),
        "cities": st.lists(a_city, min_size=2, max_size=8, unique=True),
        "focus": st.sampled_from(["climate", "peace"]),
        "by_invitation": st.booleans(),
    },
    "close": {"network": network},
    "merge": {"network": st.just("network 1"), "into": network},
    "twin": {"pairs": pairs},
    "untwin": {"states": two_states},
    "suspend": {"pairs": pairs},
    "crisis": {
        "cities": some_cities,
        "type": st.sampled_from(CRISES),
        "severity": share,
        "quarters": st.integers(1, 3),
    },
    "conflict": {"states": two_states, "years": st.floats(0.25, 3)},
    "peace": {"states": two_states},
    "stall": {"to": share, "states": st.sampled_from(["all", "powers", "S0"])},
    "set": {"parameter": st.sampled_from(["review_rate", "closure", "crisis_rate"]), "to": share},
}


@st.composite
def an_event(draw: st.DrawFn, kind: str) -> dict[str, object]:
    """Any event of a kind, in any quarter of the run or in one that is drawn."""
    first = draw(quarters_of_run)
    last = draw(st.integers(first, QUARTERS - 1))
    low, high = (f"{2023 + quarter // 4}-Q{quarter % 4 + 1}" for quarter in (first, last))
    at = low if draw(st.booleans()) else {"low": low, "high": high}
    return {"kind": kind, "at": at, **{key: draw(of) for key, of in OF_KIND[kind].items()}}


def test_every_kind_has_a_strategy():
    assert OF_KIND.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", KINDS)
class TestAllKinds:
    @given(st.data(), seeds)
    def test_until_an_event_an_arm_with_it_and_one_without_are_equal(self, kind, data, seed):
        event = data.draw(an_event(kind))
        with_it, without = run([event], rng=seed), run([], rng=seed)
        (quarter,) = with_it.setting.derive(course).at
        assert 0 <= quarter < QUARTERS
        before = slice(quarter)
        assert np.array_equal(
            with_it.recorder.series[before], without.recorder.series[before], equal_nan=True
        )

    @given(st.data())
    def test_a_text_is_the_same_however_often_it_is_read(self, kind, data):
        text = text_of([data.draw(an_event(kind))])
        assert text_of(text) == text
        assert text_of(list(read(text))) == text
        assert Parameters(events=text).events == text

    @given(st.data(), seeds)
    def test_what_it_comes_to_and_what_it_does_not_is_counted(self, kind, data, seed):
        model = run([data.draw(an_event(kind))], rng=seed)
        ((taken, not_taken),) = counted(model.state, model.setting).values()
        assert taken >= 0
        assert not_taken >= 0
        assert taken + not_taken > 0 or kind == "merge"  # of a network without members


class TestMemberships:
    def test_cities_join_whatever_the_vote_and_no_city_twice(self):
        new = outsiders(3)
        inside = int(WORLD.membership_city[WORLD.membership_network == 3][0])
        event = {"kind": "join", "at": 2023, "network": OPEN, "cities": [CITIES[c] for c in (*new, inside)]}
        model = begun([event])
        assert set(new) <= members(model, 3)
        assert counted(model.state, model.setting) == {"join-1": (3, 1)}

    def test_cities_leave(self):
        inside = WORLD.membership_city[WORLD.membership_network == 3]
        event = {"kind": "leave", "at": 2023, "network": OPEN, "cities": [CITIES[inside[0]]]}
        assert members(begun([event]), 3) == set(inside[1:].tolist())

    def test_a_founded_network_has_its_members_topic_and_rules(self):
        event = {
            "kind": "found",
            "at": 2023,
            "network": "new",
            "cities": CITIES[:2],
            "focus": {"climate": 3.0, "peace": 1.0},
            "by_invitation": True,
        }
        model = begun([event])
        networks, slot = model.state.networks, WORLD.n_networks
        assert members(model, slot) == {0, 1}
        assert networks.alive[slot]
        assert networks.by_invitation[slot]
        assert networks.focus[slot].tolist() == [0, 0, 0, 0.75, 0, 0, 0.25]
        assert networks.region[slot] == networks.state[slot] == -1
        assert model.city_networks[slot].name == "new"

    def test_a_rule_picks_the_largest_cities_of_a_region(self):
        event = {
            "kind": "found",
            "at": 2023,
            "network": "new",
            "focus": "climate",
            "scope": "regional",
            "rule": {"regions": ["Asia"], "most": 3},
        }
        asian = np.flatnonzero(WORLD.region == 1)
        largest = asian[np.argsort(-WORLD.population[asian])][:3]
        model = begun([event])
        assert members(model, WORLD.n_networks) == set(largest.tolist())
        assert model.state.networks.region[WORLD.n_networks] == 1

    def test_others_join_a_network_that_an_event_has_founded(self):
        events = [
            {"kind": "found", "at": 2023, "network": "new", "focus": "climate", "cities": CITIES[:2]},
            {"kind": "join", "at": 2023, "network": "new", "cities": CITIES[2:4]},
        ]
        assert members(begun(events), WORLD.n_networks) == {0, 1, 2, 3}

    def test_a_closed_network_has_no_members_and_stays_closed(self):
        model = run([{"kind": "close", "at": 2023, "network": OPEN}])
        assert not members(model, 3)
        assert not model.state.networks.alive[3]

    def test_members_of_a_merged_network_are_those_of_the_other(self):
        both = set(WORLD.membership_city[np.isin(WORLD.membership_network, (1, 3))].tolist())
        model = begun([{"kind": "merge", "at": 2023, "network": "network 1", "into": OPEN}])
        assert members(model, 3) == both
        assert not members(model, 1)
        assert not model.state.networks.alive[1]

    def test_where_networks_are_switched_off_nothing_is_taken(self):
        events = [
            {"kind": "join", "at": 2023, "network": OPEN, "cities": CITIES[:3]},
            {"kind": "close", "at": 2023, "network": OPEN},
        ]
        model = begun(events, networks=False)
        assert counted(model.state, model.setting) == {"join-1": (0, 3), "close-1": (0, 1)}


class TestTies:
    def test_twins_begin_at_the_trust_of_new_ties_and_none_twice(self):
        old = [CITIES[WORLD.twin_a[0]], CITIES[WORLD.twin_b[0]]]
        known = set(zip(WORLD.twin_a.tolist(), WORLD.twin_b.tolist(), strict=True))
        new = next((a, b) for a in range(40) for b in range(a + 1, 40) if (a, b) not in known)
        model = begun([{"kind": "twin", "at": 2023, "pairs": [old, [CITIES[new[1]], CITIES[new[0]]]]}])
        ties = model.state.twinnings
        place = ties.key.tolist().index(new[0] * 40 + new[1])
        assert ties.trust[place] == model.parameters.trust_start
        assert np.all(np.diff(ties.key) > 0)
        assert counted(model.state, model.setting) == {"twin-1": (1, 1)}

    def test_ties_of_two_states_end_or_are_suspended(self):
        pair = WORLD.state[WORLD.twin_a], WORLD.state[WORLD.twin_b]
        one, other = next((a, b) for a, b in zip(*pair, strict=True) if a != b)
        states = [WORLD.state_iso3[one], WORLD.state_iso3[other]]
        start = CityModel(WORLD, BUSY, rng=7)
        dyad = start.setting.dyads.index[one, other]
        many = int((start.state.twinnings.pair == dyad).sum())
        ended = begun([{"kind": "untwin", "at": 2023, "states": states}])
        assert not (ended.state.twinnings.pair == dyad).any()
        rested = begun([{"kind": "suspend", "at": 2023, "states": states}])
        assert np.array_equal(rested.state.twinnings.suspended, rested.state.twinnings.pair == dyad)
        for model in (ended, rested):
            assert list(counted(model.state, model.setting).values()) == [(many, 0)]


QUIET = {"conflict_rate": 0.0, "tension_noise": 0.0}
CALM = {"crisis_rate": 0.0, "violence_rate": 0.0, "war_rate": 0.0}


class TestStates:
    @pytest.mark.parametrize("diplomacy", [True, False])
    def test_a_conflict_lasts_as_long_as_it_says(self, diplomacy):
        world = small_world(Size(cities=40, states=6, networks=6, conflicts=0.0), seed=4)
        event = {"kind": "conflict", "at": "2023-Q2", "states": ["S0", "S1"], "years": 0.75}
        model = run([event], world=world, diplomacy=diplomacy, **QUIET)
        fights = model.trajectory.query("group == 'world'")["conflict"].tolist()
        assert fights == [0, 1, 1, 1, 0, 0]

    @pytest.mark.parametrize("diplomacy", [True, False])
    def test_a_conflict_begins_in_one_quarter_and_again_after_a_peace(self, diplomacy):
        world = small_world(Size(cities=40, states=6, networks=6, conflicts=0.0), seed=4)
        fight = {"kind": "conflict", "states": ["S0", "S1"]}
        events = [
            {**fight, "at": "2023-Q2"},
            {**fight, "at": "2023-Q3", "years": 9},
            {"kind": "peace", "at": "2024-Q1", "states": ["S0", "S1"]},
            {**fight, "at": "2024-Q1"},
        ]
        own = {"events": events, "diplomacy": diplomacy, "rupture_form": "burst", **QUIET}
        model = CityModel(world, own, rng=1, quarters=6)
        new = []
        while model.running:
            model.step()
            new.append(begun_now(model.state).tolist())
        dyad = int(model.setting.dyads.index[0, 1])
        assert new == [[], [dyad], [], [], [dyad], []]

    def test_a_conflict_without_years_lasts_until_peace(self):
        world = small_world(Size(cities=40, states=6, networks=6, conflicts=0.0), seed=4)
        events = [
            {"kind": "conflict", "at": "2023-Q2", "states": ["S0", "S1"]},
            {"kind": "peace", "at": "2024-Q1", "states": ["S1", "S0"]},
        ]
        model = run(events, world=world, **QUIET)
        assert model.trajectory.query("group == 'world'")["conflict"].tolist() == [0, 1, 1, 1, 0, 0]
        assert set(counted(model.state, model.setting).values()) == {(1, 0)}

    def test_stall_holds_for_the_states_named_until_a_later_event_names_them(self):
        events = [
            {"kind": "stall", "at": "2023-Q2", "to": 0.8, "states": "S0 + S1"},
            {"kind": "stall", "at": "2023-Q4", "to": 0.1, "states": "S1"},
        ]
        model = CityModel(WORLD, {"events": events, "stall": 0.3}, rng=1, quarters=4)
        seen = []
        while model.running:
            model.step()
            seen.append(model.state.stall[:3].tolist())
        assert seen == [[0.3, 0.3, 0.3], [0.8, 0.8, 0.3], [0.8, 0.8, 0.3], [0.8, 0.1, 0.3]]


class TestCrises:
    def test_it_strikes_those_cities_alone_for_its_quarters(self):
        event = {
            "kind": "crisis",
            "at": "2023-Q2",
            "type": "climate",
            "cities": CITIES[3:5],
            "severity": 0.4,
            "quarters": 2,
        }
        model = CityModel(WORLD, {**CALM, "events": [event]}, rng=1, quarters=5)
        hit = []
        while model.running:
            model.step()
            hit.append(np.flatnonzero(model.state.flows.hit).tolist())
        assert hit == [[], [3, 4], [3, 4], [], []]

    def test_its_loss_is_that_of_a_crisis_of_the_model(self):
        event = {"kind": "crisis", "at": 2023, "type": "cyber", "cities": [CITIES[3]], "severity": 0.5}
        model = CityModel(WORLD, {**CALM, "events": [event]}, rng=1, quarters=1).run()
        assert model.state.flows.loss_expected[3] == pytest.approx(0.5 * (0.7 + WORLD.marginalised[3]))

    def test_violence_is_an_outbreak(self):
        event = {"kind": "crisis", "at": 2023, "type": "violence", "cities": [CITIES[3]], "severity": 0.5}
        model = CityModel(WORLD, {**CALM, "events": [event]}, rng=1, quarters=1).run()
        assert np.flatnonzero(model.state.flows.violence).tolist() == [3]

    @given(seeds)
    def test_severity_by_law_is_each_citys_own_and_the_same_in_every_arm(self, seed):
        event = {"kind": "crisis", "at": 2023, "type": "downturn", "region": "Asia"}
        losses = [
            CityModel(WORLD, {**CALM, **arm, "events": [event]}, rng=seed, quarters=1)
            .run()
            .state.flows.loss_expected
            for arm in ({}, {"networks": False, "twinning": False})
        ]
        struck = WORLD.region == 1
        assert np.array_equal(*losses)
        assert np.array_equal(losses[0] > 0, struck)
        assert len(set(losses[0][struck])) == struck.sum()

    def test_a_centre_and_a_radius_strike_those_within(self):
        near = {"kind": "crisis", "at": 2023, "type": "war", "centre": CITIES[0], "radius_km": 20_100.0}
        (item,), faults = resolved(WORLD, text_of([near]))
        assert not faults
        assert len(item.cities) == WORLD.n_cities
        alone = near | {"centre": [float(WORLD.latitude[0]), float(WORLD.longitude[0])], "radius_km": 0.1}
        (item,), _ = resolved(WORLD, text_of([alone]))
        assert item.cities.tolist() == [0]


class TestDates:
    @given(seeds)
    def test_a_drawn_date_lies_in_its_range_and_is_the_names(self, seed):
        at = {"low": 2024, "high": "2025-Q2"}
        events = [
            {"kind": "close", "at": at, "network": OPEN, "name": "same"},
            {"kind": "close", "at": at, "network": "network 0"},
        ]
        both, one = (CityModel(WORLD, {"events": some}, rng=seed) for some in (events, events[:1]))
        (first, _), (alone,) = (model.setting.derive(course).at for model in (both, one))
        assert first == alone
        assert 4 <= first <= 9

    def test_all_quarters_of_a_range_are_drawn(self):
        at = {"low": "2024-Q1", "high": "2024-Q4"}
        event = {"kind": "close", "at": at, "network": OPEN}
        drawn = [
            CityModel(WORLD, {"events": [event]}, rng=seed).setting.derive(course).at[0]
            for seed in range(400)
        ]
        assert np.all(np.bincount(drawn, minlength=8)[4:] > 60)

    @pytest.mark.parametrize(
        ("at", "text"),
        [(2027, "2027-Q1"), (2027.0, "2027-Q1"), ("2027", "2027-Q1"), ("2027-Q3", "2027-Q3")],
    )
    def test_a_year_is_its_first_quarter(self, at, text):
        assert json.loads(text_of([{"kind": "close", "at": at, "network": OPEN}]))[0]["at"] == text

    @pytest.mark.parametrize("at", ["2027-Q5", "Q3 2027", True, 27, {"low": 2030, "high": 2029}, {"low": 1}])
    def test_anything_else_is_refused(self, at):
        with pytest.raises(ValidationError):
            Parameters(events=[{"kind": "close", "at": at, "network": OPEN}])


class TestFaults:
    @pytest.mark.parametrize(
        ("event", "fault"),
        [
            ({"kind": "join", "cities": ["city 99"], "network": OPEN}, "cities[1]: found 'city 99', did you"),
            ({"kind": "join", "cities": [99], "network": OPEN}, "no city of this world has that number"),
            (
                {"kind": "close", "network": "netwrok 3"},
                "network: found 'netwrok 3', did you mean 'network 3'?",
            ),
            ({"kind": "peace", "states": ["S0", "Utopia"]}, "states: found 'Utopia', expected the code"),
            ({"kind": "peace", "states": ["S0", "state 1"]}, "did you mean 'S1'?"),
            ({"kind": "stall", "to": 1.0, "states": "power"}, "did you mean 'powers'?"),
            ({"kind": "merge", "network": OPEN, "into": "no"}, "into: found 'no'"),
            (
                {"kind": "found", "network": OPEN, "cities": CITIES[:2], "focus": "peace"},
                "which there is already",
            ),
            ({"kind": "found", "network": "n", "cities": CITIES[:1], "focus": "peace"}, "has at least 2"),
            ({"kind": "set", "parameter": "networks", "to": 1.0}, "'networks' is a switch"),
            ({"kind": "set", "parameter": "initial_coverage", "to": 1.0}, "is of the start"),
            ({"kind": "set", "parameter": "closur", "to": 1.0}, "did you mean 'closure'?"),
            ({"kind": "set", "parameter": "review_rate", "to": -1.0}, "must be from 0 to 20"),
        ],
    )
    def test_what_the_world_or_the_model_lacks_is_told_in_one_line(self, event, fault):
        with pytest.raises(ConfigError) as error:
            CityModel(WORLD, {"events": [{"at": 2024, **event}]}, rng=1)
        (message,) = error.value.messages
        assert fault in message

    def test_a_network_is_not_open_to_all(self):
        (region,) = {int(WORLD.network_region[1])}
        elsewhere = int(np.flatnonzero(WORLD.region != region)[0])
        small = int(np.argmin(WORLD.population))
        for network, city in (("network 1", elsewhere), ("network 0", small)):
            event = {"kind": "join", "at": 2024, "network": network, "cities": [CITIES[city]]}
            (fault,) = resolved(WORLD, text_of([event]))[1]
            assert f"{CITIES[city]} may not join '{network}'" in fault.text

    def test_a_network_closed_or_not_founded_by_then_is_no_network(self):
        join = {"kind": "join", "cities": [CITIES[0]]}
        events = [
            {"kind": "close", "at": "2024-Q2", "network": OPEN},
            {**join, "at": "2024-Q3", "network": OPEN},
            {"kind": "found", "at": "2025-Q1", "network": "new", "cities": CITIES[:2], "focus": "peace"},
            {**join, "at": "2024-Q4", "network": "new"},
        ]
        faults = resolved(WORLD, text_of(events))[1]
        assert [(fault.event, fault.key) for fault in faults] == [
            ("join-1", "network"),
            ("join-2", "network"),
        ]

    @pytest.mark.parametrize(
        "events",
        [
            [{"kind": "close", "at": 2024, "network": OPEN, "name": "a"}] * 2,
            [{"kind": "close", "at": 2024}],
            [{"kind": "clos", "at": 2024, "network": OPEN}],
            [{"kind": "untwin", "at": 2024}],
            [{"kind": "crisis", "at": 2024, "type": "war", "region": "Asia", "cities": ["a"]}],
            [{"kind": "crisis", "at": 2024, "type": "war", "centre": "a"}],
            [{"kind": "twin", "at": 2024, "pairs": [["a", "a"]]}],
            "no JSON",
            "{}",
        ],
    )
    def test_events_that_say_too_little_or_too_much_are_refused(self, events):
        with pytest.raises(ValidationError):
            Parameters(events=events)

    def test_candidates_of_an_ambiguous_name_are_listed(self):
        names = ("Hyderabad", "hyderābād", *CITIES[2:])
        world = small_world(Size(cities=40, states=6, networks=6), seed=4, city_name=names)
        event = {"kind": "join", "at": 2024, "network": OPEN, "cities": ["Hyderabad"]}
        (fault,) = resolved(world, text_of([event]))[1]
        assert fault.text == "found 'Hyderabad', which may be 'Hyderabad, S0' or 'hyderābād, S1'"
        (item,), faults = resolved(world, text_of([event | {"cities": ["HYDERABAD, S1"]}]))
        assert not faults
        assert item.cities.tolist() == [1]
