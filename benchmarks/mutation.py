"""Put one fault at a time into a copy of the model and see whether a verification check notices.

    uv run python benchmarks/mutation.py                            # all; some minutes
    uv run python benchmarks/mutation.py --only relief crises       # faults of these files
    uv run python benchmarks/mutation.py --write docs/verification.md

The working tree is never touched. The checks of the fault's own mechanism run first, then all others; the
first check that fails has killed the mutant. Exit status 1 where a mutant survives, cannot be put in or
breaks more than an equation.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

ROOT = Path(__file__).resolve().parents[1]
MODEL = Path("src/citysim/model")
CHECKS = Path("tests/verification")
TITLE = ("| file | fault | killed by |", "|---|---|---|")
BEGIN, END = "<!-- mutants: begin -->", "<!-- mutants: end -->"
#: Holds a page of the docs to the checks, and fails in a copy, which has no docs, whatever the fault.
OF_PAGES = "test_listed.py"
#: Checks most likely to notice a fault of a file, by words of its name; all others follow.
FIRST = {
    "diplomacy": ["diplomacy"],
    "stall": ["diplomacy"],
    "urbanisation": ["cities"],
    "attention": ["networks"],
    "networks": ["networks", "cities"],
    "recruiting": ["networks"],
    "campaigns": ["campaigns"],
    "founding": ["networks"],
    "twinning": ["ties"],
    "dyads": ["diplomacy", "ties"],
    "memberships": ["networks"],
    "observation": ["spread", "arms"],
    "gravity": ["ties"],
    "cities": ["cities", "relief"],
    "events": ["ties"],
    "ties": ["learning", "ties"],
    "practices": ["forms", "learning", "laws", "spread"],
    "thresholds": ["forms"],
    "imitation": ["forms"],
    "learners": ["learning"],
    "teaching": ["learning", "laws"],
    "laws": ["laws"],
    "joining": ["networks"],
    "scope": ["cities"],
    "crises": ["crises"],
    "relief": ["relief"],
    "dependence": ["dependence"],
    "development": ["cities"],
    "state": ["ties"],
    "streams": ["ties"],
}


@dataclass(frozen=True)
class Mutant:
    """One fault: in ``file`` of the model, ``old`` becomes ``new``; ``what`` says it in words."""

    file: str
    what: str
    old: str
    new: str


@dataclass(frozen=True)
class Verdict:
    """What became of one mutant: the check that killed it, or why there is none."""

    mutant: Mutant
    killer: str
    fault: str = ""


def main() -> int:
    """Run the mutants asked for, print the table, and write it where asked."""
    parser = argparse.ArgumentParser(description="mutation check of the mechanisms")
    parser.add_argument("--only", nargs="+", default=[], help="parts of file names")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--write", type=Path, help="Markdown file whose marked section takes the table")
    asked = parser.parse_args()
    faults = tomllib.loads((ROOT / "benchmarks/mutants.toml").read_text())
    mutants = [Mutant(file, *texts) for file, rows in faults.items() for texts in rows]
    chosen = [m for m in mutants if not asked.only or any(part in m.file for part in asked.only)]
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copies: Queue[Path] = Queue()
        for worker in range(asked.workers):
            copies.put(copied(Path(folder) / str(worker)))
        with ThreadPoolExecutor(asked.workers) as pool:
            verdicts = []
            for verdict in pool.map(lambda mutant: judged(mutant, copies), chosen):
                print(row(verdict), flush=True)
                verdicts.append(verdict)
    wrong = [verdict for verdict in verdicts if verdict.fault]
    print(f"\n{len(verdicts) - len(wrong)} of {len(verdicts)} mutants killed")
    if asked.write and not asked.only:
        write(asked.write, verdicts)
    return 1 if wrong else 0


def copied(folder: Path) -> Path:
    """A copy of package, checks and settings that a worker may spoil."""
    skip = shutil.ignore_patterns("__pycache__", "*.nbi", "*.nbc")
    shutil.copytree(ROOT / "src", folder / "src", ignore=skip)
    shutil.copytree(ROOT / CHECKS, folder / CHECKS, ignore=skip)
    shutil.copy2(ROOT / "pyproject.toml", folder)
    return folder


def judged(mutant: Mutant, copies: "Queue[Path]") -> Verdict:
    """Put the fault in, run the checks until one fails, and mend the copy."""
    folder = copies.get()
    file = folder / MODEL / mutant.file
    sound = file.read_text()
    try:
        if sound.count(mutant.old) != 1:
            return Verdict(mutant, "", f"text found {sound.count(mutant.old)} times instead of once")
        file.write_text(sound.replace(mutant.old, mutant.new))
        return killed(mutant, folder)
    finally:
        file.write_text(sound)
        copies.put(folder)


def killed(mutant: Mutant, folder: Path) -> Verdict:
    """Run the likely checks, then the others."""
    likely = [f"test_{name}.py" for name in FIRST[Path(mutant.file).stem]]
    passed_over = {*likely, OF_PAGES}
    others = sorted(path.name for path in (folder / CHECKS).glob("test_*.py") if path.name not in passed_over)
    # cached machine code does not see a change in a called kernel, so a fault among them starts afresh
    own = not mutant.file.startswith("mechanisms/")
    cache = Path(tempfile.mkdtemp(dir=folder)) if own else folder / "cache"
    for names in (likely, others):
        output = checked([str(CHECKS / name) for name in names], folder, cache)
        found = re.search(r"^FAILED \S*?(test_\w+\.py::\w+)", output, re.MULTILINE)
        if found:
            return Verdict(mutant, found[1])
        if " passed" not in output:
            return Verdict(mutant, "", "checks do not run: " + output.strip().splitlines()[-1])
    return Verdict(mutant, "", "survives")


def checked(files: list[str], folder: Path, cache: Path) -> str:
    """What pytest says of the copy's checks, up to the first that fails."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(folder / "src"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "NUMBA_CACHE_DIR": str(cache),
    }
    command = [sys.executable, "-m", "pytest", "-x", "-n", "0", "-p", "no:cacheprovider", "--tb=no", *files]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def row(verdict: Verdict) -> str:
    """Markdown row: file, fault, killer."""
    killer = f"`{verdict.killer}`" if verdict.killer else f"**{verdict.fault}**"
    return f"| `{verdict.mutant.file}` | {verdict.mutant.what} | {killer} |"


def write(path: Path, verdicts: list[Verdict]) -> None:
    """Replace the marked section of ``path``."""
    text = path.read_text()
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    path.write_text(before + "\n".join([BEGIN, *TITLE, *map(row, verdicts), END]) + after)


if __name__ == "__main__":
    sys.exit(main())
