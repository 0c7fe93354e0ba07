"""Errors a user can mend, as lines on stderr with their exit status."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import typer

from citysim.errors import CitysimError, ConfigError

INTERRUPTED = 130


@contextmanager
def plain_errors() -> Iterator[None]:
    """Print each message on a line of its own and exit; anything else is a bug and keeps its traceback."""
    try:
        yield
    except CitysimError as error:
        for message in error.messages:
            typer.echo(f"error: {' '.join(message.split())}", err=True)
        raise typer.Exit(error.exit_status) from None
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        raise typer.Exit(INTERRUPTED) from None


def check_arguments(arguments: Iterable[str]) -> None:
    """Raise ``ConfigError`` for arguments with bytes that are no text: no result file could name them."""
    encoding = sys.getfilesystemencoding()
    mend = "use another name" if encoding == "utf-8" else "set PYTHONUTF8=1, or use another name"
    faults = [
        f"{argument}: holds bytes that are not {encoding.upper()}; {mend}"
        for argument in arguments
        if any("\udc80" <= character <= "\udcff" for character in argument)
    ]
    if faults:
        raise ConfigError.from_messages(faults)
