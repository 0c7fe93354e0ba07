"""Command that gives the results to other programs: ``export``."""

from pathlib import Path
from typing import Annotated

import typer

from citysim.cli.errors import plain_errors
from citysim.cli.sweep import Folder


def export(
    folder: Folder,
    format_: Annotated[str, typer.Option("--format", metavar="NAME", help="csv or netcdf.")] = "csv",
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for the files [default: DIR/export].")
    ] = None,
) -> None:
    """Write the results as CSV or netCDF, with units and descriptions.

    csv: runs.csv, trajectories.csv, cities.csv as far as recorded, and columns.csv, which says what every
    column is. netcdf: one file for xarray, R or Julia.

    Example: citysim export results/claim --format netcdf
    """
    with plain_errors():
        from citysim.cli.display import console, print_paths  # noqa: PLC0415  heavy, and --help must be quick
        from citysim.experiment.export import export_results  # noqa: PLC0415  as above

        files, runs, asked = export_results(folder, format_, out)
        if runs < asked:
            text = f"{runs:,} of {asked:,} runs are done; the other {asked - runs:,} are not in the files"
            console(stderr=True).print(text, soft_wrap=True)
        print_paths(f"{runs:,} runs written:", files)
