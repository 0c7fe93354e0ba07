"""The first run on a machine says what it waits for; later ones do not."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from citysim.cli.main import app

LINE = "compiling the model's loops for this machine, once: about half a minute"
COMMANDS = (["run", "x.toml", "--workers", "1"], ["run", "x.toml", "--workers", "2"], ["profile", "x.toml"])


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("missing", [True, False])
def test_it_is_said_only_where_loops_are_to_be_compiled(
    place: Path, monkeypatch: pytest.MonkeyPatch, command: list[str], missing: bool
) -> None:
    assert place
    monkeypatch.setattr("citysim.execute.first_use.must_compile", lambda: missing)
    result = CliRunner().invoke(app, command, catch_exceptions=False)
    assert (result.exit_code, result.stderr.count(LINE), LINE in result.stdout) == (0, int(missing), False)
