"""How far an experiment is, by the ids in its folder alone: no result is read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from citysim.errors import ResultError
from citysim.store.blocks import DamagedError, read_runs, read_table
from citysim.store.contents import block_names, manifest_files
from citysim.store.failures import Row, all_failures
from citysim.store.files import WATCHED, disk_errors, writers
from citysim.store.manifest import read_manifest


@dataclass(frozen=True, slots=True)
class Progress:
    """Runs of a design: how many there are, are done, and failed.

    ``failures`` has a row per failed run, ``damaged`` a line per block that the next run sets aside.
    ``writers`` names who is at work, ``all`` or shards such as ``3of100``; None where nobody can tell.
    ``rate``: runs a second of those at work, or else of the last ones; 0 where not known.
    """

    total: int
    done: int
    failures: tuple[Row, ...]
    damaged: tuple[str, ...]
    writers: frozenset[str] | None
    rate: float

    @property
    def missing(self) -> int:
        """Runs that are neither done nor failed."""
        return self.total - self.done - len(self.failures)

    @property
    def seconds_left(self) -> float:
        """Time for what is missing, infinite where no rate is known."""
        return self.missing / self.rate if self.rate else float("inf")


def progress_of(folder: Path) -> Progress:
    """The progress of a result folder. Raises ``ResultError`` where it is none."""
    wanted = _design_runs(folder)
    done, damaged = _done(folder)
    failed = [row for run, row in all_failures(folder).items() if run in wanted and run not in done]
    working = writers(folder)
    return Progress(
        total=len(wanted),
        done=len(done & wanted),
        failures=tuple(failed),
        damaged=tuple(damaged),
        writers=None if working is None else frozenset(working - {WATCHED}),
        rate=_rate(folder, working or set()),
    )


def _design_runs(folder: Path) -> set[str]:
    if not folder.exists():
        raise ResultError(f"{folder}: no such folder")
    path = folder / "design.parquet"
    if not path.is_file():
        raise ResultError(f"{folder}: not a result folder of citysim (no design.parquet)")
    with disk_errors(path, "damaged, run the experiment again to replace it"):
        return set(read_table(path)["run"].to_pylist())


def _done(folder: Path) -> tuple[set[str], list[str]]:
    done: set[str] = set()
    damaged: list[str] = []
    for block in block_names(folder):
        try:
            done.update(read_runs(folder, block, ["run"])["run"].to_pylist())
        except FileNotFoundError:
            continue  # its writer has replaced it by a larger one
        except DamagedError as error:
            damaged.append(str(error))
    return done, damaged


def _rate(folder: Path, working: set[str]) -> float:
    """Runs a second, all writers together that are at work; else of the last session and those beside it."""
    sessions = dict(_last_sessions(folder))
    if working & set(sessions):
        counted = [session for name, session in sessions.items() if name in working]
    else:
        last = max(sessions.values(), key=lambda session: _time(session["finished"]), default=None)
        counted = [
            session
            for session in sessions.values()
            if last and _time(session["finished"]) >= _time(last["started"])
        ]
    return sum(float(session["computed"]) / float(session["seconds"]) for session in counted)


def _last_sessions(folder: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The last session of every writer that has written something."""
    for writer, path in manifest_files(folder).items():
        for session in read_manifest(path).get("sessions", [])[-1:]:
            if session.get("seconds") and session.get("computed"):
                yield writer, session


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
