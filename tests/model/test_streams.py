"""Random numbers depend on their key and on nothing else.

Statistical checks are on fixed keys, so they cannot flicker; each says with what probability a fault-free
generator would have failed it when the test was written.
"""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from citysim.model.streams import Draws, Streams, stable_hash

FALSE_ALARM = 1e-4

names = st.sampled_from(["diplomacy", "networks", "twinning", "practices"])
seeds = st.integers(0, 2**64 - 1)
steps = st.integers(0, 2**32)
keys = st.lists(st.integers(0, 2**62), min_size=1, max_size=30, unique=True).map(
    lambda values: np.array(values, dtype=np.int64)
)


@given(seeds, names, steps, keys)
def test_the_same_key_gives_the_same_numbers(seed, mechanism, step, things):
    one, other = Streams(seed).at(mechanism, step), Streams(seed).at(mechanism, step)
    assert np.array_equal(one.uniform("u", 20), other.uniform("u", 20))
    assert np.array_equal(one.normal("z", 20), other.normal("z", 20))
    assert one.poisson("count", 7.5) == other.poisson("count", 7.5)
    assert np.array_equal(one.uniform_of("tie", things), other.uniform_of("tie", things))


@given(seeds, names, steps, st.integers(0, 50), st.integers(0, 50))
def test_the_first_numbers_do_not_depend_on_how_many_are_drawn(seed, mechanism, step, few, more):
    draw = Streams(seed).at(mechanism, step)
    for kind in (draw.uniform, draw.normal):
        assert np.array_equal(kind("p", few), kind("p", few + more)[:few])
        assert np.array_equal(kind("p", few, 3), kind("p", few + more, 3)[:few])


@pytest.mark.parametrize(("seed", "count"), [(0, 1), (1, 257), (2**64 - 1, 300_000)])
def test_normal_numbers_are_those_of_numpy(seed, count):
    key = np.array([seed, stable_hash("diplomacy/tension")], dtype=np.uint64)
    generator = np.random.Generator(np.random.Philox(key=key, counter=[0, 0, 0, 5]))
    assert np.array_equal(
        Streams(seed).at("diplomacy", 5).normal("tension", count), generator.standard_normal(count)
    )


@pytest.mark.parametrize(
    "other",
    [
        Draws(8, "networks", 3),
        Draws(7, "twinning", 3),
        Draws(7, "networks", 4),
        Draws(7 + 2**63, "networks", 3),
    ],
    ids=["seed", "mechanism", "step", "high bit of the seed"],
)
def test_another_seed_mechanism_or_step_gives_other_numbers(other):
    draw, things = Draws(7, "networks", 3), np.arange(500)
    assert not np.any(draw.uniform("p", 500) == other.uniform("p", 500))
    assert not np.any(draw.normal("p", 500) == other.normal("p", 500))
    assert not np.any(draw.uniform_of("p", things) == other.uniform_of("p", things))


def test_another_purpose_gives_other_numbers():
    draw, things = Draws(7, "networks", 3), np.arange(500)
    assert not np.any(draw.uniform("join", 500) == draw.uniform("leave", 500))
    assert not np.any(draw.uniform_of("join", things) == draw.uniform_of("leave", things))


def test_steps_of_a_stream_never_overlap():
    """Each step has its own 2¹⁹² blocks of the counter: none of the numbers of 200 steps comes twice."""
    drawn = np.concatenate([Draws(1, "crises", step).uniform("p", 500) for step in range(200)])
    assert len(np.unique(drawn)) == len(drawn)


@given(seeds, steps, keys, st.randoms(use_true_random=False))
def test_numbers_of_things_follow_the_thing_and_not_its_place(seed, step, things, random):
    order = list(range(len(things)))
    random.shuffle(order)
    draw = Streams(seed).at("twinning", step)
    numbers = draw.uniform_of("end", things)
    assert np.array_equal(draw.uniform_of("end", things[order]), numbers[order])
    assert draw.uniform_of("end", things[-1:])[0] == numbers[-1]


@given(seeds, steps, keys)
def test_numbers_of_things_are_shares_and_differ_between_things(seed, step, things):
    numbers = Draws(seed, "twinning", step).uniform_of("end", things)
    assert np.all((numbers >= 0) & (numbers < 1))
    assert len(np.unique(numbers)) == len(things)


