"""The ``citysim`` command: the only place that prints."""
