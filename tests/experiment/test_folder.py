"""What is in a result folder: citysim touches what it wrote, and nothing of anybody else."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from citysim.errors import ConfigError, ResultError
from citysim.execute.executors.shard_watch import ShardWatch
from citysim.execute.rerun import repeat_run
from citysim.execute.runner import Plan, execute_plan, plan_experiment
from citysim.model import MODEL_VERSION
from citysim.plan.config import load_config
from citysim.store.blocks import TABLES, delete_block, write_block
from citysim.store.complete import count_if_complete
from citysim.store.contents import is_ours
from citysim.store.export import export_results
from citysim.store.manifest import manifest_path, read_manifest, write_manifest
from citysim.store.outputs import note_report, note_written, report_current, written
from citysim.store.place import result_folder
from citysim.store.progress import progress_of
from citysim.store.reader import load_results
from citysim.store.scan import scan

type Make = Callable[..., Plan]

#: As file managers, sync programs, editors and people leave them; BLOCK stands for a block's name.
OF_OTHERS = (
    *("._BLOCK", ".DS_Store", "Thumbs.db", "BLOCK~", "BLOCK.bak", "#BLOCK#", ".BLOCK.swp", "BLOCK.sb-1a2b3c"),
    *("BLOCK (copy).parquet", "BLOCK (conflicted copy 2026-11-25).parquet", "Copy of BLOCK", "BLOCK - Copy"),
    *("notes.parquet", ".nfs0001", ".mine.tmp"),
)
AT_THE_TOP = ("failures (copy).parquet", "._failures.parquet", "manifest copy.json", "manifest-old.json")


def one_by_one(plan: Plan, **options: object) -> None:
    execute_plan(plan, workers=1, **options)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".lock")
    }


def put(folder: Path, *names: str) -> dict[str, bytes]:
    """Write files of somebody else's; gives what they hold."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"mine: {name}")
    return {name: f"mine: {name}".encode() for name in names}


