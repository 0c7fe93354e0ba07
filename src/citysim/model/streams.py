"""Counter-based random streams, keyed by seed, mechanism, purpose and step.

A stream's numbers depend on nothing but its key, so switching a mechanism or an arm off leaves the draws
of every other one untouched, and arms pair exactly. Within a stream the first n numbers do not depend on
how many are drawn. Uniform numbers are SplitMix64 (Steele, Lea & Flood 2014) from a start hashed from the
key, read at the number's place, or at the thing itself where things come and go (ties, memberships); normal
numbers are Philox (Salmon et al. 2011).
"""

import hashlib
import math
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import pdtr, pdtrik

from citysim.arrays import Floats, Ints
from citysim.model.compiled import compiled
from citysim.model.kernels.normals import standard_normal

type Words = NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_UNIT = 2.0**-53
#: Steps whose words are kept, all of a usual run.
_STEPS = 128
#: Shares of a step of Poisson's distribution, and steps, that are left to its inverse.
_NEAR, _RARE = 1e-5, 1e-8


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
def _word_of_name(seed: np.uint64, name: np.uint64) -> np.uint64:
    return _mix((_mix(seed + _GOLDEN) ^ name) + _GOLDEN)


@compiled
def _word_at_step(word: np.uint64, step: int) -> np.uint64:
    return _mix((word ^ np.uint64(step)) + _GOLDEN)


@compiled
def _words_of_steps(word: np.uint64, steps: int) -> NDArray[np.uint64]:
    words = np.empty(steps, dtype=np.uint64)
    for step in range(steps):
        words[step] = _word_at_step(word, step)
    return words


@lru_cache(maxsize=512)  # some thirty purposes a run
def _stream(seed: int, mechanism: str, purpose: str) -> tuple[NDArray[np.uint64], np.uint64]:
    """Words of a stream at its first steps, and what it has in common at all."""
    name = stable_hash(f"{mechanism}/{purpose}")
    word = np.uint64(_word_of_name(np.uint64(seed), np.uint64(name)))
    return _words_of_steps(word, _STEPS), word


@compiled
def _count(u: float, mean: float, none: float) -> int:
    """Poisson count at the uniform number ``u``, ``none`` being e^−mean; −1 where rounding may decide."""
    if u <= none:
        return 0
    count, share, below = 0, none, none
    while below < u:
        count += 1
        share *= mean / count
        if share < _RARE:
            return -1
        below += share
    step = min(below - u, u - (below - share))
    return count if step > _NEAR * share else -1


@compiled
def _counts(words: Words, means: Floats) -> Ints:
    counts = np.empty(len(words), dtype=np.int64)
    for place in range(len(words)):
        mean = means[place]
        counts[place] = _count(uniform_at(words[place], 0), mean, math.exp(-mean))
    return counts


@lru_cache(maxsize=128)  # some ten a run
def _streams(seed: int, mechanism: str, purposes: tuple[str, ...]) -> list[Words]:
    """Words of several streams, (purposes,), at each of their first steps."""
    return list(np.stack([_stream(seed, mechanism, purpose)[0] for purpose in purposes], axis=1))


@lru_cache(maxsize=64)  # two of each run
def _key(seed: int, mechanism: str, purpose: str) -> tuple[np.uint64, np.uint64]:
    """Key of a stream of normal numbers."""
    return np.uint64(seed), np.uint64(stable_hash(f"{mechanism}/{purpose}"))


class Draws(NamedTuple):
    """Streams of one mechanism at one step."""

    seed: int
    mechanism: str
    step: int

    def uniform(self, purpose: str, *shape: int) -> Floats:
        """Uniform numbers in [0, 1), keyed by their place."""
        return _first_uniforms(self.word(purpose), math.prod(shape)).reshape(shape)

    def normal(self, purpose: str, *shape: int) -> Floats:
        """Standard normal numbers."""
        key = _key(self.seed, self.mechanism, purpose)
        return standard_normal(math.prod(shape), self.step, key).reshape(shape)

    def poisson(self, purpose: str, mean: float) -> int:
        """One Poisson count: the quantile function at a uniform number, so that it grows with ``mean``."""
        u = uniform_at(self.word(purpose), 0)
        count = _count(u, mean, math.exp(-mean))
        if count >= 0:
            return count
        above = max(math.ceil(pdtrik(u, mean)), 1)
        # the inverse is inexact: the count is the least whose distribution reaches u
        return above - 1 if pdtr(above - 1, mean) >= u else above

    def poissons(self, purposes: tuple[str, ...], means: Floats) -> Ints:
        """The Poisson count of each purpose, (purposes,)."""
        counts = _counts(self.words(*purposes), means)
        for place in np.flatnonzero(counts < 0) if counts.min() < 0 else ():
            counts[place] = self.poisson(purposes[place], means[place])
        return counts

    def uniform_of(self, purpose: str, keys: Ints) -> Floats:
        """One uniform number in [0, 1) per key: the same key gives the same number at this step."""
        return _uniforms(self.word(purpose), keys)

    def word(self, purpose: str) -> np.uint64:
        """What ``uniform_at`` takes to give the numbers of ``uniform_of`` one at a time, in a kernel."""
        first, word = _stream(self.seed, self.mechanism, purpose)
        step = self.step
        return first[step] if step < _STEPS else np.uint64(_word_at_step(word, step))

    def words(self, *purposes: str) -> Words:
        """The ``word`` of each purpose, (purposes,), for a kernel that draws for several."""
        first, step = _streams(self.seed, self.mechanism, purposes), self.step
        if step < _STEPS:
            return first[step]
        return np.array([self.word(purpose) for purpose in purposes])


@dataclass(frozen=True, slots=True)
class Streams:
    """All streams of a run of one seed."""

    seed: int

    def at(self, mechanism: str, step: int) -> Draws:
        """Streams of ``mechanism`` at ``step``; step 0 is the start of the run."""
        return Draws(self.seed, mechanism, step)
