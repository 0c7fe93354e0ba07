"""One bit turned anywhere in a result folder changes no number that any reader gives, without a word."""

import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from citysim.analysis.headline import write_tables
from citysim.analysis.results import read_results
from citysim.analysis.sensitivity import read_indices, write_sensitivity
from citysim.analysis.tables import read_csv
from citysim.analysis.verdict import FEWEST_REPLICATIONS, read_replications, verdict_table, write_verdict
from citysim.briefing import write_briefing
from citysim.briefing.context import build_context
from citysim.briefing.html import render_html
from citysim.cli.actions.report import print_headline
from citysim.errors import CitysimError
from citysim.execute import simulation
from citysim.execute.cost import runs_done
from citysim.execute.executors.shard_watch import ShardWatch
from citysim.execute.rerun import repeat_run
from citysim.execute.runner import execute_plan, plan_experiment
from citysim.figures import draw_all
from citysim.plan.config import load_config
from citysim.store.complete import count_if_complete
from citysim.store.export import export_results
from citysim.store.outputs import note_report, report_current
from citysim.store.progress import progress_of
from citysim.store.reader import load_results

FLIPS = 300
SMALL = Path(__file__).with_name("small.toml").read_text(encoding="utf-8")
DRAWN = (
    SMALL.replace("seeds = 2", f"seeds = {FEWEST_REPLICATIONS}")
    .replace("[uncertainty]", '[uncertainty]\nparameters = "posterior"\nfile = "draws.csv"')
    .replace("[record]", "[record]\ncities = true\ngroups_summary = true")
    .replace("name =", 'analyses = ["gains"]\nname =')
)
SWEPT = SMALL.replace("stall = [0.0", "contact_effect = [0.1, 0.5]\nstall = [0.0, 0.5")
MORRIS = SMALL.replace("[design]\nstall = [0.0, 1.0]", '[design]\nkind = "morris"\nsamples = 4\nSWEPT')
MORRIS = MORRIS.replace("SWEPT", 'over = ["learning_twins", "state_fund"]\nstall = [0.0, 1.0]')
MORRIS = MORRIS.replace("[uncertainty]", '[uncertainty]\nparameters = "defaults"')
MORRIS = MORRIS.replace("monte_carlo_seeds = 1", "monte_carlo_seeds = 0")

type Reader = Callable[[Path], Any]


