"""Names of the groups of cities whose outcomes are recorded: a config knows them before there is a world."""

import math

from citysim.world.regions import REGIONS

#: Upper limits of the size classes, people (UN WUP cuts at 300,000, 1 and 5 million).
SIZE_CLASSES = {"small": 300_000.0, "medium": 1_000_000.0, "large": 5_000_000.0, "mega": math.inf}
#: Thirds of the people by income of the country, the poorest first.
INCOME_CLASSES = ("low_income", "middle_income", "high_income")
#: One for each of ``REGIONS``.
REGION_GROUPS = tuple(region.lower().replace(" ", "_") for region in REGIONS)
#: Recorded unless a config says otherwise.
DEFAULT_GROUPS = ("world", "member", "non_member", "north", "south")
#: Cities by their exposure to dated events, each in the first that it belongs to (``events.exposure``).
EXPOSURES = ("named", "co_members", "twins", "neighbours", "same_state", "everybody_else")
#: All that need no events, in the order of the recorder.
GROUPS = (*DEFAULT_GROUPS, *SIZE_CLASSES, *INCOME_CLASSES, *REGION_GROUPS)
