"""Members of a campaign: counted on courses whose answer is known."""

import numpy as np
from courses import START, course, networks, spells, world

from citysim.patterns.course import OPEN
from citysim.patterns.surge import surge

HOME = [0] * 10 + [1] * 5


def test_share_of_the_state_and_what_comes_after():
    founded = START + 1.0
    members = [(city, 1, founded, OPEN) for city in (0, 1, 2, 3, 10, 11)]
    members += [(4, 1, founded + 0.25, OPEN), (5, 0, founded, OPEN)]
    members[0] = (0, 1, founded, founded + 2.0)
    of = world(("USA", "CAN"), HOME)
    found = surge(
        course(of, 4, memberships=spells(*members), networks=networks([np.nan, founded], [False, True]))
    )
    assert found == {"share": 4 / 10, "later": 4 / 4}


def test_no_later_where_the_course_ends_before():
    members = [(0, 0, START + 3.0, OPEN)]
    of = world(("USA", "CAN"), HOME)
    found = surge(course(of, 4, memberships=spells(*members), networks=networks([START + 3.0], [True])))
    assert found == {"share": 1 / 10}


def test_no_campaign_of_the_state_no_value():
    of = world(("USA", "CAN"), HOME)
    members = spells((10, 0, START + 1.0, OPEN))
    assert surge(course(of, 4, memberships=members, networks=networks([START + 1.0], [True]))) == {}
    assert surge(course(of, 4, memberships=members, networks=networks([START + 1.0], [False]))) == {}
