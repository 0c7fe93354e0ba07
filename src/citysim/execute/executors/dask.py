"""Runs computed by the workers of a Dask cluster, whoever started it and wherever it is.

The world goes to every worker once, through a plugin that the scheduler also hands to those that join later.
Runs travel in blocks; Dask sends a block to another worker where one has died.
"""

# mypy: disallow-untyped-calls=False
# distributed has types, but not on every method.

import json
import pickle
import time
import uuid
import warnings
import zlib
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path

import dask.config
from distributed import (
    Client,
    Future,
    KilledWorker,
    Scheduler,
    as_completed,
)
from distributed.comm.addressing import get_address_host_port
from distributed.versions import VersionMismatchWarning

from citysim.errors import ConfigError, MachineError, ResultError
from citysim.execute.executors.base import Job, Outcome, block_size
from citysim.execute.executors.dask_worker import Reply, WorldPlugin, difference, fingerprint, run_block
from citysim.plan.runs import RunSpec
from citysim.store.records import RunFailure
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
_CONTINUE = "what is finished is kept, run the same command to continue"


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

        Raises ``ResultError`` where the scheduler cannot be reached, is lost, or a worker's software differs;
        ``MachineError`` where a worker's machine fails.
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
        self.running: dict[Future[Reply], list[RunSpec]] = {}
        self.finished = as_completed(loop=client.loop)
        self.size = 1
        self.threads = self.workers = 0
        self.looked = float("-inf")
        self.reported: set[str] = set()
        self.worked = False
        self.fault: MachineError | None = None  # of a worker's machine
        self.sent = float("-inf")  # when the world was sent again
        self.sends = 0

    def outcomes(self) -> Iterator[list[Outcome]]:
        """Keep the cluster busy and give what it finishes."""
        ready: deque[Future[Reply]] = deque()
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
            try:
                replies = self.client.gather(good)
            except Exception:
                # The worker of a result has died, Dask computed the block again, and that has failed.
                if not any(future.status == "error" for future in good):
                    raise
                ready.extend(good)
                continue
            for future, reply in zip(good, replies, strict=True):
                yield from self._settled(self.running.pop(future), reply)
            if self.fault is not None:
                raise MachineError(f"{self.cluster.address}: {self.fault}")

    def _look(self) -> None:
        """See how large the cluster is now: workers come and go."""
        now = time.monotonic()
        if now - self.looked < LOOK_SECONDS:
            return
        self.looked = now
        threads = self.client.nthreads()
        self.threads, self.workers = sum(threads.values()), len(threads)
        address = self.cluster.address
        if not threads:
            self._tell(f"{address}: no Dask worker there yet, waiting for one")
        elif self.threads > self.workers:
            # Measured: two threads of one process do hardly more than one.
            self._tell(
                f"{address}: workers have several threads, which share one interpreter; "
                "one thread each is faster: dask worker --nworkers N --nthreads 1"
            )

    def _tell(self, text: str) -> None:
        """Tell the user once."""
        if text not in self.reported:
            self.reported.add(text)
            self.cluster.note(text)

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

    def _settled(self, block: list[RunSpec], reply: Reply) -> Iterator[list[Outcome]]:
        self.alone.difference_update(spec.run for spec in block)
        if isinstance(reply, str):
            raise ResultError(f"{self.cluster.address}: {reply}; {_CONTINUE}")
        if reply is None:
            self.waiting.extendleft(reversed(block))
            self._send_world_again()
            return
        outcomes: list[Outcome] = []
        for outcome in reply:
            if isinstance(outcome, MachineError):
                self.fault = outcome
            else:
                outcomes.append(outcome)
        done = {outcome.run for outcome in outcomes}
        self.waiting.extendleft(spec for spec in reversed(block) if spec.run not in done)
        self.worked = self.worked or bool(outcomes)
        seconds = min(MOST_SECONDS, max(LEAST_SECONDS, self.threads / 10))
        self.size = block_size(outcomes, self.size, seconds, MOST_RUNS_A_BLOCK)
        yield outcomes

    def _send_world_again(self) -> None:
        """Another citysim has ended and taken the world along; its last block may be reported late."""
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
            warnings.simplefilter("ignore", VersionMismatchWarning)  # reported below, in one line
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
            text = difference(there, here)
            if text:
                raise ResultError(f"{address}: worker {worker} {text}")


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
    packed = zlib.compress(pickle.dumps(world, protocol=5), level=1)
    plugin = WorldPlugin(world.digest, packed)
    plugin.idempotent = not again
    for left in reversed(range(MOST_SENDS)):
        try:
            client.register_plugin(plugin, name=f"{_WORLD}{world.digest[:16]}")
        except OSError:
            # A worker that dies meanwhile ends the call; without an answer it is the scheduler.
            if not left or client.status != "running":
                raise
            plugin.idempotent = False
        else:
            return


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
