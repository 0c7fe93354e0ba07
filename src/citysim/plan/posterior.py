"""Draws of the uncertain parameters from a posterior: a CSV or Parquet file, one row per draw.

What ``citysim calibrate`` writes also says, in the table's ``attrs``, under which forms of the mechanisms it
was calibrated and which parameters the record has moved.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from citysim.errors import ConfigError
from citysim.model.forms import forms
from citysim.model.parameters import parameter_specs
from citysim.plan import faults as checks
from citysim.plan.faults import Fault

if TYPE_CHECKING:
    import pandas as pd

    from citysim.plan.config import ExperimentConfig

_PATH = ("uncertainty", "file")
_FORMS, _MOVED = "forms", "moved"
#: Choices that say what there is at the start, which is another in another experiment.
_OF_THE_START = ("practice_onset",)


def posterior_settings(file: Path | str | None) -> list[str]:
    """Settings ``KEY=VALUE`` by which the replications take their draws from a file; none without one.

    ``file`` is relative to the working directory, not to the config. The forms that it was calibrated
    under, where they are not the defaults, come with it.
    """
    if file is None:
        return []
    try:
        calibrated = forms_of(_read(Path(file)))
    except (OSError, ValueError, pa.ArrowException):  # told when the config is checked
        calibrated = {}
    own = [f"parameters.{name}={value}" for name, value in calibrated.items() if value != forms()[name]]
    # A TOML text is a JSON text.
    path = json.dumps(str(Path(file).absolute()))
    return ["uncertainty.parameters=posterior", f"uncertainty.file={path}", *own]


def described(
    draws: "pd.DataFrame", settings: Mapping[str, object], moved: Collection[str]
) -> "pd.DataFrame":
    """Draws that say what they were calibrated under, ``settings``, and which parameters the record moved."""
    own = draws.copy()
    chosen = {
        name: str(settings.get(name, default))
        for name, default in forms().items()
        if name not in _OF_THE_START
    }
    own.attrs = {_FORMS: chosen, _MOVED: [*moved]}
    return own


def forms_of(draws: "pd.DataFrame") -> dict[str, str]:
    """Forms that draws were calibrated under; empty where the file does not say."""
    return {name: str(value) for name, value in draws.attrs.get(_FORMS, {}).items() if name in forms()}


def moved_in(draws: "pd.DataFrame") -> set[str] | None:
    """Parameters that the record has moved, by the calibration; None where the file does not say."""
    return set(draws.attrs[_MOVED]) if _MOVED in draws.attrs else None


def check_posterior(
    parameters: str, file: str | None, folder: Path, chosen: Mapping[str, Collection[object]]
) -> list[Fault]:
    """Faults of ``[uncertainty]``'s file of draws; ``file`` is relative to ``folder``.

    ``chosen``: the forms that the experiment's runs have.
    """
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
        allowed = (
            "" if isinstance(error, OSError) else "; allowed: draws as CSV or Parquet, a column a parameter"
        )
        return [Fault(_PATH, f"{file} cannot be read: {reason}{allowed}")]
    return _draw_faults(draws, file) or [
        Fault(
            _PATH,
            f"{file} was calibrated with {name} = '{value}', no run of this experiment has it; set "
            f"[parameters] {name} = '{value}', or calibrate with another",
        )
        for name, value in forms_of(draws).items()
        if value not in chosen[name]
    ]


def posterior_draws(config: "ExperimentConfig") -> "pd.DataFrame | None":
    """The posterior's draws, a column per parameter, or None where there is no posterior."""
    return read_posterior(Path(config.uncertainty.file)) if config.uncertainty.file else None


def read_posterior(path: Path) -> "pd.DataFrame":
    """The draws in a file that was checked. Raises ``ConfigError`` where it has since become unreadable."""
    try:
        return _read(path)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None


def check_rows(draws: int, file: str, seeds: int | Sequence[int]) -> None:
    """Raise ``ConfigError`` where a seed has no draw: taking one twice would hide uncertainty.

    ``draws``: rows of ``file``; ``seeds``: as the config has them, a number or a list.
    """
    held = f"uncertainty.file: {file} holds {draws:,} draw{'' if draws == 1 else 's'}"
    if isinstance(seeds, int):
        if seeds > draws:
            raise ConfigError(
                f"{held}, seeds = {seeds:,} needs {seeds:,}, as seed s takes row s; "
                f"set seeds to {draws:,} at most, or give a file with more draws"
            )
        return
    without = [seed for seed in seeds if not 1 <= seed <= draws]
    if without:
        named = ", ".join(map(str, without[:3])) + (", …" if without[3:] else "")
        raise ConfigError(
            f"{held} and none for seed {named}, as seed s takes row s; "
            f"name seeds from 1 to {draws:,}, or give a file with more draws"
        )


def _read(path: Path) -> "pd.DataFrame":
    import pandas as pd  # noqa: PLC0415  takes a second, and most configs name no posterior

    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    text = path.read_bytes().decode("utf-8-sig")
    separator, decimal = _dialect(text)
    draws = pd.read_csv(StringIO(text), sep=separator, decimal=decimal)
    if not isinstance(draws.index, pd.RangeIndex):
        raise ValueError("its rows have more values than its header has names")  # noqa: TRY004  of the file
    return draws


def _dialect(text: str) -> tuple[str, str]:
    """Separator and decimal sign of a CSV: spreadsheets write ``;`` where the comma is the decimal sign."""
    header, _, rows = text.lstrip().partition("\n")
    if "," in header:
        return ",", "."
    separator = "\t" if "\t" in header else ";"
    return separator, "," if "," in rows else "."


def _draw_faults(draws: "pd.DataFrame", file: str) -> list[Fault]:
    if draws.empty:
        return [Fault(_PATH, f"{file} holds no draws")]
    specs = parameter_specs()
    if len(draws.columns) > 1 and not set(map(str, draws.columns)) & set(specs):
        known = "a column per parameter and a row per draw, as 'citysim calibrate' writes posterior.parquet"
        return [Fault(_PATH, f"{file} is no posterior: none of its columns is a parameter; expected {known}")]
    faults: list[Fault] = []
    for name in map(str, draws.columns):
        if name not in specs:
            faults.append(
                Fault(_PATH, f"{file}: column '{name}': no such parameter, {checks.suggestion(name, specs)}")
            )
            continue
        values = draws[name].tolist()
        for row in _doubtful(draws[name], name):
            wrong = checks.check_value(_PATH, name, values[row])
            if wrong:
                faults.append(Fault(_PATH, f"{file}: column '{name}', draw {row + 1}: {wrong[0].text}"))
                break  # one line a column is enough to mend it
    return faults


def _doubtful(values: "pd.Series", name: str) -> Sequence[int]:
    """Rows to be looked at one by one: all but numbers within the bounds of a parameter that takes any."""
    spec = parameter_specs()[name]
    if values.dtype != np.float64 or not checks.takes_number(name) or checks.is_whole(name):
        return range(len(values))
    rows: list[int] = (~values.between(spec.low, spec.high)).to_numpy().nonzero()[0].tolist()
    return rows
