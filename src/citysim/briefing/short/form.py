"""What a short answer is made of, and the parts that every rule needs."""

from dataclasses import dataclass

from citysim.analysis.answers.spoken import Row
from citysim.analysis.intervals import FEWEST_FOR_QUANTILES, MIN_REPLICATIONS
from citysim.analysis.likelihood import agreeing, chance_of, likelihood
from citysim.briefing.short.sentences import cases, head, say

type Bullets = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What a rule says: one sentence with one number, three bullets (head, text), how sure."""

    answer: str
    bullets: Bullets
    sure: str


@dataclass(frozen=True, slots=True)
class Short:
    """What a reader of three minutes takes away.

    ``missing``: how much of the runs, empty where none; ``picture``: name of the figure that shows it, empty
    where there is none; the others as of ``Said``, with the heads of their lines.
    """

    question: str
    missing: str
    answer: str
    bullets: Bullets
    sure: str
    limits: str
    picture: str

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """Head and text of every line but question and answer."""
        lead = ((head("missing"), self.missing),) if self.missing else ()
        return (*lead, *self.bullets, (head("sure"), self.sure), (head("limits"), self.limits))


@dataclass(frozen=True, slots=True)
class Chance:
    """That something is so in ``true`` of ``count`` cases."""

    event: str
    true: int
    count: int

    @property
    def words(self) -> str:
        """Its probability on the scale."""
        return likelihood(chance_of(self.true, self.count))


def bullets(first: str, second: str, third: str, *, heads: tuple[str, str, str] | None = None) -> Bullets:
    """Three bullets, by default on what cooperation does, what it does not and what decides it."""
    keys = heads or ("does", "does_not", "decides")
    return tuple(zip((head(key) for key in keys), (first, second, third), strict=True))


def above_zero(row: Row, event: str, *, direction: int = 1) -> Chance:
    """The chance that a tested quantity lies above 0 (``direction`` −1: below), by its sign test."""
    count = int(row["n_seeds"])
    if float(row["lower"]) == float(row["upper"]) == 0:  # nothing changes in any case
        return Chance(event, 0, count)
    same = agreeing(float(row["p_value"]), count)
    upward = float(row["estimate"]) * direction > 0
    return Chance(event, same if upward else count - same, count)


def sure(first: Chance, second: Chance | None = None) -> str:
    """The line on how sure an answer is."""
    one = {"likelihood": first.words, "event": first.event, "true": first.true, "count": first.count}
    if second is None:
        return say("sure.scale", text=say("sure.one", **one))
    two = {
        "likelihood_2": second.words,
        "event_2": second.event,
        "true_2": second.true,
        "count_2": second.count,
    }
    return say("sure.scale", text=say("sure.two", **one, **two))


def too_few(count: int) -> Said:
    """What can be said with fewer cases than a verdict takes."""
    least, many = MIN_REPLICATIONS, FEWEST_FOR_QUANTILES
    return Said(
        say("few", least=least),
        bullets(
            cases(count),
            say("few.lacking", least=least, many=many),
            say("few.next"),
            heads=("there", "lacking", "next"),
        ),
        say("sure.few"),
    )


def nothing(asked: int) -> Said:
    """What can be said where no comparison has both its runs."""
    return Said(
        say("nothing", asked=asked),
        bullets(
            say("nothing.there"),
            say("nothing.lacking"),
            say("nothing.next"),
            heads=("there", "lacking", "next"),
        ),
        say("sure.none", why=say("nothing.sure")),
    )
