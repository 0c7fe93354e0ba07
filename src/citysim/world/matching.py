"""Ties matched between open ends, with every city's number of ties given."""

from collections.abc import Sequence

import numpy as np

from citysim.arrays import Ints

#: Rounds of matching on each level; ends that drew themselves or a tie that is there are matched again.
ROUNDS = 3


def match_ties(city: Ints, levels: Sequence[Ints], n: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Pair open ends into ties, ``a < b``, none twice, sorted.

    ``city``: (ends,) city of each open end, below ``n``. ``levels``: from fine to coarse, (ends, 2) arrays of
    (own class, class of the partner); an end of class (A, B) is matched with one of class (B, A), and what a
    level leaves over goes to the next. Ends that no level can match are dropped. O(ends log ends).
    """
    open_ends = np.arange(len(city))
    ties = np.zeros(0, np.int64)  # a·n + b
    for level in levels:
        for _ in range(ROUNDS):
            first, second = _match(level, rng.permutation(open_ends))
            a, b = city[first], city[second]
            key = np.minimum(a, b) * n + np.maximum(a, b)
            fresh = (a != b) & ~np.isin(key, ties)
            kept, position = np.unique(np.where(fresh, key, -1), return_index=True)
            position = position[kept >= 0]
            ties = np.concatenate((ties, key[position]))
            used = np.zeros(len(city), bool)
            used[first[position]] = used[second[position]] = True
            open_ends = open_ends[~used[open_ends]]
    ties.sort()
    return ties // n, ties % n


def _match(level: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """Pairs of ends of opposite classes, in the random order given; ends without a partner are left out."""
    own, other = level[ends, 0], level[ends, 1]
    low, high = np.minimum(own, other), np.maximum(own, other)
    side = (own > other).astype(np.int64)
    pair = low * (level.max(initial=0) + 1) + high
    # Within one class both sides are the same: every second end takes the other side.
    rank = _rank(pair * 2 + side)
    inner = low == high
    side[inner] = rank[inner] % 2
    rank[inner] //= 2
    order = np.lexsort((side, rank, pair))
    ends, pair, rank, side = ends[order], pair[order], rank[order], side[order]
    meets = (pair[:-1] == pair[1:]) & (rank[:-1] == rank[1:]) & (side[:-1] == 0) & (side[1:] == 1)
    at = np.flatnonzero(meets)
    return ends[at], ends[at + 1]


def _rank(key: Ints) -> Ints:
    """How many earlier entries have the same key."""
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    rank = np.empty(len(key), np.int64)
    rank[order] = np.arange(len(key)) - np.searchsorted(ordered, ordered)
    return rank
