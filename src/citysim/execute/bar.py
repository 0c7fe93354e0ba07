"""A bar that shows in a terminal or a notebook how a sweep goes that Python code has started."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tqdm.auto import tqdm

from citysim.errors import ConfigError
from citysim.execute.runner import Observer, Quiet
from citysim.world.plain import plain

#: What tqdm takes a terminal to have that does not know its own size.
_SIZE = {"ncols": 80, "nrows": 24}


class _Tqdm(tqdm):
    monitor_interval = 0  # no thread of its own: who forks afterwards would be warned of it


class Bar(Quiet):
    """Runs done and failed, rate and time left; notes stand above the bar."""

    def __init__(self) -> None:
        self._bar: _Tqdm | None = None

    def note(self, text: str) -> None:
        """Write a line."""
        _Tqdm.write(text, file=sys.stderr)

    def update(self, done: int, failed: int, total: int) -> None:
        """Move the bar; there is none where all is done already."""
        finished = done + failed
        if self._bar is None:
            if finished < total:
                size = _SIZE if _without_size() else {"dynamic_ncols": True}
                self._bar = _Tqdm(total=total, initial=finished, unit="run", **size)
            return
        if failed:
            self._bar.set_postfix_str(f"{failed} failed", refresh=False)
        self._bar.update(finished - self._bar.n)

    def close(self) -> None:
        """Leave the bar as it stands."""
        if self._bar is not None:
            self._bar.close()


@contextmanager
def observer_for(progress: bool | Observer | None) -> Iterator[Observer]:
    """The observer that ``progress`` asks for; None: a bar where somebody watches.

    Raises ``ConfigError`` where it is none.
    """
    shown = _watched() if progress is None else plain(progress)
    if isinstance(shown, Observer):
        yield shown
    elif not isinstance(shown, bool):
        methods = "an object with note, warn and update"
        raise ConfigError(f"progress: found {shown!r}, expected True, False or {methods}")
    elif shown:
        bar = Bar()
        try:
            yield bar
        finally:
            bar.close()
    else:
        yield Quiet()


def _watched() -> bool:
    """Whether the output is a terminal or a notebook, and no file or pipe."""
    return sys.stderr.isatty() or _in_notebook()


def _without_size() -> bool:
    """Whether the terminal does not know its size, as some in containers; tqdm would hide the bar."""
    try:
        return 0 in os.get_terminal_size(sys.stderr.fileno())
    except (OSError, ValueError):  # no terminal
        return False


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")  # a notebook has it imported
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and "IPKernelApp" in shell.config
