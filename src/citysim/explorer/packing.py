"""Arrays and records as one compressed text that a page unpacks, numbers rounded to a stated step."""

import gzip
import json
import math
from typing import Any

import numpy as np

from citysim.arrays import Floats

#: Stands for NaN among whole numbers.
_NOTHING = np.int16(-32768)
#: Bits that two characters stand for, and the characters: all that are printed and mean nothing in HTML.
_BITS = 13
_LETTERS = np.array([code for code in range(33, 127) if chr(code) not in '"&<'], np.uint8)
#: Of what a step is made: 1, 2 or 5 times a power of ten.
_STEPS = (5.0, 2.0, 1.0)


def step_for(values: Floats, steps: int) -> float:
    """The largest 1, 2 or 5 times a power of ten of which the values' range has at least ``steps``."""
    known = values[np.isfinite(values)]
    width = float(np.ptp(known)) if known.size else 0.0
    if width <= 0:
        width = float(abs(known[0])) if known.size and known[0] else 1.0
    power = 10.0 ** math.floor(math.log10(width / steps))
    step = next(times * power for times in _STEPS if times * power <= width / steps * (1 + 1e-9))
    # Large numbers of a narrow range have to stay within 16 bits.
    most = float(np.abs(known).max()) if known.size else 0.0
    while most / step > 32000:
        step *= 10
    return step


class Pack:
    """Collects arrays into one blob; each is named by a reference that goes into the page's records."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def exact(self, values: Floats) -> dict[str, Any]:
        """Reference to numbers as float32, seven digits; NaN and ∞ stay what they are."""
        return self._kept(values.shape, values.astype("<f4").tobytes(), kind="f32")

    def whole(self, values: "np.ndarray[Any, np.dtype[np.integer[Any]]]") -> dict[str, Any]:
        """Reference to whole numbers as int32."""
        return self._kept(values.shape, values.astype("<i4").tobytes(), kind="i32")

    def rounded(self, values: Floats, *, steps: int, smooth: bool = False) -> dict[str, Any]:
        """Reference to numbers rounded to a step, of which the range of all has at least ``steps``.

        ``smooth``: neighbours on the last axis are alike, as over time, and their differences are kept; else
        numbers that differ in the last axis alone are kept apart, which compresses better. NaN stays NaN.
        """
        step = step_for(values, steps)
        number = np.where(np.isfinite(values), np.rint(np.nan_to_num(values) / step), _NOTHING)
        whole = number.astype(np.int16)
        # Differences wrap around, and back when they are read.
        kept = np.diff(whole, axis=-1, prepend=np.int16(0)) if smooth else np.moveaxis(whole, -1, 0)
        planes = np.ascontiguousarray(kept, "<i2").view(np.uint8).reshape(-1, 2)
        data = planes.T.tobytes()  # low bytes, then high ones
        return self._kept(values.shape, data, kind="i16", step=step, smooth=smooth)

    def _kept(self, shape: tuple[int, ...], data: bytes, **more: Any) -> dict[str, Any]:
        at = self._size
        data += b"\0" * (-len(data) % 4)
        self._parts.append(data)
        self._size += len(data)
        return {"at": at, "shape": list(shape), **more}

    def size(self) -> int:
        """Bytes that the arrays take when they are compressed."""
        return len(gzip.compress(b"".join(self._parts), 6))

    def data(self, records: Any, *, quick: bool = False) -> bytes:
        """Records and blob as a gzip: length of the JSON in four bytes, JSON, blob.

        ``quick``: sooner and larger. The blob begins at a multiple of four. Raises ``ValueError`` where the
        records hold what JSON has not.
        """
        told = json.dumps(records, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        told += b" " * (-len(told) % 4)
        whole = len(told).to_bytes(4, "little") + told + b"".join(self._parts)
        return gzip.compress(whole, 1 if quick else 6, mtime=0)


def written(data: bytes) -> str:
    """Bytes as text that may stand in HTML as it is: each 13 bits are two of 91 characters, the last are 0.

    It begins with their number in four bytes. It takes 1.23 characters a byte where base64 takes 1.33: of a
    page of 5 MB that is room for dates.
    """
    bits = np.unpackbits(np.frombuffer(len(data).to_bytes(4, "little") + data, np.uint8))
    groups = np.pad(bits, (0, -len(bits) % _BITS)).reshape(-1, _BITS)
    number = groups @ (1 << np.arange(_BITS - 1, -1, -1))
    text: bytes = _LETTERS[np.stack(np.divmod(number, len(_LETTERS)), axis=1)].tobytes()
    return text.decode("ascii")
