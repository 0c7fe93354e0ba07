"""Errors a user can cause and mend.

Every one carries messages that stand alone on a line: where, what was found, what is allowed.
The command line prints them and exits with ``exit_status``; the library lets them rise.
"""

from collections.abc import Sequence


class CitysimError(Exception):
    """Base of all errors that are the input's or the machine's, not the code's."""

    exit_status = 2

    def __init__(self, *messages: str) -> None:
        super().__init__("\n".join(messages))
        self.messages: tuple[str, ...] = messages


class ConfigError(CitysimError):
    """One or more faults of an experiment config, an option or a parameter; all of them at once."""

    @classmethod
    def from_messages(cls, messages: Sequence[str]) -> "ConfigError":
        """One error of many messages."""
        return cls(*messages)


class DataError(CitysimError):
    """A data file that is missing, unreadable or inconsistent: names file, row and field."""


class MachineError(CitysimError):
    """A fault of the machine that computes, not of what it computes: a full disk, no memory left."""


class ResultError(CitysimError):
    """Results not there yet; a folder or file that is missing, damaged, read-only, of another experiment."""
