"""Files of a result folder that have changed since they were written: refused, or replaced by a run."""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from citysim.analysis.headline import write_tables
from citysim.analysis.tables import read_effects, read_headline
from citysim.briefing.context import build_context
from citysim.errors import CitysimError, ResultError
from citysim.execute import simulation
from citysim.execute.executors.slurm_submission import Submission, read_submission
from citysim.execute.rerun import repeat_run
from citysim.execute.runner import Plan, execute_plan, plan_experiment
from citysim.figures import draw_all
from citysim.store.complete import count_if_complete
from citysim.store.manifest import manifest_path, read_manifest, update_manifest
from citysim.store.outputs import note_report, report_current, write_output
from citysim.store.progress import progress_of
from citysim.store.reader import StoredResults, load_results

type Make = Callable[..., Plan]


def one_by_one(plan: Plan, **options: object) -> StoredResults:
    return execute_plan(plan, workers=1, **options)  # type: ignore[arg-type]  options of every kind


def change(path: Path) -> None:
    """Turn one bit in the middle."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def line_of(error: pytest.ExceptionInfo[CitysimError]) -> str:
    (line,) = error.value.messages
    assert "\n" not in line
    return line


class TestTheConfigOfResults:
    """It is theirs; an edited one changes no number."""

    def edit(self, folder: Path) -> Path:
        file = folder / "config.toml"
        text = file.read_text()
        assert '"north"' in text
        file.write_text(text.replace('"north"', '"south"'))
        return file

    def test_every_reader_names_it_and_says_what_to_do(self, plan: Make) -> None:
        one_by_one(plan())
        file = self.edit(plan().folder)
        for read in (lambda: load_results(plan().folder).config, lambda: write_tables(plan().folder)):
            with pytest.raises(ResultError) as error:
                read()
            line = line_of(error)
            assert line.startswith(
                f"{file}: changed since citysim wrote it; to change the experiment, edit a copy "
            )
            assert f"--out {plan().folder}" in line

    def test_a_run_of_the_experiment_as_it_was_writes_it_anew(self, plan: Make, counted: list[str]) -> None:
        before = one_by_one(plan()).config
        counted.clear()
        file = self.edit(plan().folder)
        assert count_if_complete(plan().config, plan().folder) is None
        with pytest.warns(UserWarning, match=rf"^{file}: changed since citysim wrote it; replaced$"):
            after = one_by_one(plan())
        assert counted == []
        assert after.config == before

    @pytest.mark.parametrize("settings", ["seeds=3", "record.groups=['world']"])
    def test_another_experiment_does_not_go_on_from_it(self, plan: Make, settings: str) -> None:
        one_by_one(plan())
        file = self.edit(plan().folder)
        before = {path: path.read_bytes() for path in plan().folder.rglob("*.parquet")}
        with pytest.raises(
            ResultError, match=rf"^{file}: changed since citysim wrote it, so it does not"
        ) as e:
            one_by_one(plan(settings))
        assert "--fresh" in line_of(e)
        assert {path: path.read_bytes() for path in plan().folder.rglob("*.parquet")} == before

    def test_it_is_not_run_itself(self, plan: Make) -> None:
        one_by_one(plan())
        file = plan().folder / "config.toml"
        file.write_text(file.read_text().replace("seeds = 2", "seeds = 3"))
        with pytest.raises(ResultError, match=f"^{file}: changed since citysim wrote it; to change"):
            one_by_one(plan_experiment(file, out=plan().folder))


class TestTables:
    """What was made of the runs is read as it was made."""

    @pytest.fixture
    def folder(self, plan: Make) -> Path:
        one_by_one(plan())
        write_tables(plan().folder)
        return plan().folder

    def test_one_saved_in_a_spreadsheet_is_refused_until_it_is_made_again(self, folder: Path) -> None:
        before = read_headline(folder)
        file = folder / "headline.csv"
        file.write_text(file.read_text().replace(",", ";"))
        with pytest.raises(ResultError) as error:
            read_headline(folder)
        assert line_of(error) == (
            f"{file}: changed since citysim wrote it; make it again with: citysim effects {folder}"
        )
        write_tables(folder)
        pd.testing.assert_frame_equal(read_headline(folder), before)

    def test_made_elsewhere_it_is_made_again_there(self, folder: Path, tmp_path: Path) -> None:
        file = tmp_path / "elsewhere" / "headline.csv"
        write_tables(folder, file.parent)
        change(file)
        with pytest.raises(ResultError, match=f"with: citysim effects DIR --out {file.parent}$"):
            read_headline(file.parent)

    def test_a_figure_that_was_painted_over_does_not_come_into_a_briefing(self, folder: Path) -> None:
        figure = next(path for path in draw_all(folder) if path.suffix == ".png")
        build_context(folder)
        change(figure)
        with pytest.raises(ResultError, match=f"^{figure}: changed since citysim wrote it; make it again"):
            build_context(folder)
        draw_all(folder)
        build_context(folder)

    def test_a_report_with_a_changed_file_is_not_of_the_runs_as_they_are(self, folder: Path) -> None:
        files = [folder / "headline.csv", folder / "effects.csv"]
        note_report(folder, files, {})
        assert report_current(folder)
        change(files[1])
        assert not report_current(folder)

    def test_what_a_killed_command_has_made_is_listed(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """At every write, be it before or after the file has its name, both tables are read."""
        original = Path.replace
        for count in range(8):
            replaced: list[Path] = []

            def dies(self: Path, target: Path, count: int = count, replaced: Any = replaced) -> Path:
                if len(replaced) == count:
                    raise KeyboardInterrupt
                replaced.append(self)
                return original(self, target)

            monkeypatch.setattr(Path, "replace", dies)
            try:
                for text in (f"a,{count}\n", f"b,{count}\n"):
                    write_output(folder, "headline.csv", "table", lambda path, text=text: writes(path, text))
            except KeyboardInterrupt:
                pass
            monkeypatch.undo()
            read_headline(folder)
            read_effects(folder)


def writes(path: Path, text: str) -> None:
    path.write_text(text)


class TestWhatARunMends:
    """It replaces or sets aside what has changed, and says so."""

    @pytest.mark.parametrize("name", ["design.parquet", "posterior.parquet"])
    def test_design_and_draws(self, plan: Make, tmp_path: Path, counted: list[str], name: str) -> None:
        (tmp_path / "draws.csv").write_text("\n".join(["contact_effect", *(f"{n / 20}" for n in range(4))]))
        made = plan("uncertainty={parameters='posterior', file='draws.csv'}")
        before = one_by_one(made)
        file, design = made.folder / name, before.design
        for place in (10, -20):  # a page, and the footer, whose bytes Parquet does not check
            content = bytearray(file.read_bytes())
            content[place] ^= 1
            file.write_bytes(content)
            with pytest.raises(
                ResultError, match=f"^{file}: changed since citysim wrote it; run the"
            ) as error:
                _ = (load_results(made.folder).config, load_results(made.folder).design)
            line_of(error)
            counted.clear()
            with pytest.warns(UserWarning, match=rf"^{file}: changed since citysim wrote it; replaced$"):
                after = one_by_one(made)
            assert counted == []
            pd.testing.assert_frame_equal(after.design, design)
            assert after.config == before.config

    def test_failures_are_set_aside_and_tried_again(
        self, plan: Make, monkeypatch: pytest.MonkeyPatch, counted: list[str]
    ) -> None:
        whole = simulation.simulate

        def failing(spec: Any, *rest: Any) -> Any:
            if spec.seed == 2 and spec.arm == "both":
                raise ValueError("of all things")
            return whole(spec, *rest)

        with monkeypatch.context() as patch:
            patch.setattr(simulation, "simulate", failing)
            assert len(one_by_one(plan()).failures) == 2
        file = plan().folder / "failures.parquet"
        change(file)
        with pytest.raises(ResultError, match=f"^{file}: changed"):
            _ = load_results(plan().folder).failures
        (line,) = progress_of(plan().folder).damaged
        assert line.startswith(f"{file}: changed")
        counted.clear()
        with pytest.warns(UserWarning, match=rf"^{file}: damaged; set aside as \*\.damaged, its runs are"):
            after = one_by_one(plan())
        assert len(counted) == 2
        assert after.failures.empty
        assert file.with_name("failures.parquet.damaged").is_file()
        one_by_one(plan(), fresh=True)
        assert not list(plan().folder.glob("failures*"))

    def test_a_manifest_is_refused(self, plan: Make) -> None:
        one_by_one(plan())
        file = manifest_path(plan().folder)
        file.write_text(file.read_text().replace('"done": 12', '"done": 13'))
        for read in (lambda: load_results(plan().folder).manifest, lambda: one_by_one(plan())):
            with pytest.raises(
                ResultError, match=f"^{file}: damaged: changed since citysim wrote it; delete it"
            ):
                read()
        file.unlink()
        assert len(one_by_one(plan()).runs) == 12


def test_a_run_whose_block_is_damaged_is_not_said_never_to_have_been_kept(plan: Make) -> None:
    run = one_by_one(plan()).runs["run"][0]
    (block,) = (plan().folder / "runs").iterdir()
    change(block)
    with pytest.raises(ResultError, match=f"^{block}: damaged or missing, run the experiment again"):
        repeat_run(plan().folder, run)


def test_status_sees_damage_beside_the_runs_too(plan: Make) -> None:
    one_by_one(plan())
    (block,) = (plan().folder / "trajectories").iterdir()
    change(block)
    found = progress_of(plan().folder)
    assert (found.done, found.missing) == (0, 12)
    assert str(block) in found.damaged[0]


def test_the_record_of_a_job_array_is_read_as_it_was_written(tmp_path: Path) -> None:
    submission = Submission(
        name="x-1",
        cluster="c",
        user="u",
        started="now",
        rounds=7,
        design="d",
        elements=12,
        tries={2: (1, 0), 10: (2, 1)},
    )
    submission.write(tmp_path)
    assert read_submission(tmp_path) == submission
    file = tmp_path / "slurm" / "submission.json"
    file.write_text(file.read_text().replace('"rounds": 7', '"rounds": 6'))
    with pytest.raises(ResultError, match=f"^{file}: damaged"):
        read_submission(tmp_path)


def test_what_several_commands_note_at_once_is_all_kept(tmp_path: Path) -> None:
    """Two threads change one manifest fifty times each, as a sweep and a report beside it do."""

    def note(mark: str) -> None:
        for count in range(50):
            update_manifest(
                manifest_path(tmp_path), None, lambda found, key=f"{mark}{count}": {**found, key: "here"}
            )

    threads = [threading.Thread(target=note, args=(mark,)) for mark in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    marks = {name for name in read_manifest(manifest_path(tmp_path)) if name[0] in "ab"}
    assert marks == {f"{mark}{count}" for mark in "ab" for count in range(50)}


def test_a_folder_without_checksums_has_them_once_it_is_continued(tmp_path: Path) -> None:
    folder = shutil.copytree(Path(__file__).with_name("version_0_1_0"), tmp_path / "old")
    assert len(load_results(folder).runs) == 16
    shutil.copy(folder / "config.toml", tmp_path / "old.toml")
    one_by_one(plan_experiment(tmp_path / "old.toml", out=folder))
    change(folder / "design.parquet")
    with pytest.raises(ResultError, match=r"design\.parquet: changed since"):
        _ = load_results(folder).design
