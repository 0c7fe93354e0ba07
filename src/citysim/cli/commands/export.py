"""Command that gives the results to other programs: ``export``."""

from pathlib import Path
from typing import Annotated

import typer

from citysim.cli.errors import plain_errors
from citysim.cli.options import Folder, named_folder


def export(
    folder: Folder,
    format_: Annotated[str, typer.Option("--format", metavar="NAME", help="csv, netcdf or geojson.")] = "csv",
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder for the files [default: DIR/export].", parser=named_folder),
    ] = None,
    delimiter: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="csv: comma, semicolon or tab [default: comma]."),
    ] = None,
    decimal: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="csv: point or comma, with a semicolon between [default: point]."),
    ] = None,
) -> None:
    """Write the results as CSV, netCDF or GeoJSON, with units and descriptions.

    csv: runs.csv, trajectories.csv, cities.csv, cities_over_time.csv as far as recorded, columns.csv, which
    says what their columns are, and the tables of effects. Excel opens them with a double click; where it
    expects a decimal comma, add --decimal comma. netcdf: one file for xarray, R or Julia. geojson: cities as
    points for QGIS or geopandas, with the mean over the replications of each arm and stall.

    Example: citysim export results/claim --format netcdf
    """
    with plain_errors():
        from citysim.cli.display import console, print_paths  # noqa: PLC0415  heavy, and --help must be quick
        from citysim.store.export import export_results  # noqa: PLC0415  as above

        files, runs, asked = export_results(folder, format_, out, delimiter=delimiter, decimal=decimal)
        if runs < asked:
            text = f"{runs:,} of {asked:,} runs are done; the other {asked - runs:,} are not in the files"
            console(stderr=True).print(text, soft_wrap=True)
        print_paths(f"{runs:,} runs written:", files)
