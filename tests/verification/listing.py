"""The list of the checks in ``docs/verification.md``, made from their docstrings.

uv run python tests/verification/listing.py     # write it anew
"""

import ast
from pathlib import Path

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[1] / "docs" / "verification.md"
BEGIN, END = "<!-- checks: begin -->", "<!-- checks: end -->"
EXACT = "equal up to rounding; no false alarm"


def paragraphs(docstring: str | None) -> list[str]:
    """Paragraphs of a docstring, one line each."""
    return [" ".join(part.split()) for part in (docstring or "").split("\n\n")]


def parts(docstring: str | None, common: str) -> tuple[str, str]:
    """What a check compares, and its tolerance with false alarms; ``common`` is said once for its module."""
    what, *rest = paragraphs(docstring)
    for ending in (" Exact.", " No false alarm."):
        if what.endswith(ending):
            return what.removesuffix(ending), EXACT
    return what, " ".join(rest) or common or EXACT


def rows(module: ast.Module, name: str) -> list[str]:
    """A table row for every check of a module: name, what is compared, tolerance and false alarms."""
    common = " ".join(paragraphs(ast.get_docstring(module))[1:])
    found = []
    for node in module.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            cells = (f"`{name}::{node.name}`", *parts(ast.get_docstring(node), common))
            found.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return found


def listing() -> str:
    """The table of all checks."""
    lines = ["| check | what is compared with what | tolerance and false alarms |", "|---|---|---|"]
    for path in sorted(HERE.glob("test_*.py")):
        lines += rows(ast.parse(path.read_text()), path.name)
    return "\n".join(lines)


def main() -> None:
    """Replace the marked section of the document."""
    text = DOCUMENT.read_text()
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{listing()}\n{END}{after}")


if __name__ == "__main__":
    main()
