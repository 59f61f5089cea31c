"""The Merkle tree of RFC 6962 (section 2.1), kept in tiles of 256 hashes as c2sp.org/tlog-tiles lays them out.

A tile of level ``l`` holds 256 neighbouring hashes of subtrees of 256 ** l leaves each; the root of a full tile is one
hash of the level above.  Only full tiles are stored; what is not full yet is at most 255 hashes a level.  Pure.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

TILE_HASHES: Final = 256
TILE_LEVELS: Final = 8
"""Levels of the tree that one tile spans: 2 ** 8 is 256."""
HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf with this content."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node above two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Return the root over some leaf hashes, or over subtrees of one size of which the last may be smaller."""
    if not hashes:
        return EMPTY_ROOT
    row = list(hashes)
    while len(row) > 1:
        # A last one without a neighbour moves up as it is: the same tree as by splitting at powers of two.
        above = [node_hash(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)]
        if len(row) % 2:
            above.append(row[-1])
        row = above
    return row[0]


@dataclass(frozen=True, slots=True)
class Tile:
    """A full tile: its level, its place among the tiles of that level, and its hashes."""

    level: int
    place: int
    hashes: tuple[bytes, ...]

    @property
    def root(self) -> bytes:
        """The hash that stands for it in the level above."""
        return root_of(self.hashes)


@dataclass(slots=True)
class Tree:
    """A tree that grows at its right edge; ``edge`` has for each level the hashes that fill no tile yet."""

    size: int = 0
    edge: list[list[bytes]] = field(default_factory=lambda: [[]])

    def copy(self) -> "Tree":
        """Return a tree that grows apart from this one."""
        return Tree(self.size, [list(hashes) for hashes in self.edge])

    def extend(self, leaves: Iterable[bytes]) -> list[Tile]:
        """Append leaf hashes and return the tiles that became full."""
        full: list[Tile] = []
        for leaf in leaves:
            self.size += 1
            self.edge[0].append(leaf)
            if len(self.edge[0]) == TILE_HASHES:
                self._close(full)
        return full

    def _close(self, full: list[Tile]) -> None:
        for level in range(len(self.edge)):
            hashes = self.edge[level]
            if len(hashes) < TILE_HASHES:
                return
            tile = Tile(level, self.size // TILE_HASHES ** (level + 1) - 1, tuple(hashes))
            full.append(tile)
            self.edge[level] = []
            if level + 1 == len(self.edge):
                self.edge.append([])
            self.edge[level + 1].append(tile.root)

    @property
    def root(self) -> bytes:
        """The root of the whole tree."""
        smaller: bytes | None = None
        for hashes in self.edge:
            row = hashes if smaller is None else [*hashes, smaller]
            if row:
                smaller = root_of(row)
        return EMPTY_ROOT if smaller is None else smaller


Hashes = Callable[[int, int, int], Sequence[bytes]]
"""Gives of a tile level the hashes from one place up to another, whether their tile is full or not."""


def inclusion(index: int, size: int, hashes: Hashes) -> list[bytes]:
    """Return the inclusion proof (RFC 6962, 2.1.1) of a leaf in the tree of the first ``size`` leaves."""
    if not 0 <= index < size:
        raise ValueError("a leaf outside of the tree has no proof")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(subtree(middle, end, hashes))
            end = middle
        else:
            path.append(subtree(start, middle, hashes))
            start = middle
    return path[::-1]


def consistency(old: int, new: int, hashes: Hashes) -> list[bytes]:
    """Return the consistency proof (RFC 6962, 2.1.2) between the trees of the first ``old`` and ``new`` leaves."""
    if not 0 < old <= new:
        raise ValueError("no proof leads from an empty tree or to a smaller one")
    path: list[bytes] = []
    start, end = 0, new
    is_whole = True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(subtree(middle, end, hashes))
            end = middle
        else:
            path.append(subtree(start, middle, hashes))
            start = middle
            is_whole = False
    if not is_whole:
        path.append(subtree(start, end, hashes))
    return path[::-1]


def subtree(start: int, end: int, hashes: Hashes) -> bytes:
    """Return the root over the leaves from ``start`` up to ``end``, a subtree of the tree."""
    size = end - start
    if size & (size - 1):
        middle = start + _split(size)
        return node_hash(subtree(start, middle, hashes), subtree(middle, end, hashes))
    level = (size.bit_length() - 1) // TILE_LEVELS
    width = TILE_HASHES**level
    return root_of(hashes(level, start // width, end // width))


def _split(size: int) -> int:
    """Return the largest power of two below a size."""
    return 1 << ((size - 1).bit_length() - 1)
