"""Tables and the progress bar: pretty on a terminal, plain lines elsewhere."""

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

import numpy as np
from rich.box import SIMPLE_HEAD, Box
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from citysim.cli.streams import spelled

if TYPE_CHECKING:
    import pandas as pd

    from citysim.store.reader import StoredResults

_PLAIN_WIDTH = 200
#: The rule below a table's head, for terminals that have but ASCII.
_ASCII_HEAD = Box(str(SIMPLE_HEAD).replace("─", "-"), ascii=True)
#: Words up to this length are not broken, where a table that is too wide has room for that.
_LONGEST_WORD = 10
#: Without a terminal, a line at most this often.
_SECONDS_A_LINE = 30.0


def console(*, stderr: bool = False) -> Console:
    """A console without markup, wide where the output is no terminal."""
    found = Console(stderr=stderr, markup=False, highlight=False, emoji=False)
    if not found.is_terminal:
        found.width = _PLAIN_WIDTH
    return found


def print_table(
    rows: "pd.DataFrame | Mapping[str, Sequence[object]]", title: str, right: Iterable[str] = ()
) -> None:
    """Print a table, its columns by name; those of numbers, and those named in ``right``, to the right."""
    out = console()
    table = Table(
        title=spelled(title, out.encoding),
        title_justify="left",
        box=_ASCII_HEAD if out.options.ascii_only else SIMPLE_HEAD,
        collapse_padding=True,
        pad_edge=False,
    )
    # Spelled before the columns are laid out, since … takes three places as dots.
    columns = {spelled(str(name), out.encoding): list(column) for name, column in rows.items()}
    numbers = {*right, *(name for name, column in columns.items() if all(map(_is_number, column)))}
    cells = {
        name: [spelled(cell(value), out.encoding) for value in column] for name, column in columns.items()
    }
    words = {name: _longest_word([name, *column]) for name, column in cells.items()}
    fits = sum(words.values()) + 2 * len(words) <= out.width
    for name in cells:
        justify: Literal["left", "right"] = "right" if name in numbers else "left"
        least = words[name] if fits else None
        table.add_column(name, justify=justify, overflow="fold", min_width=least)
    for row in zip(*cells.values(), strict=True):
        table.add_row(*row)
    out.print(table)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _longest_word(texts: Iterable[str]) -> int:
    return min(max(len(word) for text in texts for word in [*text.split(), ""]), _LONGEST_WORD)


def cell(value: object) -> str:
    """A value as it stands in a table."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or type(value).__name__ == "NAType" or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 10_000 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def duration(seconds: float) -> str:
    """A length of time in its two largest units."""
    if not math.isfinite(seconds):
        return "unknown"
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {whole % 60:02d} s" if minutes else f"{whole} s"


class Sweep:
    """Shows how a sweep goes: bar, runs done, rate, time left."""

    def __init__(self) -> None:
        self._console = console(stderr=True)
        self._bar = Progress(
            SpinnerColumn("line" if self._console.options.ascii_only else "dots"),
            BarColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task: TaskID | None = None
        self._first: tuple[float, int] | None = None  # time and count of the first finished runs
        self._line = time.monotonic()
        self.done = self.failed = self.total = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def note(self, text: str) -> None:
        """Something worth knowing."""
        self._console.print(text, soft_wrap=True)

    def warn(self, text: str) -> None:
        """Something wrong that the sweep survives."""
        self._console.print(f"warning: {text}", soft_wrap=True)

    def update(self, done: int, failed: int, total: int) -> None:
        """Move the bar."""
        self.done, self.failed, self.total = done, failed, total
        if done + failed >= total and self._task is None:
            return
        if self._task is None:
            self._line = time.monotonic()
            self._task = self._bar.add_task("starting workers", total=total, completed=done)
            self._bar.start()
            return
        text = self._text()
        self._bar.update(self._task, completed=done + failed, description=text)
        now = time.monotonic()
        if not self._console.is_terminal and (now - self._line > _SECONDS_A_LINE or done + failed >= total):
            self._line = now
            self._console.print(text)

    def _text(self) -> str:
        """Runs done, rate and time left; the rate leaves out the start of the workers."""
        now, finished = time.monotonic(), self.done + self.failed
        failed = f", {self.failed} failed" if self.failed else ""
        counts = f"{self.done}/{self.total} runs{failed}"
        if self._first is None or finished == self._first[1]:
            self._first = self._first or (now, finished)
            return counts
        rate = (finished - self._first[1]) / max(now - self._first[0], 1e-9)
        return f"{counts}, {rate:.2f} runs/s, {duration((self.total - finished) / rate)} left"


def print_paths(title: str, paths: Iterable[object]) -> None:
    """List what was written."""
    out = console()
    out.print(title)
    for path in paths:
        out.print(f"  {path}", soft_wrap=True)


def tell_missing(results: "StoredResults", where: str = "") -> None:
    """Say how many runs are missing or failed, if any; ``where``: begins each line."""
    if results.missing:
        text = f"{results.missing} of {len(results.design)} runs are missing; this is what there is"
        console(stderr=True).print(f"note: {where}{text}", soft_wrap=True)
    if failed := results.failed_in_words():
        console(stderr=True).print(f"note: {where}{failed}", soft_wrap=True)
