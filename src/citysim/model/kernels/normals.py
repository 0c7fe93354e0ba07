"""Standard normal numbers of numpy's ``Generator(Philox)``, bit for bit, without its call for each word.

Philox 4×64 with ten rounds (Salmon et al. 2011) and the ziggurat of 256 layers (Marsaglia & Tsang 2000).
"""

# mypy: disable-error-code="misc, no-untyped-call, no-untyped-def, import-untyped, call-arg"
# numba does not type its extensions

import math
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np.random._constants import fi_double, ki_double, wi_double, ziggurat_nor_inv_r, ziggurat_nor_r
from numpy.typing import NDArray

from citysim.arrays import Floats
from citysim.model.compiled import compiled

#: Counters whose words are made together, since those of one wait for each other.
_AT_ONCE = 64
_ROUNDS = 10
_FIRST, _SECOND = np.uint64(0xD2E7470EE14C6C93), np.uint64(0xCA5A826395121157)
_RISE_FIRST, _RISE_SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBB67AE8584CAA73B)
_UNIT = 2.0**-53
_INSIDE = ki_double.astype(np.int64)
#: What the next word is for: a point of a layer, one of its edge, the tail's place and height.
_POINT, _EDGE, _TAIL, _BELOW = range(4)


@intrinsic
def _high(typing: Any, a: Any, b: Any):
    """Upper 64 bits of the product of two words."""

    def product(context: Any, builder: Any, signature: Any, words: Any) -> Any:
        wide = ir.IntType(128)
        whole = builder.mul(*(builder.zext(word, wide) for word in words))
        return builder.trunc(builder.lshr(whole, ir.Constant(wide, 64)), ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), product


@compiled
def _fill(words: NDArray[np.uint64], counter: int, step: int, key: tuple[np.uint64, np.uint64]) -> None:
    """Write the words of the counters (counter, 0, 0, step), (counter + 1, 0, 0, step), …, four of each."""
    for place in range(len(words) // 4):
        a, b, c, d = np.uint64(counter + place), np.uint64(0), np.uint64(0), np.uint64(step)
        k, m = key
        for _ in range(_ROUNDS):
            a, b, c, d = _high(_SECOND, c) ^ b ^ k, _SECOND * c, _high(_FIRST, a) ^ d ^ m, _FIRST * a
            k, m = k + _RISE_FIRST, m + _RISE_SECOND
        words[4 * place], words[4 * place + 1], words[4 * place + 2], words[4 * place + 3] = a, b, c, d


@compiled
def standard_normal(count: int, step: int, key: tuple[np.uint64, np.uint64]) -> Floats:
    """The first numbers of the stream with a ``key`` and counter (0, 0, 0, step), (count,)."""
    numbers, words = np.empty(count), np.empty(4 * _AT_ONCE, dtype=np.uint64)
    counter, at, made = 1, len(words), 0  # numpy counts before it reads
    left = _POINT
    layer = outer = np.int64(0)
    inside = tail = 0.0
    while made < count:
        if at == len(words):
            _fill(words, counter, step, key)
            counter, at = counter + _AT_ONCE, 0
        if left == _POINT:
            for place in range(at, min(len(words), at + count - made)):
                word, at = words[place], place + 1
                layer = np.int64(word & np.uint64(255))
                outer = np.int64((word >> np.uint64(9)) & np.uint64(0xFFFFFFFFFFFFF))
                sign = 1.0 - 2.0 * np.int64(
                    (word >> np.uint64(8)) & np.uint64(1)
                )  # no branch: half are below 0
                inside = sign * (outer * wi_double[layer])
                numbers[made] = inside
                if outer >= _INSIDE[layer]:
                    left = _TAIL if layer == 0 else _EDGE
                    break
                made += 1
            continue
        u = np.int64(words[at] >> np.uint64(11)) * _UNIT
        at += 1
        if left == _EDGE:
            height = (fi_double[layer - 1] - fi_double[layer]) * u + fi_double[layer]
            made += 1 if height < math.exp(-0.5 * inside * inside) else 0
            left = _POINT
        elif left == _TAIL:
            tail = -ziggurat_nor_inv_r * math.log1p(-u)
            left = _BELOW
        elif -2.0 * math.log1p(-u) > tail * tail:
            away = ziggurat_nor_r + tail
            numbers[made] = -away if (outer >> 8) & 1 else away
            made, left = made + 1, _POINT
        else:
            left = _TAIL
    return numbers
