"""The year that a world starts in, and what that allows."""

from citysim.errors import ConfigError
from citysim.world.plain import plain, whole
from citysim.world.sizes import FIRST_YEAR, START_YEAR


def checked_start(start: object) -> int:
    """The year a world starts in. Raises ``ConfigError`` where there are no data of it."""
    found = whole(start)
    if isinstance(found, bool) or not isinstance(found, int) or not FIRST_YEAR <= found <= START_YEAR:
        raise ConfigError(
            f"world.start: found {plain(found)!r}, must be a year from {FIRST_YEAR} to {START_YEAR}"
        )
    return found


def checked_propensity(propensity: str | None, start: int) -> str:
    """What propensity is made of: by default of the record, before 2023 of covariates.

    Raises ``ConfigError`` where the ties of the record would tell a hindcast how it ends.
    """
    if start == START_YEAR:
        return propensity or "record"
    if propensity == "record":
        raise ConfigError(
            f"world.propensity: found 'record', the ties of {START_YEAR}, which a world of {start} "
            "must not know; allowed: covariates, chance"
        )
    return propensity or "covariates"
