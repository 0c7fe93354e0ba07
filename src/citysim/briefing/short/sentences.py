"""Every sentence of the short answer: templates with named fields, the one place for a translation."""

from collections.abc import Iterable

from citysim.analysis.stall import level_in_words, states_have_lost
from citysim.plan.report import Stall

#: Heads of the lines.
HEADS = {
    "missing": "Not finished",
    "makes_up": "What cities make up for",
    "does": "What cooperation does",
    "does_not": "What it does not",
    "cities_do_not": "What they do not",
    "decides": "What decides it",
    "there": "What there is",
    "lacking": "What is missing",
    "next": "What to do",
    "sure": "How sure is this?",
    "limits": "What it does not show",
}

SENTENCES = {
    # of every experiment
    "missing": "{missing} of {asked} runs are missing or failed, so this answer may still change.",
    "limits": "What will happen. It shows what follows if the world works as the model assumes; parts are assumed, not measured.",
    "limits.defaults": "What will happen, or what follows under other assumptions: each was held at one value, so only chance varies.",
    "no_question": "What does this experiment show?",
    "sure.one": "It is {likelihood} that {event} ({true} of {count} cases).",
    "sure.two": "It is {likelihood} that {event} ({true} of {count} cases), and {likelihood_2} that {event_2} ({true_2} of {count_2}).",
    "sure.none": "No probability is given: {why}.",
    "sure.scale": "{text} Words for chances are those of the IPCC (Mastrandrea et al. 2010).",
    "sure.few": "Not at all yet. No chance is given for so few cases.",
    "few": "It is too soon to say: it takes at least {least} cases, and there are fewer.",
    "few.there": "{count} cases. Each takes one guess at all that is not known, and one course of chance.",
    "few.lacking": "More cases: {least} for any verdict, {many} for a range that holds nine in ten.",
    "few.next": "Run it again with more seeds. What is done stays and is not done twice.",
    "nothing": "No comparison could be made: none of the {asked} runs that it needs has its partner.",
    "nothing.there": "Runs, but no pair that differs in one thing alone.",
    "nothing.lacking": "The runs to compare them with.",
    "nothing.next": "Finish the runs; what is done is not done twice.",
    "nothing.sure": "nothing could be compared",
    # the claim: do cities do more because states stall, and what do they make up for?
    "claim.both": "{claim}; {makes_up}.",
    "claim.adds": "Yes, cities do more when states stall",
    "claim.mixed": "In part: when states stall, cities do more for {outcomes}",
    "claim.not_shown": "It is not shown that cities do more when states stall",
    "claim.takes_away": "No, cities do less when states stall",
    "makes_up.some": "all they do makes up for about {share} of what that costs in {outcome}",
    "makes_up.anyway": "what they do anyway makes up for about {share} of what that costs in {outcome}",
    "makes_up.at_most": "all they do makes up for at most {share} of what that costs in {outcome}",
    "makes_up.unknown": "in {cases} of 100 cases they make up for all it costs in {outcome}",
    "makes_up.harms": "what they do together makes the loss in {outcome} about {share} larger",
    "makes_up.undefined": "what that costs in {outcome} is too little to make up for in {cases} of 100 cases",
    "ratio.some": "When states stall{given}, cities that work together make up for about {share} of what that costs in {outcome}.",
    "ratio.at_most": "When states stall{given}, cities that work together make up for at most {share} of what that costs in {outcome}.",
    "ratio.unknown": "When states stall{given}, cities that work together make up for all it costs in {outcome} in {cases} of 100 cases.",
    "ratio.harms": "When states stall{given}, cities that work together make the loss in {outcome} about {share} larger.",
    "ratio.undefined": "Stalled states cost too little here to be made up for: in {cases} of 100 cases nothing is lost in {outcome}.",
    "ratio.part": "{share} in {outcome}",
    "claim.given": "{when}{given}",
    "claim.swept_value": " ({name}: {value})",
    "claim.makes_up": "{when}, cities together make up for this much of the cost: {parts}.",
    "claim.makes_up_nothing": "{when}, nothing is shown that cities make up for.",
    "claim.all": "In {false} of {count} cases they do not make up for all of the loss in {outcome}.",
    "claim.more": "More because of the stall: {share} of the loss in {outcome}, which {verdict}. {all}",
    "claim.no_cost": "{text} For {outcomes} a stall costs too little to say.",
    "verdict.adds": "is shown",
    "verdict.takes away": "is less, not more",
    "verdict.no effect shown": "is not shown",
    "claim.depth": "How far states stall: with {low} of their power to act lost cities make up for {share_low}, with {high} lost for {share_high}.",
    "claim.swept": "{name}: cities make up for {share_low} with “{low}” and for {share_high} with “{high}”.",
    "claim.hangs": "Most of all {what}: where that is low it is {likelihood_low} that {event}, where it is high {likelihood_high}.",
    "claim.unknown": "No single assumption is shown to decide it.",
    "event.more": "cities do more for {outcome} because states stall",
    "event.some": "they make up for something in {outcome}",
    "event.all": "they make up for all of it in {outcome}",
    # twinnings and networks
    "factorial.both": "Both help",
    "factorial.none": "Neither is shown to help",
    "factorial.harm": "Both do harm",
    "factorial.each": "City twinnings {twinning}, networks {networks}",
    "factorial.better": "help",
    "factorial.worse": "do harm",
    "factorial.open": "are not shown to help",
    "factorial.sum": "{lead}; together they give about {share} of what the two would give if they simply added up.",
    "factorial.at_most": "{lead}; together they change {outcome} by at most {points} {on}.",
    "factorial.points": "{lead}; together they change {outcome} by about {points} {on}.",
    "factorial.does": "{On} {outcome} changes by {twinning} through twinnings and by {networks} through networks.",
    "factorial.does_not": "Where cities have twinnings, networks add {added}; where they have networks, twinnings add {other}.",
    "factorial.decides": "What cities can attend to: for the same effort twinnings give {twinning} and networks {networks} {on}.",
    "factorial.interaction": "Whether cities have both: {what}.",
    "factorial.substitutes": "the two partly replace each other",
    "factorial.complements": "the two make each other stronger",
    "factorial.no_interaction": "that one changes what the other does is not shown",
    "event.twinning": "twinnings help",
    "event.networks": "networks do",
    # what each network adds
    "added.none": "No network is shown to make the world better or worse; all together change {outcome} by {size} at most.",
    "added.together": "Together the networks make the world {verdict}: {outcome} changes by about {size}.",
    "added.some": "Shown to make the world {verdict}: {names}; all together change {outcome} by {size} at most.",
    "added.members": "For its own members: {parts}.",
    "added.members_none": "For its own members no network is shown to make a difference.",
    "added.does_not": "For the world as a whole nothing is shown for {names}.",
    "added.does_not_none": "Of the networks asked for, none is left without an effect that is shown.",
    "added.placebo": "Who the members are: with members drawn by lot the world would do {verdict} than with those of {names}.",
    "added.placebo_none": "Who the members are: members drawn by lot are not shown to do worse or better.",
    "added.no_placebo": "Which other networks there are: each was taken away while all others stayed.",
    "added.part": "{names} leave them {verdict} off",
    "verdict.better": "better",
    "verdict.worse": "worse",
    "event.networks_together": "the networks together help",
    # the number of networks
    "number.falls": "Yes: beyond about {best} networks {outcome} falls.",
    "number.not_shown": "The number hardly matters: {outcome} is best with about {best} networks, and a fall beyond that is not shown.",
    "number.no": "No: {outcome} is best with {best} networks, the most that were tried.",
    "number.does": "The first networks change {outcome} by {change} {on}.",
    "number.does_not": "From {best}, where the mean is best, to {most} networks {outcome} changes by {change} {on}.",
    "number.decides": "{cause}: by itself that changes {outcome} by {change} {on}.",
    "number.unknown": "No single downside is shown to decide it.",
    "number.attention": "The attention that each tie costs",
    "number.grants": "That more networks share the same grants",
    "number.solicitation": "That networks court the same cities",
    "number.overload": "That cities with too much to do leave",
    "number.other": "What the runs “{arm}” leave out",
    "event.fall": "{outcome} falls from there to the most networks",
    # prevention or response
    "ledger.prevention": "More by prevention than by help: cities that cooperate are left with about {share} less loss from crises.",
    "ledger.response": "More by help than by prevention: cities that cooperate are left with about {share} less loss from crises.",
    "ledger.open": "By both, and neither is shown to do more: cities that cooperate are left with about {share} less loss.",
    "ledger.more": "By neither: cities that cooperate are left with about {share} more loss from crises.",
    "ledger.not_shown": "Neither is shown: cities that cooperate are left with at most {share} less loss from crises.",
    "ledger.does": "Cities that cooperate are left with {share} less loss from crises; the largest part comes from {parts}.",
    "ledger.does_nothing": "A smaller loss from crises is not shown.",
    "ledger.does_not": "What cities send each other covers {share} of what all others leave.",
    "ledger.more_cover": "Whether shocks strike many cities at once: then help of other cities covers more of what is left.",
    "ledger.less_cover": "Whether shocks strike many cities at once: then help of other cities covers less of what is left.",
    "ledger.same_cover": "Not whether shocks strike many cities at once: that is not shown to change what other cities cover.",
    "ledger.balance": "What is done before a crisis: prevention less help is {balance} of what a year's work is worth.",
    "event.less_loss": "cooperation lowers losses",
    "event.prevention": "prevention gives more than help",
    # contact and conflict
    "contact.no": "Mostly not: of the ties between cities whose states are in conflict, about {share} stay alive.",
    "contact.yes": "Mostly yes: of the ties between cities whose states are in conflict, about {share} stay alive.",
    "contact.open": "It is open: of the ties between cities whose states are in conflict, about {share} stay alive.",
    "contact.no_ties": "No tie joined states in conflict; outbreaks of conflict change by about {number} with all ties.",
    "contact.does": "If contact calms states, ties as they are change the number of outbreaks of conflict by {number}.",
    "contact.does_nothing": "A change in outbreaks of conflict is not shown.",
    "contact.does_not": "Most ties in a conflict do not last it out: {share} rest or end.",
    "contact.does_not_open": "Ties change nothing if contact does not calm states: then {number} outbreaks more or less.",
    "contact.decides": "How far contact calms states, which is assumed: from none to full, what ties do changes by {number} outbreaks.",
    "event.calms": "ties lower conflict more, the more contact calms",
    # scope of action
    "pathway.yes": "Yes: networks widen what cities can do, and about {share} of their effect on {outcome} comes from that.",
    "pathway.yes_points": "Yes: networks widen what cities can do; their freedom at home grows by about {points} on a scale of 100.",
    "pathway.part": "In part: networks widen {which} alone; that changes by about {points} on a scale of 100.",
    "pathway.no": "It is not shown that networks widen what cities can do; freedom at home changes by at most {points} points of 100.",
    "pathway.does": "On a scale of 100, freedom to act at home changes by {autonomy} and reach abroad by {reach}.",
    "pathway.does_not": "Reach abroad carries {reach} of the effect on {outcome}, freedom at home {national}.",
    "pathway.does_not_open": "That their effect on {outcome} comes from wider scope is not shown.",
    "pathway.decides": "Which cities: freedom at home changes most for {most} ({high} of 100) and least for {least} ({low}).",
    "pathway.no_groups": "Whether states let cities act: only the mean over all cities was recorded.",
    "pathway.autonomy": "freedom at home",
    "pathway.reach": "reach abroad",
    "event.autonomy": "freedom at home grows",
    "event.reach": "reach abroad does",
    # who gains
    "gains.all": "Everyone gains in {outcome}: that is shown for all {groups} groups of cities.",
    "gains.most": "Most gain: in {better} of {groups} groups of cities {outcome} rises, and none is shown to lose.",
    "gains.some": "Some gain: in {better} of {groups} groups of cities {outcome} rises, and none is shown to lose.",
    "gains.mixed": "Some gain and some lose: in {better} of {groups} groups of cities {outcome} rises, and {losers} lose.",
    "gains.lose": "Some lose: in {worse} of {groups} groups of cities {outcome} falls, and none is shown to gain.",
    "gains.none": "Nobody is shown to gain or lose in {outcome}, in any of {groups} groups of cities.",
    "gains.does": "{On} {outcome} changes by {world} for all, most for {most} ({high}).",
    "gains.does_not": "No change is shown for {names}.",
    "gains.does_not_none": "It leaves no group of cities without a change that is shown.",
    "gains.decides": "{parts}.",
    "gains.more": "{one} gain more than {other}",
    "gains.decides_none": "No group is shown to gain more than another.",
    "event.gain": "the mean city dweller gains",
    # dated events
    "events.better": "It makes {whom} better off: {outcome} changes by about {points} {on}.",
    "events.worse": "It makes {whom} worse off: {outcome} changes by about {points} {on}.",
    "events.open": "It is not shown to change much for {whom}: {outcome} moves by at most {points} {on}.",
    "events.nothing": "It changes nothing for {whom}: {outcome} moves by {points} {on}.",
    "events.value": "It changes {outcome} of {whom} by about {number}.",
    "events.does": "For {whom}, {outcome} changes by {change} {on}.",
    "events.does_not": "No change is shown for {names}.",
    "events.does_not_none": "No group is left without a change that is shown.",
    "events.decides": "Who is meant: of the whole effect {share} falls to cities that are not named.",
    "events.unknown": "Added up over all cities no effect is shown, so nothing is shown to decide it.",
    "events.named_one": "the city named",
    "events.named": "the cities named",
    "events.all": "all cities",
    "event.named": "there is a gain for {whom}",
    # the past run again
    "hindcast.answer": "Of what is recorded, {inside} of {tested} figures lie where the model has them.",
    "hindcast.does": "It is right most often on {families}.",
    "hindcast.does_not": "It is furthest off on {families}.",
    "hindcast.decides": "What the model was told: figures that it was given are not counted.",
    "hindcast.sure": "a model that is right would hold nine in ten, so this share is itself the measure",
    # no question of these
    "other.change": "With cities that cooperate {outcome} changes by about {points} {on}.",
    "other.not_shown": "Cooperation is not shown to change {outcome}: by at most {points} {on}.",
    "other.none": "There is nothing to compare: all {runs} runs have cities cooperate in the same way.",
    "other.does": "{On} {outcome} changes by {change}.",
    "other.does_not": "What cities make up for is not known: no runs without stall or without cooperation were asked for.",
    "other.decides": "Nothing was varied that could decide it.",
    "event.change": "cooperation raises {outcome}",
}