def run(config: Path, out: Path, **options: object) -> None:
    execute_plan(plan_experiment(config, out=out), workers=1, **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """Results of every kind: with draws and reports, with failures of a shard, a contour, indices."""
    place = tmp_path_factory.mktemp("flipped")
    draws = "\n".join(["contact_effect", *(f"{row / 20}" for row in range(FEWEST_REPLICATIONS))])
    (place / "draws.csv").write_text(draws)
    made = {}
    for name, text in {"drawn": DRAWN, "shards": SMALL, "swept": SWEPT, "morris": MORRIS}.items():
        (place / f"{name}.toml").write_text(text)
        made[name] = place / name
    with pytest.MonkeyPatch.context() as patch:
        original = simulation.simulate

        def failing(spec: Any, *rest: Any) -> Any:
            if spec.seed == 2 and spec.arm == "both":
                raise ValueError("of all things")
            return original(spec, *rest)

        patch.setattr(simulation, "simulate", failing)
        for shard in ("1/2", "2/2"):
            run(place / "shards.toml", made["shards"], shard=shard)
    for name in ("drawn", "swept", "morris"):
        run(place / f"{name}.toml", made[name])
    for name in ("drawn", "swept"):
        files = [made[name] / f"{table}.csv" for table in write_tables(made[name])]
        files += [*draw_all(made[name]), *write_briefing(made[name])] if name == "drawn" else []
        note_report(made[name], files, {"All": ["is well."]})
    write_verdict(made["drawn"], read_replications(made["drawn"]))
    write_sensitivity(made["morris"])
    yield made
    shutil.rmtree(place)


def plain(value: Any) -> Any:
    """A value that can be compared, NaN and all."""
    return value.to_json(double_precision=15, orient="split") if isinstance(value, pd.DataFrame) else value


def stored(name: str) -> Reader:
    return lambda folder: plain(getattr(load_results(folder), name))


def exported(folder: Path) -> dict[str, bytes]:
    out = folder.with_name(f"{folder.name}-export")
    shutil.rmtree(out, ignore_errors=True)
    export_results(folder, "csv", out)
    return {file.name: file.read_bytes() for file in out.glob("*.csv")}


def repeated(folder: Path) -> Any:
    repeat = repeat_run(folder, (folder.parent / f"{folder.name}.id").read_text())
    return repeat.compared, repeat.differences, repeat.spec


def printed(folder: Path) -> str:
    with redirect_stdout(StringIO()) as text:
        print_headline(folder)
    return text.getvalue()


def analysed(folder: Path) -> Any:
    results = read_results(folder)
    trajectories = results.trajectories(["development"], ["world"])
    return plain(results.runs), results.asked, results.arms, plain(trajectories)


READERS: dict[str, Reader] = {
    **{name: stored(name) for name in ("design", "runs", "trajectories", "failures", "manifest", "config")},
    "analysed": analysed,
    "headline printed": printed,
    "runs done": runs_done,
    "status": progress_of,
    "complete": lambda folder: count_if_complete(load_config(folder.with_suffix(".toml")), folder),
    "report": report_current,
    "watched": lambda folder: sorted(str(outcome) for outcome in ShardWatch(folder, 2).new()),
    "exported": exported,
    "repeated": repeated,
    "briefing": lambda folder: render_html(build_context(folder)),
}
OF_FOLDER: dict[str, dict[str, Reader]] = {
    "drawn": {
        "verdict": lambda folder: plain(verdict_table(read_replications(folder))),
        "answer": lambda folder: plain(read_csv(folder / "gains.csv")),
        "groups": stored("groups"),
        "cities": stored("cities"),
    },
    "swept": {"contour": lambda folder: plain(read_csv(folder / "contour.csv"))},
    "shards": {},
    "morris": {"indices": lambda folder: plain(read_indices(folder))},
}
#: Takes longer; one of them looks at each flip.
SLOW = ("exported", "repeated", "briefing", "verdict", "analysed", "complete", "headline printed")
#: Readers that pass over what is damaged, since the next run does those runs again.
LEAVE_OUT = {"runs done": set(), "watched": [], "complete": None, "report": {}}


def given(reader: Reader, folder: Path) -> Any:
    """What a reader gives, or what it raises."""
    try:
        return reader(folder)
    except Exception as error:
        return error


def kind_of(folder: Path, file: Path) -> str:
    name = file.relative_to(folder).parts
    return name[0] if len(name) == 1 else f"{name[0]}/*{file.suffix}"


def files_by_kind(folders: dict[str, Path]) -> dict[str, list[tuple[str, Path]]]:
    found: dict[str, list[tuple[str, Path]]] = {}
    for name, folder in folders.items():
        for file in sorted(folder.rglob("*")):
            if file.is_file() and file.stat().st_size:
                found.setdefault(kind_of(folder, file), []).append((name, file))
    return found


def flip(file: Path, moment: random.Random) -> bytes:
    """Turn one bit; gives what was there."""
    before = file.read_bytes()
    content = bytearray(before)
    content[moment.randrange(len(content))] ^= 1 << moment.randrange(8)
    file.write_bytes(content)
    return before


def test_readers_are_held_to_every_kind_of_file(folders: dict[str, Path]) -> None:
    kinds = set(files_by_kind(folders))
    assert kinds >= {
        *("config.toml", "design.parquet", "posterior.parquet", "manifest.json", "manifest-1of2.json"),
        *("runs/*.parquet", "trajectories/*.parquet", "groups/*.parquet", "cities/*.parquet"),
        *("headline.csv", "effects.csv", "contour.csv", "gains.csv", "verdict.csv", "sensitivity.csv"),
        *("figures/*.json", "figures/*.png", "figures/*.svg", "briefing.html", "briefing.pdf"),
    }
    assert any(kind.startswith("failures-") for kind in kinds)


@pytest.mark.long
def test_three_hundred_bits(folders: dict[str, Path]) -> None:
    moment = random.Random(20230301)  # noqa: S311  no secret
    for folder in folders.values():
        (folder.parent / f"{folder.name}.id").write_text(load_results(folder).runs["run"][0])
    expected = {
        (name, reader): given(read, folder)
        for name, folder in folders.items()
        for reader, read in (READERS | OF_FOLDER[name]).items()
    }
    by_kind = files_by_kind(folders)
    refused, wrong = 0, []
    for turn in range(FLIPS):
        name, file = moment.choice(by_kind[sorted(by_kind)[turn % len(by_kind)]])
        folder, readers = folders[name], READERS | OF_FOLDER[name]
        slow = moment.choice([reader for reader in SLOW if reader in readers])
        before = flip(file, moment)
        try:
            for reader, read in readers.items():
                if reader in SLOW and reader != slow:
                    continue
                found, right = given(read, folder), expected[name, reader]
                if isinstance(found, CitysimError):
                    refused += 1
                    fine = len(found.messages) == 1 and (file.name in str(found) or str(found) == str(right))
                else:
                    fine = not isinstance(found, Exception) and same(reader, found, right, file)
                if not fine:
                    wrong.append((turn, f"{name}/{file.relative_to(folder)}", reader, repr(found)[:200]))
        finally:
            file.write_bytes(before)
    assert not wrong
    assert refused > FLIPS


def same(reader: str, found: Any, right: Any, file: Path) -> bool:
    """Whether a reader gives what it gave before, or leaves out what the next run does again."""
    if reader == "status":
        return bool(found == right or any(file.name in line for line in found.damaged))
    if reader in ("runs done", "watched"):
        return set(found) <= set(right)
    return bool(found == right or (reader in LEAVE_OUT and found == LEAVE_OUT[reader]))
