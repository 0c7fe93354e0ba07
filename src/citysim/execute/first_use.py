"""What the first run on a machine waits for."""

from citysim.model.compiled import is_kept
from citysim.model.kernels.observation import record_groups


def must_compile() -> bool:
    """Whether loops are still to be compiled: the one that a quarter ends with is not on disk."""
    return not is_kept(record_groups)
