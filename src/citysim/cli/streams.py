"""Standard output and error that never raise: what they cannot show is spelled in ASCII, and a reader that
has gone away or a full disk stops no work.
"""

import codecs
import errno
import io
import os
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

#: Name of the handler of characters that an encoding lacks.
SPELLED = "citysim.spelled"
#: Exit status where output could not be written.
_NOT_WRITTEN = 2
#: A character and what it is spelled as, for those that are no letter with a mark.
_SPELLINGS = {
    ord(pair[0]): pair[1:]
    for pair in """
    –- −- ‐- ‑- ‒- —-- ⁻- ─- ━- ╸- ╺- ╴- ╶- │| ┃| ║| ‖|| •* ·* ●* “" ”" „" «" »" ‘' ’' ‚' ʻ' ʼ' ʿ' ʾ'
    …... ≥>= ≤<= ≠!= ≈~ ∝~ ±+/- ×x ÷/ ⁄/ →-> ←<- ↑^ ↓v ∞inf √sqrt ∈in ∪u ⟨< ⟩> °deg €EUR £GBP
    ßss ẞSS æae ÆAE œoe ŒOE øo ØO łl ŁL đd ĐD ðd ÐD þth ÞTh ıi ħh ĦH əe
    """.split()  # noqa: SIM905  reads as a table
}


def spelled(text: str, encoding: str) -> str:
    """A text with every character that ``encoding`` lacks spelled in ASCII: … as ``...``, κ as ``kappa``."""
    return text.encode(encoding, SPELLED).decode(encoding)


def _spell(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_in_ascii, error.object[error.start : error.end])), error.end


def _in_ascii(character: str) -> str:
    text = character.translate(_SPELLINGS)
    if text.isascii():
        return text
    if "\udc80" <= character <= "\udcff":  # a byte of a file's name that is no text
        return f"\\x{ord(character) - 0xDC00:02x}"
    # é is e and a mark, ₀ is another form of 0.
    parts = [part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part)]
    plain = "".join(parts).translate(_SPELLINGS)
    if plain.isascii():
        return plain
    greek = unicodedata.name(plain[0], "").removeprefix("GREEK ").split()
    if len(plain) == 1 and "LETTER" in greek and greek[0] in ("SMALL", "CAPITAL"):
        return greek[-1].lower() if greek[0] == "SMALL" else greek[-1].capitalize()
    return character.encode("ascii", "backslashreplace").decode("ascii")


codecs.register_error(SPELLED, _spell)


class Output(io.TextIOBase):
    """A standard stream; ``problem`` is why it could no longer be written, None while it can.

    What is written after that is dropped, so that a sweep, its tables and figures are finished though nobody
    reads on. It has no ``buffer``: with one, typer would write UTF-8 to a stream whose encoding is ASCII.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self.problem: OSError | None = None
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=SPELLED)

    @property
    def encoding(self) -> str:  # type: ignore[override]  # of a base that has it as a variable
        """Encoding of the stream."""
        return self._stream.encoding or "ascii"

    @property
    def errors(self) -> str | None:  # type: ignore[override]
        """How characters are shown that the encoding lacks."""
        return self._stream.errors

    def fileno(self) -> int:
        """File descriptor."""
        return self._stream.fileno()

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._stream.isatty()

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, text: str) -> int:
        """Write, unless that has failed before."""
        try:
            return self._stream.write(text)
        except OSError as problem:
            self._drop(problem)
            return len(text)

    def flush(self) -> None:
        """Flush, unless that has failed before."""
        try:
            self._stream.flush()
        except OSError as problem:
            self._drop(problem)

    def _drop(self, problem: OSError) -> None:
        self.problem = self.problem or problem
        # What is still buffered goes nowhere, too, instead of failing again when the interpreter ends.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)
        with suppress(OSError):
            self._stream.flush()


@contextmanager
def standard_streams() -> Iterator[None]:
    """Let what is printed within never raise.

    A pipe whose reader has gone away ends in the status that it would have ended in anyway; where output is
    lost for another reason, one line on standard error says so and the status is 2.
    """
    _open_closed()
    before = sys.stdout, sys.stderr
    out, err = Output(sys.stdout), Output(sys.stderr)
    sys.stdout, sys.stderr = out, err
    try:
        yield
    finally:
        out.flush()
        lost = out.problem or err.problem
        if lost is not None and lost.errno != errno.EPIPE:
            err.write(f"error: output cannot be written: {lost.strerror}\n")
        err.flush()
        sys.stdout, sys.stderr = before
        if lost is not None and lost.errno != errno.EPIPE:
            raise SystemExit(_NOT_WRITTEN) from None


def _open_closed() -> None:
    """Open what a shell has closed (``>&-``) to nowhere; else the next file opened would be printed into."""
    while (nowhere := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(nowhere, True)
    os.close(nowhere)
    if sys.stdout is None:
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115  a descriptor, for as long as we live
    if sys.stderr is None:
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115  as above
