"""A result folder as the analysis, the figures and the briefing read it."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

from citysim.errors import ResultError
from citysim.model.outcomes import OUTCOMES

#: The arm without cooperation of cities, against which every other one is held.
BASELINE_ARM = "none"
#: Runs at the default parameters, which only the random numbers tell apart.
DEFAULTS = "defaults"
KEYS = ("run", "arm", "seed", "draw", "stall")


@dataclass(frozen=True, eq=False)
class Results:
    """Runs of one experiment.

    ``runs`` has one row per run; ``arms`` are in the order of the config, the baseline first;
    ``outcomes`` are those recorded, in the model's order; ``sweep`` are swept columns other than stall.
    """

    path: Path
    runs: pd.DataFrame
    arms: tuple[str, ...]
    outcomes: tuple[str, ...]
    sweep: tuple[str, ...]
    config: dict[str, Any] = field(default_factory=dict)

    @property
    def sampled(self) -> bool:
        """Whether the design samples the swept values (no grid whose cells repeat)."""
        return self.config.get("design", {}).get("kind", "grid") not in ("grid", "list")

    @property
    def draw(self) -> str:
        """Draw of the replications that carry the parameter uncertainty; defaults where there is none."""
        drawn = [name for name in self.runs["draw"].unique() if name != DEFAULTS]
        return str(drawn[0]) if drawn else DEFAULTS

    def trajectories(self, outcomes: Iterable[str], groups: Iterable[str]) -> pd.DataFrame | None:
        """Quarters of the runs for some outcomes and groups, with each run's arm, seed, draw and stall.

        None where the experiment recorded no trajectories.
        """
        folder = self.path / "trajectories"
        files = sorted(folder.glob("*.parquet"))
        if not files:
            return None
        data = dataset(files, folder)
        columns = ["run", "quarter", "year", "group", *(o for o in outcomes if o in data.schema.names)]
        table = data.to_table(columns=columns, filter=ds.field("group").isin(list(groups)))
        frame: pd.DataFrame = table.to_pandas().drop_duplicates(["run", "quarter", "group"])
        return frame.merge(self.runs[list(KEYS)], on="run", how="inner")


def read_results(path: Path) -> Results:
    """Read the runs of a result folder.

    Raises ``ResultError`` where the folder, its runs or a column is missing, or a file is damaged.
    """
    if not path.is_dir():
        raise ResultError(f"{path}: no such result folder; make it with: citysim run CONFIG --out {path}")
    folder = path / "runs"
    files = sorted(folder.glob("*.parquet"))
    if not files:
        raise ResultError(f"{folder}: holds no runs yet; make them with: citysim run CONFIG --out {path}")
    runs = dataset(files, folder).to_table().to_pandas()
    missing = [key for key in KEYS if key not in runs]
    if missing:
        raise ResultError(f"{folder}: lacks column {', '.join(missing)}; found {', '.join(runs.columns)}")
    # Shards of one experiment may hold the same run; equal runs are equal bit for bit.
    runs = runs.drop_duplicates("run").sort_values(["draw", "seed", "arm", "run"], ignore_index=True)
    config = read_config(path)
    outcomes = tuple(name for name in OUTCOMES if name in runs)
    sweep = tuple(c for c in runs.columns if c not in KEYS and c not in OUTCOMES)
    return Results(path, runs, _arms(runs, config), outcomes, sweep, config)


def dataset(files: list[Path], folder: Path) -> ds.Dataset:
    """Parquet files as one dataset; ``ResultError`` where one cannot be read."""
    try:
        return ds.dataset([str(file) for file in files], format="parquet")
    except (pa.ArrowException, OSError) as error:
        raise ResultError(f"{folder}: damaged Parquet file: {str(error).splitlines()[0]}") from error


def read_config(path: Path) -> dict[str, Any]:
    """The resolved config of a result folder, empty where it is missing."""
    file = path / "config.toml"
    if not file.is_file():
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ResultError(f"{file}: not readable as TOML: {error}") from error


def _arms(runs: pd.DataFrame, config: dict[str, Any]) -> tuple[str, ...]:
    found = sorted(runs["arm"].unique())
    order = [BASELINE_ARM, *config.get("arms", {}), *found]
    return tuple(dict.fromkeys(arm for arm in order if arm in found))
