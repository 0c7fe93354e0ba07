"""Building for another Python than the project's ends with a line that says so.

Older pips look at the dependencies first, and blame one of them that has no version for that Python.
"""

import platform
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.specifiers import SpecifierSet


class PythonCheck(BuildHookInterface):
    """Runs before anything is built, for pip also before it looks at the dependencies."""

    def initialize(self, version: str, build_data: "dict[str, Any]") -> None:
        """Raise ``SystemExit`` where the Python is not one of the project's."""
        allowed, found = self.metadata.core.requires_python, platform.python_version()
        if not SpecifierSet(allowed).contains(found, prereleases=True):
            raise SystemExit(f"citysim needs Python {allowed}, this is Python {found}")
