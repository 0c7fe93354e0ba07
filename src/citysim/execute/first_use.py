"""What the first run on a machine waits for: the compilation of the model's loops."""

from contextlib import suppress

from citysim.execute.executors.forkserver import start_server
from citysim.execute.threads import worker_count
from citysim.model.compiled import is_kept
from citysim.model.kernels.observation import record_groups
from citysim.model.model import CityModel
from citysim.model.schedule import SCHEDULE, run_quarter
from citysim.world.world import World


def must_compile() -> bool:
    """Whether loops are still to be compiled: the one that a quarter ends with is not on disk."""
    return not is_kept(record_groups)


def compile_from_both_ends() -> None:
    """Compile loops on two processors: here in the order of the schedule from its end.

    The process that workers are forked from does so from the beginning, until it finds on disk what was
    compiled here; it comes to the loop that a quarter ends with last. What goes wrong here is met by a run.
    """
    if worker_count("auto") == 1:
        return
    start_server()
    with suppress(Exception):
        model = CityModel(World.real(), rng=1, quarters=1)
        run_quarter(model.state, model.setting, SCHEDULE[::-1])
