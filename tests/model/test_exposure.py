"""Exposure to events: every city in one group, whoever is named, and none of it changes a run."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_events import OF_KIND, OPEN, WORLD, an_event

from citysim.model.events.exposure import exposure_groups, exposure_sizes
from citysim.model.events.text import text_of
from citysim.model.groups import EXPOSURES
from citysim.model.model import CityModel
from worlds import BUSY

JOIN = {"kind": "join", "at": 2024, "cities": list(WORLD.city_name[:2]), "network": OPEN}


def groups(*events):
    found = exposure_groups(WORLD, tuple(map(text, events)))
    return {name: set(np.flatnonzero(of).tolist()) for name, of in found.items()}


def text(event):
    return text_of([event])


def members(*slots):
    return set(WORLD.membership_city[np.isin(WORLD.membership_network, slots)].tolist())


def of_states(*codes):
    return set(np.flatnonzero(np.isin(WORLD.state, [WORLD.state_iso3.index(code) for code in codes])))


@given(data=st.data(), kinds=st.lists(st.sampled_from(sorted(OF_KIND)), max_size=3))
def test_every_city_is_in_one_group(data, kinds):
    found = groups(*(data.draw(an_event(kind)) for kind in kinds))
    assert tuple(found) == EXPOSURES
    assert sorted(city for cities in found.values() for city in cities) == list(range(WORLD.n_cities))


@given(data=st.data(), kind=st.sampled_from(sorted(OF_KIND)))
def test_more_events_never_make_a_city_less_exposed(data, kind):
    before, after = (
        {city: place for place, cities in enumerate(found.values()) for city in cities}
        for found in (groups(JOIN), groups(JOIN, data.draw(an_event(kind))))
    )
    assert all(after[city] <= before[city] for city in before)


def test_groups_are_what_the_data_says_in_their_order():
    found = groups(JOIN)
    named = {0, 1}
    assert found["named"] == named
    memberships = zip(WORLD.membership_city.tolist(), WORLD.membership_network.tolist(), strict=True)
    theirs = {network for city, network in memberships if city in named}
    left = set(range(WORLD.n_cities)) - named
    co_members = left & members(WORLD.network_name.index(OPEN), *theirs)
    assert found["co_members"] == co_members
    left -= co_members
    ends = list(zip(WORLD.twin_a.tolist(), WORLD.twin_b.tolist(), strict=True))
    twins = left & {b for pair in ends for a, b in (pair, pair[::-1]) if a in named}
    assert found["twins"] == twins
    left -= twins
    near = {city for city in left if named & set(WORLD.neighbours[city].tolist())}
    near |= left & set(WORLD.neighbours[[0, 1]].ravel().tolist())
    assert found["neighbours"] == near
    left -= near
    assert found["same_state"] == {city for city in left if WORLD.state[city] in WORLD.state[[0, 1]]}


@pytest.mark.parametrize(
    ("event", "named"),
    [
        ({"kind": "close", "network": OPEN}, members(3)),
        ({"kind": "merge", "network": OPEN, "into": "network 0"}, members(3)),
        ({"kind": "conflict", "states": ["S0", "S1"]}, of_states("S0", "S1")),
        ({"kind": "untwin", "states": ["S2", "S1"]}, of_states("S1", "S2")),
        ({"kind": "stall", "to": 1.0, "states": "S1"}, of_states("S1")),
        ({"kind": "twin", "pairs": [[WORLD.city_name[3], WORLD.city_name[7]]]}, {3, 7}),
        ({"kind": "set", "parameter": "closure", "to": 0.1}, set()),
        (
            {"kind": "found", "network": "new", "cities": list(WORLD.city_name[4:6]), "focus": "peace"},
            {4, 5},
        ),
    ],
    ids=lambda value: value.get("kind", "") if isinstance(value, dict) else "",
)
def test_an_event_without_cities_names_those_of_its_network_or_states(event, named):
    assert groups({"at": 2024, **event})["named"] == named


def test_members_of_a_network_that_takes_others_in_are_exposed():
    found = groups({"kind": "merge", "at": 2024, "network": OPEN, "into": "network 0"})
    assert members(0) <= found["named"] | found["co_members"]


def test_nobody_is_exposed_to_nothing():
    assert groups()["everybody_else"] == set(range(WORLD.n_cities))


def test_sizes_are_cities_and_their_people():
    sizes = exposure_sizes(WORLD, (text(JOIN),))
    assert sizes["named"] == {"cities": 2, "people": pytest.approx(WORLD.population[:2].sum())}
    assert sum(size["people"] for size in sizes.values()) == pytest.approx(WORLD.population.sum())


def test_recording_the_groups_changes_no_run():
    runs = [
        CityModel(WORLD, {**BUSY, "events": [JOIN]}, rng=3, quarters=6, exposed_to=exposed_to).run()
        for exposed_to in (None, (text(JOIN),))
    ]
    without, with_ = runs
    assert with_.recorder.groups == (*without.recorder.groups, *EXPOSURES)
    for name in ("population", "development", "stress"):
        np.testing.assert_array_equal(*(getattr(run.state, name) for run in runs))
    both = with_.recorder.values[:, : len(without.recorder.groups)]
    np.testing.assert_allclose(both, without.recorder.values, rtol=1e-9)


def test_groups_add_up_to_the_world():
    model = CityModel(WORLD, {**BUSY, "events": [JOIN]}, rng=3, quarters=6, exposed_to=(text(JOIN),)).run()
    table = model.trajectory.set_index("group")
    parts = table.loc[list(EXPOSURES)].groupby("quarter")["population"].sum()
    np.testing.assert_allclose(parts, table.loc["world"].set_index("quarter")["population"], rtol=1e-12)
