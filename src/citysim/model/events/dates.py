"""Dates of events: a quarter of a year, or a range of quarters from which a run draws one."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationError, model_validator

from citysim.model.strict import StrictModel
from citysim.world.plain import whole

_QUARTER = re.compile(r"((?:19|20|21)\d\d)(?:-Q([1-4]))?")
QUARTERS_A_YEAR = 4


def quarter_text(found: object) -> str:
    """A date as ``"2027-Q3"``; of a year, its first quarter. Raises ``ValueError`` on anything else."""
    date = whole(found)
    match = None if isinstance(date, bool) else _QUARTER.fullmatch(str(date))
    if match is None:
        raise ValueError(f"found {found!r}, expected a quarter such as '2027-Q3', or a year such as 2027")
    return f"{match[1]}-Q{match[2] or 1}"


def quarter_of(date: str, start_year: int) -> int:
    """Quarters from the first one of a run to ``date``, below 0 before it."""
    year, _, place = date.partition("-Q")
    return QUARTERS_A_YEAR * (int(year) - start_year) + int(place) - 1


type Quarter = Annotated[str, BeforeValidator(quarter_text)]


class Period(StrictModel):
    """Quarters from ``low`` to ``high``, both included, each as likely as any other."""

    low: Quarter
    high: Quarter

    @model_validator(mode="after")
    def _in_order(self) -> "Period":
        if self.low > self.high:
            raise ValueError(f"low ({self.low}) must not be after high ({self.high})")
        return self


def _date(found: Any) -> object:
    if not isinstance(found, dict):
        return found if isinstance(found, Period) else quarter_text(found)
    try:
        return Period.model_validate(found)
    except ValidationError as error:
        text = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise ValueError(f"{text}; a range is {{low = 2025, high = '2035-Q4'}}") from None


type Date = Annotated[str | Period, BeforeValidator(_date)]


def ends(date: str | Period) -> tuple[str, str]:
    """First and last quarter in which an event can happen."""
    return (date, date) if isinstance(date, str) else (date.low, date.high)
