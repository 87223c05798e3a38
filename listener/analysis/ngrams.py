"""Turns a text into numbers of buckets: its words, pairs of words and runs of letters, hashed.

The hashes are part of the format of a learned engine: change one, and raise `learned.VERSION`.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from listener.analysis.sentences import Range

BITS = 17
BUCKETS = 1 << BITS
LONGEST = 2_000  # characters that are read
RUNS = range(2, 6)  # letters of a run

Buckets = NDArray[np.int32]

_ADDRESS = re.compile(r"https?\S*|www\.\S+|@\w+")
_WORD = re.compile(r"\w+|[^\w\s]+")
_HELD = re.compile(r"(.)\1{2,}")
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # Fibonacci hashing (Knuth, 6.4)
_BASE = np.uint64(1_000_003)
_SHIFT = np.uint64(64 - BITS)


def buckets(words: Sequence[str]) -> Buckets:
    """Return the buckets of a text cut into words, each once, sorted."""
    pairs = [f"{first} {second}" for first, second in pairwise(words)]
    hashes = [_hashes((*words, *pairs))]
    spelled = f" {' '.join(words)} ".encode("utf-32-le", "surrogatepass")
    codes = np.frombuffer(spelled, dtype=np.uint32).astype(np.uint64)
    run = codes
    for length in range(2, min(RUNS.stop, len(codes) + 1)):
        run = run[:-1] * _BASE + codes[length - 1 :]
        hashes.append(run)
    found = np.sort(_spread(np.concatenate(hashes)))
    return found[np.concatenate(([True], found[1:] != found[:-1]))]  # np.unique takes ten times it


def hashed(words: Sequence[str]) -> Buckets:
    """Return the bucket of each word."""
    return _spread(_hashes(words))


def cut(text: str, names: Sequence[Range] = ()) -> list[str]:
    """Cut a text into lower-case words and signs, without addresses, handles and these names."""
    kept = text
    for start, end in names:
        kept = f"{kept[:start]}{' ' * (end - start)}{kept[end:]}"
    plain = _ADDRESS.sub(" ", kept[:LONGEST].lower())
    return _WORD.findall(_HELD.sub(r"\1\1", plain))


def _hashes(grams: Sequence[str]) -> NDArray[np.uint64]:
    codes = [zlib.crc32(gram.encode("utf-8", "surrogatepass")) for gram in grams]
    return np.array(codes, dtype=np.uint64)


def _spread(hashes: NDArray[np.uint64]) -> Buckets:
    return ((hashes * _SPREAD) >> _SHIFT).astype(np.int32)
