"""The experiments that come with citysim, known by their names."""

import re
from pathlib import Path

from citysim.errors import ConfigError

_FOLDER = Path(__file__).parents[1] / "experiments"
_BARE = re.compile(r"[\w-]{1,64}")


def shipped() -> dict[str, Path]:
    """The config of every shipped experiment by its name: questions, what-ifs, those of ``validations``."""
    return _questions() | what_ifs() | validations()


def what_ifs() -> dict[str, Path]:
    """Those that play something through, alone or in a folder with the files that they need."""
    folder = _FOLDER / "what_if"
    return {path.stem: path for path in sorted((*folder.glob("*.toml"), *folder.glob("*/*.toml")))}


def validations() -> dict[str, Path]:
    """Those whose runs are held against the record (``citysim validate``)."""
    return {path.stem: path for path in sorted((_FOLDER / "validation").glob("*.toml"))}


def _questions() -> dict[str, Path]:
    return {path.stem: path for path in sorted(_FOLDER.glob("*.toml"))}


def config_path(config: Path | str) -> Path:
    """The file that is meant by a path, or by a bare name such as ``claim``.

    A bare name is the file of that name, else that name with ``.toml``, else the shipped experiment, so that
    what lies here comes first. Raises ``ConfigError`` where it is none of them.
    """
    path = Path(config)
    if not _BARE.fullmatch(str(path)) or path.is_file():
        return path
    here = path.with_suffix(".toml")
    if here.is_file():
        return here
    found = shipped().get(path.name)
    if found is None and not path.exists():
        raise ConfigError(
            f"{path}: no such file, and no shipped experiment; `citysim experiments` lists those: "
            f"{', '.join(shipped())}"
        )
    return found or path


def hint(path: Path) -> str:
    """For a file that is not there: that an experiment of its name is shipped, if it is."""
    return f"; the shipped experiment goes by its bare name: {path.stem}" if path.stem in shipped() else ""


def files_beside(source: str) -> dict[str, bytes]:
    """What the config of a shipped experiment needs beside it, by names relative to it."""
    config = shipped()[source]
    if config.parent.name != config.stem:
        return {path.name: path.read_bytes() for path in sorted(config.parent.glob(f"{config.stem}_*.csv"))}
    files = (path for path in sorted(config.parent.rglob("*")) if path.is_file() and path != config)
    ours = [path for path in files if "__pycache__" not in path.parts]
    return {path.relative_to(config.parent).as_posix(): path.read_bytes() for path in ours}


def copied(source: str, name: str) -> str:
    """The config of a shipped experiment as text, under another name.

    Raises ``ConfigError`` where there is no such experiment.
    """
    if source not in shipped():
        raise ConfigError(f"--from: found '{source}', allowed: {', '.join(shipped())}")
    text = shipped()[source].read_text(encoding="utf-8")
    return re.sub(r'^name = ".*"$', f'name = "{name}"', text, count=1, flags=re.MULTILINE)
