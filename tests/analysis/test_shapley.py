"""Shapley values against the mean over all orders, and what the Latin square leaves out of them."""

from itertools import combinations, permutations

import numpy as np
import pytest

from citysim.analysis.shapley import leave_one_out_steps, shapley_steps
from citysim.plan.design.coalitions import coalitions

SEVEN = [*"abcdefg"]
GAMES = 200


def values(players, known, deviation, seed=1):
    """Random games, float (games, coalitions): a normal dividend of every set of players.

    ``deviation``: size of a set → standard deviation of its dividend.
    """
    rng = np.random.default_rng(seed)
    found = np.zeros((GAMES, len(known)))
    for size in range(len(players) + 1):
        for together in combinations(players, size):
            there = np.array([set(together) <= each for each in known])
            found += rng.normal(0, deviation(size), GAMES)[:, None] * there
    return found


def by_enumeration(players, known, found):
    """Mean of what each player adds over all n! orders, float (players, games)."""
    place = {each: i for i, each in enumerate(known)}
    added = np.zeros((len(players), len(found)))
    orders = list(permutations(players))
    for order in orders:
        for i, name in enumerate(order):
            before, after = place[frozenset(order[:i])], place[frozenset(order[: i + 1])]
            added[players.index(name)] += (found[:, after] - found[:, before]) / len(orders)
    return added


def shapley(players, known, found):
    return np.stack([steps.mean(found) for steps in shapley_steps(players, known)])


def both(deviation):
    """Values of seven players by all coalitions and by the Latin square's, from the same games."""
    every, few = coalitions(SEVEN, "all"), coalitions(SEVEN, "latin")
    found = values(SEVEN, every, deviation)
    part = found[:, [every.index(each) for each in few]]
    return shapley(SEVEN, every, found), shapley(SEVEN, few, part), found[:, 0] - found[:, -1]


@pytest.mark.parametrize("n", [2, 3, 5])
def test_the_formula_is_the_mean_over_all_orders_whatever_the_game(n):
    players, known = SEVEN[:n], coalitions(SEVEN[:n], "all")
    found = values(players, known, lambda _: 1.0)
    expected = by_enumeration(players, known, found)
    np.testing.assert_allclose(shapley(players, known, found), expected, atol=1e-12)


def test_the_latin_square_is_exact_where_no_more_than_two_interact():
    exact, latin, _ = both(lambda size: 1.0 if size <= 2 else 0.0)
    assert np.abs(exact).mean() > 0.5
    np.testing.assert_allclose(latin, exact, atol=1e-12)


@pytest.mark.parametrize(
    ("deviation", "error"),
    [(lambda size: 0.5**size, 0.10), (lambda _: 1.0, 0.25)],
    ids=["each size half as strong as the last", "all sizes equally strong"],
)
def test_with_higher_interactions_it_is_off_by_a_tenth_and_at_worst_a_quarter(deviation, error):
    exact, latin, _ = both(deviation)
    off = np.sqrt(((latin - exact) ** 2).mean() / (exact**2).mean())
    assert error / 2 < off < error


@pytest.mark.parametrize("which", [0, 1])
def test_values_add_up_to_what_all_do_together_in_every_game(which):
    *found, together = both(lambda _: 1.0)
    np.testing.assert_allclose(found[which].sum(axis=0), together, atol=1e-12)


@pytest.mark.parametrize("kind", ["all", "latin"])
def test_a_player_who_changes_nothing_has_exactly_nothing(kind):
    known = coalitions(SEVEN, kind)
    without = values(SEVEN[1:], [each - {"a"} for each in known], lambda _: 1.0)
    found = shapley(SEVEN, known, without)
    assert (found[0] == 0).all()
    assert (found[1:] != 0).all()


@pytest.mark.parametrize("kind", ["all", "latin"])
def test_players_alike_share_alike(kind):
    known = coalitions(SEVEN, kind)
    sizes = np.random.default_rng(3).normal(size=8)
    found = sizes[[len(each) for each in known]][None, :]
    np.testing.assert_allclose(shapley(SEVEN, known, found), (sizes[7] - sizes[0]) / 7)


def test_leave_one_out_is_the_step_to_all():
    known = coalitions(SEVEN, "latin")
    found = values(SEVEN, known, lambda _: 1.0)
    for name, steps in zip(SEVEN, leave_one_out_steps(SEVEN, known), strict=True):
        without = found[:, known.index(frozenset(SEVEN) - {name})]
        np.testing.assert_array_equal(steps.mean(found), found[:, 0] - without)


def test_a_coalition_that_is_not_known_is_named():
    known = [each for each in coalitions(SEVEN, "latin") if each != {"c", "d"}]
    with pytest.raises(ValueError, match="the coalition of c, d is not known"):
        shapley_steps(SEVEN, known)
    assert len(leave_one_out_steps(SEVEN, known)) == 7
