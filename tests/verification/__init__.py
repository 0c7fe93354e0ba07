"""Checks of the model against closed forms; ``docs/verification.md`` lists them by name."""
