"""Validation: every pattern of the real world held against what the model predicts."""

from citysim.validation.validate import validate

__all__ = ["validate"]
