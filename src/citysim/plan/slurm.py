"""``[execution.slurm]``: what a job array asks of a Slurm cluster."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from citysim.model.strict import StrictModel

_TIME = re.compile(r"(?:(?P<days>\d+)-)?(?P<rest>\d+(?::\d+){0,2})")
_MEMORY = re.compile(r"\d+[KMGT]?")


def _time(found: str) -> str:
    if not _TIME.fullmatch(found):
        raise ValueError(
            f"found {found!r}, expected minutes, hours:minutes:seconds or days-hours, such as '04:00:00'"
        )
    return found


def _memory(found: str) -> str:
    if not _MEMORY.fullmatch(found):
        raise ValueError(f"found {found!r}, expected a number of MB, or with K, M, G or T, such as '4G'")
    return found


def _elements(found: object) -> object:
    if found == "auto" or (isinstance(found, int) and not isinstance(found, bool) and found >= 1):
        return found
    raise ValueError(f"found {found!r}, expected 'auto' or a number of at least 1")


def _directive(found: str) -> str:
    """An option of sbatch, with or without ``#SBATCH`` before it."""
    option = found.removeprefix("#SBATCH").strip()
    if not option.startswith("-") or "\n" in option:
        raise ValueError(f"found {found!r}, expected an option of sbatch, such as '--constraint=skylake'")
    if option in ("--wait", "-W"):
        raise ValueError(f"found {found!r}: citysim waits itself; leave it out")
    return option


type _Word = Annotated[str, Field(min_length=1)]


class SlurmConfig(StrictModel):
    """What every element of the array gets, and how the array is watched."""

    partition: _Word | None = None
    account: _Word | None = None
    #: Limit of an element's time, as Slurm writes it.
    time: Annotated[str, AfterValidator(_time)] | None = None
    #: Memory of an element, as Slurm writes it.
    memory: Annotated[str, AfterValidator(_memory)] | None = None
    #: Processors of an element, and its workers.
    cpus: Annotated[int, Field(ge=1, le=1024)] = 1
    #: Elements of the array; ``auto``: a minute of work for each at least, and at most a thousand.
    elements: Annotated[int | Literal["auto"], BeforeValidator(_elements)] = "auto"
    #: Most elements that run at the same time.
    at_once: Annotated[int, Field(ge=1)] | None = None
    #: Further options of sbatch.
    directives: Annotated[tuple[Annotated[str, AfterValidator(_directive)], ...], Field(strict=False)] = ()
    #: Whether an interrupt of the command also ends its jobs.
    cancel_on_interrupt: bool = False
    #: Seconds that the second resubmission of an element that died waits, and the third twice.
    retry_seconds: Annotated[float, Field(ge=0.0, le=86400.0)] = 60.0
    #: Seconds between two looks at the queue; shorter ones in the first minutes.
    poll_seconds: Annotated[float, Field(ge=0.1, le=3600.0)] = 30.0

    @property
    def seconds(self) -> float | None:
        """The limit of an element's time in seconds."""
        match = _TIME.fullmatch(self.time or "")
        if match is None:
            return None
        parts = [int(part) for part in match["rest"].split(":")]
        if match["days"]:
            hours, minutes, seconds = [*parts, 0, 0][:3]
            return ((int(match["days"]) * 24 + hours) * 60 + minutes) * 60.0 + seconds
        # One number is minutes, two are minutes and seconds.
        hours, minutes, seconds = [0, *parts, 0] if len(parts) == 1 else ([0] * (3 - len(parts)) + parts)
        return (hours * 60 + minutes) * 60.0 + seconds
