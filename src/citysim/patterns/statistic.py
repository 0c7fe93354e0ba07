"""What a statistic is, for people and for calibration."""

import math
import re
from dataclasses import dataclass
from typing import Literal

#: Units of what lies between 0 and 1, and of what is not negative.
SHARES = ("share", "index 0–1")
COUNTS = (
    "cities",
    "ties",
    "memberships",
    "networks",
    "members in the world",
    "steps",
    "years after founding",
)
_ANY = (-math.inf, math.inf)


@dataclass(frozen=True)
class Statistic:
    """One statistic of a family, or one for every ``{network}`` or ``{year}`` that its name leaves open."""

    name: str
    unit: str
    what: str
    pattern: str = ""  # id in docs/patterns.md
    #: What the record has drawn by chance, and a resample draws again.
    over: Literal["cities", "networks"] = "cities"

    @property
    def limits(self) -> tuple[float, float]:
        """Least and greatest value that it can have, by its unit."""
        return (0.0, 1.0) if self.unit in SHARES else (0.0, math.inf) if self.unit in COUNTS else _ANY

    def describes(self, name: str) -> bool:
        """Whether ``name``, without its family, is one of these."""
        return re.fullmatch(re.sub(r"\\\{\w+\\\}", r"\\w+", re.escape(self.name)), name) is not None


def slug(network: str) -> str:
    """A network's name as part of a statistic's: lower case, one underscore for all else."""
    return re.sub(r"\W+", "_", network.casefold()).strip("_")
