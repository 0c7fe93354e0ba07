"""Planning ten thousand runs is quick, and its short cuts give the bits of the long way."""

import hashlib
import json
import time
from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import qmc

from citysim.errors import ConfigError
from citysim.execute.runner import Plan
from citysim.model import MODEL_VERSION
from citysim.model.forms import silent
from citysim.model.parameters import Parameters, parameter_specs
from citysim.plan.draws import BLOCK, prior_draws
from citysim.plan.runs import RunSpec, run_id, run_specs

type Make = Callable[..., Plan]


def identity(spec: RunSpec, world: str) -> str:
    known = {
        "world": world,
        "model": MODEL_VERSION,
        "quarters": spec.quarters,
        "arm": spec.arm,
        "seed": spec.seed,
        "draw": spec.draw,
        "parameters": {n: v for n, v in spec.parameters.items() if n not in silent(spec.parameters)},
    }
    return "r" + hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()[:16]


def test_a_run_is_known_by_the_digest_of_its_sorted_json(plan: Make) -> None:
    made = plan("design.stall=[0, 0.1, 'endogenous']", "parameters.max_networks=7")
    assert [spec.run for spec in made.specs] == [identity(spec, made.world.digest) for spec in made.specs]
    assert len({spec.run for spec in made.specs}) == len(made.specs)


def test_values_that_python_holds_equal_are_different_runs() -> None:
    runs = {run_id("w", 1, "a", 1, "prior", {"x": value}) for value in (1, 1.0, True, "1")}
    assert len(runs) == 4


def test_parameters_are_those_a_check_of_the_whole_gives(plan: Make) -> None:
    for spec in plan("parameters.closure=0", "design.contact_effect=[0, 1]").specs:
        whole = Parameters.model_validate(spec.parameters).model_dump(exclude={"events", "paths"})
        assert list(spec.parameters.items()) == list(whole.items())
        assert [type(value) for value in spec.parameters.values()] == [type(v) for v in whole.values()]


def test_a_value_that_is_not_allowed_is_one_line(plan: Make) -> None:
    made = plan()
    arms = {"none": {"twinning": False}, "both": {"closure": 70.0}}
    with pytest.raises(ConfigError, match=r"^arms\.both: closure: Input should be less than or equal to 10$"):
        run_specs(made.config.model_copy(update={"arms": arms}), made.world.digest)


@pytest.mark.parametrize("block", [-1, 0, 3])
def test_draws_are_scipys_latin_hypercube(block: int) -> None:
    seeds = [block * BLOCK + 1 + row for row in range(BLOCK) if block * BLOCK + 1 + row >= 0]
    spec = parameter_specs()["contact_effect"]  # prior from 0 to 1, linear: the draw is the share
    assert (spec.prior, spec.scale) == ((0.0, 1.0), "linear")
    key = int.from_bytes(hashlib.sha256(b"contact_effect").digest()[:8], "little")
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([key, block + 1])))
    shares = qmc.LatinHypercube(d=1, rng=rng).random(BLOCK)[-len(seeds) :, 0]
    assert [draw["contact_effect"] for draw in prior_draws(seeds).values()] == shares.tolist()


def test_ten_thousand_runs_are_planned_in_the_time_that_writing_them_takes(plan: Make) -> None:
    made = plan("seeds=2499")
    started = time.process_time()
    specs = run_specs(made.config, made.world.digest)
    planned = time.process_time() - started
    assert len(specs) == 10_000
    # Beside what the same machine does in the same minute: JSON of them takes as long; thrice is for noise.
    started = time.process_time()
    for spec in specs:
        json.dumps(dict(spec.parameters), sort_keys=True)
    assert planned < 3.0 * (time.process_time() - started)
