"""Ctrl-C, and the signals by which batch systems and terminals end a command, as one interrupt."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

#: How long after the first interrupt further ones are not heard: workers are ended and results written.
GRACE_SECONDS = 10.0
_NAMES = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """Makes signals ``KeyboardInterrupt``, while it is entered and in the main thread.

    A second Ctrl-C does not break off what the first began: writing what is finished.
    """

    def __init__(self) -> None:
        self._first: float | None = None
        self._held = False

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Listen. Signals that the process was started to ignore, as with ``nohup``, stay ignored."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {name: signal.getsignal(name) for name in _NAMES}
        for name, handler in before.items():
            if handler is not signal.SIG_IGN:
                signal.signal(name, self._on_signal)
        try:
            yield
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)

    def _on_signal(self, _signal: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if self._first is not None and now - self._first < GRACE_SECONDS:
            return
        self._first = now
        if not self._held:
            raise KeyboardInterrupt

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let what is done here come to its end first, or to the next ``let_in``."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
        self.let_in()

    def let_in(self) -> None:
        """Raise ``KeyboardInterrupt`` where a signal has come: it was held back, or got lost."""
        if self._first is not None:
            raise KeyboardInterrupt
