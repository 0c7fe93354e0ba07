"""Calibration: which parameters agree with what is known. Tables in, tables out; nothing is run here."""
