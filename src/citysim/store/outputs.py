"""Tables, figures and briefings in a result folder: which are of the runs as they are, and which are gone.

The manifest lists under ``written`` every such file that citysim has made in the folder, so that no table of
runs that are gone survives them, and no file of anybody else is touched.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

from citysim.plan.config import AnalysisName
from citysim.store.checked import (
    Manifest,
    digest_of,
    is_as_written,
    is_listed,
    list_digests,
    write_checked,
)
from citysim.store.contents import CONFIG, manifest_files
from citysim.store.files import disk_errors
from citysim.store.manifest import manifest_path, read_manifest, update_manifest

#: What may be there in folders whose manifest has no list yet, as of version 0.1.0.
_FIGURES_BEFORE = (
    *("compensation", "contour", "difference", "trajectories", "groups", "world_map"),
    *("sensitivity", "verdict", "scenarios", *get_args(AnalysisName)),
)
_BEFORE = (
    *("headline.csv", "effects.csv", "contour.csv", "verdict.csv", "verdict_by_parameter.csv"),
    *("scenarios.csv", "scenarios_boxes.csv", "sensitivity.csv", "sensitivity_quantities.csv"),
    *("briefing.pdf", "briefing.html", "figures/captions.json"),
    *(f"{name}.csv" for name in get_args(AnalysisName)),
    *(f"figures/{name}.{kind}" for name in _FIGURES_BEFORE for kind in ("png", "svg")),
)


def written(folder: Path) -> list[str]:
    """Names of the tables, figures and briefings in a folder that citysim has made, relative to it."""
    manifests = {writer: read_manifest(file) for writer, file in manifest_files(folder).items()}
    names = [str(name) for name in manifests.get("all", {}).get("written", [])]
    if manifests and not any("written" in manifest for manifest in manifests.values()):
        names = [*_BEFORE, *map(str, manifests.get("all", {}).get("outputs", {}).get("files", []))]
    # A manifest is a text file that anybody may edit: nothing outside the folder is ours.
    return sorted({name for name in names if ".." not in Path(name).parts and not Path(name).is_absolute()})


def write_output(folder: Path, name: str, label: str, write: Callable[[Path], None]) -> None:
    """Write a table, figure or briefing atomically, listed in the manifest as made by citysim.

    ``name``: relative to the folder. Raises ``ResultError`` where the disk does not take it.
    """
    write_checked(folder, name, label, write, note=_with_written(folder, [name]))


def makes_into(folder: Path) -> str:
    """What a command is given so that it makes the files of a folder, which may be of results elsewhere."""
    return str(folder) if (folder / "design.parquet").is_file() else f"DIR --out {folder}"


def note_written(folder: Path, files: Iterable[Path]) -> None:
    """Record that citysim has made some files of a folder."""
    names = [_name(folder, file) for file in files]
    list_digests(folder, _digests(folder, names), note=_with_written(folder, names))


def _with_written(folder: Path, names: Iterable[str]) -> Callable[[Manifest], Manifest]:
    return lambda manifest: {**manifest, "written": sorted({*written(folder), *names})}


def _digests(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Digests of files that are there."""
    found = {}
    for name in names:
        with disk_errors(folder / name, "cannot be read"):
            found[name] = digest_of((folder / name).read_bytes())
    return found


def note_report(
    folder: Path,
    files: Iterable[Path],
    words: Mapping[str, list[str]],
    stall: float | str | None = None,
    *,
    short: Iterable[tuple[str, str]] = (),
    language: str = "en",
) -> None:
    """Record that tables, figures and briefing are of the runs as they are; those of earlier runs go.

    ``words``: what the analyses say, by their titles; ``stall``: the level that is shown;
    ``short``: the short answer, heads with their lines; ``language``: of all these.
    """
    names = list(dict.fromkeys(_name(folder, file) for file in files))
    gone = remove_written(folder, keep=names)
    unlisted = _digests(folder, [name for name in names if not is_listed(folder, name)])

    def change(manifest: Manifest) -> Manifest:
        listed = manifest.get("checksums", {}) | {name: [digest] for name, digest in unlisted.items()}
        said = {"words": dict(words), "short": [list(line) for line in short], "language": language}
        outputs = {**_made_of(folder, manifest), "files": names, **said, "stall": stall}
        return manifest | {"written": names, "outputs": outputs, "checksums": _without(listed, gone)}

    update_manifest(manifest_path(folder), None, change)


def report_current(folder: Path) -> dict[str, Any]:
    """``files``, ``words`` and ``short`` of the report on the runs as they are; empty without a part."""
    manifest = read_manifest(manifest_path(folder))
    outputs: dict[str, Any] = manifest.get("outputs", {})
    same = all(outputs.get(name) == value for name, value in _made_of(folder, manifest).items())
    there = "short" in outputs and all((folder / str(name)).is_file() for name in outputs.get("files", []))
    return outputs if same and there and not changed_outputs(folder) else {}


def changed_outputs(folder: Path) -> list[Path]:
    """Files that citysim has made of runs and somebody, or something, has changed since."""
    files = [name for name in written(folder) if (folder / name).is_file()]
    return [folder / name for name in files if not is_as_written(folder, name)]


def remove_written(folder: Path, keep: Iterable[str] = ()) -> list[str]:
    """Delete what citysim has made of runs, except ``keep``, and give its names; files of others stay."""
    kept = set(keep)
    gone = [name for name in written(folder) if name not in kept]
    for name in gone:
        with disk_errors(folder / name, "cannot be deleted"):
            (folder / name).unlink(missing_ok=True)
    return gone


def forget_written(folder: Path, manifest: Manifest) -> Manifest:
    """Delete what citysim has made of runs; gives the manifest without it."""
    gone = remove_written(folder)
    listed = _without(manifest.get("checksums", {}), gone)
    return manifest | {"written": [], "outputs": {}, "checksums": listed}


def _without(listed: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    gone = set(names)
    return {name: digests for name, digests in listed.items() if name not in gone}


def _name(folder: Path, file: Path) -> str:
    return file.relative_to(folder).as_posix()


def _made_of(folder: Path, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What tells one state of a folder from another: runs done, the design, and all the config says."""
    file = folder / CONFIG
    with disk_errors(file, "cannot be read"):
        config = digest_of(file.read_bytes())
    design = manifest.get("design", {}).get("digest")
    return {"done": manifest.get("done"), "design": design, "config": config}
