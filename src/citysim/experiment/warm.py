"""Imported by the process that workers are forked from: the model, and its compiled loops, by a tiny run."""

from contextlib import suppress

import citysim.experiment.simulation  # noqa: F401  what a worker calls
from citysim.model.model import CityModel
from citysim.world.world import World

# A fault would end the server without a word; in a worker it becomes the failure of a run.
with suppress(Exception):
    CityModel(World.synthetic(cities=5, states=2), rng=1, quarters=1).run()
