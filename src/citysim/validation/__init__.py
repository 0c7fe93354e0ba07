"""Validation: every pattern of the real world held against what the model predicts, before and after calibration."""

from citysim.validation.validate import validate

__all__ = ["validate"]
