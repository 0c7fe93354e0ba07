"""Values that the data do not hold: filled by a stated rule, and counted."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Imputation:
    """One rule that filled ``filled`` of ``total`` values of ``field``."""

    field: str
    filled: int
    total: int
    rule: str
