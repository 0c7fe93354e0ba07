"""How large worlds are and how long they last: a config and the help know it before there is a world."""

#: Largest cities of the data in a real world, unless said otherwise.
REAL_CITIES = 2000
#: Of a synthetic world, unless said otherwise.
SYNTHETIC_CITIES, SYNTHETIC_STATES, SYNTHETIC_SEED = 1000, 80, 1
MAX_CITIES = 10_000_000
#: Pairs of states fill square matrices.
MAX_STATES = 5_000
#: Of a synthetic world: the key of a Philox generator.
MAX_SEED = 2**64 - 1

START_YEAR = 2023
#: A hindcast may start in it, the first of the paths of people.
FIRST_YEAR = 1950
#: End of the paths of people.
END_YEAR = 2051
#: 2023 to the end of 2050.
YEARS = END_YEAR - START_YEAR
#: 2023 Q1 … 2050 Q4.
QUARTERS = 4 * YEARS


def quarters_from(start: int) -> int:
    """Quarters from the start of a year to the end of 2050."""
    return 4 * (END_YEAR - start)
