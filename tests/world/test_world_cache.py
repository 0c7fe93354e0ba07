"""Real worlds that are kept on disk: the same world comes back, or it is built."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysim.errors import ConfigError
from citysim.world import cache
from citysim.world.cache import FOLDER_VARIABLE, MOST_FILES, decoded, encoded, kept_or_built
from citysim.world.fields import WorldFields
from citysim.world.synthetic import synthetic_fields
from citysim.world.world import World

SMALL = {"cities": 30, "states": 4, "seed": 1}


class Builder:
    """Makes small worlds, and counts."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, **arguments: int) -> WorldFields:
        self.made += 1
        return synthetic_fields(**arguments)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "kept"
    monkeypatch.setenv(FOLDER_VARIABLE, str(place))
    return place


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the package's world folder, that the key is made of."""
    here = tmp_path / "citysim" / "world"
    shutil.copytree(Path(cache.__file__).parent, here)
    (here.parent / "arrays.py").write_text("")
    monkeypatch.setattr(cache, "_HERE", here)
    monkeypatch.setattr(cache, "_DATA", here / "data")
    return here / "data"


def assert_same(one: WorldFields, other: WorldFields) -> None:
    """Equal to the bit, with the same types and the same layout in memory."""
    assert list(vars(one)) == list(vars(other))
    for name, value in vars(one).items():
        found = vars(other)[name]
        assert type(found) is type(value), name
        if isinstance(value, np.ndarray):
            assert (found.dtype, found.shape) == (value.dtype, value.shape), name
            assert found.flags.c_contiguous == value.flags.c_contiguous, name
            assert found.flags.f_contiguous == value.flags.f_contiguous, name
            assert found.tobytes() == value.tobytes(), name
            assert found.flags.aligned, name
            assert not found.flags.writeable, name
        else:
            assert found == value, name


def only(folder: Path) -> Path:
    (file,) = folder.iterdir()
    return file


def test_the_real_world_comes_back_as_it_was_built(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, again = World.real(cities=300), World.real(cities=300)
    only(folder)
    monkeypatch.setenv(FOLDER_VARIABLE, "off")
    built = World.real(cities=300)
    assert_same(kept, built)
    assert_same(again, built)
    assert again.digest == built.digest


@given(cities=st.integers(5, 60), states=st.integers(1, 5), seed=st.integers(0, 2**32))
def test_any_world_comes_back_from_its_bytes(cities: int, states: int, seed: int) -> None:
    world = synthetic_fields(cities, states, seed)
    assert_same(decoded(encoded(world)), world)


def test_an_array_in_columns_stays_one() -> None:
    world = synthetic_fields(**SMALL)
    turned = replace(world, context=np.asfortranarray(world.context))
    assert_same(decoded(encoded(turned)), turned)


def test_what_is_no_array_of_numbers_is_not_kept(folder: Path) -> None:
    def build(**arguments: int) -> WorldFields:
        return replace(synthetic_fields(**arguments), context=np.zeros((30, 4))[:, ::2])

    kept_or_built(SMALL, build)
    assert not folder.exists()


def test_a_world_is_built_once(folder: Path) -> None:
    build = Builder()
    worlds = [kept_or_built(SMALL, build) for _ in range(3)]
    assert build.made == 1
    assert len(list(folder.iterdir())) == 1
    for world in worlds:
        assert_same(world, worlds[0])


@pytest.mark.parametrize("name", SMALL)
def test_another_argument_makes_another_world(folder: Path, name: str) -> None:
    build = Builder()
    kept_or_built(SMALL, build)
    other = SMALL | {name: SMALL[name] + 1}
    assert_same(kept_or_built(other, build), synthetic_fields(**other))
    assert build.made == 2
    assert len(list(folder.iterdir())) == 2


def _bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def _of_another_world(file: Path) -> None:
    """Whole in itself, but with a digest that is not of what it holds."""
    content = file.read_bytes()
    digest = World(**vars(synthetic_fields(**SMALL))).digest.encode()
    changed = content[: -cache._CHECKSUM_BYTES].replace(digest, digest[::-1])
    file.write_bytes(changed + cache.hashlib.sha256(changed).digest())


@pytest.mark.parametrize(
    "damage",
    [
        _bit,
        _of_another_world,
        lambda file: file.write_bytes(file.read_bytes()[:-1]),
        lambda file: file.write_bytes(file.read_bytes()[:7]),
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(os.urandom(5000)),
    ],
    ids=["a bit", "another digest", "cut at the end", "cut at the start", "empty", "noise"],
)
def test_a_damaged_file_is_replaced(folder: Path, damage: Callable[[Path], object]) -> None:
    build = Builder()
    kept_or_built(SMALL, build)
    file = only(folder)
    whole = file.read_bytes()
    damage(file)
    assert_same(kept_or_built(SMALL, build), synthetic_fields(**SMALL))
    assert build.made == 2
    assert only(folder).read_bytes() == whole


def test_where_nothing_can_be_written_worlds_are_built(folder: Path) -> None:
    folder.write_text("a file is in the way, also for the administrator")
    build = Builder()
    for _ in range(2):
        assert_same(kept_or_built(SMALL, build), synthetic_fields(**SMALL))
    assert build.made == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="the administrator may write anywhere")
