"""Errors a user can mend, as lines on stderr with their exit status."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from citysim.errors import CitysimError

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
