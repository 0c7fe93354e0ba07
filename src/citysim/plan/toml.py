"""Reading a TOML file and the ``--set`` overrides into a plain table."""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from citysim.errors import ConfigError
from citysim.plan.shipped import hint


def read_toml(path: Path) -> dict[str, Any]:
    """The table in a TOML file. Raises ``ConfigError`` on a file that is missing, unreadable or not TOML."""
    if path.is_dir():
        raise ConfigError(f"{path}: is a folder, expected a TOML file")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file{_neighbours(path)}{hint(path)}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text (byte {error.start})") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise ConfigError(f"{path}: cannot be read: {_reason(error)}") from None
    try:
        # TOML allows CRLF, and tomllib takes it; a lone CR it names with line and column.
        return tomllib.loads(text)
    except RecursionError:
        raise ConfigError(f"{path}: not TOML: nested too deeply") from None
    except ValueError as error:
        raise ConfigError(f"{path}: not TOML: {error}") from None


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _neighbours(path: Path) -> str:
    try:
        found = sorted(file.name for file in path.parent.glob("*.toml"))
    except OSError:
        return ""
    return f"; {path.parent} holds {', '.join(found[:12])}" if found else ""


def apply_overrides(table: dict[str, Any], overrides: Iterable[str]) -> set[tuple[str, ...]]:
    """Set ``KEY=VALUE`` pairs in ``table`` and return their key paths.

    A key is dotted (``parameters.contact_effect``); a value is read as TOML, else as text.
    Raises ``ConfigError`` with one line for every override that cannot be applied.
    """
    messages: list[str] = []
    changed: set[tuple[str, ...]] = set()
    for override in overrides:
        key, equals, text = override.partition("=")
        parts = tuple(part.strip() for part in key.split("."))
        if not equals or not all(parts):
            messages.append(f"--set {override}: expected KEY=VALUE, such as parameters.contact_effect=0.2")
            continue
        problem = _set(table, parts, _literal(text.strip()))
        if problem:
            messages.append(f"--set {override}: {problem}")
        changed.add(parts)
    if messages:
        raise ConfigError.from_messages(messages)
    return changed


def _set(table: dict[str, Any], parts: tuple[str, ...], value: object) -> str | None:
    for depth, part in enumerate(parts[:-1]):
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            return f"{'.'.join(parts[: depth + 1])} is not a table"
    table[parts[-1]] = value
    return None


def _literal(text: str) -> object:
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return parsed["value"] if len(parsed) == 1 else text
