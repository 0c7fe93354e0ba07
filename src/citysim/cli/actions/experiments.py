"""What ``experiments`` and ``new`` do."""

from collections.abc import Sequence
from pathlib import Path

from citysim.cli.display import console, print_table
from citysim.errors import ConfigError
from citysim.plan.config import experiment_name, load_config
from citysim.plan.runs import number_of_runs
from citysim.plan.shipped import copied, shipped
from citysim.store.files import disk_errors


def experiments() -> None:
    """Print the shipped experiments."""
    configs = {name: load_config(path) for name, path in shipped().items()}
    rows: dict[str, Sequence[object]] = {
        "name": list(configs),
        "runs": [number_of_runs(config) for config in configs.values()],
        "question": [config.question for config in configs.values()],
    }
    print_table(rows, "Experiments that come with citysim")
    text = "run one: citysim run NAME, or citysim sensitivity NAME; copy one: citysim new MINE --from NAME"
    console().print(text, soft_wrap=True)


def new(name: str, source: str) -> None:
    """Write a copy of a shipped experiment, under another name, to the working directory."""
    try:
        experiment_name(name)
    except ValueError as fault:
        raise ConfigError(f"NAME: {fault}") from None
    text, path = copied(source, name), Path(f"{name}.toml")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ConfigError(f"{path}: exists already, and is left as it is; choose another name") from None
    except OSError:
        with disk_errors(path):
            path.unlink(missing_ok=True)  # half of a config
            raise
    console().print(f"{path}: a copy of {source}; change it, then: citysim run {path}", soft_wrap=True)
