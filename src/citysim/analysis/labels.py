"""Names of outcomes, units and verdicts for people, in the language spoken."""

from citysim.language import DEFAULT, N_, gettext, lowered, numeral, pgettext, spoken
from citysim.model.outcomes import OUTCOMES

#: Names of arms that say more than the config's own.
_ARM_WORDS = {
    "none": "no cooperation",
    "both": "twinning and networks",
    **{
        f"{ties}_no_{key}": f"{ties}, no {word} gain"
        for ties in ("networks", "both")
        for key, word in {"national": "autonomy", "reach": "reach", "scope": "scope"}.items()
    },
}
#: Groups of cities for people, in the order of a figure.
GROUP_LABELS = {
    "world": N_("all cities"),
    "north": N_("the Global North"),
    "south": N_("the Global South"),
    "high_income": N_("high-income countries"),
    "middle_income": N_("middle-income countries"),
    "low_income": N_("low-income countries"),
    "africa": N_("Africa"),
    "asia": N_("Asia"),
    "europe": N_("Europe"),
    "latin_america": N_("Latin America"),
    "northern_america": N_("Northern America"),
    "oceania": N_("Oceania"),
    "mega": N_("cities over 5 million"),
    "large": N_("cities of 1 to 5 million"),
    "medium": N_("cities of 0.3 to 1 million"),
    "small": N_("cities under 0.3 million"),
    "member": N_("members of networks"),
    "non_member": N_("other cities"),
}


def outcome_label(outcome: str) -> str:
    """An outcome as a title or label."""
    return pgettext("outcome label", OUTCOMES[outcome].label)


def outcome_within(outcome: str) -> str:
    """An outcome within a sentence."""
    label = OUTCOMES[outcome].label
    return lowered(pgettext("outcome within", label))


def outcome_name(outcome: str) -> str:
    """An outcome above a printed table: as tables have it, or in another language ``outcome_label``."""
    return outcome if spoken() == DEFAULT else outcome_label(outcome)


def outcome_unit(outcome: str) -> str:
    """An outcome's unit."""
    return unit_label(OUTCOMES[outcome].unit)


def unit_label(unit: str) -> str:
    """A unit of an outcome or parameter."""
    return pgettext("unit", unit)


def verdict_label(verdict: str) -> str:
    """A verdict of the tables."""
    return pgettext("verdict", verdict) if verdict else ""


def arm_words(arm: str) -> str:
    """An arm's name for people, in English."""
    return _ARM_WORDS.get(arm, arm.replace("_", " "))


def arm_label(arm: str) -> str:
    """An arm's name for people."""
    words = arm_words(arm)
    said = pgettext("arm", words)
    # Of arms that are numbered, as those that readers of the explorer make, the catalogue has the word.
    stem, _, number = words.rpartition(" ")
    return f"{pgettext('arm', stem)} {number}" if stem and said == words and number.isdigit() else said


def arm_name(arm: str) -> str:
    """An arm where sentences name it: as the config does, or in another language as ``arm_label``."""
    return arm if spoken() == DEFAULT else arm_label(arm)


def experiment_text(text: str) -> str:
    """A question or hypothesis: of an experiment that comes with citysim in the language, or as written."""
    return pgettext("experiment", text) if text else ""


def experiment_title(name: str) -> str:
    """An experiment's name for people."""
    return pgettext("experiment title", name.replace("_", " ").replace("-", " ").capitalize())


def swept_label(name: str) -> str:
    """What a design sweeps, within a sentence."""
    return pgettext("swept", name.replace("_", " "))


def value_label(value: object) -> str:
    """A value of what a design sweeps."""
    return pgettext("swept value", value) if isinstance(value, str) and value else numeral(str(value))


def group_label(group: str) -> str:
    """A group of cities for people."""
    return gettext(GROUP_LABELS[group]) if group in GROUP_LABELS else group.replace("_", " ")


def recorded_group(group: str) -> str:
    """A group of cities by the name that the recorder gives it."""
    words = group.replace("_", " ")
    return pgettext("group", words)
