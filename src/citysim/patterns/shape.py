"""Shape of a distribution over cities, and of a graph between them."""

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, shortest_path

from citysim.arrays import Floats, Ints

#: Cities from which distances are measured.
SOURCES = 64


def unequal(count: Ints | Floats) -> dict[str, float]:
    """Mean, share without, maximum and Gini of what cities have, (N,), N > 0."""
    own = np.sort(count).astype(np.float64)
    rank = 2.0 * np.arange(1, len(own) + 1) - len(own) - 1.0
    return {
        "mean": float(own.mean()),
        "without": float((own == 0).mean()),
        "most": float(own[-1]),
        "gini": float(rank @ own / (len(own) * own.sum())) if own.sum() else 0.0,
    }


def graph(first: Ints, second: Ints, cities: int) -> csr_array:
    """Symmetric matrix of ones, (cities, cities), of ties between ``first`` and ``second``."""
    ends = (np.concatenate((first, second)), np.concatenate((second, first)))
    return coo_array((np.ones(len(ends[0])), ends), shape=(cities, cities)).tocsr()


def closed(tied: csr_array) -> dict[str, float]:
    """Transitivity, and mean clustering over those with two partners or more."""
    degree: Floats = np.asarray(tied.sum(axis=1)).ravel()
    triangles = np.asarray((tied @ tied).multiply(tied).sum(axis=1)).ravel() / 2
    wedges = degree * (degree - 1) / 2
    local = triangles[wedges > 0] / wedges[wedges > 0]
    return {
        "transitivity": float(triangles.sum() / wedges.sum()) if wedges.any() else 0.0,
        "clustering": float(local.mean()) if len(local) else 0.0,
    }


def assortativity(first: Ints, second: Ints, degree: Ints) -> float:
    """Correlation of the degrees at the two ends of a tie (Newman 2002); NaN where all are equal."""
    one, other = degree[np.concatenate((first, second))], degree[np.concatenate((second, first))]
    if not len(one) or one.min() == one.max():
        return np.nan
    return float(np.corrcoef(one, other)[0, 1])


def reach(tied: csr_array, key: Ints) -> dict[str, float]:
    """Largest component: its share of those with a tie, and the mean number of steps within it.

    Steps are counted from at most ``SOURCES`` of its cities to all others: those that come first in an order
    which depends on ``key``, (N,), alone, so the same in every run and whatever the order of cities.
    """
    with_ties = int((np.diff(tied.indptr) > 0).sum())
    if not with_ties:
        return {}
    _, part = connected_components(tied, directed=False)
    inside = np.flatnonzero(part == np.bincount(part).argmax())
    hashed = (key[inside].astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(16)
    sources = inside[np.argsort(hashed, kind="stable")[:SOURCES]]
    steps = shortest_path(tied, method="D", unweighted=True, indices=sources)[:, inside]
    return {
        "giant": len(inside) / with_ties,
        "distance": float(steps.sum() / (len(sources) * (len(inside) - 1))),
    }
