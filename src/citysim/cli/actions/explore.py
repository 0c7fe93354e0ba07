"""What ``explore`` does: the page as a file."""

from collections.abc import Sequence
from pathlib import Path

from citysim.cli.display import print_paths
from citysim.explorer import write_explorer


def explore(folders: Sequence[Path], out: Path) -> None:
    """Write the page of some result folders and say where."""
    print_paths("written:", [write_explorer(folders, out)])
