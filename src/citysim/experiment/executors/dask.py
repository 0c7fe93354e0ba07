"""Runs computed by the workers of a Dask cluster, whoever started it and wherever it is.

The world goes to every worker once, through a plugin that the scheduler also hands to those that join later.
Runs travel in blocks; Dask sends a block to another worker where one has died.
"""

# mypy: disallow-untyped-calls=False
# distributed has types, but not on every method.

import hashlib
import json
import pickle
import platform
import time
import uuid
import warnings
import zlib
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import dask.config
from distributed import (
    Client,
    Future,
    KilledWorker,
    Scheduler,
    Worker,
    WorkerPlugin,
    as_completed,
    get_worker,
)
from distributed.comm.addressing import get_address_host_port
from distributed.versions import VersionMismatchWarning

from citysim.errors import ConfigError, ResultError
from citysim.experiment.executors.base import Job, Outcome, block_size
from citysim.experiment.records import RunFailure
from citysim.experiment.runs import RunSpec
from citysim.experiment.threads import one_thread
from citysim.model import MODEL_VERSION
from citysim.world.world import World

CONNECT_SECONDS = 5.0
#: How long a block takes at least and at most; in between, a tenth of a second for every thread of the
#: cluster, so that the scheduler hands out ten blocks a second.
LEAST_SECONDS, MOST_SECONDS = 3.0, 60.0
MOST_RUNS_A_BLOCK = 200
#: Blocks on the cluster beside those being computed: at least these, or as many as it has threads.
LEAST_AHEAD = 16
#: Finished blocks fetched at a time; the others wait on their workers, so that memory here stays bounded.
BLOCKS_A_FETCH = 16
#: How often Dask repeats a block that raised; it repeats by itself what dying workers had in hand.
RETRIES = 2
LOOK_SECONDS = 5.0
#: How often the world is sent again, at most so many times.
WORLD_SECONDS, MOST_SENDS = 1.0, 20
POLL_SECONDS = 0.02
#: How the names begin of this command's client and of its worlds on the cluster.
_CLIENT, _WORLD = "Client-citysim-", "citysim-world-"
_SIMULATION = "citysim.experiment.simulation"
_PACKAGES = ("citysim", "numpy", "scipy", "numba", "mesa", "pydantic", "distributed")
_CONTINUE = "what is finished is kept, run the same command to continue"

#: Outcomes; or why this worker must not compute; or None where the worker has not got the world.
type _Reply = list[Outcome] | str | None


class DaskCluster:
    """The workers of a running Dask cluster.

    ``scheduler`` is an address such as ``tcp://host:8786``, or a scheduler file; without one, Dask's own
    setting counts (``DASK_SCHEDULER_ADDRESS``). ``note`` hears what the user should know.
    Raises ``ConfigError`` where no scheduler is named, or its file cannot be read.
    """

    def __init__(self, scheduler: str | None, note: Callable[[str], None]) -> None:
        self.address = _address(scheduler)
        self.note = note

    def execute(self, specs: Sequence[RunSpec], job: Job) -> Generator[list[Outcome]]:
        """Yield block by block; a run whose workers keep dying, at last alone, is a failure.

        Raises ``ResultError`` where the scheduler cannot be reached, is lost, or a worker's software differs.
        """
        with _connected(self.address) as client, _lost_scheduler(self.address):
            here = fingerprint()
            _check_workers(client, here, self.address)
            with _world_sent(client, job.world):
                yield from _Sweep(self, client, specs, job, here).outcomes()


