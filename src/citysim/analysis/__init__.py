"""Tables of effects: compensation ratio, paired differences, their intervals and Monte Carlo error."""
