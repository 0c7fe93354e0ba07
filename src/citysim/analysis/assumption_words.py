"""Assumptions in plain words: what each uncertain parameter says, for those who do not know the model.

Each is a question that a higher value answers by more of it (``how much``, ``how often``, ``how rare``), so
that "where that is low" and "where that is high" are right of all.
"""

from collections.abc import Iterable

from citysim.language import N_, gettext

#: Parameter → what its value says; all that have a prior, by the parts of the model.
PARAMETER_WORDS = {
    # diplomacy
    "tension_reversion": N_("how fast tension between states settles"),
    "tension_noise": N_("how much tension between states swings by chance"),
    "tension_from_conflict": N_("how much a conflict adds to tension"),
    "contact_effect": N_("how much twinnings calm two states"),
    "trust_saturation": N_("how many twinnings it takes until two countries trust each other"),
    "diplomacy_effect": N_("how much the diplomacy of states calms tension"),
    "conflict_rate": N_("how often conflicts break out"),
    "conflict_tension": N_("how much tension leads to conflict"),
    "conflict_duration_tail": N_("how rare very long conflicts are"),
    "state_dependence": N_("how much of a state's retreat reaches its cities"),
    # attention
    "attention_budget": N_("how much cities can attend to"),
    "twinning_cost": N_("how much effort a twinning takes"),
    # networks
    "review_rate": N_("how often cities think of joining a network"),
    "review_spread": N_("how much cities differ in their wish for ties"),
    "review_reach": N_("how much international reach leads cities to networks"),
    "solicitation": N_("how much more often cities think of joining where there are more networks"),
    "join_focus": N_("how much cities look for networks that match their needs"),
    "join_peers": N_("how much cities follow their neighbours into networks"),
    "join_country": N_("how much cities follow others of their country into networks"),
    "join_size": N_("how much large networks attract"),
    "recruiting_spread": N_("how much networks differ in how they recruit"),
    "recruiting_youth": N_("how much young networks grow in their recruiting"),
    "recruiting_division": N_("how much a network's effort is shared out among the cities it admits"),
    "join_cost": N_("how much the ties that cities have keep them from more"),
    "leave_rate": N_("how often cities leave networks"),
    "leave_commitment": N_("how much several memberships bind a city"),
    "leave_overload": N_("how much overload makes cities give up ties"),
    "campaign_pool": N_("how many cities would join a campaign when their state stalls"),
    "campaign_strength": N_("how much a campaign does beside other networks"),
    "campaign_speed": N_("how many cities join a campaign at once"),
    "campaign_filling": N_("how fast the other cities follow into a campaign"),
    "founding_rate": N_("how often networks are founded"),
    "founding_share": N_("how many cities found a network together"),
    "network_fixed_cost": N_("how much a network costs whatever its size"),
    "network_running_cost": N_("how much a network costs for each member"),
    "grant_pool": N_("how much money networks get in grants"),
    # twinning
    "ending_embedding": N_("how much common partners keep a twinning"),
    "proposal_rate": N_("how often cities propose twinnings"),
    "gravity_distance": N_("how little distance keeps cities from twinning"),
    "gravity_population": N_("how much large cities attract twinnings"),
    "gravity_same_country": N_("how much cities prefer twins of their own country"),
    "gravity_both_european": N_("how much cities in Europe prefer each other as twins"),
    "gravity_same_continent": N_("how much cities outside Europe prefer twins of their continent"),
    "gravity_both_rich": N_("how much cities of rich countries prefer each other as twins"),
    "gravity_one_rich": N_("how much twinnings join rich and poorer countries"),
    "twinning_limit": N_("how many twinnings a city takes at most"),
    "closure": N_("how often twins of a city become twins of each other"),
    "solidarity": N_("how much cities in need find new twins"),
    "trust_growth": N_("how fast twin cities come to trust each other"),
    "trust_real": N_("how much twin cities trust each other at the start"),
    "suspension": N_("how often conflicts suspend twinnings"),
    "suspension_trust": N_("how much trust protects twinnings in a conflict"),
    "rupture": N_("how much cities of third states break with a side of a war"),
    "rupture_onset": N_("how much cities of third states break with a side as soon as a war begins"),
    "rupture_fade": N_("how long cities of third states go on breaking with a side of a war"),
    "trust_decay": N_("how fast trust fades where a twinning is suspended"),
    "resumption_rate": N_("how fast twinnings resume after a conflict"),
    "ending_rate": N_("how often twinnings end"),
    # practices
    "threshold_midpoint": N_("how many others a city waits for before it learns"),
    "threshold_softness": N_("how much cities differ in how many others they wait for"),
    "imitation_gap": N_("how much better a city must be for others to imitate it"),
    "learning_twins": N_("how much twin cities learn from each other"),
    "learning_networks": N_("how much cities learn in networks"),
    "learning_state": N_("how much cities learn through their state"),
    "learning_neighbours": N_("how much cities learn from their neighbours"),
    "readiness_spread": N_("how much practices differ in how readily they spread"),
    "secretariat_effort": N_("how much the offices of networks teach"),
    "mandate_rate": N_("how often states mandate practices"),
    "ban_rate": N_("how often states forbid practices"),
    "mandate_effect": N_("how much a mandate speeds a practice"),
    "law_years": N_("how long states have made laws before the start"),
    "retreat_alone": N_("how much cities act on their own when their state retreats"),
    "retreat_pledging": N_("how much more cities learn from each other when their state retreats"),
    "intergovernmental": N_("how much of what states teach comes from other states"),
    "invention_rate": N_("how often cities invent practices"),
    "urban_scaling": N_("how much more large cities invent"),
    "drop_rate": N_("how often cities give up what they have begun"),
    "drop_spread": N_("how much practices differ in how often they are given up"),
    "implementation_rate": N_("how fast cities do what they have pledged"),
    "context_width": N_("how different a city may be for a practice to work there"),
    "benefit_midpoint": N_("how much benefit cities ask of a practice"),
    "benefit_slope": N_("how loosely cities weigh the benefit of a practice"),
    "practices_known": N_("how many practices are known at the start"),
    "onset_years": N_("how long it takes until all practices are known"),
    "initial_coverage": N_("how much cities do already at the start"),
    # scope
    "scope_gain_national": N_("how fast a city's voice wins it a say of its own"),
    "scope_return_national": N_("how fast a say of its own is lost again"),
    "scope_gain_reach": N_("how fast a city's voice wins it reach abroad"),
    "scope_return_reach": N_("how fast reach abroad is lost again"),
    "scope_conflict": N_("how much conflicts cost cities in say and reach"),
    # crises
    "crisis_rate": N_("how often crises hit cities"),
    "violence_rate": N_("how often violence breaks out in cities"),
    "war_rate": N_("how often wars reach cities"),
    "crisis_correlation": N_("how much crises hit many cities at once"),
    "severity_tail": N_("how rare very severe crises are"),
    "prevention": N_("how much services prevent of a crisis"),
    "violence_marginal": N_("how much people left behind add to violence"),
    "violence_stress": N_("how much strain adds to violence"),
    "violence_severity": N_("how severe violence is beside other crises"),
    # relief
    "own_means": N_("how much of a loss cities can bear themselves"),
    "state_fund": N_("how much states can give in a crisis"),
    "insured_rich": N_("how much is insured in rich countries"),
    "insured_middle": N_("how much is insured in countries of middle income"),
    "insured_poor": N_("how much is insured in poor countries"),
    "donations": N_("how much is donated after a disaster"),
    "network_pool": N_("how much members of a network help each other in a crisis"),
    "pool_curve": N_("how much further aid still helps"),
    "twin_aid": N_("how much twin cities help each other in a crisis"),
    "stress_from_loss": N_("how much a loss strains a city"),
    "stress_recovery": N_("how fast cities recover from strain"),
    "recovery_services": N_("how much services speed recovery"),
    # development
    "development_speed": N_("how fast development follows what drives it"),
    "development_services": N_("how much services further development"),
    "development_stress": N_("how much strain holds development back"),
    "development_marginal": N_("how much it holds development back that people are left behind"),
    "development_capacity": N_("how much means to act further development"),
    "marginal_speed": N_("how fast it changes how many are left behind"),
    "marginal_growth": N_("how much the growth of cities leaves people behind"),
    "marginal_stress": N_("how much strain leaves people behind"),
    "marginal_services": N_("how much services keep people from being left behind"),
}


def parameter_words(name: str) -> str:
    """An assumption in plain words, by the name of its parameter; its name where there are none."""
    return gettext(PARAMETER_WORDS[name]) if name in PARAMETER_WORDS else parameter_name(name)


def parameter_name(name: str) -> str:
    """A parameter as figures name it: as a config does, in words."""
    return name.replace("_", " ")


def names_in_words(names: Iterable[str]) -> str:
    """What the names of some parameters mean, as the end of a caption; empty where no name is known."""
    known = [name for name in dict.fromkeys(names) if name in PARAMETER_WORDS]
    if not known:
        return ""
    said = "; ".join(
        gettext("“{name}”: {words}", name=parameter_name(name), words=parameter_words(name)) for name in known
    )
    return gettext(" In words: {said}.", said=said)
