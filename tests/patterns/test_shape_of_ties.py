"""Shape of a graph of cities, by closed forms and by networkx."""

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tied
from citysim.patterns.shape import SOURCES, assortativity, closed, graph, reach, unequal
from citysim.patterns.ties import ties

STAR = (np.zeros(4, dtype=int), np.arange(1, 5))
TRIANGLE_AND_TAIL = (np.array([0, 0, 1, 2]), np.array([1, 2, 2, 3]))


def test_a_star_has_one_city_with_all_ties_and_no_triangle():
    found = ties(tied.course(tied.cities(6), STAR))
    assert (found["mean"], found["most"]) == (8 / 6, 4)
    assert found["without"] == pytest.approx(1 / 6)
    assert (found["transitivity"], found["clustering"]) == (0, 0)
    assert found["assortativity"] == pytest.approx(-1)
    assert (found["giant"], found["distance"]) == (1, pytest.approx((4 * 1 + 4 * (1 + 3 * 2)) / 20))


def test_a_triangle_with_a_tail():
    found = ties(tied.course(tied.cities(4), TRIANGLE_AND_TAIL))
    assert found["transitivity"] == pytest.approx(3 / 5)
    assert found["clustering"] == pytest.approx((1 + 1 + 1 / 3) / 3)


@pytest.mark.parametrize(("have", "gini"), [([1, 1, 1, 1], 0), ([0, 0, 0, 8], 0.75), ([0, 0, 0, 0], 0)])
def test_gini_of_equals_is_none_and_of_one_owner_all_but_its_share(have, gini):
    assert unequal(np.array(have))["gini"] == pytest.approx(gini)


@settings(max_examples=40, deadline=None)
@given(n=st.integers(4, 60), share=st.floats(0.02, 0.5), seed=st.integers(0, 10_000))
def test_networkx_finds_the_same(n, share, seed):
    """Components and distances exactly as long as all cities are sources."""
    first, second = tied.random_ties(n, share, seed)
    reference = nx.Graph(zip(first.tolist(), second.tolist(), strict=True))
    reference.add_nodes_from(range(n))
    adjacency, key = graph(first, second, n), np.arange(n) + 7
    found = closed(adjacency) | reach(adjacency, key)
    assert found["transitivity"] == pytest.approx(nx.transitivity(reference))
    local = [value for node, value in nx.clustering(reference).items() if reference.degree(node) > 1]
    assert found["clustering"] == pytest.approx(np.mean(local) if local else 0)
    if not len(first):
        assert "giant" not in found
        return
    largest = max(nx.connected_components(reference), key=len)
    with_ties = sum(degree > 0 for _, degree in reference.degree())
    assert found["giant"] == pytest.approx(len(largest) / with_ties)
    same_size = [part for part in nx.connected_components(reference) if len(part) == len(largest)]
    if n <= SOURCES and len(same_size) == 1:
        assert found["distance"] == pytest.approx(
            nx.average_shortest_path_length(reference.subgraph(largest))
        )
    degree = np.array([reference.degree(node) for node in range(n)])
    own = assortativity(first, second, degree)
    if not np.isnan(own):
        assert own == pytest.approx(nx.degree_assortativity_coefficient(reference), abs=1e-6)


def test_whom_ties_join():
    world = tied.cities(
        4,
        state=np.array([0, 0, 1, 1]),
        region=np.array([2, 2, 2, 1]),
        rich=np.array([True, True, False, False]),
        population=np.array([2e6, 6e5, 5e5, 1e5]),
        urban_growth=np.zeros_like(tied.cities(4).urban_growth),
    )
    found = ties(tied.course(world, ([0, 0, 2], [1, 2, 3])))
    assert found["within_country"] == pytest.approx(2 / 3)
    assert found["within_region"] == pytest.approx(2 / 3)
    assert (found["both_rich"], found["one_rich"]) == (pytest.approx(1 / 3), pytest.approx(1 / 3))
    assert (found["large_mean"], found["large_most"]) == (pytest.approx(4 / 3), 2)
    assert found["large_international"] == 0.5
    assert (found["million_mean"], found["million_without"]) == (0, 1)
    assert "million_international" not in found


def test_only_ties_that_hold_at_the_end_count():
    course = tied.course(tied.cities(6))
    twins = tied.spells([0, 1, 2], [1, 2, 3], begin=[1990, 1991, 2023.25], end=[np.inf, 2000, np.inf])
    object.__setattr__(course, "twins", twins)
    assert ties(course)["mean"] == pytest.approx(2 / 6)


@pytest.mark.parametrize(("start", "last", "large"), [(2023, 2050.0, 2), (1985, 2023.0, 4)])
def test_who_grows_into_a_class_after_the_record_is_not_of_it(start, last, large):
    """Cities double in the first year: from 2023 on those large by then count, in a course to 2023 all."""
    growth = np.zeros_like(tied.cities(4).urban_growth)
    growth[:, 0] = np.log(2.0)
    people = np.array([6e5, 6e5, 3e5, 3e5])
    world = tied.cities(4, population=people, urban_growth=growth, start_year=start)
    for pairs, ties_of_large in ((([0], [1]), 2), (([0], [2]), 2 if large == 4 else 0)):
        course = replace(tied.course(world, pairs), first=float(start), last=last)
        assert ties(course)["large_mean"] == ties_of_large / large
