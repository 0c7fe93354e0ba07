"""Which runs a result folder holds: the one place that walks its blocks."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from citysim.errors import ResultError
from citysim.store.blocks import DamagedError, check_rest, read_beside, read_runs
from citysim.store.checked import RUN_AGAIN
from citysim.store.contents import block_names


@dataclass(frozen=True, eq=False, slots=True)
class Block:
    """A block as it was found: its runs, in the columns that were asked for, or what is wrong with it."""

    root: Path
    name: str
    found: pa.Table | DamagedError

    @property
    def damage(self) -> DamagedError | None:
        """What is wrong with it."""
        return self.found if isinstance(self.found, DamagedError) else None

    @property
    def runs(self) -> pa.Table:
        """Its runs. Raises ``ResultError`` where it is damaged, with what mends it."""
        if isinstance(self.found, DamagedError):
            raise _to_mend(self.found)
        return self.found

    @property
    def ids(self) -> list[str]:
        """Ids of its runs, none where it is damaged."""
        return [] if self.damage else self.runs["run"].to_pylist()

    def read(self, table: str, columns: Sequence[str] | None = None) -> pa.Table | None:
        """A table beside its runs, or some columns of it, checked to the bit; None where it was replaced.

        Raises ``ResultError`` where it is damaged, with what mends it.
        """
        try:
            return read_beside(self.root, table, self.name, self.runs, columns)
        except DamagedError as damage:
            if _is_gone(self.root, self.name):
                return None
            raise _to_mend(damage) from None


def scan(
    root: Path,
    *,
    columns: Sequence[str] | None = ("run",),
    check: Sequence[str] | None = None,
    skip: Container[str] = (),
) -> Iterator[Block]:
    """The blocks of a folder, or of its ``unused``, also while somebody writes there.

    ``columns``: of the runs, None for all. ``check``: tables beside the runs of which every byte is compared
    with what was written, by default all that the block lists. ``skip``: names not to look at.
    A block that is replaced by a larger one meanwhile is left out, and the larger one is found: a run may
    come twice, and none is missed.
    """
    seen: set[str] = set()
    while names := [name for name in block_names(root) if name not in seen and name not in skip]:
        for name in names:
            seen.add(name)
            try:
                runs = read_runs(root, name, columns)
                check_rest(root, name, runs, check)
            except FileNotFoundError:
                continue
            except DamagedError as damage:
                if not _is_gone(root, name):
                    yield Block(root, name, damage)
                continue
            yield Block(root, name, runs)


def _is_gone(root: Path, name: str) -> bool:
    """Whether a block has been deleted, its runs first."""
    return not (root / "runs" / name).exists()


def _to_mend(damage: DamagedError) -> ResultError:
    return ResultError(f"{damage.file}: damaged or missing, {RUN_AGAIN}: {damage.problem}")