#: What numbers are told on.
_SCALES = {
    "on": "on a scale of 100",
    "On": "On a scale of 100",
    "unit": "({unit})",
    "Unit": "In numbers ({unit})",
}
#: Outcomes in plain words.
OUTCOME_WORDS = {
    "development": "development",
    "loss": "losses from crises",
    "conflict": "conflict between states",
    "marginalisation": "people left behind",
    "coverage": "services in use",
    "coverage_pledged": "services in use or pledged",
}
#: Assumptions in plain words, where their names do not say enough.
PARAMETER_WORDS = {
    "state_dependence": "how much of a state's retreat reaches its cities",
    "learning_state": "how much cities learn through their state",
    "learning_twins": "how much twin cities learn from each other",
    "learning_network": "how much cities learn in networks",
    "drop_rate": "how often cities give up what they have begun",
    "twinning_cost": "how much effort a twinning takes",
    "attention_budget": "how much cities can attend to",
}
_SHARES = {0.25: "a quarter", 0.5: "half", 0.75: "three quarters", 1.0: "all"}
_WHEN = "When states lose {share} of their power to act"
_WHEN_OTHER = "When {states_stall}"
_AND, _MORE = "{first} and {last}", "{first} and {count} more"


def say(key: str, /, **fields: object) -> str:
    """A sentence with its fields filled in."""
    return SENTENCES[key].format(**fields)


