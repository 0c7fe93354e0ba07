"""Sphinx extension: the fields of a dataclass as a table, from the comments beside them in the source."""

import ast
import inspect
from collections.abc import Iterator
from dataclasses import is_dataclass

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata


def rows(source: str) -> Iterator[tuple[str, str, str]]:
    """Name, type and comment of every public field; comments on a line of their own come as ("", "", comment)."""
    lines = source.splitlines()
    fields = {
        node.lineno - 1: node
        for node in ast.parse(source).body[0].body  # type: ignore[attr-defined]
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    if not fields:
        return
    for place in range(min(fields), max(fields) + 1):
        comment = lines[place].partition("  # ")[2]
        if lines[place].strip().startswith("# "):
            yield "", "", lines[place].strip().removeprefix("# ")
        elif place in fields and not fields[place].target.id.startswith("_"):  # type: ignore[union-attr]
            yield ast.unparse(fields[place].target), ast.unparse(fields[place].annotation).strip("'"), comment


def _add(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    if what != "class" or not is_dataclass(obj) or not isinstance(obj, type):
        return
    sources = [inspect.getsource(base) for base in reversed(obj.__mro__) if is_dataclass(base)]
    found = [row for source in sources for row in rows(inspect.cleandoc(source))]
    if not found:
        return
    cell = "\n     - ".join
    lines += ["", ".. list-table::", "   :widths: auto", ""]
    for field, annotation, comment in found:
        said = comment.replace("|", r"\|").replace("*", r"\*").replace("_", r"\_")
        named = (f"``{field}``", f"``{annotation}``") if field else ("", "")
        lines += f"   * - {cell([*named, said if field else f'*{said}*'])}".splitlines()
    lines.append("")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Have autodoc call it."""
    app.connect("autodoc-process-docstring", _add)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
