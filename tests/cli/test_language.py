"""``--language`` of run, effects, figures and brief, and ``report.language`` of a config."""

import json
import shutil
import subprocess
import sys

import pytest

from citysim.plan.config import load_config


def languages(folder):
    captions = json.loads((folder / "figures" / "captions.json").read_text(encoding="utf-8"))
    return {caption["language"] for caption in captions}


@pytest.fixture
def citysim(place):
    """The command, to its end."""

    def run(*arguments):
        command = [sys.executable, "-m", "citysim", *arguments]
        return subprocess.run(command, cwd=place, text=True, capture_output=True, check=False)

    return run


@pytest.fixture
def done(place, citysim):
    """Results of a run in German."""
    first = citysim("run", "x.toml", "--workers", "1", "--language", "de")
    assert first.returncode == 0, first.stderr
    return first, place / "results" / "small"


@pytest.mark.long
def test_a_run_in_german_says_so_twice_and_an_option_goes_before_the_config(done, citysim):
    first, folder = done
    again = citysim("run", "x.toml", "--workers", "1", "--language", "de")
    for said in (first, again):
        assert "Wie sicher ist das?" in said.stdout
        assert "Ausgleichsquote C" in said.stdout
        assert "How sure" not in said.stdout
    assert "already written:" in again.stdout
    assert languages(folder) == {"de"}
    assert load_config(folder / "config.toml").report.language == "de"
    assert '<html lang="de">' in (folder / "briefing.html").read_text(encoding="utf-8")

    runs = sorted((folder / "runs").iterdir())
    english = citysim("brief", "results/small", "--language", "en")
    assert english.returncode == 0, english.stderr
    assert languages(folder) == {"en"}
    assert '<html lang="en">' in (folder / "briefing.html").read_text(encoding="utf-8")
    assert sorted((folder / "runs").iterdir()) == runs

    assert "How sure is this?" in citysim("effects", "results/small", "--language", "en").stdout
    assert "Wie sicher ist das?" in citysim("effects", "results/small").stdout
    shutil.rmtree(folder / "figures")
    citysim("figures", "results/small", "--only", "makes_up")
    assert languages(folder) == {"de"}


@pytest.mark.parametrize("command", [("run", "x.toml"), ("effects", "."), ("figures", "."), ("brief", ".")])
def test_an_unknown_language_is_refused_in_a_line(citysim, command):
    said = citysim(*command, "--language", "fr")
    assert said.returncode == 2
    assert "--language" in said.stderr
    assert "found 'fr', allowed: en, de" in said.stderr


def test_an_unknown_language_of_a_config_is_refused_in_a_line(citysim):
    said = citysim("run", "x.toml", "--set", "report.language=fr")
    assert said.returncode == 2
    assert said.stderr.count("\n") == 1
    assert "report.language: found 'fr'" in said.stderr
    assert "allowed: en, de" in said.stderr
