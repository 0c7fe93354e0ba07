"""What the analysis of a hindcast needs of a config."""

from citysim.plan.faults import Fault
from citysim.plan.record import RecordConfig
from citysim.plan.world import WorldConfig
from citysim.world.sizes import START_YEAR

ANALYSIS = "hindcast"


def hindcast_faults(analyses: tuple[str, ...], world: WorldConfig, record: RecordConfig) -> list[Fault]:
    """Faults of a config that names the analysis without what it reads."""
    if ANALYSIS not in analyses:
        return []
    faults = []
    if world.start_year == START_YEAR:
        text = f"'{ANALYSIS}' needs a world that starts before {START_YEAR}, such as [world] start = 1985"
        faults.append(Fault(("analyses", analyses.index(ANALYSIS)), text))
    return faults + [
        Fault(("record", key), f"found false, which '{ANALYSIS}' needs")
        for key in ("statistics", "cities")
        if not getattr(record, key)
    ]