class _Sweep:
    """The blocks of one sweep: waiting, on the cluster, or suspected of killing their workers."""

    def __init__(
        self,
        cluster: DaskCluster,
        client: Client,
        specs: Sequence[RunSpec],
        job: Job,
        here: Mapping[str, str],
    ) -> None:
        self.cluster = cluster
        self.client = client
        self.job = job
        self.here = here
        self.waiting = deque(specs)
        self.suspects: deque[RunSpec] = deque()
        self.alone: set[str] = set()  # runs that are tried as a suspect now
        self.running: dict[Future[_Reply], list[RunSpec]] = {}
        self.finished = as_completed(loop=client.loop)
        self.size = 1
        self.threads = self.workers = 0
        self.looked = float("-inf")
        self.told = False
        self.worked = False
        self.sent = float("-inf")  # when the world was sent again
        self.sends = 0

    def outcomes(self) -> Iterator[list[Outcome]]:
        """Keep the cluster busy and give what it finishes."""
        ready: deque[Future[_Reply]] = deque()
        while self.waiting or self.suspects or self.running:
            self._look()
            self._submit()
            ready.extend(self.finished.next_batch(block=False))
            if not ready:
                time.sleep(POLL_SECONDS)
                continue
            some = [ready.popleft() for _ in range(min(len(ready), BLOCKS_A_FETCH))]
            erred = [future for future in some if future.status == "error"]
            for future in erred:
                yield from self._failed(self.running.pop(future), future.exception())
            good = [future for future in some if future not in erred]
            # A result whose worker has died since is computed again by Dask.
            for future, reply in zip(good, self.client.gather(good), strict=True):
                yield from self._settled(self.running.pop(future), reply)

    def _look(self) -> None:
        """See how large the cluster is now: workers come and go."""
        now = time.monotonic()
        if now - self.looked < LOOK_SECONDS:
            return
        self.looked = now
        threads = self.client.nthreads()
        self.threads, self.workers = sum(threads.values()), len(threads)
        if not threads and not self.told:
            self.cluster.note(f"{self.cluster.address}: no Dask worker there yet, waiting for one")
        self.told = not threads

    def _submit(self) -> None:
        while self.suspects and len(self.alone) < max(1, self.workers // 4):
            # Few at a time: Dask blames every block on a dead worker, also those that had not begun.
            spec = self.suspects.popleft()
            self.alone.add(spec.run)
            self._send([spec], priority=1)
        ahead = max(LEAST_AHEAD, 2 * self.threads)
        while self.waiting and len(self.running) < ahead:
            share = max(1, len(self.waiting) // max(LEAST_AHEAD, 2 * self.threads))
            self._send([self.waiting.popleft() for _ in range(min(self.size, share))], priority=0)

    def _send(self, block: list[RunSpec], priority: int) -> None:
        # As bytes: Dask would search lists and dataclasses for futures.
        packed = pickle.dumps((block, self.job.record))
        future = self.client.submit(
            run_block,
            packed,
            self.job.world.digest,
            self.here,
            key=f"citysim-{uuid.uuid4()}",
            pure=False,
            retries=RETRIES,
            priority=priority,
        )
        self.running[future] = block
        self.finished.add(future)

    def _settled(self, block: list[RunSpec], reply: _Reply) -> Iterator[list[Outcome]]:
        self.alone.difference_update(spec.run for spec in block)
        if isinstance(reply, str):
            raise ResultError(f"{self.cluster.address}: {reply}; {_CONTINUE}")
        if reply is None:
            self.waiting.extendleft(reversed(block))
            self._send_world_again()
            return
        done = {outcome.run for outcome in reply}
        self.waiting.extendleft(spec for spec in reversed(block) if spec.run not in done)
        self.worked = self.worked or bool(reply)
        seconds = min(MOST_SECONDS, max(LEAST_SECONDS, self.threads / 10))
        self.size = block_size(reply, self.size, seconds, MOST_RUNS_A_BLOCK)
        yield reply

    def _send_world_again(self) -> None:
        """Another citysim has ended and taken the world along; its last block may be told of late."""
        if time.monotonic() - self.sent < WORLD_SECONDS:
            return
        self.sends += 1
        if self.sends > MOST_SENDS:
            raise ResultError(f"{self.cluster.address}: its workers do not keep the world; {_CONTINUE}")
        _send_world(self.client, self.job.world, again=True)
        self.sent = time.monotonic()

    def _failed(self, block: list[RunSpec], error: BaseException) -> Iterator[list[Outcome]]:
        """A block whose workers kept dying is tried run by run; any other error is the cluster's."""
        if not isinstance(error, KilledWorker):
            text = f"{type(error).__name__}: {error}".splitlines()[0]
            raise ResultError(f"{self.cluster.address}: its workers cannot compute: {text}; {_CONTINUE}")
        for spec in block:
            if spec.run not in self.alone:
                self.suspects.append(spec)
                continue
            self.alone.remove(spec.run)
            text = "every worker that computed it died: killed, or out of memory"
            if not self.worked:
                raise ResultError(f"{self.cluster.address}: no worker could finish a run: {text}")
            yield [RunFailure(spec.run, text, "")]


# --- the cluster


def _address(scheduler: str | None) -> str:
    """The scheduler's address, looked up where a file holds it."""
    named = str(scheduler or dask.config.get("scheduler-address", None) or "")
    if not named:
        raise ConfigError(
            "--scheduler: missing; name a running Dask scheduler, such as tcp://host:8786, or its file"
        )
    address = named
    try:
        if named.endswith(".json"):
            address = str(json.loads(Path(named).read_text(encoding="utf-8"))["address"])
        get_address_host_port(address)
    except OSError as error:
        raise ConfigError(f"--scheduler: {named}: {error.strerror}") from None
    except (KeyError, TypeError):
        raise ConfigError(f"--scheduler: {named}: not a scheduler file of Dask (no address in it)") from None
    except ValueError as error:
        raise ConfigError(f"--scheduler: {named}: {error}, expected such as tcp://host:8786") from None
    return address


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    """A client that is nobody's default and leaves nothing behind."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", VersionMismatchWarning)  # told below, in one line
            client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False, name="citysim")
    except OSError:
        raise ResultError(
            f"{address}: no Dask scheduler answers there (tried for {CONNECT_SECONDS:.0f} s)"
        ) from None
    try:
        yield client
    finally:
        with suppress(OSError, CancelledError):
            client.close(timeout=CONNECT_SECONDS)


@contextmanager
def _lost_scheduler(address: str) -> Iterator[None]:
    """Say in one line that the scheduler has gone."""
    try:
        yield
    except (OSError, CancelledError):
        raise ResultError(f"{address}: the Dask scheduler is gone, or was restarted; {_CONTINUE}") from None


def _check_workers(client: Client, here: Mapping[str, str], address: str) -> None:
    """Raise ``ResultError`` where a worker's software is other than ours.

    First by the library alone, since a worker may have no citysim, or one without this module.
    """
    for ask in ((version, "citysim"), (fingerprint,)):
        replies = client.run(*ask, on_error="return")
        for worker, found in replies.items():
            if isinstance(found, OSError):
                continue  # the worker has just gone
            there = {"citysim": found} if isinstance(found, str) else found
            text = _difference(there, here)
            if text:
                raise ResultError(f"{address}: worker {worker} {text}")


def _difference(there: object, here: Mapping[str, str]) -> str | None:
    """What a worker has otherwise; None where nothing is."""
    if not isinstance(there, Mapping):
        return f"cannot run citysim {here['citysim']}: {type(there).__name__}: {there}"
    other = [f"{name} {found} (here {here[name]})" for name, found in there.items() if found != here[name]]
    if not other:
        return None
    return f"has {', '.join(other)}; install the same versions on every machine"


@contextmanager
def _world_sent(client: Client, world: World) -> Iterator[None]:
    """The world on every worker within the block."""
    _send_world(client, world)
    try:
        yield
    finally:
        with suppress(OSError, CancelledError, ValueError):  # gone with the scheduler, or already
            _clear_worlds(client)


def _send_world(client: Client, world: World, *, again: bool = False) -> None:
    # A new World leaves out what the old one has cached.
    packed = zlib.compress(pickle.dumps(replace(world), protocol=5), level=1)
    plugin = _WorldPlugin(world.digest, packed)
    plugin.idempotent = not again
    client.register_plugin(plugin, name=f"{_WORLD}{world.digest[:16]}")


def _clear_worlds(client: Client) -> None:
    """Take all worlds from the cluster, those of killed commands too, unless another citysim is at work."""

    # Within this function, so that Dask sends it whole: the scheduler may have no citysim.
    def census(dask_scheduler: Scheduler) -> tuple[list[str], list[str]]:
        return list(dask_scheduler.clients), list(dask_scheduler.worker_plugins)

    clients, plugins = client.run_on_scheduler(census)
    if not [name for name in clients if name.startswith(_CLIENT) and name != client.id]:
        for name in plugins:
            if name.startswith(_WORLD):
                client.unregister_worker_plugin(name)


# --- in the worker

_worlds: dict[str, World] = {}


class _WorldPlugin(WorkerPlugin):
    """Holds the world in every worker process, those that join later included."""

    def __init__(self, digest: str, packed: bytes) -> None:
        self.digest = digest
        self.packed = packed

    def setup(self, worker: Worker) -> None:
        one_thread()
        # Arrays come out of a pickle writable; a new World makes them read-only again.
        _worlds[self.digest] = replace(pickle.loads(zlib.decompress(self.packed)))  # noqa: S301  from our client

    def teardown(self, worker: Worker) -> None:
        _worlds.pop(self.digest, None)


@cache
def fingerprint() -> Mapping[str, str]:
    """What must be equal for equal bits: versions, and a digest of the source that computes."""
    package = Path(__file__).parents[2]
    files = [*(package / "world").rglob("*.py"), *(package / "model").rglob("*.py")]
    files += [package / "experiment" / "simulation.py"]
    source = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(files))).hexdigest()[:12]
    python = ".".join(platform.python_version_tuple()[:2])
    versions = {name: version(name) for name in _PACKAGES}
    return {**versions, "Python": python, "model version": MODEL_VERSION, "source": source}


def run_block(packed: bytes, digest: str, expected: Mapping[str, str]) -> _Reply:
    """Compute a block of runs with the world that this process holds."""
    text = _difference(fingerprint(), expected)
    if text:
        return f"worker {get_worker().address} {text}"
    world = _worlds.get(digest)
    if world is None:
        return None
    if world.digest != digest:
        return f"worker {get_worker().address} got a damaged world"
    block, record = pickle.loads(packed)  # noqa: S301  from our client
    attempt = import_module(_SIMULATION).attempt
    # Nobody waits for a block whose client has gone: it ends after the run in hand.
    return [attempt(spec, world, record) for spec in block if _wanted()]


def _wanted() -> bool:
    worker = get_worker()
    task = worker.state.tasks.get(worker.get_current_task())
    return task is not None and task.state != "cancelled"
