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
#: 2023 to the end of 2050, as far as the paths of people go.
YEARS = 28
#: 2023 Q1 … 2050 Q4.
QUARTERS = 4 * YEARS
