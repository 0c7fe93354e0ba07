"""Which arms answers compare."""

from citysim.analysis.multiplicity import baseline
from citysim.analysis.results import RunSet
from citysim.errors import ResultError

#: The arm that stands for cooperation as a whole, where an experiment has it.
FULL_ARM = "both"


def arms_against(results: RunSet) -> tuple[tuple[str, ...], str]:
    """Arms of cooperation, and the arm they are held against.

    Raises ``ResultError`` where the experiment has only one arm.
    """
    reference = baseline(results.arms)
    others = tuple(arm for arm in results.arms if arm != reference)
    if not others:
        raise ResultError(f"{results.path}: only arm '{reference}' has runs; expected one to compare it with")
    return others, reference


def whole(arms: "tuple[str, ...] | list[str]") -> str:
    """The arm that answers speak of: all cooperation, or else the last."""
    return FULL_ARM if FULL_ARM in arms else arms[-1]
