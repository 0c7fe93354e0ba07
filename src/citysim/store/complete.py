"""Whether nothing is left to do in a result folder, without making its world and its runs."""

from pathlib import Path

import pyarrow as pa

from citysim.errors import ResultError
from citysim.plan.carried import carried_files
from citysim.plan.config import ExperimentConfig
from citysim.store.checked import is_as_written, read_checked_table
from citysim.store.contents import (
    CONFIG,
    POSTERIOR,
    UNUSED,
    block_names,
    failure_files,
    temporaries,
)
from citysim.store.files import writers
from citysim.store.manifest import ids_digest, inputs_digest, manifest_path, read_manifest
from citysim.store.scan import scan


def count_if_complete(config: ExperimentConfig, folder: Path) -> int | None:
    """Number of runs of a folder in which all are done and every byte is as written; None where not certain.

    What is found is what a sweep would find; whatever it would have to mend or to tell is left to it.
    """
    try:
        manifest = read_manifest(manifest_path(folder))
        if manifest.get("inputs") != inputs_digest(config) or writers(folder):
            return None
        design = read_checked_table(folder, "design.parquet")["run"].to_pylist()
        runs = sorted(set(design))  # points that are equal are one run
        if (ids_digest(design), len(runs)) != (manifest["design"]["digest"], manifest["done"]):
            return None
        whole = not _untidy(folder, config) and _inputs_as_written(folder, config)
        return len(runs) if whole and sorted(_done(folder, config)) == runs else None
    except (ResultError, OSError, pa.ArrowException):
        return None


def _inputs_as_written(folder: Path, config: ExperimentConfig) -> bool:
    names = [CONFIG, *([POSTERIOR] if config.uncertainty.file else []), *carried_files(config)]
    return all(is_as_written(folder, name) for name in names)


def _untidy(folder: Path, config: ExperimentConfig) -> bool:
    """Whether there are leftovers, failures, or blocks without their runs."""
    blocks, others = block_names(folder), config.record.tables
    return (
        any(block_names(folder, name) != blocks for name in others)
        or bool(failure_files(folder))
        or bool(block_names(folder / UNUSED))
        or any(temporaries(folder / name) for name in (".", "runs", *others))
    )


def _done(folder: Path, config: ExperimentConfig) -> list[str]:
    return [run for block in scan(folder, check=config.record.tables) for run in block.ids]
