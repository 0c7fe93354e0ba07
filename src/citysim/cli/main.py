"""The ``citysim`` command and its subcommands."""

import logging
import sys
from typing import Annotated

import typer

from citysim import __version__
from citysim.cli.commands import assess as sensitivity
from citysim.cli.commands import calibrate as calibration
from citysim.cli.commands import city as cards
from citysim.cli.commands import describe, experiments, patterns, report, world
from citysim.cli.commands import explore as exploring
from citysim.cli.commands import export as exporting
from citysim.cli.commands import map as mapping
from citysim.cli.commands import run as sweep
from citysim.cli.commands import validate as validation
from citysim.cli.errors import check_arguments, plain_errors
from citysim.cli.streams import standard_streams
from citysim.execute.threads import one_thread

app = typer.Typer(
    name="citysim",
    help="Can cities make up for stalled states? Agent-based simulation of city networks and twinnings.",
    epilog="First run: citysim run claim",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (
    *(sweep.run, sweep.status, sweep.profile, sweep.rerun),
    *(report.effects, report.figures, report.compare, report.brief),
    *(cards.city, mapping.map_, exploring.explore),
    *(sensitivity.sensitivity, sensitivity.verdict, sensitivity.knowing, sensitivity.scenarios),
    *(calibration.calibrate, calibration.average),
    validation.validate,
    exporting.export,
    *(experiments.experiments, experiments.new, experiments.schema),
    *(describe.params, describe.networks, patterns.patterns),
):
    app.command(command.__name__.removesuffix("_"))(command)
app.add_typer(world.app, name="world")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"citysim {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    with plain_errors():
        check_arguments(sys.argv[1:])


def _show_warnings() -> None:
    """Print what the library logs as a warning, a line each."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("warning: %(message)s"))
    logging.getLogger("citysim").addHandler(handler)


def main() -> None:
    """Run the command line and end the process with its exit status."""
    one_thread()
    with standard_streams():
        _show_warnings()
        app()
