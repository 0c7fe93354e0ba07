"""Executors: where the runs of a sweep are computed, one file each."""
