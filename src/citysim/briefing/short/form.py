"""What a short answer is made of, and the parts that every rule needs."""

from dataclasses import dataclass

from citysim.analysis.answers.spoken import Row
from citysim.analysis.intervals import FEWEST_FOR_QUANTILES, MIN_REPLICATIONS
from citysim.analysis.likelihood import agreeing, chance_of, likelihood
from citysim.analysis.rounding import Number
from citysim.briefing.short.sentences import cases, head, say

type Bullets = tuple[tuple[str, str], ...]


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


@dataclass(frozen=True, slots=True)
class Said:
    """What a rule says: one sentence with one number, which is ``number`` too, three bullets (head, text).

    ``chances``: of what it says; ``unsure``: why none is given, where none is.
    """

    answer: str
    bullets: Bullets
    number: Number | None = None
    chances: tuple[Chance, ...] = ()
    unsure: str = ""

    @property
    def likely(self) -> str:
        """How sure that is, as a sentence or why none is given."""
        return _likely(self.chances) if self.chances else self.unsure

    @property
    def sure(self) -> str:
        """The line on how sure that is, with where its words are from."""
        return say("sure.scale", text=self.likely) if self.chances else self.unsure


@dataclass(frozen=True, slots=True)
class Short:
    """What a reader of three minutes takes away.

    ``missing``: how much of the runs, empty where none; ``picture``: name of the figure that shows it, empty
    where there is none; the others as of ``Said``, with the heads of their lines.
    """

    question: str
    missing: str
    answer: str
    number: Number | None
    bullets: Bullets
    sure: str
    likely: str
    chances: tuple[Chance, ...]
    limits: str
    picture: str

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """Head and text of every line but question and answer."""
        lead = ((head("missing"), self.missing),) if self.missing else ()
        return (*lead, *self.bullets, (head("sure"), self.sure), (head("limits"), self.limits))


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


def _likely(chances: tuple[Chance, ...]) -> str:
    """One or two chances as a sentence."""
    first, *others = chances
    one = {"likelihood": first.words, "event": first.event, "true": first.true, "count": first.count}
    if not others:
        return say("sure.one", **one)
    (second,) = others
    two = {
        "likelihood_2": second.words,
        "event_2": second.event,
        "true_2": second.true,
        "count_2": second.count,
    }
    return say("sure.two", **one, **two)


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
        unsure=say("sure.few"),
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
        unsure=say("sure.none", why=say("nothing.sure")),
    )
