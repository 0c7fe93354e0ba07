"""Figures of a result folder, one file each; ``draw_all`` draws what the results allow."""

from citysim.figures.drawing import FIGURES, draw_all

__all__ = ["FIGURES", "draw_all"]
