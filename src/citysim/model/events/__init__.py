"""Dated events: what happens in a run at a time that its config names (docs/events.md)."""
