"""All statistics of the record of a world, with bootstraps: minutes of work, kept on disk once it is done."""

import logging
from hashlib import blake2b
from io import BytesIO
from pathlib import Path

import pandas as pd

from citysim.patterns.adoption_targets import adoption_targets
from citysim.patterns.practice_targets import practice_targets
from citysim.patterns.record import Lists, record_course
from citysim.patterns.targets import RESAMPLES, targets
from citysim.world import cache
from citysim.world.world import World

_log = logging.getLogger(__name__)


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
    """Nothing is raised, as nothing depends on it."""
    content = BytesIO()
    table.to_parquet(content, index=False)
    try:
        cache.put(path, content.getvalue())
    except OSError as error:
        _log.debug("%s: not kept: %r", path, error)
