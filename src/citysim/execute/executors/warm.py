"""Imported by the process that workers are forked from: the model, and its compiled loops, by a tiny run."""

import logging
from contextlib import suppress

# What workers warn of goes with their runs to the command, which says it once.
logging.getLogger("citysim").addHandler(logging.NullHandler())

import citysim.execute.simulation  # noqa: E402, F401  what a worker calls
from citysim.execute.first_use import compile_loops  # noqa: E402
from citysim.model.model import CityModel  # noqa: E402
from citysim.world.world import World  # noqa: E402

# A fault would end the server without a word; a worker meets it again and tells.
with suppress(Exception):
    world = World.real()
    compile_loops(world)
    CityModel(world, rng=1, quarters=1).run()
