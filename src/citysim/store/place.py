"""The folder that an experiment is to be kept in: where it is, and whether it may be written to."""

from pathlib import Path

from citysim.errors import ConfigError, ResultError
from citysim.plan.config import ExperimentConfig
from citysim.store.checked import mend_config, read_checked
from citysim.store.contents import CONFIG, check_ours, is_ours
from citysim.store.files import IN_USE, WATCHED, writers
from citysim.store.writer import resolved_config

NO_FOLDER = "--out: empty, expected a folder such as results/claim; is its variable set?"


def result_folder(config: ExperimentConfig, out: Path | str | None) -> Path:
    """``out``, or ``results/NAME``. Raises ``ConfigError`` where ``out`` is an empty text."""
    if isinstance(out, str) and not out.strip():
        raise ConfigError(NO_FOLDER)
    return Path("results") / config.name if out is None else Path(out)


def check_folder(config: ExperimentConfig, folder: Path, source: Path | None) -> None:
    """Raise ``ResultError`` where others' files are in the way, or the given config would be replaced.

    So where that is the config of earlier results, or its draws are, and somebody has changed them there.
    """
    check_ours(folder)
    if config.uncertainty.file is not None:
        draws = Path(config.uncertainty.file)
        if is_ours(draws.parent):
            read_checked(draws.parent, draws.name)
    kept = folder / CONFIG
    if source is None or not (kept.is_file() and source.is_file() and kept.samefile(source)):
        return
    if kept.read_bytes() != resolved_config(config).encode():
        raise ResultError(
            f"{source}: is the config of its own results, which would be replaced by one with every default "
            "and the options of this command written out; copy it to another place and run that"
        )
    read_checked(folder, CONFIG, mend_config(folder))


def check_free(folder: Path, shard: str | None, *, joins: bool) -> None:
    """Raise ``ResultError`` where somebody is at work in a folder. A hint only: nothing is held.

    ``joins``: whether this one may work beside shards.
    """
    working = writers(folder) or set()
    if shard in working:
        raise ResultError(IN_USE.format(folder=folder, holder=f"another citysim run of shard {shard}"))
    if shard:
        working &= {"all"}
    elif joins:
        working &= {"all", WATCHED}
    if working:
        raise ResultError(IN_USE.format(folder=folder, holder="another citysim run"))
