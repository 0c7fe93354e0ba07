"""Parameter draws of the replications: what is not known, beside the chance within a run.

A replication's draw depends on its seed and a parameter's name alone, so raising the number of
seeds, fixing a parameter or adding one to the model leaves every other draw as it was.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from citysim.model.parameter_fields import ParameterSpec
from citysim.model.parameters import parameter_specs
from citysim.plan.faults import Value, is_whole, normal

if TYPE_CHECKING:
    import pandas as pd

type Draw = Literal["prior", "posterior", "defaults"]

#: Replications of one Latin hypercube: seeds 1–16 are the first block, 17–32 the second.
BLOCK = 16


def prior_draws(seeds: Iterable[int]) -> dict[int, dict[str, Value]]:
    """Every uncertain parameter of each seed, a Latin hypercube over the priors within a block of 16.

    A Latin hypercube is one stratified permutation a parameter (McKay, Beckman & Conover 1979), so each
    parameter has its own random stream, keyed by its name and the block.
    """
    specs = [spec for spec in parameter_specs().values() if spec.uncertain]
    blocks: dict[int, dict[str, np.ndarray]] = {}
    draws: dict[int, dict[str, Value]] = {}
    for seed in seeds:
        block, row = divmod(seed - 1, BLOCK)
        if block not in blocks:
            blocks[block] = {spec.name: _stratified(spec.name, block) for spec in specs}
        draws[seed] = {spec.name: _on_scale(spec, float(blocks[block][spec.name][row])) for spec in specs}
    return draws


def _stratified(name: str, block: int) -> np.ndarray:
    """Shares of a prior's range, (16,): one in each sixteenth, in random order.

    The bits of ``scipy.stats.qmc.LatinHypercube(d=1)``, whose import and copying of generators would take
    longer than all else in planning ten thousand runs.
    """
    # Seed 0 is the last row of block −1, and a key is never negative.
    seeds = np.random.SeedSequence([_key(name), block + 1]).spawn(1)[0]
    rng = np.random.Generator(np.random.Philox(seeds))
    within = rng.uniform(size=BLOCK)
    strata = np.arange(1, BLOCK + 1)
    rng.shuffle(strata)
    return (strata - within) / BLOCK


@cache
def _key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")


def _on_scale(spec: ParameterSpec, share: float) -> Value:
    if spec.prior is None:
        raise ValueError(f"{spec.name} has no prior")
    low, high = spec.prior
    if spec.scale == "log":
        value = math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
    else:
        value = low + share * (high - low)
    return round(value) if is_whole(spec.name) else value


def posterior_rows(seeds: Iterable[int], draws: "pd.DataFrame") -> dict[int, dict[str, Value]]:
    """The posterior's draw of each seed: row ``seed − 1``, beginning again where there are fewer rows.

    A new sweep is refused where there are fewer; folders made before that hold runs that began again.
    """
    rows: list[Mapping[str, Value]] = [
        {str(name): value for name, value in row.items()} for row in draws.to_dict(orient="records")
    ]
    return {
        seed: {name: normal(name, value) for name, value in rows[(seed - 1) % len(rows)].items()}
        for seed in seeds
    }
