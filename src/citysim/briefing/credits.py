"""Sources and licences that a briefing has to name."""

from citysim.language import N_, gettext

#: Of the world: cities, ties, states. The full table is ``sources.csv`` of the data pack.
_WORLD = (
    N_("Places and populations: GeoNames, CC BY 4.0."),
    N_(
        "Twinnings: Wikipedia contributors, CC BY-SA 4.0, collected by Hekman/twincities; Wikidata, CC0, "
        "through albertoursino/graphs-comparison; Kaltenbrunner, Aragon, Laniado & Volkovich (2013). The "
        "merged list is CC BY-SA 4.0."
    ),
    N_(
        "Network memberships: ETMUN database (P. Gourdon; academic, without a stated licence, facts cited), "
        "CDP Open Data (CDP and ICLEI), web pages of the networks."
    ),
    N_(
        "Countries: World Bank, CC BY 4.0; V-Dem, CC BY-SA 4.0; Quality of Government Institute; Local "
        "Autonomy Index (Ladner, Keuffer & Baldersheim 2015); UN General Assembly ideal points (Bailey, "
        "Strezhnev & Voeten), CC0; UN World Urbanization Prospects 2018, CC BY 3.0 IGO; Our World in Data, "
        "CC BY 4.0; EM-DAT, CRED/UCLouvain."
    ),
    N_(
        "Pairs of states: Correlates of War, ATOP 5, rivalries of Thompson, Sakuwa & Suhas, collected in "
        "peacesciencer (Miller 2022); UCDP/PRIO, CC BY 4.0."
    ),
)


def credits_of(*, real: bool) -> tuple[str, ...]:
    """Credits of the map, and where the world is ``real``, of its data."""
    return (*(map(gettext, _WORLD) if real else ()), gettext("Map: Natural Earth, public domain."))
