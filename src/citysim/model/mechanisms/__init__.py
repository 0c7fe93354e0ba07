"""The model's mechanisms: one file each, every one a function ``step(state, setting, draw)``.

A mechanism reads the state as it was when it began and writes it once, at its end. It is pure array
code: no loop over cities, and no BLAS, whose sums may depend on the number of threads.
"""
