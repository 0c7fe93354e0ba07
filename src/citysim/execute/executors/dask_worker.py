"""What a Dask worker does of a sweep: it keeps the world, and computes blocks of runs."""

# mypy: disallow-untyped-calls=False
# distributed has types, but not on every method.

import hashlib
import pickle
import platform
import zlib
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from distributed import Worker, WorkerPlugin, get_worker

from citysim.errors import MachineError
from citysim.execute.executors.base import Outcome
from citysim.execute.threads import one_thread
from citysim.model import MODEL_VERSION
from citysim.world.world import World

_SIMULATION = "citysim.execute.simulation"
_PACKAGES = ("citysim", "numpy", "scipy", "numba", "mesa", "pydantic", "distributed")

#: Outcomes, and at the end the fault of the machine that broke the block off, if there was one; or why this
#: worker must not compute; or None where the worker has not got the world.
type Reply = list[Outcome | MachineError] | str | None

_worlds: dict[str, World] = {}


class WorldPlugin(WorkerPlugin):
    """Holds the world in every worker process, those that join later included."""

    def __init__(self, digest: str, packed: bytes) -> None:
        self.digest = digest
        self.packed = packed

    def setup(self, worker: Worker) -> None:
        """Unpack the world; one numerical thread for what is loaded from now on."""
        one_thread()
        _worlds[self.digest] = pickle.loads(zlib.decompress(self.packed))  # noqa: S301  from our client

    def teardown(self, worker: Worker) -> None:
        """Let the world go."""
        _worlds.pop(self.digest, None)


@cache
def fingerprint() -> Mapping[str, str]:
    """What must be equal for equal bits: versions, and a digest of the source that computes."""
    package = Path(__file__).parents[2]
    files = [*(package / "world").rglob("*.py"), *(package / "model").rglob("*.py")]
    files += [package / "execute" / "simulation.py"]
    source = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(files))).hexdigest()[:12]
    python = ".".join(platform.python_version_tuple()[:2])
    versions = {name: version(name) for name in _PACKAGES}
    return {**versions, "Python": python, "model version": MODEL_VERSION, "source": source}


def difference(there: object, here: Mapping[str, str]) -> str | None:
    """What a worker has otherwise; None where nothing is."""
    if not isinstance(there, Mapping):
        return f"cannot run citysim {here['citysim']}: {type(there).__name__}: {there}"
    other = [f"{name} {found} (here {here[name]})" for name, found in there.items() if found != here[name]]
    if not other:
        return None
    return f"has {', '.join(other)}; install the same versions on every machine"


def run_block(packed: bytes, digest: str, expected: Mapping[str, str]) -> Reply:
    """Compute a block of runs with the world that this process holds."""
    text = difference(fingerprint(), expected)
    if text:
        return f"worker {get_worker().address} {text}"
    world = _worlds.get(digest)
    if world is None:
        return None
    if world.digest != digest:
        return f"worker {get_worker().address} got a damaged world"
    block, record = pickle.loads(packed)  # noqa: S301  from our client
    attempt = import_module(_SIMULATION).attempt
    outcomes: list[Outcome | MachineError] = []
    for spec in block:
        if not _wanted():
            break  # nobody waits for a block whose client has gone: it ends after the run in hand
        try:
            outcomes.append(attempt(spec, world, record))
        except MachineError as fault:
            return [*outcomes, MachineError(f"worker {get_worker().address}: {fault}")]
    return outcomes


def _wanted() -> bool:
    worker = get_worker()
    task = worker.state.tasks.get(worker.get_current_task())
    return task is not None and task.state != "cancelled"
