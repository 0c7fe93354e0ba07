"""What ``explore`` does: the page as a file, or served with live runs."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from citysim.cli.display import console, print_paths
from citysim.errors import ConfigError
from citysim.explorer import write_explorer

#: The page, unless somebody says where.
_OUT = Path("explorer.html")


def explore(folders: Sequence[Path], out: Path | None, language: str | None = None) -> None:
    """Write the page of some result folders and say where."""
    if not folders:
        raise ConfigError("DIR: missing, expected a result folder such as results/claim, or --live")
    print_paths("written:", [write_explorer(folders, out or _OUT, language)])


def explore_live(
    configs: Sequence[Path],
    out: Path | None,
    *,
    host: str,
    port: int,
    seeds: int,
    workers: str | None,
    language: str | None = None,
) -> None:
    """Serve the page of a config, or of the standard one, until Ctrl-C."""
    if out is not None:
        raise ConfigError("--out: not with --live, which writes no file")
    if len(configs) > 1:
        raise ConfigError(f"CONFIG: found {len(configs)}, expected one at most with --live")
    if any(find_spec(name) is None for name in ("starlette", "uvicorn")):
        raise ConfigError(
            "--live: needs starlette and uvicorn; install them with: pip install 'citysim[explorer]'"
        )
    from citysim.explorer.live.server import live  # noqa: PLC0415  belongs to the extra

    def told(address: str) -> None:
        console().print(f"{address}\nCtrl-C ends it.", soft_wrap=True, highlight=False)

    config = configs[0] if configs else None
    many = workers or "auto"
    live(config, host=host, port=port, seeds=seeds, workers=many, told=told, language=language)
