"""A second, deliberately plain implementation of the model, and the tests that dock it to the arrays.

One city, one tie, one membership at a time, in plain Python over ordinary Mesa agents (docking: Axtell,
Axelrod, Epstein & Cohen 1996). It is written from the equations and shares nothing with the arrays but the
world, the parameters and the random streams; constants of the mechanisms are stated again on purpose.
"""
