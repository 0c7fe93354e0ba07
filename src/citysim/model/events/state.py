"""What dated events have done in a run so far, and what they do in the present quarter."""

from dataclasses import dataclass, field

import numpy as np

from citysim.arrays import Bools, Floats, Ints


@dataclass
class EventState:
    """Of one run with E events, S states, N cities."""

    taken: Ints  # (E,) cities, ties, states or networks to which each event has happened
    not_taken: Ints  # (E,) those to which it could not
    stall: Floats  # (S,) share that an event has each state lose, NaN where none does
    severity: Floats | None = None  # (N, types) of the crises that events bring in this quarter
    networks: dict[str, int] = field(default_factory=dict)  # slots of the networks that events founded
    fought: list[int] = field(default_factory=list)  # dyads with a conflict that an event began

    @classmethod
    def none(cls, events: int, states: int) -> "EventState":
        """Before the first quarter."""
        zeros = np.zeros(events, dtype=np.int64)
        return cls(zeros, zeros.copy(), np.full(states, np.nan))

    def stall_over(self, stall: Floats) -> Floats:
        """Share that each state loses, (S,), where without events it would be ``stall``."""
        return np.where(np.isnan(self.stall), stall, self.stall)

    def struck(self, severity: Floats, violence: Bools, of_violence: int) -> tuple[Floats, Bools]:
        """The worse of the model's own crises and those of events, (N, types); where violence is, (N,)."""
        if self.severity is None:
            return severity, violence
        return np.maximum(severity, self.severity), violence | (self.severity[:, of_violence] > 0.0)
