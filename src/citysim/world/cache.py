"""Real worlds that were built before: kept on disk as they are, so that a process need not build them again.

A file is named by the digest of all that a world follows from: arguments, every file of the data pack, the
source that builds, and the libraries that it computes with. It ends with a checksum, and the world in it must
have the digest that was written beside it; else it counts as absent, and is replaced. Nothing here raises:
where no file can be read or written, worlds are built. The file is read and not mapped into memory: a
megabyte takes a millisecond, and a mapped file that is cut while it is read would end the process.
"""

import hashlib
import json
import logging
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numpy as np

from citysim.world.digest import digest_of_fields
from citysim.world.fields import WorldFields
from citysim.world.imputation import Imputation

#: Names the folder of kept worlds; "off" keeps none.
FOLDER_VARIABLE = "CITYSIM_CACHE_DIR"
#: Files of a kind that are left when another is written; worlds are of one to a few MB each.
MOST_FILES = 24

_log = logging.getLogger(__name__)
_HERE = Path(__file__).parent
_DATA = _HERE / "data"
_ALIGNED = 64  # bytes, for every array
_CHECKSUM_BYTES = 32
#: Libraries whose arithmetic the fields of a world come from.
_LIBRARIES = ("numpy", "pandas", "scipy")


def kept_or_built(arguments: Mapping[str, Any], build: Callable[..., WorldFields]) -> WorldFields:
    """``build(**arguments)``, or what it gave before to equal arguments.

    ``build`` is given the arguments and nothing else, so that none can be left out of the key. They must be
    what JSON can hold. Raises what ``build`` raises.
    """
    path = path_of("world", arguments)
    if path is None:
        return build(**arguments)
    found = _read(path)
    if found is None:
        found = build(**arguments)
        # Else a file has changed meanwhile, before or after it was read.
        if path == path_of("world", arguments):
            _keep(path, found)
    return found


def folder() -> Path | None:
    """Where worlds are kept; None where none are: no home, or ``CITYSIM_CACHE_DIR=off``."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return None if named == "off" else Path(named)
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "citysim"
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if Path(base).is_absolute() else home / ".cache") / "citysim"


def path_of(kind: str, arguments: Mapping[str, Any], ending: str = "bin") -> Path | None:
    """The file for what follows from the data pack, this room's code and ``arguments``.

    None where none is kept: no folder, arguments that no world has.
    """
    where = folder()
    if where is None:
        return None
    try:
        return where / f"{kind}-{_key(arguments)}.{ending}"
    except (OSError, TypeError, ValueError) as error:
        _log.debug("no key for a %s of %s: %r", kind, arguments, error)
        return None


def _key(arguments: Mapping[str, Any]) -> str:
    """Digest of all that a real world follows from. Raises ``OSError``, ``TypeError``, ``ValueError``."""
    sha = hashlib.sha256()
    read = [*sorted(_HERE.rglob("*.py")), *sorted(_DATA.iterdir()), _HERE.parent / "arrays.py"]
    for file in read:
        sha.update(f"{file.relative_to(_HERE.parent)}:".encode())
        sha.update(hashlib.sha256(file.read_bytes()).digest())
    machine = [sys.version, platform.machine(), *(f"{name} {version(name)}" for name in _LIBRARIES)]
    sha.update(json.dumps([machine, dict(arguments)], sort_keys=True, allow_nan=False).encode())
    return sha.hexdigest()[:32]


def _read(path: Path) -> WorldFields | None:
    """The fields of a world in a file; None where there is none, or not as it was written."""
    try:
        return decoded(path.read_bytes())
    except OSError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        _log.debug("%s: not as it was written: %r", path, error)
        return None


def _keep(path: Path, world: WorldFields) -> None:
    """Write a world."""
    try:
        content = encoded(world)
        decoded(content)  # nothing is kept that would not come back as it is
        put(path, content)
    except (OSError, ValueError, KeyError, TypeError) as error:
        _log.debug("%s: not kept: %r", path, error)


def put(path: Path, content: bytes) -> None:
    """Write what ``path_of`` names, and delete all files of its kind but those written last.

    Under a temporary name that is renamed: others see all of it or nothing. Raises ``OSError``.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(prefix=f".{path.stem.partition('-')[0]}-", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _tidy(path)


def _tidy(newest: Path) -> None:
    """Delete all files of a kind but those written last: what earlier versions left is of no use."""
    pattern = f"{newest.name.partition('-')[0]}-*{newest.suffix}"
    aged = sorted(newest.parent.glob(pattern), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in aged[MOST_FILES:]:
        file.unlink(missing_ok=True)


def encoded(world: WorldFields) -> bytes:
    """A world as bytes: length and text of a header, the arrays, a checksum.

    Raises ``TypeError`` on a field that is neither an array of numbers nor text and numbers.
    """
    arrays: dict[str, Any] = {}
    others: dict[str, Any] = {}
    blocks: list[bytes] = []
    at = 0
    for name, value in vars(world).items():
        if not isinstance(value, np.ndarray):
            others[name] = [_plain(one) for one in value] if name == "imputations" else value
            continue
        order: Literal["C", "F"] = "C" if value.flags.c_contiguous else "F"
        if value.dtype.kind not in "biuf" or not (value.flags.c_contiguous or value.flags.f_contiguous):
            raise TypeError(f"{name}: {value.dtype} is not kept")
        # Order is kept too: it decides in which order numpy adds, and for which types loops are compiled.
        arrays[name] = [value.dtype.str, value.shape, order, at]
        block = value.tobytes(order)
        blocks.append(block + b"\0" * (-len(block) % _ALIGNED))
        at += len(blocks[-1])
    head = {"fields": list(vars(world)), "arrays": arrays, "others": others}
    head["digest"] = digest_of_fields(world)
    text = json.dumps(head, allow_nan=False).encode()
    text += b" " * (-(len(text) + 8) % _ALIGNED)
    content = b"".join((len(text).to_bytes(8, "little"), text, *blocks))
    return content + hashlib.sha256(content).digest()


def decoded(content: bytes) -> WorldFields:
    """The world that ``encoded`` made bytes of. Raises ``ValueError`` where they have changed."""
    body, checksum = memoryview(content)[:-_CHECKSUM_BYTES], content[-_CHECKSUM_BYTES:]
    if hashlib.sha256(body).digest() != checksum:
        raise ValueError("the checksum differs")
    start = 8 + int.from_bytes(body[:8], "little")
    head = json.loads(bytes(body[8:start]))
    values: dict[str, Any] = {name: _tuples(value) for name, value in head["others"].items()}
    values["imputations"] = tuple(Imputation(*one) for one in head["others"]["imputations"])
    for name, (dtype, shape, order, at) in head["arrays"].items():
        flat = np.frombuffer(content, dtype, count=int(np.prod(shape)), offset=start + at)
        values[name] = flat.reshape(shape, order=order)
    world = WorldFields(**{name: values[name] for name in head["fields"]})
    if digest_of_fields(world) != head["digest"]:
        raise ValueError("the world has another digest")
    return world


def _plain(imputation: Imputation) -> list[str | int]:
    """The fields of an imputation, in their order."""
    return [imputation.field, imputation.filled, imputation.total, imputation.rule]


def _tuples(value: Any) -> Any:
    """JSON's lists as the tuples that they were."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
