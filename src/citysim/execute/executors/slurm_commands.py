"""What is asked of Slurm: ``sbatch``, ``squeue``, ``scancel`` and ``scontrol``, and their answers.

Needs no accounting: a site may have none.
"""

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from citysim.errors import CitysimError, ConfigError

_PROGRAMS = ("sbatch", "squeue", "scancel", "scontrol")
_SECONDS = 120.0
#: An element in any other state waits, runs, or is about to.
_ENDED = frozenset(
    (
        *("BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY"),
        *("PREEMPTED", "REVOKED", "TIMEOUT"),
    )
)


class SlurmError(CitysimError):
    """What a program of Slurm had to complain about, on one line."""


@dataclass(frozen=True, slots=True)
class Element:
    """An element of a job array: its job's id, its index, its state and why, in Slurm's words."""

    job: str
    index: int
    state: str
    reason: str

    @property
    def ended(self) -> bool:
        """Whether it neither waits nor runs."""
        return self.state in _ENDED


@dataclass(frozen=True, slots=True)
class Site:
    """A cluster's name, and the largest index an array may have."""

    cluster: str
    largest_index: int


def check_installed() -> None:
    """Raise ``ConfigError`` where this machine cannot talk to Slurm."""
    missing = [name for name in _PROGRAMS if not shutil.which(name)]
    if missing:
        raise ConfigError(
            f"executor 'slurm': {', '.join(missing)} not found; run this on a login node of a Slurm cluster, "
            "or use --executor local"
        )


def site() -> Site:
    """Look the cluster up. Raises ``SlurmError`` where its controller does not answer."""
    lines = (line.partition("=") for line in _run("scontrol", "show", "config").splitlines())
    found = {name.strip(): value.strip() for name, _, value in lines}
    return Site(found.get("ClusterName", ""), int(found.get("MaxArraySize", "1001")) - 1)


def submit(options: Iterable[str], indices: Iterable[int], at_once: int | None, script: Path) -> str:
    """Submit a script as a job array, and give the job's id. Raises ``SlurmError`` with sbatch's message."""
    array = ranges(indices) + (f"%{at_once}" if at_once else "")
    return _run("sbatch", "--parsable", *options, f"--array={array}", str(script)).strip().partition(";")[0]


def elements(name: str) -> list[Element]:
    """Elements of all arrays of a name, those lately ended too. Raises ``SlurmError``."""
    listed = _run(
        *("squeue", "--all", "--noheader", "--array", "--states=all"),
        *(f"--name={name}", "--format=%F|%K|%T|%r"),
        without="SQUEUE_",  # a user's own filters would hide elements
    )
    rows = (line.strip().split("|", 3) for line in listed.splitlines())
    return [
        Element(job, int(index), state, reason) for job, index, state, reason in rows if index.isdecimal()
    ]


def cancel(name: str) -> None:
    """End all elements of all arrays of a name. Raises ``SlurmError``."""
    _run("scancel", f"--name={name}")


def ranges(indices: Iterable[int]) -> str:
    """Whole numbers as Slurm writes them: ``1-3,7``."""
    runs = groupby(enumerate(sorted(set(indices))), lambda pair: pair[1] - pair[0])
    parts = [[index for _, index in group] for _, group in runs]
    return ",".join(str(part[0]) if len(part) == 1 else f"{part[0]}-{part[-1]}" for part in parts)


def _run(*command: str, without: str | None = None) -> str:
    environment: Mapping[str, str] = os.environ
    if without:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(without)}
    try:
        done = subprocess.run(  # noqa: S603  Slurm's own programs, without a shell
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SlurmError(f"{command[0]}: no answer in {_SECONDS:.0f} s") from None
    if done.returncode:
        raise SlurmError(_one_line(command[0], done.stderr or done.stdout, done.returncode))
    return done.stdout


def _one_line(program: str, text: str, status: int) -> str:
    """What a program said, without its prefixes: ``sbatch: error: invalid partition …``."""
    said = [_without(line.strip(), (f"{program}: ", "error: ", "fatal: ")) for line in text.splitlines()]
    return f"{program}: {'; '.join(line for line in said if line) or f'exit status {status}'}"


def _without(line: str, prefixes: Sequence[str]) -> str:
    for prefix in prefixes:
        line = line.removeprefix(prefix)
    return line
