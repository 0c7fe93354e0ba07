"""What a statistic is, for people and for calibration."""

import re
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Statistic:
    """One statistic of a family, or one for every ``{network}`` or ``{year}`` that its name leaves open."""

    name: str
    unit: str
    what: str
    pattern: str = ""  # id in docs/patterns.md
    #: What the record has drawn by chance, and a resample draws again.
    over: Literal["cities", "networks"] = "cities"

    def describes(self, name: str) -> bool:
        """Whether ``name``, without its family, is one of these."""
        return re.fullmatch(re.sub(r"\\\{\w+\\\}", r"\\w+", re.escape(self.name)), name) is not None


def slug(network: str) -> str:
    """A network's name as part of a statistic's: lower case, one underscore for all else."""
    return re.sub(r"\W+", "_", network.casefold()).strip("_")
