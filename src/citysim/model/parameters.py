"""Every parameter of the model, defined once.

The config check, ``citysim params``, the prior of the uncertain parameters and the table in the docs
all read the fields below. A field's ``low`` and ``high`` bound what is allowed; ``prior`` is the range
over which an assumed value is uncertain, and a parameter without one is fixed unless a config sets it.
Rates are per year; "per city" and "per world" are meant literally, never per array entry.
"""

import math
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from citysim.model import levels, paths
from citysim.model.events.text import text_of
from citysim.model.parameter_fields import ParameterSpec
from citysim.model.parameter_fields import form_parameter as _form
from citysim.model.parameter_fields import names_parameter as _names
from citysim.model.parameter_fields import parameter as _p
from citysim.model.parameter_fields import switch as _switch
from citysim.model.strict import StrictModel

# Group headings by the first field of each group, in the order of the schedule.
_GROUPS = {
    "stall": "diplomacy",
    "urban_noise": "urbanisation",
    "attention_budget": "attention",
    "review_rate": "networks",
    "proposal_rate": "twinning",
    "learning_form": "practices",
    "scope_gain_national": "scope",
    "crisis_rate": "crises",
    "own_means": "relief",
    "development_speed": "development",
}


class Parameters(StrictModel):
    """Validated, immutable parameters of one run.

    Numbers may be NumPy's, and a whole number a float such as 100.0: what is equal is the same run.
    Raises ``pydantic.ValidationError`` on an unknown name, a wrong type, NaN or a value out of range.
    """

    # --- switches: one per mechanism that an arm may turn off
    diplomacy: bool = _switch("tension, conflict and the action capacity of states")
    urbanisation: bool = _switch("growth of cities")
    attention: bool = _switch("ties cost attention: off, engagement is full however many ties")
    networks: bool = _switch("city networks: off, no city is a member of any")
    twinning: bool = _switch("twinning: off, no city has a twin")
    practices: bool = _switch("practices are learned, implemented and dropped")
    scope: bool = _switch("autonomy and international reach change")
    crises: bool = _switch("crises hit cities")
    relief: bool = _switch("losses are relieved; off, all of a loss becomes stress")
    development: bool = _switch("development, marginalisation and unrest change")

    # --- dated events and paths over time, a text each; a config has tables in their place
    events: str = ""
    paths: str = ""

    # --- diplomacy and stall
    stall: float | Literal["endogenous"] | str = Field(  # noqa: PYI051  the word is told by name
        default=0.0,
        union_mode="left_to_right",
        description="share of the stalled states' action capacity that is lost; a table by year such as "
        "{2023 = 0.0, 2028 = 0.75}, each from that year's first quarter on; or 'endogenous': driven by the "
        "gap among the powers through the council's decision rule",
        json_schema_extra={"symbol": "x", "unit": "share", "source": "the experiments' lever", "range": [0.0, 1.0]},
    )
    stalled_states: str = _names(
        "-",
        "states that stall: all, powers, largest polluters, a region, or codes such as USA",
        default="all",
    )
    stall_of: str = _names(
        "x_s",
        "stall of single states, over the rest: a table such as {USA = 0.9, CHN = 0.5}",
        unit="levels by state",
    )
    decision_rule: Literal["unanimity", "majority"] = Field(
        default="unanimity",
        description="rule of the council of powers when stall is endogenous",
        json_schema_extra={"symbol": "-", "unit": "choice", "source": "UN Charter Art. 27 for unanimity of the five"},
    )
    tension_reversion: float = _p(0.5, "κ_τ", "1/year", (0.01, 10), "speed at which tension returns to its mean", prior=(0.25, 1.0), scale="log")
    tension_noise: float = _p(0.06, "σ_τ", "1/√year", (0, 1), "noise of tension", prior=(0.03, 0.12), scale="log")
    tension_from_conflict: float = _p(0.15, "χ_τ", "1/year", (0, 2), "rise of tension while a dyad is in conflict", prior=(0.05, 0.45), scale="log")
    contact_effect: float = _p(0.5, "η", "share", (0, 1), "fall of a dyad's mean tension at full trust density of twinnings", prior=(0.0, 1.0))
    trust_saturation: float = _p(5.0, "T₀", "ties per 1,000 cities", (0.01, 1000), "summed trust of a dyad's ties at which trust density is 1 − 1/e", prior=(1.5, 15.0), scale="log")
    diplomacy_effect: float = _p(0.5, "η_D", "share", (0, 1), "fall of a dyad's mean tension when both states act fully", prior=(0.0, 1.0))
    conflict_rate: float = _p(0.525, "H₀", "onsets per world and year", (0, 50), "conflict onsets at baseline tension", source="Correlates of War 1823-2003, computed (PATTERNS S3: .42-.66)", prior=(0.42, 0.66))
    conflict_tension: float = _p(6.0, "β", "log hazard per unit of tension", (0, 20), "rise of the onset hazard with tension", prior=(3.0, 9.0))
    conflict_contiguity: float = _p(4.0, "β_c", "log hazard", (0, 10), "extra onset hazard of contiguous states", source="computed: militarised disputes 1990-2014 per dyad, contiguous by land 1.61, no contact 0.018, log ratio 4.5 less what tension carries")
    conflict_past: float = _p(1.0, "β_p", "log hazard", (0, 10), "extra onset hazard of dyads with a past conflict", source="computed: disputes 1990-2014 of contiguous dyads with against without an earlier one, log ratio 1.0")
    conflict_duration_tail: float = _p(1.0, "α_C", "exponent", (0.2, 10), "tail exponent of conflict durations", source="computed: Correlates of War, interstate wars last 408 days in the mean (exponent .85) and 139 in the median (1.6)", prior=(0.7, 1.6))
    conflict_duration_min: float = _p(0.25, "d_min", "years", (0.05, 10), "shortest conflict")
    conflict_duration_max: float = _p(10.0, "d_max", "years", (0.25, 100), "longest conflict", source="Correlates of War: the longest interstate war lasted 3,734 days")
    state_dependence: float = _p(0.3, "g", "share", (0, 1), "capacity of a city, and grants of a network, lost when its state retreats entirely; mean over the world's cities; 0 is the null", source="assumed share passed on (a quarter to all) of grants in the revenue of local governments, 37-61 % (OECD 2018, 2021: 37-42 % weighted, 48-50 % unweighted; Africa 61 %)", prior=(0.1, 0.5))

    # --- urbanisation
    urban_noise: float = _p(0.01, "σ_g", "1/√year", (0, 0.2), "city residual of growth (Gibrat)")

    # --- attention
    attention_budget: float = _p(3.0, "A₀", "membership equivalents", (0.1, 100), "attention budget of a city: A₀ (½ + 2 capacity) times its propensity", prior=(1.5, 6.0), scale="log")
    attention_spread: float = _p(0.7, "σ_A", "log sd", (0, 3), "spread of attention with a city's lasting propensity for outside ties", source="assumed; keeps the engagement of the most connected cities of the data near that of others")
    membership_cost: float = _p(1.0, "c_N", "attention", (0.01, 20), "attention a membership takes (the unit)")
    twinning_cost: float = _p(0.25, "c_T", "attention", (0.001, 20), "attention a twinning takes", prior=(0.1, 0.6), scale="log")

    # --- networks
    review_rate: float = _p(0.1, "r_J", "1/year per city", (0, 20), "networks that the mean city considers joining", source="set so that joins balance leaving; joins then are 1.3 % of the stock a year without founding and 2 % with it, 2.3-4.2 % in the record (dated joins 2010-2019, data memberships.csv)", prior=(0.07, 0.25), scale="log")
    review_spread: float = _p(1.2, "σ_J", "log sd", (0, 4), "spread of reviews with a city's lasting propensity for outside ties", source="computed: memberships of 2023 on propensity, reach and region, negative binomial: slope 1.09 (s.e. .04), with the unexplained spread .5", prior=(0.9, 1.5))
    review_reach: float = _p(5.2, "χ_w", "exponent", (0, 10), "growth of a city's reviews with its international reach", source="computed: same regression, 5.2 (s.e. .2); 4.2 without propensity; sign as in Lee 2013", prior=(4.0, 6.0))
    solicitation: float = _p(0.5, "χ_K", "exponent", (0, 1), "growth of a city's reviews with the number of live networks", prior=(0.0, 1.0))
    join_intercept: float = _p(-1.0, "β₀", "log-odds", (-10, 10), "joining: intercept")
    join_focus: float = _p(2.0, "β_f", "log-odds", (0, 20), "joining: match of unmet needs and the network's focus", prior=(0.0, 4.0))
    join_peers: float = _p(2.5, "β_p", "log-odds", (0, 20), "joining: share of neighbouring cities in the network", source="computed: middle of 0 and 4.9 (s.e. .13), membership of 2023 on the share of neighbours, reach, propensity and network, an upper bound since neighbours are alike", prior=(0.0, 4.9))
    joining_form: Literal["near", "country"] = _form("near", "whose example draws a city into a network: that of its neighbours; or also that of its country", "structural alternative: joins of dated networks cluster by country beyond neighbours (docs/statistics.md, joins.own_country)")
    join_country: float = _p(2.3, "β_n", "log-odds", (0, 20), "joining: share of the other cities of its state in the network; 0 is the null", source="computed: log hazard of the joins of dated networks, all of its country against none, 2.3 (s.e. .3) beside neighbours; an upper bound, since cities of a country are alike; joining itself saturates, so the prior goes to twice as much", prior=(0.0, 4.6), only=("joining_form", "country"))
    join_size: float = _p(0.5, "β_s", "exponent", (0, 2), "a network's visibility grows as (1 + members)^β_s", prior=(0.0, 1.0))
    catchment_form: Literal["open", "listed"] = _form("open", "whom networks of one sea, language or group of countries admit: cities of any state in their region; or of the states in which they have members", "structural alternative: the largest networks of a hindcast were such networks, and grew beyond whom they admit (docs/model.md, 7.3)")
    recruiting_form: Literal["alike", "unequal"] = _form("alike", "how networks recruit: all alike, or each with a lasting effort of its own", "structural alternative: recorded networks differ in members by more than age and eligible cities explain")
    recruiting_spread: float = _p(1.0, "σ_K", "log sd", (0, 4), "lasting differences of networks in recruiting effort, which multiplies visibility; 0 is the null", source="computed: .8-1.0 (s.e. .1) by the law of joining from members, eligible cities and age of 54 networks; log sd of members that the last two leave: record .83 (s.e. .08), runs .30 at 0, .65 at 1, .78 at 1.5 (docs/recruiting.py)", prior=(0.0, 2.0), only=("recruiting_form", "unequal"))
    recruiting_youth: float = _p(1.0, "υ", "log", (0, 5), "rise of a network's recruiting effort in its first ten years; 0 is the null", source="computed: 1.1 (s.e. .5); log ratio of joins in the first ten years to later, seven dated networks, 1.19 (s.e. .27), runs .59 at 0 and 1.14 at 1 (docs/recruiting.py)", prior=(0.0, 2.0), only=("recruiting_form", "unequal"))
    recruiting_division: float = _p(0.6, "ζ_K", "exponent", (0, 2), "division of a network's recruiting effort among the cities that it admits: it is met with weight share of cities^−ζ; 0 is the null, 1 an effort that is divided whole", source="computed: 1.1 (s.e. .6), within 0 to 1 a mean of .6; elasticity of members with eligible cities, record .36 (s.e. .36), runs .98 at 0, .71 at .5, .40 at 1 (docs/recruiting.py)", prior=(0.0, 1.0), only=("recruiting_form", "unequal"))
    join_cost: float = _p(1.0, "β_c", "log-odds", (0, 20), "joining: attention already used, as share of the budget", prior=(0.5, 2.0))
    invitation_openness: float = _p(0.0, "v₀", "log-odds", (-10, 10), "members' vote on a candidate of the members' mean capacity")
    invitation_capacity: float = _p(2.0, "v_a", "log-odds", (0, 20), "members' vote: candidate's capacity above the members' mean")
    leave_rate: float = _p(0.022, "r_L", "1/year per membership", (0, 5), "leaving its only network, within budget and with benefit above cost", source="computed: 2,253 of 11,973 signatories of the Covenant of Mayors on hold in 2024, .022 a year; .016 with a coordinator, .033 without", prior=(0.011, 0.044), scale="log")
    leave_commitment: float = _p(0.8, "χ_L", "exponent", (0, 3), "fall of leaving with the number of a city's memberships", source="computed: Covenant on hold by other memberships, .35 (s.e. .08) all towns, .51 (.15) from 100,000 people, 1.5 the cities simulated (22 of 182 on hold)", prior=(0.35, 1.5))
    leave_overload: float = _p(1.0, "β_o", "per unit of overload", (0, 20), "rise of leaving and of ending ties with attention used beyond the budget", prior=(0.5, 2.0))
    leave_benefit: float = _p(5.0, "β_b", "per unit", (0, 50), "rise of leaving where experienced benefit is below cost")
    benefit_threshold: float = _p(0.05, "b_N", "share", (0, 1), "benefit of a membership that equals its cost")
    campaign_pool: float = _p(0.3, "ϖ_C", "share", (0, 1), "cities of a wholly stalled state that are willing to join a campaign in answer; 0 is the null", source="computed: Climate Mayors 2017-19, 427-435 members among the 1,407 US cities of 30,000 people or more, .31", prior=(0.0, 0.45))
    campaign_strength: float = _p(0.0, "q_C", "share", (0, 1), "what a campaign's secretariat does in learning, aid and voice, against that of other networks", source="0-1: Krause 2012, the Mayors' Climate Protection Agreement, signed because Washington did not ratify Kyoto, had no effect on activity", prior=(0.0, 1.0))
    campaign_form: Literal["sudden", "gradual"] = _form("sudden", "how a campaign fills: all whom it calls join at once; or most of them, and the rest one by one", "structural alternative: Climate Mayors 83 to 350 in 39 days, 405 a year later, 427-435 in 2019")
    campaign_speed: float = _p(0.75, "s_C", "share", (0, 1), "cities called by a campaign that join when it is founded; 1 is the null", source="computed: Climate Mayors, 350 members after 39 days of the 432-608 that its later counts point to; 267 of those who came in answer (docs/campaign_filling.py)", prior=(0.58, 0.81), only=("campaign_form", "gradual"))
    campaign_filling: float = _p(0.65, "r_W", "1/year", (0, 20), "joining of each of the others whom a campaign has called; at a speed of 1 there are none", source="computed: Climate Mayors, 350 (July 2017) to 405 a year later to 427-435 (2019) (docs/campaign_filling.py)", prior=(0.2, 1.1), scale="log", only=("campaign_form", "gradual"))
    founding_rate: float = _p(0.04, "r_F", "1/year per live network", (0, 1), "networks founded at the needs of the start", source="PATTERNS N1: 3-5.5 % a year net of closing", prior=(0.03, 0.055))
    founding_share: float = _p(0.006, "n_F", "share of the world's cities", (0, 1), "cities that found a network together (a dozen of 2,000)", prior=(0.003, 0.012), scale="log")
    initial_networks: int | Literal["data", "dated"] = Field(
        default="data",
        union_mode="left_to_right",
        description="networks at the start: those that the data has by then; fewer are a random choice of those, more "
        "are founded before the first quarter; 'dated': in a hindcast also those that came later, founded at their dates",
        json_schema_extra={"symbol": "K₀", "unit": "networks", "source": "the experiments' lever", "range": [0, 5000]},
    )
    absent_networks: str = _names("-", "networks of the data that do not exist in this run")
    placebo_networks: str = _names("-", "networks of the data whose members are as many eligible cities drawn at random")
    max_networks: int = _p(300, "K_max", "networks", (1, 5000), "networks that can ever exist in a run")
    closing_rate: float = _p(0.5, "r_C", "1/year", (0, 20), "closing of a network whose secretariat is below the threshold")
    closing_threshold: float = _p(0.15, "q_min", "share", (0, 1), "secretariat quality below which a network may close")
    network_fee: float = _p(1.0, "f", "resources per member and year", (0, 100), "fee of a member")
    network_fixed_cost: float = _p(0.005, "F", "resources per year and city of the world", (0, 10), "fixed cost of a secretariat", prior=(0.0025, 0.01), scale="log")
    network_running_cost: float = _p(0.5, "r", "resources per member and year", (0, 100), "running cost of a secretariat", prior=(0.25, 1.0), scale="log")
    grant_pool: float = _p(0.035, "G", "resources per year, topic and city of the world", (0, 10), "grants split among all networks on a topic", prior=(0.0175, 0.07), scale="log")

    grant_crowding: float = _p(1.0, "κ_G", "exponent", (0, 1), "how far networks share a topic's grants: 1 a fixed pool, 0 as if there were only those of the data")

    # --- twinning
    proposal_rate: float = _p(0.03, "r_T", "1/year per city", (0, 20), "twinnings proposed by the mean city of the start, by the law of the pair", source="assumed; with ending_rate it keeps the stock of the record near its size", prior=(0.02, 0.045), scale="log")
    twinning_years: float = _p(0.0, "Y_T", "years", (0, 100), "years before the start of a hindcast in which cities twinned by the same law, since no twinning is dated; 0, none at its start, is the null", source="first twinnings after the war were of 1947-1950 (docs/priors.md)")
    propensity_spread: float = _p(1.2, "σ_p", "log sd", (0, 4), "lasting difference in a city's propensity to twin", source="log sd of observed over expected degree that gives PATTERNS T6 (degree Gini .76)")
    gravity_form: Literal["absolute", "relative"] = _form("absolute", "what a city's size counts against in its pairs: the mean city of the start; or that of the day, so that a world twice as large twins no faster", "structural alternative: cities of 2023 are 2.5 times those of 1985, and a rate of proposals found in a hindcast from there would else be another one from 2023 on (docs/model.md, 7.4)")
    gravity_distance: float = _p(-1.0, "γ_d", "elasticity", (-5, 0), "hazard of a pair: distance", source="PATTERNS T2: −0.9 … −1.2", prior=(-1.2, -0.9))
    gravity_population: float = _p(1.0, "γ_n", "elasticity", (0, 3), "hazard of a pair: population of each of the two", source="PATTERNS T3: +0.94 … +1.06", prior=(0.94, 1.06))
    gravity_same_country: float = _p(-4.0, "γ_c", "log hazard", (-10, 0), "hazard of a pair: same country", source="PATTERNS T4: −4.4 … −3.1", prior=(-4.4, -3.1))
    gravity_both_european: float = _p(0.63, "γ_E", "log hazard", (-5, 5), "hazard of a pair: both in Europe", source="PATTERNS T5: +0.55 … +0.72", prior=(0.55, 0.72))
    gravity_same_continent: float = _p(-1.2, "γ_s", "log hazard", (-5, 5), "hazard of a pair: both in the same other continent", source="PATTERNS T5: −1.1 … −1.3", prior=(-1.3, -1.1))
    gravity_both_rich: float = _p(2.15, "γ_rr", "log hazard", (-5, 5), "hazard of a pair: both rich", source="PATTERNS T5: +2.0 … +2.3", prior=(2.0, 2.3))
    gravity_one_rich: float = _p(0.8, "γ_r", "log hazard", (-5, 5), "hazard of a pair: one rich", source="PATTERNS T5: +0.5 … +1.1", prior=(0.5, 1.1))
    gravity_tension: float = _p(0.0, "γ_τ", "log hazard", (-10, 10), "hazard of a pair: tension of the two states", source="0: ideal-point distance does not lower the stock of ties (PATTERNS, twinning)")
    twinning_form: Literal["open", "limited"] = _form("open", "whether the number of twinnings that a city can keep has a limit", "structural alternative: in the record the best connected have fewer than any law of pairs and lasting differences give, and one limit for all of them explains their numbers (docs/twinning_limit.py, docs/model.md, 7.4)")
    twinning_limit: float = _p(63.0, "κ_T", "twinnings", (1, 1e6), "twinnings of a city at which it takes no more, willing the less the nearer it is to them", source="computed: numbers of twinnings of the cities on population, place and a log-normal difference, 63 (90 % interval 57-70; docs/twinning_limit.py); the upper end leaves room for what attention limits by itself", prior=(55.0, 90.0), scale="log", only=("twinning_form", "limited"))
    closure_form: Literal["alike", "seeking"] = _form("alike", "who is brought together: partners of a common city by their size alone; or as in a proposal, by size and by how much each seeks ties", "structural alternative: triangles of the record are among the cities of many ties (transitivity above mean clustering, degrees assortative), which closure by size alone does not give (docs/model.md, 7.4)")
    closure: float = _p(0.0003, "c_Δ", "1/year per common partner", (0, 10), "two partners of a city, both of mean size, propose a twinning to each other; 0 is the null", source="assumed; grown ties then come near the clustering of PATTERNS T7 and a held world stays near its record", prior=(0.0001, 0.0005), scale="log")
    solidarity: float = _p(1.0, "γ_h", "log hazard", (0, 10), "hazard of a proposal to a city hit by crisis or war in the last quarter; 0 is the null", prior=(0.0, 2.0))
    trust_growth: float = _p(0.1, "g", "1/year", (0, 5), "growth of trust of a live tie", prior=(0.05, 0.2), scale="log")
    trust_start: float = _p(0.1, "v₀", "share", (0, 1), "trust of a new tie")
    trust_real: float = _p(0.8, "v_R", "share", (0, 1), "trust of the ties in the data, whose start is not recorded", prior=(0.5, 0.95))
    suspension: float = _p(0.9, "p_S", "share per conflict quarter", (0, 1), "suspension of a tie without trust while the two states are in conflict", prior=(0.5, 1.0))
    suspension_trust: float = _p(0.5, "ζ", "share", (0, 1), "how far full trust lowers suspension", prior=(0.0, 1.0))
    rupture: float = _p(0.15, "p_R", "share of p_S", (0, 1), "suspension of ties with a side of a conflict by the cities of a third state that stands wholly with the other; 0 is the null", source="assumed between two counts of the record (docs/priors.md): .36-.67 of p_S in the spring of 2022 (PATTERNS T8), .04-.07 over the quarters to 2026", prior=(0.05, 0.5), scale="log")
    rupture_form: Literal["steady", "burst"] = _form("steady", "when cities of third states break: at one rate while the conflict lasts; or most of those that ever do when it begins", "structural alternative: in spring 2022 as many ties broke in a quarter as in all the years since (docs/priors.md)")
    rupture_onset: float = _p(0.5, "p_B", "share of p_S", (0, 1), "in place of p_R in the quarter in which the conflict begins; as p_R with no fading is the null", source="computed: .15-.28 of such ties in the spring of 2022 (PATTERNS T8; docs/war_ties.py)", prior=(0.35, 0.67), only=("rupture_form", "burst"))
    rupture_fade: float = _p(0.05, "φ_R", "share of p_B", (0, 1), "suspension of such ties in every later quarter of the conflict; 1 is the null", source="computed: .26-.39 of such ties gone by 2026 beyond others (docs/war_ties.py)", prior=(0.0, 0.15), only=("rupture_form", "burst"))
    trust_decay: float = _p(0.4, "d_v", "1/year", (0, 10), "decay of trust of a suspended tie", source="assumed: a tie of trust .8 ends 3.5-14 years after its suspension; of Russian-Ukrainian ties listed in 2012 one in nine is still listed in 2026 (docs/priors.md)", prior=(0.2, 0.8), scale="log")
    resumption_rate: float = _p(1.0, "r_R", "1/year", (0, 20), "resumption of a suspended tie after the conflict, at full trust", prior=(0.25, 4.0), scale="log")
    trust_floor: float = _p(0.05, "v_min", "share", (0, 1), "trust below which a tie ends")
    ending_rate: float = _p(0.015, "r_E", "1/year per tie", (0, 5), "ending of a live tie within the attention budget", source="assumed; at most .024: computed from the lists of 2012, 2022 and 2026 (docs/model.md, 7.4)", prior=(0.0075, 0.024), scale="log")
    ending_form: Literal["alike", "embedded"] = _form("alike", "which live ties end: all at one rate; or those of two cities with common partners more rarely", "structural alternative: ties of common partners last longer, of the lists of 2012, 2022 and 2026 as of bankers (Burt 2002; docs/embedding.py, docs/model.md, 7.4)")
    ending_embedding: float = _p(0.45, "ε_E", "exponent", (0, 5), "fall of the ending of a live tie with common partners, as (1 + their number)^−ε; 0 is the null", source="computed: log-odds that a tie listed earlier is listed later by ln (1 + common partners), .22-.44 (s.e. .05) in three pairs of lists, which runs have at exponents of .3-.6 (docs/embedding.py)", prior=(0.15, 0.75), only=("ending_form", "embedded"))

    # --- practices
    learning_form: Literal["hazard", "threshold", "best"] = _form("hazard", "how cities learn from others: in proportion to how many have a practice; once enough have it; or from those that do better, by how much", "structural alternatives: simple contagion; Granovetter 1978, Centola & Macy 2007; Schlag 1998")
    threshold_midpoint: float = _p(0.25, "θ", "share", (0.01, 0.99), "median threshold: share of those looked at at which half of all would learn; ½ with softness 1 is the null", source="assumed: tipping points at .25, .1-.4 by other studies (Centola et al. 2018, of conventions among people); up to the null", prior=(0.1, 0.5), only=("learning_form", "threshold"))
    threshold_softness: float = _p(0.5, "ε_θ", "scale of log-odds", (0.02, 1), "how much thresholds differ; towards 0 all have the same", prior=(0.2, 1.0), only=("learning_form", "threshold"))
    imitation_gap: float = _p(0.37, "Δ₀", "share", (0.01, 1), "by how much better in the domain's service a teacher is that teaches as fast as under the hazard form", source="computed: mean lead of a city that has a practice over one that has not, real world at the start, .37-.39 in 3 seeds; the width is assumed", prior=(0.185, 0.74), scale="log", only=("learning_form", "best"))
    learning_twins: float = _p(0.15, "λ_T", "1/year per tie", (0, 20), "learning from a trusted twin that has the practice", prior=(0.04, 0.6), scale="log")
    learning_networks: float = _p(0.7, "λ_N", "1/year per network", (0, 20), "learning in a network whose members have the practice", prior=(0.175, 2.8), scale="log")
    learning_state: float = _p(1.0, "λ_S", "1/year", (0, 20), "learning through the state at full action capacity", prior=(0.25, 4.0), scale="log")
    learning_neighbours: float = _p(0.3, "λ_G", "1/year", (0, 20), "learning from neighbouring cities", prior=(0.075, 1.2), scale="log")
    readiness_spread: float = _p(1.2, "σ_ρ", "log sd", (0, 3), "how much practices differ in how readily they spread; 0 is the null", prior=(0.5, 2.0))
    secretariat_effort: float = _p(0.3, "ε", "share", (0, 1), "what a secretariat teaches beside its members, as share of what they do not know; 0 is the null", prior=(0.0, 0.6))
    mandate_rate: float = _p(0.1, "r_M", "1/year", (0, 20), "a state that acts fully mandates a practice that all it looks at have; 0 is the null", prior=(0.02, 0.5), scale="log")
    ban_rate: float = _p(0.02, "r_B", "1/year", (0, 20), "a state that acts fully forbids a practice that all it looks at have; 0 is the null", prior=(0.004, 0.1), scale="log")
    mandate_effect: float = _p(3.5, "h_M", "hazard ratio", (1, 50), "rise of pledging under a mandate", source="Reckien et al. 2018: 2–6, mitigation and adaptation plans under national law", prior=(2.0, 6.0), scale="log")
    law_years: float = _p(10.0, "T_L", "years", (0, 100), "years before the start in which states made laws", prior=(0.0, 20.0))
    retreat_alone: float = _p(0.0, "β_alone", "log hazard", (0, 3), "rise of invention and of learning from neighbours when the own state retreats entirely; 0 is the null", prior=(0.0, 0.4))
    retreat_pledging: float = _p(0.0, "β_pledge", "log hazard", (0, 3), "rise of learning from twins and in networks when the own state retreats entirely; 0 is the null", prior=(0.0, 0.4))
    learning_pledged: float = _p(0.0, "ψ", "share", (0, 1), "weight of pledged practices in what others can learn")
    intergovernmental: float = _p(0.5, "ω_I", "share", (0, 1), "share of the state's learning that is from other states", prior=(0.2, 0.8))
    invention_rate: float = _p(0.003, "ι", "1/year", (0, 5), "invention of a practice by the mean city", prior=(0.00075, 0.012), scale="log")
    urban_scaling: float = _p(1.2, "β_U", "exponent", (1, 2), "scaling of innovation with population", source="Bettencourt et al. 2007 (PATTERNS U2: 1.15-1.25)", prior=(1.15, 1.25))
    drop_rate: float = _p(0.035, "δ", "1/year", (0, 5), "dropping of a practice", source="computed: .005 (bag rules in the US) – .24 (participatory budgeting in Brazil, 2012–16)", prior=(0.005, 0.24), scale="log")
    dropping_form: Literal["alike", "unequal"] = _form("alike", "how practices are dropped: all at one rate; or each at its own", "structural alternative: recorded practices differ in it by a factor of 460 (docs/patterns.md, A3)")
    drop_spread: float = _p(1.5, "σ_δ", "log sd", (0, 4), "how much practices differ in how often they are dropped, about a mean of drop_rate; 0 is the null", source="computed: parking reform .0004, participatory budgeting in Brazil .19 a year, log sd 4.2 of these two; at most 2.5 assumed, as lists seldom note what has ended", prior=(0.5, 2.5), only=("dropping_form", "unequal"))
    implementation_rate: float = _p(0.5, "μ", "1/year", (0, 20), "implementation of a pledged practice at full capacity and engagement", prior=(0.25, 1.0), scale="log")
    context_width: float = _p(1.0, "σ", "sd of context", (0.05, 20), "how far from its context a practice still works", prior=(0.7, 1.5))
    benefit_midpoint: float = _p(0.25, "b₀", "share", (0, 1), "benefit at which half the willing adopt", prior=(0.15, 0.35))
    benefit_slope: float = _p(0.08, "s_b", "share", (0.001, 1), "softness of the benefit threshold", prior=(0.04, 0.16), scale="log")
    practices_per_domain: int = _p(8, "V", "practices", (1, 200), "practices known in each of the seven domains")
    practice_onset: Literal["before", "staggered"] = _form("before", "when practices become known: all before the run, or some in its course, at first to one city", "structural alternative: recorded practices began in one place, at a date of their own")
    practices_known: float = _p(0.5, "κ_V", "share", (0, 1), "practices known before the run; 1 is the null", prior=(0.0, 1.0), only=("practice_onset", "staggered"))
    onset_years: float = _p(40.0, "T_V", "years", (0.25, 200), "years from the start over which the others become known, evenly", prior=(20.0, 80.0), scale="log", only=("practice_onset", "staggered"))
    initial_coverage: float = _p(0.3, "X₀", "share", (0, 1), "practices implemented in 2023 by a city of capacity 1 that they suit", prior=(0.1, 0.6))

    # --- scope
    scope_gain_national: float = _p(0.025, "ν_ℓ", "1/year", (0, 5), "gain of autonomy with a city's voice", source="assumed; at the upper end of the prior the mean city gains by 2050 what local governments of 39 European countries gained in 1990-2014 from all causes, .094 (Local Autonomy Index, countries.csv)", prior=(0.0, 0.05))
    scope_return_national: float = _p(0.15, "ρ_ℓ", "1/year", (0, 5), "return of autonomy to its baseline", prior=(0.075, 0.3), scale="log")
    scope_gain_reach: float = _p(0.025, "ν_w", "1/year", (0, 5), "gain of international reach with a city's voice", source="assumed: as autonomy, no record of reach over time was found", prior=(0.0, 0.05))
    scope_return_reach: float = _p(0.15, "ρ_w", "1/year", (0, 5), "return of international reach to its baseline", prior=(0.075, 0.3), scale="log")
    scope_conflict: float = _p(0.2, "χ_w", "1/year", (0, 10), "loss of autonomy and reach while the state is in conflict", prior=(0.0, 0.4))

    # --- crises
    crisis_rate: float = _p(0.05, "r_X", "1/year per city", (0, 20), "exogenous crises that hit the mean city, all types", source="assumed; the climate part then costs 0.24 % of product a year before prevention, direct losses 2012 were 0.33 % (GAR 2015)", prior=(0.025, 0.1), scale="log")
    violence_rate: float = _p(0.02, "r_V", "1/year per city", (0, 20), "outbreaks of urban violence in the mean city of the start", prior=(0.01, 0.04), scale="log")
    war_rate: float = _p(0.5, "r_W", "1/year per city", (0, 20), "spillover on a city whose state is in conflict", prior=(0.25, 1.0), scale="log")
    crisis_correlation: float = _p(1.0, "ϱ", "factor", (0, 10), "scale of the footprints; 0 makes the crises of cities independent", prior=(0.5, 2.0), scale="log")
    severity_tail: float = _p(0.77, "α_X", "exponent of the survival function", (0.1, 10), "tail of the severity of crises", source="computed: deaths per natural disaster, density exponent 1.772 (data severity_params.csv)", prior=(0.6, 1.2))
    severity_min: float = _p(0.03, "s_min", "share", (0.001, 0.9), "smallest severity that is a crisis")
    prevention: float = _p(0.75, "π", "share", (0, 1), "share of an impact that a full service prevents", prior=(0.5, 0.9))
    violence_marginal: float = _p(3.0, "β_m", "log hazard", (0, 20), "violence: marginalised share", prior=(1.0, 5.0))
    violence_stress: float = _p(2.0, "β_z", "log hazard", (0, 20), "violence: stress z, as z / (1 + z)", prior=(0.5, 3.5))
    violence_severity: float = _p(0.2, "s_V", "factor", (0, 1), "severity of violence against that of other crises", prior=(0.1, 0.4), scale="log")

    # --- relief
    own_means: float = _p(0.03, "ω_O", "share of a year's product per unit of capacity, per quarter", (0, 10), "loss a city can bear from its own means", prior=(0.015, 0.06), scale="log")
    state_fund: float = _p(0.02, "ω_S", "share of a year's product of the state's cities, per quarter", (0, 10), "state's relief fund at full action capacity", source="assumed; the fund of 2021 for the Ahr, EUR 30 bn, is 3 % of the product of the German cities of this world", prior=(0.01, 0.04), scale="log")
    insured_rich: float = _p(0.4, "σ_R", "share of the loss", (0, 1), "insured part of climate disasters in high-income countries", source="mature markets 41 %, industrial countries 40 % in 2006, nearly half (Swiss Re; Gurenko & Zelenko 2007; Munich Re), Europe 25-33 % (EEA), 2017 43 %", prior=(0.25, 0.5))
    insured_middle: float = _p(0.06, "σ_M", "share of the loss", (0, 1), "insured part of climate disasters in middle-income countries", source="emerging markets 6 % (Swiss Re 2016), 0-20 % (RMS 2018), below 10 % (Munich Re 2018), 3 % (Gurenko & Zelenko 2007)", prior=(0.02, 0.1))
    insured_poor: float = _p(0.01, "σ_P", "share of the loss", (0, 1), "insured part of climate disasters in low-income countries", source="assumed below the 3 % of all developing countries (Gurenko & Zelenko 2007)", prior=(0.0, 0.03))
    donations: float = _p(0.02, "ω_D", "share of the loss", (0, 1), "private donations after a climate disaster, violence, war or flight", source="2.2 % of the public fund (Ahr 2021), at most 4 % of the damage (storms of 2005, USA); the width 0.5-8 % is assumed", prior=(0.005, 0.08), scale="log")
    network_pool: float = _p(1e-6, "ω_N", "share of a member's product, per year and network", (0, 10), "mutual aid a network's member gives at full capacity and engagement", source="order of magnitude 1e-7-1e-5: solidarity funds of Cités Unies France 2003-2018, Global Cities Fund", prior=(1e-7, 1e-5), scale="log")
    pool_curve: float = _p(1.0, "γ_A", "exponent", (0.05, 1), "usable aid grows as pool^γ_A: 1 linear, less saturates", prior=(0.5, 1.0))
    pool_scale: float = _p(1e-5, "P₀", "loss of a mean city", (1e-9, 100), "pool at which the curve is 1", source="assumed: a quarter's pool of a network of some hundred members")
    twin_aid: float = _p(1.4e-5, "ω_T", "share of the giver's product, per event that hits the twin", (0, 10), "aid of a trusted twin of full capacity", source="order of magnitude 2e-6-1e-4: Riverside to Sendai 2011, Phoenix to Chengdu 2008, Munich to Kyiv and Freiburg to Lviv 2022", prior=(2e-6, 1e-4), scale="log")
    twin_aid_limit: float = _p(1e-3, "ω_T^max", "share of the giver's product, per quarter", (0, 10), "most that a city gives to its twins", source="what China's paired assistance orders, about 1e-3 a year (gfdrr.org); assumed to be the most anywhere")
    stress_from_loss: float = _p(5.0, "ψ_z", "stress per loss", (0, 100), "stress from a loss that nobody relieves", prior=(2.5, 10.0), scale="log")
    stress_recovery: float = _p(0.5, "ρ_z", "1/year", (0, 20), "recovery from stress without services", source="assumed; more than two years to the activity before, ten or more to rebuild (Haas et al. 1977): 95 % in 3-12 years", prior=(0.25, 1.0), scale="log")
    recovery_services: float = _p(1.0, "ρ_S", "factor", (0, 20), "how far full services speed recovery", prior=(0.0, 2.0))

    # --- development
    development_speed: float = _p(0.05, "r_y", "1/year", (0, 5), "speed at which development moves to its target", prior=(0.025, 0.1), scale="log")
    development_services: float = _p(0.3, "y_S", "per unit", (0, 5), "development: mean services", prior=(0.1, 0.5))
    development_stress: float = _p(0.3, "y_z", "per unit", (0, 5), "development: stress", prior=(0.1, 0.5))
    development_marginal: float = _p(0.3, "y_m", "per unit", (0, 5), "development: marginalised share", prior=(0.1, 0.5))
    development_capacity: float = _p(0.2, "y_a", "per unit", (0, 5), "development: capacity that aid leaves", prior=(0.1, 0.4))
    marginal_speed: float = _p(0.1, "r_m", "1/year", (0, 5), "speed at which marginalisation moves to its target", prior=(0.05, 0.2), scale="log")
    marginal_growth: float = _p(1.0, "m_g", "per 1/year of growth", (0, 20), "marginalisation: growth pressure", prior=(0.5, 2.0), scale="log")
    marginal_stress: float = _p(0.3, "m_z", "per unit", (0, 5), "marginalisation: stress", prior=(0.1, 0.5))
    marginal_services: float = _p(0.3, "m_S", "per unit", (0, 5), "marginalisation: services of employment, migration, participation, civic involvement", prior=(0.1, 0.5))

    @field_validator("stall", "stall_of", mode="before")
    @classmethod
    def _tables_as_text(cls, value: object, info: ValidationInfo) -> object:
        name = str(info.field_name)
        return levels.text(name, value) if levels.is_table(name, value) else value

    @model_validator(mode="before")
    @classmethod
    def _paths_apart(cls, given: Any) -> Any:
        return paths.moved(given, rate_bounds) if isinstance(given, Mapping) else given

    @field_validator("events", mode="before")
    @classmethod
    def _events_as_text(cls, value: object) -> object:
        return text_of(value)

    @field_validator("stall", mode="after")
    @classmethod
    def _stall_in_range(cls, value: float | str) -> float | str:
        if isinstance(value, str):
            allowed = value == "endogenous" or levels.is_table("stall", value)
        else:
            allowed = math.isfinite(value) and 0.0 <= value <= 1.0
        if not allowed:
            raise ValueError("must be between 0 and 1, 'endogenous', or levels by year")
        return value

    @field_validator("initial_networks", mode="after")
    @classmethod
    def _networks_in_range(cls, value: int | str) -> int | str:
        if isinstance(value, int) and not 0 <= value <= 5000:
            raise ValueError("must be between 0 and 5000, 'data' or 'dated'")
        return value


