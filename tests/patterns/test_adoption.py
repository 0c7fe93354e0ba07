"""Statistics of adoption are what closed forms and simulated hazards say."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from citysim.patterns import adopting, spread
from citysim.patterns.course import OPEN, Course, CourseNetworks, Spells
from citysim.patterns.families import DESCRIBED, FAMILIES, statistics_of
from citysim.patterns.history import SEEN, _larger, coefficients, history
from citysim.patterns.onsets import onsets
from citysim.patterns.spread import Counts, curve, dropping, log_rate
from citysim.patterns.vertical import by_size
from citysim.world.world import World

WORLD = World.synthetic(600, 20, 4)
FIRST, LAST = 1985.0, 2015.0
#: Families that are tested here.
OWN = ("curves", "dropping", "adoption", "adoption_by_size", "pledging", "vertical", "onsets")


def course(pledged: Spells, practices: int, **more) -> Course:
    """A course of 30 years of the synthetic world with its ties."""
    n, k = WORLD.n_cities, WORLD.n_networks

    def standing(first, second):
        return Spells(first, second, np.full(len(first), np.nan), np.full(len(first), OPEN), FIRST)

    return Course(
        world=WORLD,
        first=FIRST,
        last=LAST,
        twins=standing(WORLD.twin_a, WORLD.twin_b),
        memberships=standing(WORLD.membership_city, WORLD.membership_network),
        networks=CourseNetworks(
            WORLD.network_name,
            np.full(k, np.nan),
            np.full(k, OPEN),
            WORLD.network_region,
            WORLD.network_by_invitation,
            WORLD.network_reported_size,
        ),
        pledged=pledged,
        practice_name=tuple(f"practice {p}" for p in range(practices)),
        suited=np.ones((n, practices), dtype=bool),
        **more,
    )


def counts(total) -> Counts:
    """Counts by year of a cumulative curve, (Y + 1,)."""
    return Counts(np.arange(len(total), dtype=float), np.diff(total), float(total[0]))


@pytest.mark.parametrize("rate", [0.1, 0.2, 0.3])
def test_an_exponential_has_its_rate_early_and_late(rate):
    found = curve(counts(np.expm1(rate * np.arange(0, 61))))
    # a new adopter's time is known to the year: linear between the edges, within 3 % at these rates
    assert found["early"] == pytest.approx(rate, rel=0.03)
    assert found["late"] == pytest.approx(rate, rel=0.03)


@pytest.mark.parametrize(("rate", "adopters"), [(0.2, 50.0), (0.3, 1000.0), (0.3, 1e6)])
def test_a_logistic_has_its_growth_and_its_inflection_whatever_its_size(rate, adopters):
    time = np.arange(0, 121)
    found = curve(counts(adopters * (expit(rate * (time - 60)) - expit(-rate * 60))))
    assert found["early"] == pytest.approx(rate * np.log(5) / np.log(9), rel=0.02)
    assert found["peak"] == pytest.approx(0.5, abs=0.05)


def test_the_shape_does_not_hang_on_the_length_of_the_years_that_are_counted():
    time = np.arange(0, 81)
    total = 1000.0 * expit(0.2 * (time - 40))
    terms = Counts(time[::4].astype(float), np.diff(total[::4]), 0.0)
    assert curve(terms)["early"] == pytest.approx(curve(counts(total - total[0]))["early"], rel=0.05)


@given(
    st.lists(st.integers(0, 40), min_size=3, max_size=40).filter(lambda new: sum(new) >= 20),
    st.integers(2, 50),
)
def test_a_longer_list_of_the_same_shape_has_the_same_curve(new, times):
    one = Counts(np.arange(len(new) + 1.0), np.array(new, float), 0.0)
    many = replace(one, new=one.new * times)
    assert curve(many) == pytest.approx(curve(one))
    assert 0.0 <= curve(one)["peak"] <= 1.0


@pytest.mark.parametrize(
    ("before", "won", "off"),
    [(0, 20, True), (0, 19, False), (10, 40, True), (10, 39, False), (100, 300, False)],
)
def test_a_practice_took_off_with_enough_adopters_that_are_enough_times_those_before(before, won, off):
    assert Counts(np.arange(2.0), np.array([float(won)]), float(before)).took_off == off


def test_adopters_are_counted_once_at_their_first_adoption():
    begin = np.array([np.nan, 1986.0, 1986.25, 1990.0, 2014.9])
    spells = Spells(np.array([0, 1, 2, 1, 3]), np.zeros(5, np.int64), begin, np.full(5, OPEN), FIRST)
    (found,) = spread.counts_of(course(spells, 1))
    assert found.before == 1
    # 1986.0 is the end of the last quarter of 1985
    assert found.new[0] == found.new[1] == found.new[-1] == 1
    assert found.new.sum() == 3


def test_dropping_is_drops_per_holder_and_year():
    # 40 holders of ten years each of whom 10 drop; of the second practice nobody drops
    begin = np.r_[np.full(40, 1990.0), np.full(10, 1990.0)]
    end = np.r_[np.full(40, 2000.0), np.full(10, OPEN)]
    second = np.repeat([0, 1], [40, 10])
    city = np.r_[np.arange(40), np.arange(10)]
    spells = Spells(city, second, begin, end, FIRST)
    found = dropping(course(spells, 2))["log_rate"]
    assert found == pytest.approx(np.mean([np.log(40.5 / 400), np.log(0.5 / 250)]))
    assert log_rate([(3.0, 10.0)]) == {}


def test_taking_up_again_is_counted_over_the_years_since_dropping():
    spells = Spells(
        np.array([0, 0, 1]),
        np.zeros(3, np.int64),
        np.array([1990.0, 2000.0, 1990.0]),
        np.array([1995.0, OPEN, 2005.0]),
        FIRST,
    )
    again = dropping(replace(course(spells, 1), simulated=True))["again"]
    assert again == pytest.approx(1 / (5.0 + 10.0))  # back after 5 years; not in 10


def adopted(rng: np.random.Generator, practices: int, **effect: float) -> Course:
    """30 years in which cities adopt at a logistic hazard of what they have around them, year by year."""
    n, near = WORLD.n_cities, WORLD.neighbours
    people = np.log(WORLD.population)
    people = people - people.mean()
    twin = np.zeros((n, n))
    twin[WORLD.twin_a, WORLD.twin_b] = twin[WORLD.twin_b, WORLD.twin_a] = 1.0
    member = np.zeros((n, WORLD.n_networks))
    member[WORLD.membership_city, WORLD.membership_network] = 1.0
    share = member / np.maximum(member.sum(axis=0), 1.0)
    own = (WORLD.state[:, None] == WORLD.state[None, :]).astype(float)
    others = np.maximum(own.sum(axis=1) - 1, 1)[:, None]
    held = np.zeros((n, practices), dtype=bool)
    held[:, :] = rng.random((n, practices)) < 0.02
    begin = np.where(held, FIRST + 0.0, np.nan)
    for year in range(int(FIRST), int(LAST)):
        around = {
            "country": np.log(0.01 + (own @ held) / others),
            "twins": np.log1p(twin @ held),
            "neighbours": (held[near] & (near >= 0)[:, :, None]).sum(axis=1)
            / np.maximum((near >= 0).sum(axis=1), 1)[:, None],
            "networks": np.log1p(member @ (share.T @ held)),
            "population": people[:, None],
            "capacity": WORLD.capacity[:, None],
        }
        score = -3.5 + sum(effect.get(name, 0.0) * value for name, value in around.items())
        new = ~held & (rng.random(held.shape) < expit(score))
        begin[new] = year + 0.5
        held |= new
    city, practice = np.nonzero(held)
    return course(Spells(city, practice, begin[city, practice], np.full(len(city), OPEN), FIRST), practices)


EFFECTS = {
    "country": 0.5,
    "twins": 0.8,
    "neighbours": 1.0,
    "networks": 0.6,
    "population": 0.3,
    "capacity": 1.0,
}


def test_coefficients_are_those_of_the_hazard_that_made_the_adoptions():
    drawn = [adopting.adoption(adopted(np.random.default_rng(seed), 12, **EFFECTS)) for seed in range(6)]
    for name, true in EFFECTS.items():
        values = np.array([one[name] for one in drawn])
        # a mean of 6 within 5 of its own standard errors (t with 5 df: false alarm .4 %, 2.5 % over all six),
        # which may not hide behind their width
        error = values.std(ddof=1) / np.sqrt(len(values))
        assert abs(values.mean() - true) < 5 * error, name
        assert error < 0.25, name


def test_without_an_effect_there_is_none():
    drawn = [adopting.adoption(adopted(np.random.default_rng(20 + seed), 12)) for seed in range(6)]
    for name in ("twins", "neighbours", "networks"):
        values = np.array([one[name] for one in drawn])
        assert abs(values.mean()) < 5 * values.std(ddof=1) / np.sqrt(len(values)), name  # as above


def test_large_cities_that_learn_more_are_told_from_those_that_do_not():
    chance = np.random.default_rng(3)
    rows = history(adopted(chance, 12, country=0.5))
    score = (
        -2 + 0.5 * rows.country + 0.4 * rows.country * rows.population - 0.8 * rows.larger * rows.population
    )
    made = replace(rows, adopted=chance.random(len(score)) < expit(score))
    found = adopting.with_size(made)
    assert found["learning"] > 0.2
    assert found["imitation"] < -0.4


def test_members_that_start_more_by_number_are_seen_to():
    chance = np.random.default_rng(5)
    rows = history(adopted(chance, 12))
    step = np.select(
        [rows.memberships == 0, rows.memberships == 1, rows.memberships < 5], [0.0, 1.0, 2.0], 3.0
    )
    made = replace(rows, adopted=chance.random(len(step)) < expit(step - 2.5))
    found = adopting.by_membership(made)
    assert found["one"] < found["some"] < found["many"]
    assert found["monotone"] > 0.5
    assert found["member"] > 0.5


def test_a_covariate_that_hardly_any_case_has_is_left_out():
    rows = history(adopted(np.random.default_rng(1), 4, **EFFECTS))
    rare = np.zeros(len(rows.city))
    rare[np.flatnonzero(rows.adopted)[: SEEN - 1]] = 1.0
    assert "rare" not in coefficients(rows, {"rare": rare, "population": rows.population})


def test_with_too_few_cases_there_is_no_coefficient():
    spells = Spells(np.arange(3), np.zeros(3, np.int64), np.full(3, 1990.5), np.full(3, OPEN), FIRST)
    few = course(spells, 1)
    assert history(few).adopted.sum() == 3
    assert adopting.adoption(few) == adopting.by_size(few) == adopting.pledging(few) == {}


def test_weights_count_rows_so_many_times():
    rows = history(adopted(np.random.default_rng(2), 2, **EFFECTS))
    weight = np.random.default_rng(0).integers(0, 3, len(rows.city))
    again = np.repeat(np.arange(len(weight)), weight)
    repeated = replace(rows, **{name: value[again] for name, value in vars(rows).items()})
    assert adopting.around(rows, weight.astype(float)) == pytest.approx(adopting.around(repeated), abs=1e-3)


def test_the_odds_of_one_column_are_the_log_odds_ratio():
    rows = history(adopted(np.random.default_rng(2), 1, **EFFECTS))
    group = np.random.default_rng(1).random(len(rows.city)) < 0.5
    one, other = rows.adopted[group].mean(), rows.adopted[~group].mean()
    found = coefficients(rows, {"group": group.astype(float)})["group"]
    assert found == pytest.approx(logit(one) - logit(other), abs=0.01)


def test_the_nearest_larger_city_is_of_the_state_larger_and_nearest():
    larger = _larger(WORLD)
    for city in range(0, WORLD.n_cities, 7):
        own = (WORLD.state == WORLD.state[city]) & (WORLD.population > WORLD.population[city])
        if not own.any():
            assert larger[city] == -1
        else:
            alike = np.where(own, WORLD.xyz @ WORLD.xyz[city], -2.0)
            assert alike[larger[city]] == alike.max()


def test_a_practice_that_is_a_network_does_not_teach_through_its_own_members():
    made = adopted(np.random.default_rng(4), 1)
    named = replace(made, practice_name=(WORLD.network_name[0],))
    inside = WORLD.membership_city[WORLD.membership_network == 0]
    both = [(history(one), history(one).memberships) for one in (made, named)]
    assert len(inside) > 0
    assert (both[0][1] - both[1][1] == np.isin(both[0][0].city, inside)).all()
    assert (both[1][0].networks <= both[0][0].networks + 1e-6).all()


def test_steady_expected_onsets_are_seen_as_poisson_and_uneven_ones_as_more():
    none = Spells.none()
    assert onsets(course(none, 1, onsets=np.full(30, 0.5))) == {"per_year": 0.5, "dispersion": 1.0}
    uneven = np.random.default_rng(0).gamma(2.0, 0.3, 100_000)
    seen = np.random.default_rng(1).poisson(uneven)
    found = onsets(course(none, 1, onsets=uneven))["dispersion"]
    assert found == pytest.approx(seen.var() / seen.mean(), abs=0.03)  # about 5 standard errors of 1e5 draws


def test_shares_backed_by_a_state_are_by_class_of_size():
    people = np.array([2e5, 4e5, 6e5, 2e6, 5e4])
    found = by_size(people, np.array([4.0, 4.0, 2.0, 10.0, 5.0]), np.array([2.0, 4.0, 1.0, 1.0, 5.0]))
    assert found == pytest.approx({"small": 0.75, "medium": 0.5, "large": 0.1, "falls": 0.65})


def test_a_course_without_practices_has_no_statistics_of_them():
    empty = replace(course(Spells.none(), 0), pledged=None, suited=None)
    assert not {name.partition(".")[0] for name in statistics_of(empty)} & set(OWN)


def test_every_statistic_is_described():
    made = replace(adopted(np.random.default_rng(2), 6, **EFFECTS), simulated=True, onsets=np.full(30, 0.5))
    dropped = replace(made.pledged, end=np.where(made.pledged.begin < 1990.0, 2000.0, OPEN))
    made = replace(made, pledged=dropped)
    flows = np.ones((30, WORLD.n_cities))
    made = replace(made, panel={"adoptions": flows, "pushed": flows / 2})
    for family in OWN:
        assert set(FAMILIES[family](made)) == {statistic.name for statistic in DESCRIBED[family]}
