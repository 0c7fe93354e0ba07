"""Shape of the ties and memberships of a world's cities at the end of its course."""

import numpy as np
from scipy.sparse import coo_array

from citysim.arrays import Floats, Ints
from citysim.patterns.course import Course


def unequal(count: Ints | Floats) -> dict[str, float]:
    """Mean, share without, maximum and Gini of what cities have, (N,)."""
    own = np.sort(count).astype(np.float64)
    rank = 2.0 * np.arange(1, len(own) + 1) - len(own) - 1.0
    return {
        "mean": float(own.mean()),
        "without": float((own == 0).mean()),
        "most": float(own[-1]),
        "gini": float(rank @ own / (len(own) * own.sum())) if own.sum() else 0.0,
    }


def closed(first: Ints, second: Ints, cities: int) -> dict[str, float]:
    """Transitivity and mean clustering of a graph of so many cities."""
    ends = (np.concatenate((first, second)), np.concatenate((second, first)))
    tied = coo_array((np.ones(len(ends[0])), ends), shape=(cities, cities)).tocsr()
    degree: Floats = np.asarray(tied.sum(axis=1)).ravel()
    triangles = np.asarray((tied @ tied).multiply(tied).sum(axis=1)).ravel() / 2
    wedges = degree * (degree - 1) / 2
    local = triangles[wedges > 0] / wedges[wedges > 0]
    return {
        "transitivity": float(triangles.sum() / wedges.sum()) if wedges.any() else 0.0,
        "clustering": float(local.mean()) if len(local) else 0.0,
    }


def ties(course: Course) -> dict[str, float]:
    """Degrees, transitivity and clustering of the twinnings at the end."""
    held = course.twins.at(course.last)
    first, second = course.twins.first[held], course.twins.second[held]
    return unequal(course.degree(course.last)) | closed(first, second, course.world.n_cities)
