"""Ties lost in a war: counted on courses whose answer is known."""

from dataclasses import replace

import numpy as np
import pytest
from courses import START, always, course, spells, world

from citysim.patterns.course import OPEN, Course
from citysim.patterns.families import statistics_of
from citysim.patterns.rupture import rupture

# Cities 0–3 Russian, 4 Ukrainian, 5–8 of a state behind Ukraine, 9–11 of one behind nobody.
HOME = [0] * 4 + [1] + [2] * 4 + [3] * 3
STAKED = [(0, 5), (1, 5), (2, 6), (3, 7)]
OTHERS = [(5, 9), (6, 9), (7, 10), (8, 11)]


def at_war(twins, suspended) -> Course:
    """A war that is noted at the end of the quarter before ``START`` + 1."""
    of = world(("RUS", "UKR", "FRA", "BRA"), HOME)
    aligned = of.aligned.copy()
    aligned[2, 1] = aligned[1, 2] = 0.9
    return course(
        replace(of, aligned=aligned),
        6,
        twins=spells(*twins),
        suspended=spells(*suspended),
        conflicts=spells((0, 1, START + 1.0, START + 5.0)),
    )


def test_what_is_suspended_or_ended_within_the_quarter_is_lost():
    now = START + 1.0
    ended = [(3, 7, np.nan, now)]
    twins = always(*STAKED[:3], *OTHERS, (0, 9), (4, 5)) + ended
    found = rupture(at_war(twins, [(0, 5, now, OPEN), (0, 9, now, OPEN), (4, 5, now, OPEN)]))
    assert found["lost"] == 2 / 4
    assert found["cities"] == 2 / 3
    assert found["states"] == 1


def test_what_was_suspended_before_or_later_is_not_lost_in_the_quarter():
    before, later = START + 0.25, START + 1.5
    suspended = [(0, 5, before, OPEN), (1, 5, later, OPEN)]
    assert rupture(at_war(always(*STAKED, *OTHERS), suspended))["lost"] == 0.0


def test_later_is_what_is_gone_beyond_other_ties():
    now = START + 1.0
    suspended = [(0, 5, now, OPEN), (1, 5, now, OPEN)]
    ended = [(5, 9, np.nan, START + 3.0)]
    found = rupture(at_war(always(*STAKED, *OTHERS[1:]) + ended, suspended))
    assert found["later"] == pytest.approx(1 - (2 / 4) / (3 / 4))


def test_no_war_no_value():
    found = at_war(always(*STAKED), [(0, 5, START, OPEN)])
    assert rupture(replace(found, conflicts=spells((0, 1, np.nan, OPEN)))) == {}
    assert rupture(replace(found, conflicts=None)) == {}
    assert rupture(replace(found, suspended=None)) == {}
    assert not [name for name in statistics_of(replace(found, suspended=None)) if name.startswith("rupture")]
