"""Files beside a config that its runs are made of: they travel with the results."""

from pathlib import Path
from typing import TYPE_CHECKING

from citysim.errors import DataError
from citysim.plan.extensions import DESCRIBED, FOLDER, described_in, described_text
from citysim.world.own.files import table_files

if TYPE_CHECKING:
    from citysim.plan.config import ExperimentConfig

#: Folder of one's own tables within a result folder.
WORLD_DATA = "world_data"


def carried_files(config: "ExperimentConfig") -> dict[str, bytes]:
    """What they hold, by the name that each has in a result folder, relative to that.

    Raises ``DataError`` where one cannot be read.
    """
    files: dict[str, bytes] = {}
    for name, file in _tables(config).items():
        try:
            files[f"{WORLD_DATA}/{name}.csv"] = file.read_bytes()
        except OSError as error:
            raise DataError(f"{file}: cannot be read ({error.strerror or error})") from None
    files |= {f"{FOLDER}/{each.file}": each.text.encode() for each in config.extensions}
    if config.extensions:
        files[f"{FOLDER}/{DESCRIBED}"] = described_text(config.extensions).encode()
    return files


def carried_inputs(config: "ExperimentConfig") -> list[Path]:
    """Where they were read from."""
    return [*_tables(config).values(), *map(Path, config.model.extensions)]


def carried_in(folder: Path) -> list[Path]:
    """Those that a result folder holds."""
    extensions = described_in(folder / FOLDER)
    kept = [folder / FOLDER / name for name in (*extensions, DESCRIBED)] if extensions else []
    return [*table_files(folder / WORLD_DATA).values(), *kept]


def _tables(config: "ExperimentConfig") -> dict[str, Path]:
    return {} if config.world.data is None else table_files(Path(config.world.data))
