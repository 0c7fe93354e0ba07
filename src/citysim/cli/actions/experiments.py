"""What ``experiments``, ``new`` and ``schema`` do."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import typer

from citysim.cli.display import console, print_table
from citysim.errors import ConfigError
from citysim.plan.config import experiment_name, load_config
from citysim.plan.json_schema import schema_text
from citysim.plan.runs import number_of_runs
from citysim.plan.shipped import copied, files_beside, shipped, validations, what_ifs
from citysim.plan.template import SCHEMA_FILE, starting_config
from citysim.store.files import disk_errors


def experiments() -> None:
    """Print the shipped experiments."""
    played, held = what_ifs(), validations()
    others = {name: path for name, path in shipped().items() if name not in played | held}
    _list(others, "Experiments that come with citysim")
    _list(played, "What if")
    _list(held, "Held against the record by `citysim validate`")
    text = "run one: citysim run NAME, or citysim sensitivity NAME; copy one: citysim new MINE --from NAME"
    console().print(text, soft_wrap=True)


def _list(files: Mapping[str, Path], title: str) -> None:
    configs = {name: load_config(path) for name, path in files.items()}
    rows: dict[str, Sequence[object]] = {
        "name": list(configs),
        "runs": [number_of_runs(config) for config in configs.values()],
        "question": [config.question for config in configs.values()],
    }
    print_table(rows, title)


def new(name: str, source: str | None) -> None:
    """Write a config to the working directory: a copy of a shipped experiment, or every section explained."""
    try:
        experiment_name(name)
    except ValueError as fault:
        raise ConfigError(f"NAME: {fault}") from None
    text, path = starting_config(name) if source is None else copied(source, name), Path(f"{name}.toml")
    beside = {} if source is None else files_beside(source)
    for there in (path, *map(Path, beside)):
        if there.exists():
            raise ConfigError(f"{there}: exists already, and is left as it is; choose another name")
    for file, data in beside.items():
        _write_new(Path(file), data)
    _write_new(path, text.encode())
    what = "a config to start from" if source is None else f"a copy of {source}"
    what += f", with {', '.join(beside)}" if beside else ""
    console().print(f"{path}: {what}; change it, then: citysim run {path}", soft_wrap=True)
    if source is None:
        with suppress(FileExistsError):
            _write_new(Path(SCHEMA_FILE), schema_text().encode())
            console().print(f"{SCHEMA_FILE}: what an editor completes and checks it by", soft_wrap=True)


def _write_new(path: Path, data: bytes) -> None:
    """Write a file that is not there yet. Raises ``FileExistsError`` where it is."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(data)
    except FileExistsError:
        raise
    except OSError:
        with disk_errors(path):
            path.unlink(missing_ok=True)  # half of it
            raise


def schema(config: Path | None) -> None:
    """Print the JSON Schema of a config, as it is: no width of a terminal cuts its lines."""
    for extension in load_config(config).extensions if config else ():
        typer.echo(extension.shown, err=True)
    typer.echo(schema_text(), nl=False)
