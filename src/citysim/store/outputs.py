"""Tables, figures and briefings in a result folder: which are of the runs as they are, and which are gone.

The manifest lists under ``written`` every such file that citysim has made in the folder, so that no table of
runs that are gone survives them, and no file of anybody else is touched.
"""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

from citysim.plan.config import AnalysisName
from citysim.store.contents import manifest_files
from citysim.store.files import disk_errors
from citysim.store.manifest import manifest_path, read_manifest, write_manifest

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


def note_written(folder: Path, files: Iterable[Path]) -> None:
    """Record that citysim has made some files of a folder."""
    names = {_name(folder, file) for file in files}
    path = manifest_path(folder)
    manifest = read_manifest(path)
    if "written" not in manifest or not names.issubset(manifest["written"]):
        write_manifest(path, None, {"format": 1} | manifest | {"written": sorted({*written(folder), *names})})


def note_report(folder: Path, files: Iterable[Path], words: Mapping[str, list[str]]) -> None:
    """Record that tables, figures and briefing are of the runs as they are; those of earlier runs go.

    ``words``: what the analyses say, by their titles.
    """
    names = list(dict.fromkeys(_name(folder, file) for file in files))
    remove_written(folder, keep=names)
    path = manifest_path(folder)
    manifest = read_manifest(path)
    outputs = {**_made_of(folder, manifest), "files": names, "words": dict(words)}
    write_manifest(path, None, manifest | {"written": names, "outputs": outputs})


def report_current(folder: Path) -> dict[str, Any]:
    """``files`` and ``words`` of the report on the runs as they are; empty where it is not there in whole."""
    manifest = read_manifest(manifest_path(folder))
    outputs: dict[str, Any] = manifest.get("outputs", {})
    same = all(outputs.get(name) == value for name, value in _made_of(folder, manifest).items())
    there = "words" in outputs and all((folder / str(name)).is_file() for name in outputs.get("files", []))
    return outputs if same and there else {}


def remove_written(folder: Path, keep: Iterable[str] = ()) -> None:
    """Delete what citysim has made of runs, except ``keep``; files of others stay."""
    kept = set(keep)
    for name in written(folder):
        if name not in kept:
            with disk_errors(folder / name, "cannot be deleted"):
                (folder / name).unlink(missing_ok=True)


def _name(folder: Path, file: Path) -> str:
    return file.relative_to(folder).as_posix()


def _made_of(folder: Path, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What tells one state of a folder from another: runs done, the design, and all the config says."""
    file = folder / "config.toml"
    with disk_errors(file, "cannot be read"):
        config = hashlib.sha256(file.read_bytes()).hexdigest()[:16]
    design = manifest.get("design", {}).get("digest")
    return {"done": manifest.get("done"), "design": design, "config": config}
