"""Files beside a config that its runs are made of: they travel with the results."""

from pathlib import Path
from typing import TYPE_CHECKING

from citysim.world.own.files import table_files

if TYPE_CHECKING:
    from citysim.plan.config import ExperimentConfig

#: Folder of one's own tables within a result folder.
WORLD_DATA = "world_data"


def carried_files(config: "ExperimentConfig") -> dict[str, Path]:
    """Where each is, by the name it has in a result folder, relative to that."""
    if config.world.data is None:
        return {}
    return {f"{WORLD_DATA}/{name}.csv": file for name, file in table_files(Path(config.world.data)).items()}
