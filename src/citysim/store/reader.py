"""Reading a result folder as pandas tables."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from citysim.errors import CitysimError, ResultError
from citysim.plan.carried import carried_in
from citysim.plan.config import ExperimentConfig, load_config
from citysim.plan.extensions import FOLDER, described_in, put_at_hand
from citysim.store.checked import mend_config, read_checked, read_checked_table
from citysim.store.contents import CONFIG, EXTENSIONS, POSTERIOR
from citysim.store.failures import read_failures
from citysim.store.manifest import any_manifest, manifest_path, read_manifest
from citysim.store.places import places, with_places
from citysim.store.scan import scan

if TYPE_CHECKING:
    import pandas as pd


class StoredResults:
    """The runs of one experiment, in design order whatever order they were computed in."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def design(self) -> "pd.DataFrame":
        """One row per run that the config asks for: run, arm, seed, draw, swept and drawn values."""
        frame: pd.DataFrame = read_checked_table(self.path, "design.parquet").to_pandas()
        return frame

    @cached_property
    def runs(self) -> "pd.DataFrame":
        """One row per finished run: run, arm, seed, draw, swept values, outcomes of the world."""
        return self._in_design_order(self._blocks("runs")).drop_duplicates("run", ignore_index=True)

    @cached_property
    def trajectories(self) -> "pd.DataFrame":
        """One row per finished run, quarter and group. Raises ``ResultError`` where none were recorded."""
        if not self.config.record.trajectories:
            raise ResultError(f"{self.path}: holds no trajectories; set [record] trajectories = true")
        table = self._in_design_order(self._blocks("trajectories"))
        return table.drop_duplicates(["run", "quarter", "group"], ignore_index=True)

    @cached_property
    def groups(self) -> "pd.DataFrame":
        """One row per finished run and group. Raises ``ResultError`` where none were recorded."""
        if not self.config.record.groups_summary:
            raise ResultError(f"{self.path}: holds no groups; set [record] groups_summary = true")
        table = self._in_design_order(self._blocks("groups"))
        return table.drop_duplicates(["run", "group"], ignore_index=True)

    @cached_property
    def cities(self) -> "pd.DataFrame":
        """One row per finished run and city: run, city, name, country, state, latitude, longitude, outcomes.

        Outcomes are those of the last quarter. Raises ``ResultError`` where no cities were recorded.
        """
        self._require_cities()
        table = self._in_design_order(with_places(self._blocks("cities"), lambda: self.places))
        return table.drop_duplicates(["run", "city"], ignore_index=True)

    @cached_property
    def cities_over_time(self) -> "pd.DataFrame":
        """One row per finished run, date within it and city: run, quarter, year, city, outcomes.

        What they end with is in ``cities``. Raises ``ResultError`` where none were recorded.
        """
        if self.config.record.cities_every is None:
            raise ResultError(f"{self.path}: holds cities of no date; set [record] cities_every")
        table = self._in_design_order(self._blocks("cities_over_time"))
        return table.drop_duplicates(["run", "quarter", "city"], ignore_index=True)

    @cached_property
    def statistics(self) -> "pd.DataFrame":
        """One row per finished run: run, then a column per statistic, NaN where it has no value.

        Raises ``ResultError`` where no statistics were recorded.
        """
        if not self.config.record.statistics:
            raise ResultError(f"{self.path}: holds no statistics; set [record] statistics = true")
        long = self._blocks("statistics", ["run", "statistic", "value"]).to_pandas()
        long = long.drop_duplicates(["run", "statistic"])
        names = list(dict.fromkeys(long["statistic"]))
        wide = long.pivot(index="run", columns="statistic", values="value")[names]
        return self._in_design_order(pa.Table.from_pandas(wide.reset_index(), preserve_index=False))

    @cached_property
    def places(self) -> pa.Table | None:
        """Where the cities of the world are, for blocks that do not say; None where it has since changed."""
        from citysim.plan.world import build_world  # noqa: PLC0415  heavy, and for old folders alone

        try:
            world = build_world(self.config.world)
        except CitysimError:
            return None
        return places(world) if world.digest == self.world_digest else None

    @cached_property
    def world_digest(self) -> str | None:
        """Digest of the world that the runs start from; None where the manifest does not say."""
        digest: str | None = any_manifest(self.path).get("world", {}).get("digest")
        return digest

    @cached_property
    def failures(self) -> "pd.DataFrame":
        """One row per run of the design that failed and is not done."""
        failed = read_failures(self.path)
        if failed.empty:
            return failed
        open_ = set(self.design["run"]) - set(self.runs["run"])
        return failed[failed["run"].isin(open_)].reset_index(drop=True)

    @cached_property
    def config(self) -> ExperimentConfig:
        """The resolved config. Raises ``ResultError`` where it has changed since it was written."""
        if (self.path / CONFIG).is_file():
            text = read_checked(self.path, CONFIG, mend_config(self.path))
            if POSTERIOR.encode() in text and (self.path / POSTERIOR).is_file():
                read_checked_table(self.path, POSTERIOR)
            for file in carried_in(self.path):
                read_checked(self.path, file.relative_to(self.path).as_posix())
        return load_config(self.path / CONFIG, execute=False)

    @property
    def manifest(self) -> dict[str, Any]:
        """Versions, digests, times and counts."""
        return read_manifest(manifest_path(self.path))

    def failed_in_words(self) -> str:
        """How many runs failed, and the first error; empty where none did."""
        if self.failures.empty:
            return ""
        failed, total, first = len(self.failures), len(self.design), self.failures["error"].iloc[0]
        number = f"all {total}" if failed == total else f"{failed} of {total}"
        return f"{number} runs failed, the first with {str(first).partition('\n')[0]}"

    def require_runs(self) -> None:
        """Raise ``ResultError`` where no run is done; where runs failed it tells the first error."""
        if not self.runs.empty:
            return
        failed, again = self.failed_in_words(), f"citysim run CONFIG --out {self.path}"
        if not failed:
            raise ResultError(f"{self.path / 'runs'}: holds no runs yet; make them with: {again}")
        raise ResultError(
            f"{self.path}: no run is done: {failed}; its traceback: citysim rerun {self.path} "
            f"{self.failures['run'].iloc[0]}; try again with: {again} --retry-failed"
        )

    @property
    def missing(self) -> int:
        """Runs of the design that are neither done nor failed."""
        return len(self.design) - len(self.runs) - len(self.failures)

    def quarters(
        self,
        columns: Sequence[str],
        groups: Iterable[str],
        runs: Iterable[str] | None = None,
        *,
        last: bool = False,
    ) -> "pd.DataFrame":
        """Some columns of the trajectories, beside the keys ``run, quarter, year, group``, of some groups.

        ``runs``: only of these; ``last``: only the last quarter.
        """
        keys = ["run", "quarter", "group"]
        part = partial(_part, groups=tuple(groups), runs=None if runs is None else tuple(runs), last=last)
        table = self._blocks("trajectories", [*keys, "year", *columns], part)
        return self._in_design_order(table).drop_duplicates(keys, ignore_index=True)

    def of_cities(self, columns: Sequence[str], cities: Iterable[int], runs: Iterable[str]) -> "pd.DataFrame":
        """Some outcomes in the last quarter, beside ``run`` and ``city``, of some cities and runs.

        Raises ``ResultError`` where no cities were recorded.
        """
        self._require_cities()
        wanted = {"run": pa.array(runs, pa.string()), "city": pa.array(cities, pa.int64())}
        part = partial(_rows_of, wanted=wanted)
        table = self._blocks("cities", ["run", "city", *columns], part)
        return self._in_design_order(table).drop_duplicates(["run", "city"], ignore_index=True)

    def of_cities_at(
        self, quarter: int, columns: Sequence[str], cities: Iterable[int], runs: Iterable[str]
    ) -> "pd.DataFrame":
        """The same at the end of a quarter within the runs; empty where cities were not recorded then."""
        wanted = {
            "run": pa.array(runs, pa.string()),
            "city": pa.array(cities, pa.int64()),
            "quarter": pa.array([quarter], pa.int32()),
        }
        keys = ["run", "city", "quarter"]
        table = self._blocks("cities_over_time", [*keys, *columns], partial(_rows_of, wanted=wanted))
        return self._in_design_order(table).drop_duplicates(keys, ignore_index=True)

    def _require_cities(self) -> None:
        if not self.config.record.cities:
            raise ResultError(f"{self.path}: holds no cities; set [record] cities = true")

    def _blocks(
        self,
        name: str,
        columns: Sequence[str] | None = None,
        part: Callable[[pa.Table], pa.Table] = lambda table: table,
    ) -> pa.Table:
        """One table of all blocks, or ``part`` of each; rows may be there twice while somebody writes."""
        tables = [part(table) for table in self._tables(name, columns)]
        if tables:
            return pa.concat_tables(tables, promote_options="default")
        return pa.table({name: [] for name in columns or ("run", "quarter", "group", "city")})

    def _tables(self, name: str, columns: Sequence[str] | None) -> Iterator[pa.Table]:
        """One table of each block, or some columns of it."""
        for block in scan(self.path, columns=None if name == "runs" else ("run",), check=()):
            table = block.runs if name == "runs" else block.read(name, columns)
            if table is not None:
                yield table

    def _in_design_order(self, table: pa.Table) -> "pd.DataFrame":
        import pandas as pd  # noqa: PLC0415  a sweep that is under way needs no tables

        frame: pd.DataFrame = table.to_pandas()
        place = pd.Series(range(len(self.design)), index=self.design["run"])
        order = frame["run"].map(place)
        wanted = frame[order.notna()].iloc[order[order.notna()].argsort(kind="stable")]
        return wanted.reset_index(drop=True)


