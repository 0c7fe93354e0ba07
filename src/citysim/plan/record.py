"""What is kept of the runs of an experiment: its section of the config."""

from collections.abc import Collection, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PrivateAttr

from citysim.model.groups import DEFAULT_GROUPS, EXPOSURES, GROUPS
from citysim.model.outcomes import MODEL_OUTCOMES, OUTCOMES
from citysim.model.strict import StrictModel
from citysim.plan import faults as checks
from citysim.plan.faults import Fault
from citysim.plan.interventions import ANALYSIS, exposing


def _one_of(words: Collection[str], what: str) -> AfterValidator:
    def check(found: str) -> str:
        if found not in words:
            raise ValueError(f"unknown {what} {checks.shown(found)}, {checks.suggestion(found, words)}")
        return found

    return AfterValidator(check)


def _not_empty_or_double(found: tuple[str, ...]) -> tuple[str, ...]:
    if not found or len(set(found)) < len(found):
        raise ValueError("name at least one, and each once")
    return found


type _Names[Name] = Annotated[tuple[Name, ...], Field(strict=False), AfterValidator(_not_empty_or_double)]


class RecordConfig(StrictModel):
    """What is kept of a run beside its summary."""

    trajectories: bool = True
    #: One number per outcome, run and group, all groups the model has.
    groups_summary: bool = False
    #: Networks whose members, and the other cities, are groups of their own in the summary.
    networks: Annotated[tuple[str, ...], Field(strict=False)] = ()
    cities: bool = False
    #: Cities are also kept whenever so many quarters have passed; None is at the end alone.
    cities_every: Annotated[int | None, Field(ge=1)] = None
    #: Statistics of the run's course (``citysim.patterns``); None, which old folders have, is no.
    statistics: bool | None = None
    outcomes: _Names[Annotated[str, _one_of(OUTCOMES, "outcome")]] = MODEL_OUTCOMES
    groups: _Names[Annotated[str, _one_of((*GROUPS, *EXPOSURES), "group")]] = DEFAULT_GROUPS

    #: Events by exposure to which cities are grouped, where they are.
    _exposed_to: tuple[str, ...] | None = PrivateAttr(default=None)

    @property
    def exposed_to(self) -> tuple[str, ...] | None:
        """Texts of the events by exposure to which cities are groups; None without such groups."""
        return self._exposed_to

    def dates(self, quarters: int) -> range:
        """Quarters within a run of so many, counted from 0, at whose end cities are kept beside its end."""
        return (
            range(0)
            if self.cities_every is None
            else range(self.cities_every - 1, quarters - 1, self.cities_every)
        )

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables that are kept beside ``runs``."""
        kept = {
            "trajectories": self.trajectories,
            "groups": self.groups_summary,
            "cities": self.cities,
            "cities_over_time": self.cities_every is not None,
            "statistics": self.statistics,
        }
        return tuple(name for name, wanted in kept.items() if wanted)


def check_record(record: RecordConfig, quarters: int) -> list[Fault]:
    """Faults of the dates at which cities are kept, of which one has to lie within the run."""
    every, path = record.cities_every, ("record", "cities_every")
    if every is None:
        return []
    if not record.cities:
        return [Fault(path, "needs record.cities = true, which keeps cities at the end of the run")]
    if every >= quarters:
        allowed = f"1 to {quarters - 1}" if quarters > 1 else "none"
        return [Fault(path, f"found {every}, in runs of {quarters} quarters allowed: {allowed}")]
    return []


def with_needed(
    record: RecordConfig, analyses: Collection[str], arms: Mapping[str, Mapping[str, Any]], *, extended: bool
) -> RecordConfig:
    """What is kept, with the outcomes of extensions and the groups that an analysis of ``arms`` needs."""
    more: dict[str, tuple[str, ...]] = {}
    if extended and "outcomes" not in record.model_fields_set:
        more["outcomes"] = tuple(OUTCOMES)
    if ANALYSIS in analyses:
        more["groups"] = tuple(dict.fromkeys((*record.groups, *EXPOSURES)))
    full = record.model_copy(update=more)
    if any(group in EXPOSURES for group in full.groups):
        full._exposed_to = exposing(arms)  # noqa: SLF001  no key of a config
    return full
