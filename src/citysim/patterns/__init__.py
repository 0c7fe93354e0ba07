"""Patterns of the real world: statistics of a world's course, worked out alike on the record and on a run."""