def load_results(path: Path | str) -> StoredResults:
    """The results in a folder; what its extensions add is read, and no code of theirs is run.

    Raises ``ResultError`` where it is not a result folder.
    """
    folder = Path(path)
    if not folder.exists():
        raise ResultError(f"{folder}: no such folder")
    if not (folder / "design.parquet").is_file():
        raise ResultError(f"{folder}: not a result folder of citysim (no design.parquet)")
    if (folder / EXTENSIONS).is_file():
        read_checked(folder, EXTENSIONS)
    put_at_hand([described for _, described in described_in(folder / FOLDER).values()])
    return StoredResults(folder)


def _part(table: pa.Table, groups: Sequence[str], runs: Sequence[str] | None, *, last: bool) -> pa.Table:
    """Rows of some groups and runs, or of the last quarter alone."""
    if last:
        table = table.filter(pc.equal(table["quarter"], pc.max(table["quarter"])))
    wanted = {"group": groups} | ({} if runs is None else {"run": runs})
    return _rows_of(table, {name: pa.array(values, pa.string()) for name, values in wanted.items()})


def _rows_of(table: pa.Table, wanted: Mapping[str, pa.Array]) -> pa.Table:
    """Rows whose value of each column is among those wanted."""
    for name, values in wanted.items():
        table = table.filter(pc.is_in(table[name], values))
    return table