#: Numbers that decide the start of a run or the size of its arrays: nothing that could change later.
OF_THE_START = frozenset(
    (
        *("practices_per_domain", "initial_coverage", "law_years", "trust_real", "context_width"),
        *("initial_networks", "max_networks", "practices_known", "onset_years"),
    )
)


@cache
def rate_bounds(name: str) -> tuple[float, float] | None:
    """Least and largest value of a rate that may change in the course of a run; None of all else."""
    field = Parameters.model_fields.get(name)
    if field is None or field.annotation is not float or name in OF_THE_START:
        return None
    spec = parameter_specs()[name]
    return spec.low, spec.high
_at_hand: list[type[Parameters]] = [Parameters]


def parameters_at_hand() -> type[Parameters]:
    """The parameters of the experiment at hand: the model's, and those that its extensions add."""
    return _at_hand[0]


def set_parameters_at_hand(parameters: type[Parameters]) -> None:
    """Have the registries below be of an experiment: of the config or the results that were read last."""
    _at_hand[0] = parameters


def switches() -> dict[str, str]:
    """Mechanisms an arm may switch off, with what each does."""
    return {
        name: str(field.description)
        for name, field in parameters_at_hand().model_fields.items()
        if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("switch")
    }


def parameter_specs() -> dict[str, ParameterSpec]:
    """Every parameter by name, in the order of the schedule, then of extensions; switches are not among them."""
    return dict(_specs_of(parameters_at_hand()))


@cache
def _specs_of(parameters: type[Parameters]) -> dict[str, ParameterSpec]:
    specs: dict[str, ParameterSpec] = {}
    group = ""
    for name, field in parameters.model_fields.items():
        extra: Mapping[str, Any] = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        if "symbol" not in extra:
            continue  # a switch, or the events
        group = extra.get("group", _GROUPS.get(name, group))
        low, high = -math.inf, math.inf
        for bound in field.metadata:
            low = getattr(bound, "ge", low)
            high = getattr(bound, "le", high)
        if "range" in extra:
            low, high = extra["range"]
        prior = extra.get("prior")
        specs[name] = ParameterSpec(
            name=name,
            symbol=extra["symbol"],
            default=field.default,
            unit=extra["unit"],
            low=float(low),
            high=float(high),
            description=str(field.description),
            source=extra["source"],
            group=group,
            prior=(float(prior[0]), float(prior[1])) if prior else None,
            scale=extra.get("scale", "linear"),
            only=tuple(extra["only"]) if extra.get("only") else None,
        )
    return specs