def listed(parts: Iterable[str], most: int = 4) -> str:
    """Some things as text, the first ``most`` by name."""
    found = list(parts)
    if len(found) > most:
        return _MORE.format(first=", ".join(found[: most - 1]), count=len(found) - most + 1)
    return _AND.format(first=", ".join(found[:-1]), last=found[-1]) if len(found) > 1 else "".join(found)


def outcome_words(outcome: str) -> str:
    """An outcome in plain words."""
    from citysim.model.outcomes import OUTCOMES  # noqa: PLC0415  the model, only where a name is not here

    return OUTCOME_WORDS.get(outcome) or OUTCOMES[outcome].label.lower()


def measure(outcome: str) -> tuple[float, dict[str, str]]:
    """What an outcome's numbers are multiplied by, and fields with the words for their scale."""
    from citysim.model.outcomes import OUTCOMES  # noqa: PLC0415  as above

    unit = OUTCOMES[outcome].unit
    if unit.startswith(("index", "share")):
        return 100.0, {"on": _SCALES["on"], "On": _SCALES["On"]}
    return 1.0, {"on": _SCALES["unit"].format(unit=unit), "On": _SCALES["Unit"].format(unit=unit)}


def share_words(level: Stall) -> str:
    """How much of their power to act states lose."""
    return _SHARES.get(level, level_in_words(level)) if isinstance(level, float) else str(level)


def when_stalled(level: Stall) -> str:
    """The stall level as the start of a sentence."""
    if isinstance(level, float):
        return _WHEN.format(share=share_words(level))
    return _WHEN_OTHER.format(states_stall=states_have_lost(level))