class TestWhereItMayWrite:
    """A new folder, an empty one, or one that citysim has written to."""

    @pytest.mark.parametrize(
        "mine",
        [
            ("config.toml", "figures/photo.png", "headline.csv", "briefing.pdf"),
            ("notes.txt",),
            ("manifest.json",),  # web pages have one too
            ("design.parquet",),
            ("runs/part.parquet",),
            ("runs/notes.txt",),
        ],
        ids=str,
    )
    @pytest.mark.parametrize(
        "options", [{}, {"fresh": True}, {"shard": "1/2"}], ids=["run", "fresh", "shard"]
    )
    def test_files_of_others_are_in_the_way_and_stay(
        self, plan: Make, mine: tuple[str, ...], options: dict[str, object]
    ) -> None:
        folder = plan().folder
        put(folder, *mine)
        before = contents(folder)
        name = sorted({Path(name).parts[0] for name in mine})[0]
        with pytest.raises(ResultError, match=f"^{folder}: is no result folder, and holds {name}") as error:
            one_by_one(plan(), **options)
        assert len(error.value.messages) == 1
        assert contents(folder) == before

    @pytest.mark.parametrize(
        "left", [(), (".DS_Store",), ("Thumbs.db", ".gitkeep"), ("runs/.DS_Store",)], ids=str
    )
    def test_an_empty_folder_is_taken(self, plan: Make, left: tuple[str, ...]) -> None:
        plan().folder.mkdir()
        put(plan().folder, *left)
        one_by_one(plan())
        assert len(load_results(plan().folder).runs) == 12

    def test_a_result_folder_is_taken_with_what_people_keep_there(self, plan: Make) -> None:
        one_by_one(plan())
        mine = put(plan().folder, "notes.txt", "figures/photo.png", "headline-for-the-paper.csv")
        one_by_one(plan("seeds=3"))
        assert contents(plan().folder).items() >= mine.items()

    @pytest.mark.parametrize("lost", ["manifest.json", "design.parquet", "runs", "config.toml"])
    def test_a_result_folder_that_lacks_a_part_is_one_still(self, plan: Make, lost: str) -> None:
        one_by_one(plan())
        path = plan().folder / lost
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        one_by_one(plan())
        assert len(load_results(plan().folder).runs) == 12

    def test_one_that_was_killed_at_once_is_taken_again(
        self, plan: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """At every write, the first of which leaves nothing but locks and empty folders."""
        from citysim.store import files

        original, written_files = files.write_atomically, []

        def dies_after(count: int) -> Callable[..., None]:
            def write(path: Path, *rest: object) -> None:
                if len(written_files) == count:
                    raise KeyboardInterrupt
                written_files.append(path.name)
                original(path, *rest)  # type: ignore[arg-type]

            return write

        for count in range(4):
            written_files.clear()
            for module in ("files", "blocks"):
                monkeypatch.setattr(f"citysim.store.{module}.write_atomically", dies_after(count))
            with pytest.raises(KeyboardInterrupt):
                one_by_one(plan(out=f"killed {count}"))
            monkeypatch.undo()
            one_by_one(plan(out=f"killed {count}"))

    @pytest.mark.parametrize("out", ["", "  "])
    def test_an_empty_name_is_refused(self, write: Callable[..., Path], out: str) -> None:
        with pytest.raises(ConfigError, match=r"^--out: empty, expected a folder such as"):
            plan_experiment(write(), out=out)
        with pytest.raises(ConfigError, match=r"^--out: empty"):
            result_folder(load_config(write()), out)


class TestTheConfigThatWasGiven:
    """It is never replaced."""

    def test_that_of_the_folder_itself_continues_it(self, plan: Make) -> None:
        one_by_one(plan())
        folder = plan().folder
        before = (folder / "config.toml").read_bytes()
        for options in ({}, {"fresh": True}):
            one_by_one(plan_experiment(folder / "config.toml", out=folder), **options)
            assert (folder / "config.toml").read_bytes() == before

    @pytest.mark.parametrize("options", [{}, {"fresh": True}], ids=["run", "fresh"])
    @pytest.mark.parametrize("change", ["comment", "seeds"])
    def test_it_is_not_replaced_by_another(self, plan: Make, change: str, options: dict[str, object]) -> None:
        one_by_one(plan())
        folder = plan().folder
        file = folder / "config.toml"
        if change == "comment":
            file.write_text("# mine\n" + file.read_text())
        before = contents(folder)
        again = plan_experiment(file, out=folder, seeds=3 if change == "seeds" else None)
        with pytest.raises(ResultError, match=f"^{file}: is the config of its own results") as error:
            one_by_one(again, **options)
        assert len(error.value.messages) == 1
        assert contents(folder) == before

    def test_the_given_draws_survive_a_fresh_start_that_fails(
        self, plan: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        draws = "\n".join(["contact_effect", *(f"{row / 20}" for row in range(4))])
        (tmp_path / "draws.csv").write_text(draws)
        one_by_one(plan("uncertainty={parameters='posterior', file='draws.csv'}"))
        folder = plan().folder
        given = {name: (folder / name).read_bytes() for name in ("config.toml", "posterior.parquet")}
        again = plan_experiment(folder / "config.toml", out=folder)

        def stop(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("citysim.execute.session.Session.run", stop)
        with pytest.raises(KeyboardInterrupt):
            one_by_one(again, fresh=True)
        assert contents(folder) == given


class TestOutputs:
    """Tables, figures and briefing are of the runs beside them, or are gone."""

    TABLES = ("headline.csv", "factorial.csv", "figures/factorial.png")

    def report(self, folder: Path, *names: str) -> None:
        put(folder, *names)
        note_report(folder, [folder / name for name in names], {})

    @pytest.mark.parametrize("change", ["fresh", "more seeds", "other analyses"])
    def test_those_of_runs_that_are_gone_go_and_files_of_others_stay(self, plan: Make, change: str) -> None:
        one_by_one(plan())
        folder = plan().folder
        self.report(folder, *self.TABLES)
        note_written(folder, [folder / name for name in put(folder, "verdict.csv")])
        mine = put(folder, "figures/photo.png", "mine.csv", "runs/notes.txt")
        assert report_current(folder)
        settings = {"more seeds": ["seeds=3"], "other analyses": ["analyses=['gains']"]}.get(change, [])
        one_by_one(plan(*settings), fresh=change == "fresh")
        left = contents(folder)
        assert not {*self.TABLES, "verdict.csv"} & set(left)
        assert left.items() >= mine.items()
        assert written(folder) == []
        assert not report_current(folder)

    def test_a_second_report_leaves_nothing_of_the_first(self, plan: Make) -> None:
        one_by_one(plan())
        folder = plan().folder
        self.report(folder, *self.TABLES)
        self.report(folder, "headline.csv")
        assert report_current(folder)["files"] == ["headline.csv"]
        assert not {"factorial.csv", "figures/factorial.png"} & set(contents(folder))

    def test_they_stay_while_nothing_changes(self, plan: Make) -> None:
        one_by_one(plan())
        folder = plan().folder
        self.report(folder, *self.TABLES)
        before = contents(folder)
        one_by_one(plan())
        assert contents(folder) == before

    def test_they_stay_after_an_interrupt(self, plan: Make) -> None:
        one_by_one(plan())
        folder = plan().folder
        self.report(folder, *self.TABLES)

        class Stops:
            def note(self, text: str) -> None: ...
            def warn(self, text: str) -> None: ...
            def update(self, done: int, failed: int, total: int) -> None:
                if done > 12:
                    raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            one_by_one(plan("seeds=3"), progress=Stops())
        assert set(self.TABLES) <= set(contents(folder))
        assert set(written(folder)) == set(self.TABLES)

    def test_a_list_that_points_elsewhere_deletes_nothing(self, plan: Make, tmp_path: Path) -> None:
        one_by_one(plan())
        folder = plan().folder
        outside = tmp_path / "outside.csv"
        outside.write_text("mine")
        manifest = read_manifest(manifest_path(folder)) | {"written": ["../outside.csv", str(outside)]}
        write_manifest(manifest_path(folder), None, manifest)
        one_by_one(plan(), fresh=True)
        assert outside.read_text() == "mine"

    def test_a_folder_of_tables_alone_is_known_again(self, tmp_path: Path) -> None:
        out = tmp_path / "tables"
        out.mkdir()
        note_written(out, [out / name for name in put(out, "headline.csv")])
        assert is_ours(out)
        assert written(out) == ["headline.csv"]


class TestFilesOfOtherPrograms:
    """Every reader takes citysim's files by name."""

    @pytest.fixture
    def folder(self, plan: Make) -> Path:
        """Results of one block, with all that other programs leave beside them."""
        one_by_one(plan("record.cities=true"))
        folder = plan().folder
        (block,) = (path.name for path in (folder / "runs").iterdir())
        for table in ("runs", "trajectories", "cities"):
            put(folder / table, *(name.replace("BLOCK", block) for name in OF_OTHERS))
        put(folder, *AT_THE_TOP, ".DS_Store", "Thumbs.db", "unused/.DS_Store", "figures/.DS_Store")
        return folder

    def test_readers_see_the_runs_and_no_damage(self, plan: Make, folder: Path, tmp_path: Path) -> None:
        results = load_results(folder)
        assert len(results.runs) == 12
        assert len(results.trajectories) == 48
        assert len(results.failures) == 0
        found = progress_of(folder)
        assert (found.done, found.missing, found.damaged, found.failures) == (12, 0, (), ())
        assert count_if_complete(plan("record.cities=true").config, folder) == 12
        assert repeat_run(folder, results.runs["run"][3]).differences == ()
        assert export_results(folder, "csv", tmp_path / "export")[1] == 12
        assert len(list(ShardWatch(folder, 2).new())) == 12

    @pytest.mark.parametrize("options", [{}, {"fresh": True}], ids=["run", "fresh"])
    def test_they_stay_as_they_are(self, plan: Make, folder: Path, options: dict[str, object]) -> None:
        mine = {name: data for name, data in contents(folder).items() if data.startswith(b"mine")}
        assert len(mine) > 3 * len(OF_OTHERS)
        one_by_one(plan("record.cities=true", "seeds=3"), **options)
        left = contents(folder)
        assert left.items() >= mine.items()
        assert not [name for name in left if name.endswith(".damaged")]


class TestEarlierVersion:
    """A folder that version 0.1.0 made with another version of the model is read, and computed anew."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        shutil.copytree(Path(__file__).with_name("version_0_1_0"), tmp_path / "old")
        return tmp_path / "old"

    @pytest.fixture
    def old_ids(self, folder: Path) -> list[str]:
        return list(pd.read_parquet(folder / "design.parquet")["run"])

    def test_it_is_read(self, folder: Path, old_ids: list[str]) -> None:
        assert all(len(run) == 16 for run in old_ids)
        results = load_results(folder)
        assert list(results.runs["run"]) == [f"r{run}" for run in old_ids]
        assert len(results.trajectories) == len(old_ids) * 4
        assert progress_of(folder).missing == 0

    def test_a_run_of_it_cannot_be_repeated_and_the_line_says_why(
        self, folder: Path, old_ids: list[str]
    ) -> None:
        with pytest.raises(
            ResultError, match=f"another version of the model .* model 5, this is {MODEL_VERSION}"
        ):
            repeat_run(folder, old_ids[2])

    def test_continued_it_holds_the_runs_of_this_version_and_keeps_the_others_apart(
        self, folder: Path, old_ids: list[str], counted: list[str]
    ) -> None:
        one_by_one(plan_experiment(folder / "config.toml", out=folder))
        assert len(counted) == len(old_ids)
        assert set(load_results(folder).runs["run"]) == set(counted)
        apart = pd.read_parquet(folder / "unused" / "runs")["run"]
        assert {f"r{run}" for run in old_ids} == set(apart)


class TestIdsWithoutLetter:
    """Version 0.1.0 gave ids without a letter: such a folder is repeated and continued."""

    @pytest.fixture
    def folder(self, plan: Make, tmp_path: Path) -> Path:
        made = plan("record.cities=true")
        one_by_one(made)
        shutil.copy(made.folder / "config.toml", tmp_path / "old.toml")
        strip_letters(made.folder)
        return made.folder

    @pytest.fixture
    def old_ids(self, folder: Path) -> list[str]:
        return list(pd.read_parquet(folder / "design.parquet")["run"])

    def test_a_run_is_found_by_either_id_and_is_equal(self, folder: Path, old_ids: list[str]) -> None:
        for run in (old_ids[2], old_ids[2][:10], f"r{old_ids[2]}", f"r{old_ids[2]}"[:10]):
            repeat = repeat_run(folder, run)
            assert repeat.spec.run == f"r{old_ids[2]}"
            assert repeat.compared
            assert repeat.differences == ()

    def test_it_is_continued_and_then_has_new_ids_for_every_reader(
        self, folder: Path, old_ids: list[str], counted: list[str]
    ) -> None:
        made = plan_experiment(folder / "config.toml", out=folder)
        one_by_one(made)
        assert counted == []
        for table in ("design.parquet", "runs", "trajectories", "cities"):
            found = pd.read_parquet(folder / table)["run"]
            assert set(found) == {f"r{run}" for run in old_ids}
        config = folder.parent / "more.toml"
        config.write_text((folder / "config.toml").read_text().replace("seeds = 2\n", "seeds = 3\n", 1))
        one_by_one(plan_experiment(config, out=folder))
        assert len(counted) == 4
        assert len(load_results(folder).runs) == len(old_ids) + 4

    def test_shards_continue_it_too(self, folder: Path, old_ids: list[str], counted: list[str]) -> None:
        for shard in ("1/2", "2/2"):
            one_by_one(plan_experiment(folder / "config.toml", out=folder), shard=shard)
        assert counted == []
        assert len(load_results(folder).runs) == len(old_ids)


def strip_letters(folder: Path) -> None:
    """Write a folder's tables as version 0.1.0 did: ids without a letter, no list of checksums."""

    def stripped(table: pa.Table) -> pa.Table:
        ids = pc.utf8_replace_slice(table["run"], start=0, stop=1, replacement="")
        return table.set_column(table.column_names.index("run"), "run", ids)

    for block in list(scan(folder, columns=None)):
        there = [name for name in TABLES if name != "runs" and (folder / name / block.name).exists()]
        tables = {name: stripped(block.read(name)) for name in there} | {"runs": stripped(block.runs)}
        delete_block(folder, block.name)
        write_block(folder, None, tables)
    pq.write_table(stripped(pq.read_table(folder / "design.parquet")), folder / "design.parquet")
    manifest = read_manifest(manifest_path(folder))
    write_manifest(
        manifest_path(folder), None, {key: manifest[key] for key in manifest if key != "checksums"}
    )
