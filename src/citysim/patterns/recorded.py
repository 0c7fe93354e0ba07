"""All statistics of the record of a world, with bootstraps: minutes of work, kept on disk once it is done."""

import logging
import os
import tempfile
from hashlib import blake2b
from pathlib import Path

import pandas as pd

from citysim.patterns.adoption_targets import adoption_targets
from citysim.patterns.practice_targets import practice_targets
from citysim.patterns.record import Lists, record_course
from citysim.patterns.targets import RESAMPLES, targets
from citysim.world import cache
from citysim.world.world import World

_log = logging.getLogger(__name__)
#: Files that are left when another is written: a few ten kB each.
MOST_FILES = 24


def record_targets(world: World, resamples: int = RESAMPLES, lists: Lists = "all") -> pd.DataFrame:
    """The record of a real world: a row per statistic and source.

    Columns as of ``targets``, ``adoption_targets`` and ``practice_targets``, which it joins. Kept where
    worlds are kept (``citysim.world.cache``), under a digest of all that it follows from.
    """
    path = _path(world, resamples, lists)
    if path is not None and path.is_file():
        try:
            return pd.read_parquet(path)
        except (OSError, ValueError) as error:  # pyarrow's errors are of these
            _log.debug("%s: not as it was written: %r", path, error)
    course = record_course(world, lists=lists)
    parts = [of(course, resamples) for of in (adoption_targets, practice_targets)]
    table = pd.concat((targets(world, course, resamples), *parts), ignore_index=True)
    if path is not None:
        _keep(path, table)
    return table


def _path(world: World, resamples: int, lists: Lists) -> Path | None:
    sources = sorted(Path(__file__).parent.glob("*.py"))
    code = blake2b(b"".join(source.read_bytes() for source in sources)).hexdigest()
    return cache.path_of(
        "record", {"world": world.digest, "n": resamples, "lists": lists, "code": code}, "parquet"
    )


def _keep(path: Path, table: pd.DataFrame) -> None:
    """Write under a temporary name and rename; nothing is raised, as nothing depends on it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(prefix=".record-", dir=path.parent)
        os.close(number)
        try:
            table.to_parquet(name, index=False)
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
        cache.tidy(path, MOST_FILES)
    except (OSError, ValueError) as error:
        _log.debug("%s: not kept: %r", path, error)
