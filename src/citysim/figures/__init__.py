"""Figures of a result folder, one file each; ``draw_all`` draws what the results allow."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from citysim.figures.drawing import FIGURES, draw_all

__all__ = ["FIGURES", "draw_all"]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Names of ``drawing``, which brings Matplotlib: who reads captions alone does without."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from citysim.figures import drawing  # noqa: PLC0415

        return getattr(drawing, name)
