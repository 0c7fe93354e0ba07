"""Draws of the uncertain parameters from a posterior: a CSV or Parquet file, one row per draw."""

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from citysim.errors import ConfigError
from citysim.experiment import checks
from citysim.experiment.checks import Fault
from citysim.model.parameters import parameter_specs

if TYPE_CHECKING:
    import pandas as pd

_PATH = ("uncertainty", "file")


def check_posterior(parameters: str, file: str | None, folder: Path) -> list[Fault]:
    """Faults of ``[uncertainty]``'s file of draws; ``file`` is relative to ``folder``."""
    if parameters != "posterior":
        return [Fault(_PATH, "only for parameters = 'posterior'")] if file is not None else []
    if file is None:
        return [Fault(_PATH, "missing; parameters = 'posterior' needs a CSV or Parquet file of draws")]
    try:
        draws = _read(folder / file)
    except (OSError, ValueError, pa.ArrowException) as error:
        reason = (
            error.strerror if isinstance(error, OSError) and error.strerror else str(error).splitlines()[0]
        )
        return [Fault(_PATH, f"{file} cannot be read: {reason}")]
    return _draw_faults(draws, file)


def read_posterior(path: Path) -> "pd.DataFrame":
    """The draws in a file that was checked. Raises ``ConfigError`` where it has since become unreadable."""
    try:
        return _read(path)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None


def _read(path: Path) -> "pd.DataFrame":
    import pandas as pd  # noqa: PLC0415  takes a second, and most configs name no posterior

    return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)


def _draw_faults(draws: "pd.DataFrame", file: str) -> list[Fault]:
    if draws.empty:
        return [Fault(_PATH, f"{file} holds no draws")]
    specs = parameter_specs()
    faults: list[Fault] = []
    for name in map(str, draws.columns):
        if name not in specs:
            faults.append(
                Fault(_PATH, f"{file}: column '{name}': no such parameter, {checks.suggestion(name, specs)}")
            )
            continue
        for row, value in enumerate(draws[name].tolist(), start=1):
            wrong = checks.check_value(_PATH, name, value)
            if wrong:
                faults.append(Fault(_PATH, f"{file}: column '{name}', draw {row}: {wrong[0].text}"))
                break  # one line a column is enough to mend it
    return faults
