"""The process that runs the model for a live page: ``python -m citysim.explorer.live.work FOLDER WORKERS``.

Workers are forked from a server that imports the model while this process does.
"""

import importlib
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from citysim.execute.executors.forkserver import start_server
from citysim.execute.threads import one_thread, worker_count


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def main() -> None:
    """Work for the process that started this one, until it closes its end."""
    signal.signal(signal.SIGTERM, _end)
    one_thread()
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever else writes is not taken for a line about a job
    folder, workers = sys.argv[1:]
    if worker_count(workers) > 1:
        start_server()
    importlib.import_module("citysim.explorer.live.stages").work(sys.stdin, out, Path(folder), workers)


if __name__ == "__main__":
    main()
