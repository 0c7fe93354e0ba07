"""Plain words for what page 1 and its picture speak of: outcomes, statistics, stall; and lists of some."""

from collections.abc import Iterable
from typing import Self

from citysim.analysis.labels import outcome_unit, outcome_within
from citysim.analysis.stall import level_in_words, states_have_lost
from citysim.language import N_, gettext, pgettext
from citysim.model.outcomes import OUTCOMES
from citysim.plan.report import Stall

#: Outcomes in plain words.
OUTCOME_WORDS = {
    "development": "development",
    "loss": "losses from crises",
    "conflict": "conflict between states",
    "marginalisation": "people left behind",
    "coverage": "services in use",
    "coverage_pledged": "services in use or pledged",
}
#: Parts of the name of a family of statistics, in plain words.
FAMILY_WORDS = {
    "ties": N_("twinnings"),
    "gravity": N_("who is twinned with whom"),
    "memberships": N_("memberships in networks"),
    "networks": N_("how many networks there are"),
    "joins": N_("who joins networks"),
    "curves": N_("how practices spread"),
    "dropping": N_("how practices are dropped"),
    "adoption": N_("who takes up practices"),
    "adoption_by_size": N_("practices by size of city"),
    "vertical": N_("practices with a state behind them"),
    "rupture": N_("ties that break in a war"),
    "surge": N_("cities that come together when states retreat"),
    "yearly": N_("members of networks by year"),
    "pledging": N_("who commits to practices"),
    "onsets": N_("conflicts that begin"),
    "staggered": N_("what one network does for its members"),
    "earlier": N_("joins and practices of the earlier half"),
    "later": N_("joins and practices of the later half"),
}
_SHARES = {0.25: N_("a quarter"), 0.5: N_("half"), 0.75: N_("three quarters"), 1.0: N_("all")}


class Noun(str):
    """Words for a thing, and the same in the dative: ``{outcome.dative}`` in a German sentence."""

    dative: str
    __slots__ = ("dative",)

    def __new__(cls, text: str, dative: str) -> Self:
        """The words with their dative."""
        noun = super().__new__(cls, text)
        noun.dative = dative
        return noun


def listed(parts: Iterable[str], most: int = 4) -> Noun:
    """Some things as text, the first ``most`` by name."""
    found = list(parts)
    more = {"count": len(found) - most + 1}
    datives = [getattr(part, "dative", part) for part in found]
    return Noun(
        _joined(found, most, gettext("{first} and {count} more"), more),
        _joined(datives, most, pgettext("dative", "{first} and {count} more"), more),
    )


def _joined(found: list[str], most: int, cut: str, more: dict[str, int]) -> str:
    if len(found) > most:
        return cut.format(first=", ".join(found[: most - 1]), **more)
    if len(found) > 1:
        return gettext("{first} and {last}", first=", ".join(found[:-1]), last=found[-1])
    return "".join(found)


def outcome_words(outcome: str) -> Noun:
    """An outcome in plain words."""
    words = OUTCOME_WORDS.get(outcome)
    if words is None:
        return Noun(outcome_within(outcome), outcome_within(outcome))
    return Noun(pgettext("outcome", words), pgettext("outcome, dative", words))


def measure(outcome: str) -> tuple[float, dict[str, str]]:
    """What an outcome's numbers are multiplied by, and fields with the words for their scale."""
    if OUTCOMES[outcome].unit.startswith(("index", "share")):
        return 100.0, {"on": gettext("on a scale of 100"), "On": gettext("On a scale of 100")}
    unit = outcome_unit(outcome)
    return 1.0, {"on": f"({unit})", "On": gettext("In numbers ({unit})", unit=unit)}


def family_words(name: str) -> str:
    """A family of statistics of the record in plain words."""
    return gettext(FAMILY_WORDS[name]) if name in FAMILY_WORDS else name.replace("_", " ")


def share_words(level: Stall) -> str:
    """How much of their power to act states lose."""
    if not isinstance(level, float):
        return str(level)
    return gettext(_SHARES[level]) if level in _SHARES else level_in_words(level)


def when_stalled(level: Stall) -> str:
    """The stall level as the start of a sentence."""
    if isinstance(level, float):
        return gettext("When states lose {share} of their power to act", share=share_words(level))
    return gettext("When {states_stall}", states_stall=states_have_lost(level))