@pytest.mark.parametrize("stride", [1, 2**20, 2_000, 300 * 7])
@pytest.mark.parametrize("seed", [0, 1, 2**63])
def test_numbers_of_things_are_uniform(seed, stride):
    """Kolmogorov-Smirnov over 20,000 things spaced as cities, slots and pairs are; false alarm 1e-4."""
    numbers = Draws(seed, "twinning", 5).uniform_of("end", np.arange(20_000) * stride)
    assert stats.kstest(numbers, "uniform").pvalue > FALSE_ALARM


@pytest.mark.parametrize("stride", [1, 56, 300, 2_001, 2**20])
@pytest.mark.parametrize("lag", [1, 2, 64])
def test_numbers_of_neighbouring_things_are_independent(lag, stride):
    """Spearman correlation over 20,000 things spaced as above, ``lag`` places apart; false alarm 1e-4."""
    numbers = Draws(3, "twinning", 5).uniform_of("end", np.arange(20_000) * stride)
    assert stats.spearmanr(numbers[:-lag], numbers[lag:]).pvalue > FALSE_ALARM


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Draws(3, "twinning", 5), Draws(3, "twinning", 6)),
        (Draws(3, "twinning", 5), Draws(4, "twinning", 5)),
        (Draws(3, "twinning", 5), Draws(5, "twinning", 3)),
    ],
    ids=["steps", "seeds", "seed and step swapped"],
)
def test_adjacent_steps_and_seeds_are_independent(one, other):
    """Spearman correlation over 20,000 numbers, of things and of a stream; false alarm 1e-4 each."""
    things = np.arange(20_000)
    assert stats.spearmanr(one.uniform_of("u", things), other.uniform_of("u", things)).pvalue > FALSE_ALARM
    assert stats.spearmanr(one.uniform("u", 20_000), other.uniform("u", 20_000)).pvalue > FALSE_ALARM


def test_one_thing_over_time_is_uniform_and_independent():
    """A single tie's numbers over 4,000 quarters: KS and lag-1 correlation, false alarm 1e-4 each."""
    tie = np.array([123_456])
    series = np.array([Draws(9, "twinning", step).uniform_of("end", tie)[0] for step in range(4_000)])
    assert stats.kstest(series, "uniform").pvalue > FALSE_ALARM
    assert stats.spearmanr(series[:-1], series[1:]).pvalue > FALSE_ALARM


def test_streams_have_the_law_they_are_named_after():
    """KS against uniform and normal over 20,000, dispersion test of 2,000 counts; false alarm 1e-4 each."""
    draw = Draws(11, "crises", 2)
    assert stats.kstest(draw.uniform("u", 20_000), "uniform").pvalue > FALSE_ALARM
    assert stats.kstest(draw.normal("z", 20_000), "norm").pvalue > FALSE_ALARM
    counts = np.array([Draws(11, "crises", step).poisson("events", 3.0) for step in range(2_000)])
    low, high = stats.poisson.interval(1 - FALSE_ALARM, 3.0 * len(counts))
    assert low <= counts.sum() <= high
    index = counts.var(ddof=1) * (len(counts) - 1) / counts.mean()
    assert FALSE_ALARM / 2 < stats.chi2.sf(index, len(counts) - 1) < 1 - FALSE_ALARM / 2


def test_numbers_are_the_same_in_every_process():
    """Whatever Python's own hashes are: else workers and machines could not share an experiment."""
    program = (
        "import numpy as np; from citysim.model.streams import Draws; d = Draws(1, 'networks', 2);"
        "print([d.uniform('join', 2).tolist(), d.normal('z', 2).tolist(),"
        " d.uniform_of('leave', np.arange(2)).tolist()])"
    )
    environments = [{**os.environ, "PYTHONHASHSEED": hash_seed} for hash_seed in ("1", "2")]
    printed = [subprocess.check_output([sys.executable, "-c", program], env=env) for env in environments]
    draw = Draws(1, "networks", 2)
    here = [draw.uniform("join", 2), draw.normal("z", 2), draw.uniform_of("leave", np.arange(2))]
    assert [json.loads(text) for text in printed] == [[numbers.tolist() for numbers in here]] * 2


def test_hashes_of_names_never_change():
    """Stored results stay repeatable only while these stay as they are."""
    assert stable_hash("networks/join") == 0x06101E99F73D1868
