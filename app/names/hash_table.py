"""An open-addressing table from 64-bit keys to small numbers, for compiled code."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.jit import njit

EMPTY: Final = -1


class HashTable(NamedTuple):
    """Keys and values in slots; the number of slots is a power of two, at least twice the keys."""

    keys: NDArray[np.uint64]
    values: NDArray[np.int32]


@njit(cache=True, inline="always")
def mix(value: np.uint64) -> np.uint64:  # pragma: no cover - compiled
    """Return the value with its bits well spread (SplitMix64's finaliser)."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@njit(cache=True, inline="always")
def chain(key: np.uint64, code: np.uint64) -> np.uint64:  # pragma: no cover - compiled
    """Return the key of a sequence prolonged by one code."""
    return mix(key * np.uint64(0x9E3779B97F4A7C15) + code + np.uint64(1))


@njit(cache=True, inline="always")
def lookup(keys: NDArray[np.uint64], values: NDArray[np.int32], key: np.uint64) -> int:  # pragma: no cover - compiled
    """Return the value of a key in a table's arrays, or -1.

    Hot loops take the arrays out of their tuple once and are inlined: handing tuples of arrays from call
    to call costs more than the work itself.
    """
    mask = np.uint64(keys.size - 1)
    slot = key & mask
    found = EMPTY
    while values[slot] >= 0:
        if keys[slot] == key:
            found = values[slot]
            break
        slot = (slot + np.uint64(1)) & mask
    return found


@njit(cache=True)
def _fill(slots: HashTable, keys: NDArray[np.uint64], values: NDArray[np.int32]) -> None:  # pragma: no cover - compiled
    mask = np.uint64(slots.keys.size - 1)
    for i in range(keys.size):
        slot = keys[i] & mask
        while slots.values[slot] >= 0 and slots.keys[slot] != keys[i]:
            slot = (slot + np.uint64(1)) & mask
        slots.keys[slot] = keys[i]
        slots.values[slot] = values[i]


def table_of(keys: NDArray[np.uint64], values: NDArray[np.int32]) -> HashTable:
    """Return the table of distinct keys and their non-negative values."""
    size = 1 << max(4, int(keys.size * 2).bit_length())
    table = HashTable(np.zeros(size, np.uint64), np.full(size, EMPTY, np.int32))
    _fill(table, keys, values)
    return table


@njit(cache=True)
def _chain_all(codes: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.uint64]:  # pragma: no cover - compiled
    keys = np.empty(ends.size, np.uint64)
    start = 0
    for row in range(ends.size):
        key = np.uint64(0)
        for i in range(start, ends[row]):
            key = chain(key, np.uint64(codes[i]))
        keys[row] = key
        start = ends[row]
    return keys


def table_of_texts(values: Mapping[str, int]) -> HashTable:
    """Return the table whose keys are the chained code points of each text."""
    codes = np.array([ord(char) for text in values for char in text], np.int64)
    ends = np.cumsum(np.array([len(text) for text in values], np.int64))
    return table_of(_chain_all(codes, ends), np.fromiter(values.values(), np.int32, len(values)))
