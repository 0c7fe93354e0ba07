"""What is printed never raises: terminals that are not UTF-8, readers that go away, full disks."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from citysim.cli.streams import spelled
from citysim.store.reader import load_results

LATIN = {"PYTHONIOENCODING": "iso-8859-1", "PYTHONUTF8": "0"}
ASCII = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def command(
    *arguments: str | bytes, settings: Mapping[str, str] | None = None, redirected: str = ""
) -> subprocess.CompletedProcess[bytes]:
    """``citysim`` in a shell, with variables of the environment and a redirection such as ``| head -1``."""
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", f'"$0" -m citysim "$@" {redirected}', sys.executable, *arguments],
        env={**os.environ, **(settings or {})},
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("text", "encoding", "shown"),
    [
        ("P(C≥1) 0.5 … 2 – −1 ×", "ascii", "P(C>=1) 0.5 ... 2 - -1 x"),
        ("P(C≥1) 0.5 … 2 × é", "latin-1", "P(C>=1) 0.5 ... 2 × é"),
        ("São Paulo, Łódź, Ḩamāh, Đà Nẵng, e\u0301", "ascii", "Sao Paulo, Lodz, Hamah, Da Nang, e"),
        ("κ Ω φ₀ ½ m²", "ascii", "kappa Omega phi0 1/2 m2"),
        ("“Größe”", "ascii", '"Grosse"'),
        ("bad\udcff 中", "utf-8", "bad\\xff 中"),
        ("中", "ascii", "\\u4e2d"),
    ],
)
def test_what_an_encoding_lacks_is_spelled(text: str, encoding: str, shown: str) -> None:
    assert spelled(text, encoding) == shown


def test_help_and_tables_on_a_terminal_of_ascii() -> None:
    told = command("verdict", "--help", settings=ASCII).stdout.decode("ascii")
    assert "of C >= 1 and of harm" in " ".join(told.split())
    told = command("params", settings=ASCII).stdout.decode("ascii")
    assert "0.1 ... 0.5 (linear)" in told
    assert "kappa" in told
    assert "\\u" not in told
    assert all(set(line.strip()) == {"-"} for line in told.splitlines() if line.startswith(" --"))


@pytest.mark.long
def test_a_run_on_a_terminal_that_is_not_utf_8(place: Path) -> None:
    asked = 'question="Does it hold – “really”, 中?"'
    text = (place / "x.toml").read_text().replace('question = "Does it hold?"', asked)
    (place / "x.toml").write_text(text, encoding="utf-8")
    for arguments, settings, said in (
        ("run x.toml --dry-run", LATIN, 'small: Does it hold - "really", \\u4e2d?'),
        ("run x.toml --workers 1", C_LOCALE, "P(>=1)"),
        ("world --cities 50", ASCII, "Values the data do not hold"),
    ):
        ended = command(*arguments.split(), settings=settings)
        assert (arguments, ended.returncode, ended.stderr.count(b"Traceback")) == (arguments, 0, 0)
        assert said in ended.stdout.decode("latin-1")
        warned = [line for line in ended.stderr.decode("latin-1").splitlines() if line.startswith("warning:")]
        pdf = "warning: results/small/briefing.pdf: cannot show \\u4e2d (U+4E2D); a box stands for each, and "
        assert [line.removeprefix(pdf) for line in warned] == (
            ["briefing.html shows them"] if arguments.startswith("run x.toml --workers") else []
        )
    assert "中" in (place / "results" / "small" / "briefing.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("place")
def test_an_error_on_a_terminal_that_is_not_utf_8() -> None:
    ended = command("run", "x.toml", "--set", "name=größe€", settings=LATIN)
    assert ended.returncode == 2
    (line,) = ended.stderr.decode("latin-1").splitlines()
    assert line.startswith("error: x.toml: name: found 'größeEUR', allowed: ")


@pytest.mark.usefixtures("place")
def test_names_that_are_no_text_are_one_line() -> None:
    ended = command("run", "x.toml", "--out", b"bad\xff")
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr == b"error: bad\\xff: holds bytes that are not UTF-8; use another name\n"
    ended = command("run", "x.toml", "--set", "question=Größe?", settings=C_LOCALE)
    assert ended.returncode == 2
    assert ended.stderr.endswith(b"holds bytes that are not ASCII; set PYTHONUTF8=1, or use another name\n")
    Path(os.fsdecode(b"a\xff.toml")).write_text("")
    ended = command("run", "y.toml")
    assert ended.stderr == b"error: y.toml: no such file; . holds a\\xff.toml, x.toml\n"


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("redirected", "status", "said"),
    [
        ("| head -1", 0, b""),
        (">&-", 0, b""),
        (">&- 2>&-", 0, b""),
        ("> /dev/full", 2, b"error: output cannot be written: No space left on device\n"),
    ],
)
def test_output_that_nobody_takes_ends_without_a_traceback(redirected: str, status: int, said: bytes) -> None:
    ended = command("--help", redirected=redirected)
    assert (ended.returncode, ended.stderr) == (status, said)


@pytest.mark.long
def test_a_run_that_nobody_listens_to_is_finished_all_the_same(place: Path) -> None:
    ended = command("run", "x.toml", "--workers", "1", "--shard", "1/1", redirected="2>&1 | :")
    assert ended.returncode == 0
    assert load_results("results/small").missing == 0
    ended = command("run", "x.toml", "--workers", "1", redirected="> /dev/full")
    assert (ended.returncode, ended.stderr.count(b"Traceback")) == (2, 0)
    assert ended.stderr.endswith(b"error: output cannot be written: No space left on device\n")
    assert (place / "results" / "small" / "briefing.pdf").stat().st_size > 0
