"""Compiled loops of the mechanisms with most work; each is called by the mechanism of its name."""
