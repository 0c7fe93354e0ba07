"""States of a synthetic world, drawn from the real ones with their pairs."""

from dataclasses import dataclass

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.world.fields import WorldFields
from citysim.world.geography import unit_vectors
from citysim.world.states import POWERS

#: States that count as the powers: as many as the permanent members of the Security Council.
N_POWERS = len(POWERS)


@dataclass(frozen=True)
class SyntheticStates:
    """States drawn for a synthetic world, (S,) and (S, S)."""

    template: Ints  # real state behind each
    copy: Ints  # 0 for the first state of a template, 1 for the second …
    cities: Ints  # number of cities, ≥ 1
    power: Floats
    is_power: Bools
    tension: Floats
    contiguous: Bools
    past_conflict: Bools
    conflict: Bools
    aligned: Floats


def draw_states(real: WorldFields, cities: int, states: int, rng: np.random.Generator) -> SyntheticStates:
    """Draw ``states`` states that share ``cities`` cities as the real states do.

    Fewer than the real ones: drawn without replacement with probability ∝ √(number of cities), and a drawn
    state stands for 1/probability of them (Horvitz & Thompson 1952), so that means over cities are those of
    the real world in expectation. More: every real state several times.
    """
    size = np.bincount(real.state, minlength=real.n_states).astype(np.float64)
    chance = inclusion(np.sqrt(size), states)
    template = _systematic(chance, rng)
    # Copies of one state share its cities and its power; a state drawn by chance stands for others too.
    weight, power = (size / chance)[template], (real.state_power / chance)[template]
    copy = _copy_number(template)
    pair = np.ix_(template, template)
    same_copy = copy[:, None] == copy[None, :]
    return SyntheticStates(
        template=template,
        copy=copy,
        cities=_apportion(weight, cities),
        power=power / power.sum(),
        is_power=np.isin(np.arange(states), np.argsort(-power, kind="stable")[:N_POWERS]),
        tension=_tension(real, template, rng),
        contiguous=_contiguous(real, template, same_copy),
        past_conflict=real.past_conflict[pair],
        conflict=real.conflict[pair] & same_copy,
        aligned=_aligned(real, template),
    )


def inclusion(size: Floats, number: int) -> Floats:
    """Expected copies of each state, summing to ``number``: ∝ ``size``, at most one more than the least."""
    base = number // len(size)
    rest = number - base * len(size)
    chance = np.zeros(len(size))
    sure = np.zeros(len(size), bool)
    while rest > 0:
        chance[~sure] = size[~sure] / size[~sure].sum() * (rest - sure.sum())
        over = (chance >= 1.0) & ~sure
        chance[over] = 1.0
        if not over.any():
            break
        sure |= over
        if sure.sum() >= rest:
            break
    return chance + base


def _systematic(chance: Floats, rng: np.random.Generator) -> Ints:
    """Systematic sample in random order: state k is drawn ⌊chance⌋ or ⌈chance⌉ times."""
    order = rng.permutation(len(chance))
    total = round(chance.sum())
    edges = np.concatenate(([0.0], np.cumsum(chance[order])))
    edges *= total / edges[-1]
    points = np.arange(total) + rng.random()
    return np.sort(order[np.clip(np.searchsorted(edges, points, side="right") - 1, 0, len(chance) - 1)])


def _copy_number(template: Ints) -> Ints:
    """How often the template came before, for a sorted array."""
    first = np.searchsorted(template, template)
    return np.arange(len(template)) - first


def _apportion(weight: Floats, cities: int) -> Ints:
    """Cities per state ∝ weight by largest remainders, at least one each."""
    spare = cities - len(weight)
    quota = weight / weight.sum() * cities
    # One city is given to each beforehand, the rest by what the quota leaves above it.
    above = np.maximum(quota - 1.0, 0.0)
    exact = above / above.sum() * spare if above.sum() > 0 else np.zeros_like(above)
    count = np.floor(exact).astype(np.int64)
    left = spare - int(count.sum())
    count[np.argsort(count - exact, kind="stable")[:left]] += 1
    return count + 1


def _tension(real: WorldFields, template: Ints, rng: np.random.Generator) -> Floats:
    """Real tension of the templates; two copies of one state take that of a random pair."""
    tension = real.tension[np.ix_(template, template)].copy()
    a, b = np.nonzero(np.triu(template[:, None] == template[None, :], 1))
    if len(a):
        upper = real.tension[np.triu_indices(real.n_states, 1)]
        tension[a, b] = tension[b, a] = rng.choice(upper, len(a))
    return tension


def _aligned(real: WorldFields, template: Ints) -> Floats:
    """As the real states are; copies of one state vote alike."""
    aligned = real.aligned[np.ix_(template, template)].copy()
    aligned[template[:, None] == template[None, :]] = 1.0
    np.fill_diagonal(aligned, 0.0)
    return aligned


def _contiguous(real: WorldFields, template: Ints, same_copy: Bools) -> Bools:
    """Real borders, and the nearest pairs besides until states have as many neighbours as real ones."""
    out = real.contiguous[np.ix_(template, template)] & same_copy
    np.fill_diagonal(out, val=False)
    n = len(template)
    wanted = min(round(n * real.contiguous.sum() / real.n_states / 2), n * (n - 1) // 2)
    missing = wanted - int(out.sum()) // 2
    if missing <= 0:
        return np.asarray(out)
    centre = _centres(real)[template]
    a, b = np.triu_indices(n, 1)
    open_pairs = ~out[a, b] & same_copy[a, b]
    a, b = a[open_pairs], b[open_pairs]
    distance = ((centre[a] - centre[b]) ** 2).sum(axis=1)
    chosen = np.argsort(distance, kind="stable")[:missing]
    out[a[chosen], b[chosen]] = out[b[chosen], a[chosen]] = True
    return np.asarray(out)


def _centres(real: WorldFields) -> Floats:
    """Mean position of the cities of each real state, (S, 3)."""
    count = np.bincount(real.state, minlength=real.n_states)
    xyz = unit_vectors(real.latitude, real.longitude)
    return np.column_stack(
        [np.bincount(real.state, xyz[:, axis], minlength=real.n_states) / count for axis in range(3)]
    )
