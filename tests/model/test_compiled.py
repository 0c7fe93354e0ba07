"""Kernels compile also where nothing can be kept on disk, and say so; damaged files are compiled anew."""

import errno
import logging
import os
import resource
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numba
import pytest

from citysim.model import compiled as compilation

SOURCE = """
def double(x): return 2 * x
def triple(x): return 3 * x
"""

type Make = Callable[[str], Any]


def functions(path: str = "<string>") -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(compile(SOURCE, path, "exec"), namespace)  # noqa: S102
    return namespace


@pytest.fixture(autouse=True)
def no_warning_yet(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(compilation, "_warned", set())
    caplog.set_level(logging.WARNING)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where code is kept."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def kernel(folder: Path, tmp_path: Path) -> Make:
    """A kernel as a new process has it: not compiled yet, but perhaps on disk."""
    path = tmp_path / "loops.py"
    path.write_text(SOURCE)
    return lambda name: compilation.compiled(functions(str(path))[name])


def loaded(kernel: Any) -> int:
    return sum(kernel.stats.cache_hits.values())


def files(folder: Path, ending: str) -> list[Path]:
    return sorted(folder.rglob(f"*.{ending}"))


def test_without_a_cache_folder_kernels_still_run_and_it_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # code without a file has no folder beside it, as a package on a read-only disk has none to write to
    double, triple = (compilation.compiled(functions()[name]) for name in ("double", "triple"))
    assert (double(4), triple(4)) == (8, 12)
    (record,) = caplog.records
    assert "set NUMBA_CACHE_DIR to a folder that can be written" in record.message
    assert compilation.cache_fault() == record.message


@pytest.mark.usefixtures("folder")
def test_code_is_kept_and_loaded(kernel: Make) -> None:
    assert kernel("double")(4) == 8
    again = kernel("double")
    assert (again(4), again(1.5), loaded(again)) == (8, 3.0, 1)
    both = kernel("double")
    assert (both(4), both(1.5), loaded(both)) == (8, 3.0, 2)
    assert compilation.cache_fault() is None


@pytest.mark.usefixtures("folder")
def test_whether_code_is_on_disk_is_known_without_loading_it(kernel: Make) -> None:
    assert not compilation.is_kept(kernel("double"))
    kernel("double")(4)
    again = kernel("double")
    assert (compilation.is_kept(again), loaded(again)) == (True, 0)
    assert not compilation.is_kept(kernel("triple"))


def test_code_of_another_processor_does_not_count(
    kernel: Make, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel("double")(4)
    monkeypatch.setattr("numba.core.codegen.JITCPUCodegen.magic_tuple", lambda _: ("another",))
    assert files(folder, "nbc")
    assert not compilation.is_kept(kernel("double"))


def test_code_that_has_no_folder_is_not_on_disk() -> None:
    assert not compilation.is_kept(compilation.compiled(functions()["double"]))


def cut_to_nothing(path: Path) -> None:
    path.write_bytes(b"")


def cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def overwrite(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 20)


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def delete(path: Path) -> None:
    path.unlink()


def put_a_folder_there(path: Path) -> None:
    path.unlink()
    path.mkdir()


def point_to_nowhere(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.with_name("nowhere") / path.name)


DAMAGES = (
    cut_to_nothing,
    cut_in_half,
    overwrite,
    flip_a_bit,
    delete,
    put_a_folder_there,
    point_to_nowhere,
)


@pytest.mark.parametrize("ending", ["nbi", "nbc"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_compiled_anew_and_replaced(
    kernel: Make, folder: Path, damage: Callable[[Path], None], ending: str
) -> None:
    kernel("double")(4)
    (path,) = files(folder, ending)
    damage(path)
    anew = kernel("double")
    assert (anew(4), loaded(anew)) == (8, 0)
    mended = kernel("double")
    assert (mended(4), loaded(mended)) == (8, 1)
    assert compilation.cache_fault() is None


def test_code_of_other_types_is_never_taken(kernel: Make, folder: Path) -> None:
    """Two writers at the same moment give their files the same name."""
    double = kernel("double")
    double(4), double(1.5)
    first, second = files(folder, "nbc")
    second.write_bytes(first.read_bytes())
    again = kernel("double")
    assert (again(4), again(1.5), loaded(again)) == (8, 3.0, 1)


def test_code_of_another_numba_is_never_taken(
    kernel: Make, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was killed while it replaced the files has left an index of the new and code of the old."""
    kernel("double")(4)
    (code,) = files(folder, "nbc")
    old = code.read_bytes()
    monkeypatch.setattr(numba, "__version__", "999")
    kernel("double")(4)
    code.write_bytes(old)
    again = kernel("double")
    assert (again(4), loaded(again)) == (8, 0)


@pytest.fixture
def make_room(kernel: Make) -> Iterator[Callable[[], None]]:
    """Until this is called no file can grow: the system's own fault, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, before)
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.usefixtures("make_room")
def test_without_room_code_stays_in_memory_and_it_is_said_once(
    kernel: Make, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert (kernel("double")(4), kernel("triple")(4)) == (8, 12)
    (record,) = caplog.records
    assert f"compiled code cannot be kept in {folder}" in record.message
    assert os.strerror(errno.EFBIG) in record.message
    assert "NUMBA_CACHE_DIR" in record.message
    assert compilation.cache_fault() == record.message
    assert not [path for path in folder.rglob("*") if path.is_file()]


def test_after_room_has_been_made_code_is_kept(kernel: Make, make_room: Callable[[], None]) -> None:
    kernel("double")(4)
    make_room()
    kernel("double")(4)
    again = kernel("double")
    assert (again(4), loaded(again)) == (8, 1)