def test_a_folder_that_may_only_be_read_is_left_alone(folder: Path) -> None:
    folder.mkdir(mode=0o500)
    build = Builder()
    kept_or_built(SMALL, build)
    assert build.made == 1
    assert not list(folder.iterdir())


def test_a_disk_that_is_full_leaves_no_part_of_a_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert_same(kept_or_built(SMALL, Builder()), synthetic_fields(**SMALL))
    assert not list(folder.iterdir())


def test_keeping_can_be_turned_off(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, "off")
    monkeypatch.chdir(folder.parent)
    build = Builder()
    for _ in range(2):
        kept_or_built(SMALL, build)
    assert build.made == 2
    assert not (folder.parent / "off").exists()


@pytest.mark.parametrize("file", ["twinning.csv", "countries_110m.json", "../real.py", "../own/read.py"])
def test_a_changed_file_of_the_pack_or_the_source_makes_another_key(
    folder: Path, data: Path, file: str
) -> None:
    build = Builder()
    kept_or_built(SMALL, build)
    kept_or_built(SMALL, build)
    assert build.made == 1
    _bit(data / file)
    kept_or_built(SMALL, build)
    assert build.made == 2
    assert len(list(folder.iterdir())) == 2


def test_a_file_that_comes_or_goes_makes_another_key(folder: Path, data: Path) -> None:
    build = Builder()
    kept_or_built(SMALL, build)
    (data / "new.csv").write_text("a\n1\n")
    kept_or_built(SMALL, build)
    (data / "sovereigns.csv").unlink()
    kept_or_built(SMALL, build)
    assert build.made == 3
    assert len(list(folder.iterdir())) == 3


def test_nothing_is_kept_of_a_pack_that_changes_while_it_is_read(folder: Path, data: Path) -> None:
    def build(**arguments: int) -> WorldFields:
        _bit(data / "twinning.csv")
        return synthetic_fields(**arguments)

    kept_or_built(SMALL, build)
    assert not folder.exists()


def test_a_missing_pack_is_for_the_builder_to_tell(folder: Path, data: Path) -> None:
    shutil.rmtree(data)
    build = Builder()
    kept_or_built(SMALL, build)
    assert build.made == 1
    assert not folder.exists()


def test_faults_are_those_of_the_builder(folder: Path) -> None:
    for cities in (0, True, "many", float("nan"), np.int64(10**9)):
        with pytest.raises(ConfigError, match=r"world\.cities: found"):
            World.real(cities=cities)  # type: ignore[arg-type]
    assert not folder.exists()


def test_a_number_of_numpy_gives_the_same_world(folder: Path) -> None:
    assert World.real(cities=np.int64(20)).digest == World.real(cities=20).digest  # type: ignore[arg-type]
    only(folder)


def test_old_files_go(folder: Path) -> None:
    folder.mkdir()
    for number in range(MOST_FILES + 5):
        file = folder / f"world-{number}.bin"
        file.write_text("old")
        os.utime(file, (number, number))
    (folder / "notes.txt").write_text("not citysim's")
    build = Builder()
    kept_or_built(SMALL, build)
    kept_or_built(SMALL, build)
    assert build.made == 1
    assert len(list(folder.glob("world-*.bin"))) == MOST_FILES
    assert not (folder / "world-5.bin").exists()
    assert (folder / f"world-{MOST_FILES + 4}.bin").exists()
    assert (folder / "notes.txt").exists()


def test_processes_at_once_all_get_the_world(folder: Path) -> None:
    code = "from citysim import World; print(World.real(cities=200).digest)"
    command = [sys.executable, "-c", code]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    found = {process.communicate(timeout=120)[0].strip() for process in processes}
    assert found == {World.real(cities=200).digest}
    only(folder)


def test_a_world_that_is_kept_imports_nothing_heavy(folder: Path) -> None:
    World.real(cities=200)
    code = (
        "import sys; from citysim import World; World.real(cities=200);"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "numpy" in done.stdout.split()
    assert not {"pandas", "scipy", "mesa", "pydantic", "numba", "pyarrow"} & set(done.stdout.split())
    only(folder)
