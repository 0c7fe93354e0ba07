"""What ``status`` does, and ``run`` where nothing is left: neither pandas nor the model is needed."""

from pathlib import Path

from citysim.cli.display import console, duration
from citysim.store.progress import Progress, progress_of

_SHOWN = 3


def status(folder: Path) -> None:
    """Print runs done, failed and missing, rate and time left, and who is at work."""
    found = progress_of(folder)
    out = console()
    counts = f"{found.done} of {found.total} runs done, {len(found.failures)} failed, {found.missing} missing"
    out.print(f"{folder}: {counts}", soft_wrap=True)
    if found.rate and found.missing:
        when = "left" if found.writers else "left if run like the last time"
        out.print(f"{found.rate:.2f} runs/s, {duration(found.seconds_left)} {when}")
    out.print(_at_work(found))
    for row in found.failures[:_SHOWN]:
        out.print(f"failed: {row['run']}: {row['error']}", soft_wrap=True)
        out.print(f"  repeat it: {row['command']}", soft_wrap=True)
    for line in found.damaged[:_SHOWN]:
        out.print(f"{line}; run again to replace it", soft_wrap=True)


def nothing_to_do(folder: Path, runs: int) -> int:
    """Say that all runs are done, and bring what is made of them up to date; gives the exit status."""
    console(stderr=True).print(f"all {runs} runs already done", soft_wrap=True)
    from citysim.cli.actions import report as reporting  # noqa: PLC0415  after the word, since it brings pandas

    reporting.report(folder)
    return 0


def _at_work(found: Progress) -> str:
    if found.writers is None:
        return "cannot tell whether it is running: the file system has no locks"
    if not found.writers:
        return "not running"
    shards = sorted(found.writers - {"all"})
    names = ", ".join(shards[:_SHOWN]) + (", …" if len(shards) > _SHOWN else "")
    return f"running now: {len(shards)} shards ({names})" if shards else "running now"
