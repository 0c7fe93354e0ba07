"""Whether nothing is left to do in a result folder, without making its world and its runs."""

from pathlib import Path

import pyarrow as pa

from citysim.errors import ResultError
from citysim.plan.config import ExperimentConfig
from citysim.store.blocks import DamagedError, check_rest, read_runs, read_table
from citysim.store.contents import UNUSED, block_names, failure_files, temporaries
from citysim.store.files import writers
from citysim.store.manifest import ids_digest, inputs_digest, manifest_path, read_manifest


def finished_runs(config: ExperimentConfig, folder: Path) -> int | None:
    """Number of runs of a folder in which all are done and every byte is as written; None where not certain.

    What is found is what a sweep would find; whatever it would have to mend or to tell is left to it.
    """
    try:
        manifest = read_manifest(manifest_path(folder))
        if manifest.get("inputs") != inputs_digest(config) or writers(folder):
            return None
        design = read_table(folder / "design.parquet")["run"].to_pylist()
        runs = sorted(set(design))  # points that are equal are one run
        if (ids_digest(design), len(runs)) != (manifest["design"]["digest"], manifest["done"]):
            return None
        return len(runs) if not _untidy(folder, config) and sorted(_done(folder, config)) == runs else None
    except (ResultError, OSError, pa.ArrowException, DamagedError):
        return None


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
    tables = config.record.tables
    done: list[str] = []
    for block in block_names(folder):
        runs = read_runs(folder, block, ["run"])
        check_rest(folder, block, runs, tables)
        done += runs["run"].to_pylist()
    return done
