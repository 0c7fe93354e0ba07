"""Counter-based random streams, keyed by seed, mechanism, purpose and step.

A stream's numbers depend on nothing but its key, so switching a mechanism or an arm off leaves the draws
of every other one untouched, and arms pair exactly. Within a stream the first n numbers do not depend on
how many are drawn. Uniform numbers are SplitMix64 (Steele, Lea & Flood 2014) from a start hashed from the
key, read at the number's place, or at the thing itself where things come and go (ties, memberships); normal
numbers are Philox (Salmon et al. 2011).
"""

import hashlib
import math
import threading
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import pdtr, pdtrik

from citysim.arrays import Floats, Ints
from citysim.model.compiled import compiled

type Words = NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_UNIT = 2.0**-53
#: Nearer to a step of Poisson's distribution, or where more are expected, scipy tells the count.
_NEAR, _MANY = 1e-4, 100.0


@cache  # a few dozen names
def stable_hash(text: str) -> int:
    """64-bit hash of ``text``, the same in every process."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


@compiled
def _mix(x: np.uint64) -> np.uint64:
    """Finaliser of SplitMix64 (Steele, Lea & Flood 2014)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@compiled
def uniform_at(word: np.uint64, key: int) -> float:
    """The uniform number in [0, 1) that ``key`` has in the stream ``word``."""
    return float(_mix(word + (np.uint64(key) + np.uint64(1)) * _GOLDEN) >> np.uint64(11)) * _UNIT


@compiled
def _uniforms(word: np.uint64, keys: Ints) -> Floats:
    numbers = np.empty(len(keys))
    for place in range(len(keys)):
        numbers[place] = uniform_at(word, keys[place])
    return numbers


@compiled
def _first_uniforms(word: np.uint64, count: int) -> Floats:
    numbers = np.empty(count)
    for place in range(count):
        numbers[place] = uniform_at(word, place)
    return numbers


@compiled
def _count_at(u: float, mean: float) -> int:
    """Poisson count at a uniform number; −1 where rounding could tell it wrong, or where it is many."""
    if mean > _MANY:
        return -1
    count, chance = 0, math.exp(-mean)
    reached = chance
    while u > reached + _NEAR:
        count += 1
        chance *= mean / count
        reached += chance
    return count if u < reached - _NEAR else -1


@compiled
def _counts_at(words: Words, means: Floats) -> Ints:
    counts = np.empty(len(words), dtype=np.int64)
    for place in range(len(words)):
        counts[place] = _count_at(uniform_at(words[place], 0), means[place])
    return counts


@compiled
def _word_of_name(seed: np.uint64, name: np.uint64) -> np.uint64:
    return _mix((_mix(seed + _GOLDEN) ^ name) + _GOLDEN)


@compiled
def _word_at_step(word: np.uint64, step: int) -> np.uint64:
    return _mix((word ^ np.uint64(step)) + _GOLDEN)


@compiled
def _words_at_step(words: Words, step: int) -> Words:
    at_step = np.empty(len(words), dtype=np.uint64)
    for place in range(len(words)):
        at_step[place] = _word_at_step(words[place], step)
    return at_step


@lru_cache(maxsize=4096)  # some thirty purposes a run
def _stream(seed: int, mechanism: str, purpose: str) -> np.uint64:
    """What a stream has in common at all steps."""
    name = stable_hash(f"{mechanism}/{purpose}")
    return np.uint64(_word_of_name(np.uint64(seed), np.uint64(name)))


@lru_cache(maxsize=4096)
def _streams(seed: int, mechanism: str, purposes: tuple[str, ...]) -> Words:
    return np.array([_stream(seed, mechanism, purpose) for purpose in purposes], dtype=np.uint64)


class _Thread(threading.local):
    """A generator of normal numbers for each thread: to make one takes longer than to set its state."""

    def __init__(self) -> None:
        self.generator = np.random.Generator(np.random.Philox(0))


_THREAD = _Thread()


class Draws(NamedTuple):
    """Streams of one mechanism at one step."""

    seed: int
    mechanism: str
    step: int

    def _generator(self, purpose: str) -> np.random.Generator:
        """Generator of this thread at the beginning of the stream; good until it is next asked for."""
        # given as uint64: a list of one word below and one above 2⁶³ would be rounded to float64
        key = np.array([self.seed, stable_hash(f"{self.mechanism}/{purpose}")], dtype=np.uint64)
        counter = np.array([0, 0, 0, self.step], dtype=np.uint64)
        _THREAD.generator.bit_generator.state = {
            "bit_generator": "Philox",
            "state": {"counter": counter, "key": key},
            "buffer": np.zeros(4, dtype=np.uint64),
            "buffer_pos": 4,  # used up
            "has_uint32": 0,
            "uinteger": 0,
        }
        return _THREAD.generator

    def uniform(self, purpose: str, *shape: int) -> Floats:
        """Uniform numbers in [0, 1), keyed by their place."""
        return _first_uniforms(self.word(purpose), math.prod(shape)).reshape(shape)

    def normal(self, purpose: str, *shape: int) -> Floats:
        """Standard normal numbers."""
        return self._generator(purpose).standard_normal(shape)

    def poisson(self, purpose: str, mean: float) -> int:
        """One Poisson count: the quantile function at a uniform number, so that it grows with ``mean``."""
        u = uniform_at(self.word(purpose), 0)
        if u <= math.exp(-mean):
            return 0
        above = max(math.ceil(pdtrik(u, mean)), 1)
        # the inverse is inexact: the count is the least whose distribution reaches u
        return above - 1 if pdtr(above - 1, mean) >= u else above

    def poissons(self, purposes: tuple[str, ...], means: Floats) -> Ints:
        """The Poisson count of each purpose, (purposes,)."""
        counts = _counts_at(self.words(*purposes), means)
        for place in np.flatnonzero(counts < 0) if counts.min() < 0 else ():
            counts[place] = self.poisson(purposes[place], means[place])
        return counts

    def uniform_of(self, purpose: str, keys: Ints) -> Floats:
        """One uniform number in [0, 1) per key: the same key gives the same number at this step."""
        return _uniforms(self.word(purpose), keys)

    def word(self, purpose: str) -> np.uint64:
        """What ``uniform_at`` takes to give the numbers of ``uniform_of`` one at a time, in a kernel."""
        return np.uint64(_word_at_step(_stream(self.seed, self.mechanism, purpose), self.step))

    def words(self, *purposes: str) -> Words:
        """The ``word`` of each purpose, (purposes,), for a kernel that draws for several."""
        return _words_at_step(_streams(self.seed, self.mechanism, purposes), self.step)


@dataclass(frozen=True, slots=True)
class Streams:
    """All streams of a run of one seed."""

    seed: int

    def at(self, mechanism: str, step: int) -> Draws:
        """Streams of ``mechanism`` at ``step``; step 0 is the start of the run."""
        return Draws(self.seed, mechanism, step)
