"""How far an experiment is, by the ids in its folder alone: its bytes are checked, but no result is read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from citysim.errors import ResultError
from citysim.store.checked import read_checked_table
from citysim.store.contents import manifest_files
from citysim.store.failures import Row, all_failures, damage_of_failures
from citysim.store.files import WATCHED, writers
from citysim.store.manifest import read_manifest
from citysim.store.scan import scan


@dataclass(frozen=True, slots=True)
class Progress:
    """Runs of a design: how many there are, are done, and failed.

    ``failures`` has a row per failed run, ``damaged`` a line per file that the next run sets aside.
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
    return set(read_checked_table(folder, path.name)["run"].to_pylist())


def _done(folder: Path) -> tuple[set[str], list[str]]:
    done: set[str] = set()
    damaged: list[str] = []
    for block in scan(folder):
        done.update(block.ids)
        if block.damage:
            damaged.append(str(block.damage))
    return done, [*damaged, *damage_of_failures(folder)]


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
