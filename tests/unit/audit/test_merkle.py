"""The tree in tiles against the specification's own recursion, and the vectors of RFC 6962 implementations."""

import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.audit.merkle import EMPTY_ROOT, TILE_HASHES, Tree, consistency, inclusion, leaf_hash, root_of

sys.path.insert(0, str(Path(__file__).parent))
import rfc6962

# The leaves and roots that implementations of certificate transparency test with.
VECTOR_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
VECTOR_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def grown(leaves: list[bytes]) -> tuple[Tree, dict[tuple[int, int], tuple[bytes, ...]]]:
    tree = Tree()
    tiles = {(tile.level, tile.place): tile.hashes for tile in tree.extend(leaves)}
    return tree, tiles


def reader(leaves: list[bytes]):  # noqa: ANN201 - a function over the tiles
    tree, tiles = grown(leaves)

    def hashes(level: int, start: int, end: int) -> tuple[bytes, ...]:
        place = start // TILE_HASHES
        first = place * TILE_HASHES
        tile = tiles.get((level, place)) or tuple(tree.edge[level])
        assert end - first <= len(tile)
        return tile[start - first : end - first]

    return hashes


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_are_those_of_certificate_transparency(size: int) -> None:
    leaves = [leaf_hash(bytes.fromhex(one)) for one in VECTOR_LEAVES[:size]]
    assert root_of(leaves).hex() == VECTOR_ROOTS[size - 1]
    assert grown(leaves)[0].root.hex() == VECTOR_ROOTS[size - 1]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert Tree().root == EMPTY_ROOT == rfc6962.root([])


LEAVES = [leaf_hash(str(i).encode()) for i in range(70_000)]
SIZES = st.one_of(st.integers(1, 1_100), st.sampled_from([255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 66_049]))


@given(SIZES, st.data())
@settings(deadline=None, max_examples=40)
def test_roots_and_proofs_are_those_of_the_specification(size: int, data: st.DataObject) -> None:
    leaves = LEAVES[:size]
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    assert grown(leaves)[0].root == rfc6962.root(leaves)
    assert inclusion(index, size, reader(leaves)) == rfc6962.path(index, leaves)
    assert consistency(old, size, reader(leaves)) == rfc6962.subproof(old, leaves)


@given(st.lists(st.integers(0, 700), max_size=5))
def test_a_tree_that_grows_in_steps_is_the_one_that_grew_at_once(steps: list[int]) -> None:
    tree, start, tiles = Tree(), 0, []
    for step in steps:
        tiles += tree.extend(LEAVES[start : start + step])
        start += step
    whole = Tree()
    assert tiles == whole.extend(LEAVES[:start])
    assert (tree.size, tree.root, tree.edge) == (start, whole.root, whole.edge)


def test_a_leaf_outside_of_the_tree_has_no_proof() -> None:
    with pytest.raises(ValueError, match="outside"):
        inclusion(3, 3, reader(LEAVES[:3]))
    with pytest.raises(ValueError, match="empty"):
        consistency(0, 3, reader(LEAVES[:3]))
