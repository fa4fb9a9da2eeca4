"""The Merkle tree against the probes of Certificate Transparency's library, and a slow twin.

The twin is the recursion that RFC 6962, section 2.1, prints.
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
from pathlib import Path

import pytest

from commonwatch.share.merkle import (
    EMPTY_ROOT,
    Tree,
    consistency_path,
    inclusion_path,
    is_consistent,
    is_included,
    leaf_hash,
    node_hash,
)

PROBES = [
    json.loads(line)
    for line in (Path(__file__).parent / "vectors/merkle-proofs.jsonl").read_text().splitlines()
]

# The eight leaves of the first implementation of Certificate Transparency (merkle_tree_test.cc),
# and the roots that it prints for the first of them, the first two, and so on.
LEAVES = [
    leaf_hash(bytes.fromhex(text))
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
# rfc6962_test.go of github.com/transparency-dev/merkle.
HASHES = (
    (EMPTY_ROOT, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    (leaf_hash(b""), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    (leaf_hash(b"L123456"), "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"),
    (
        node_hash(b"N123", b"N456"),
        "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb",
    ),
)
TWIN_SIZE_MAX = 33


def some_leaves(count: int) -> list[bytes]:
    return [leaf_hash(b"%d" % number) for number in range(count)]


def split(count: int) -> int:
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def naive_root(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    middle = split(len(leaves))
    both = naive_root(leaves[:middle]) + naive_root(leaves[middle:])
    return hashlib.sha256(b"\x01" + both).digest()


def naive_inclusion(index: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    middle = split(len(leaves))
    if index < middle:
        return [*naive_inclusion(index, leaves[:middle]), naive_root(leaves[middle:])]
    return [*naive_inclusion(index - middle, leaves[middle:]), naive_root(leaves[:middle])]


def naive_consistency(size: int, leaves: list[bytes], *, whole: bool = True) -> list[bytes]:
    if size == len(leaves):
        return [] if whole else [naive_root(leaves)]
    middle = split(len(leaves))
    if size <= middle:
        left = naive_consistency(size, leaves[:middle], whole=whole)
        return [*left, naive_root(leaves[middle:])]
    right = naive_consistency(size - middle, leaves[middle:], whole=False)
    return [*right, naive_root(leaves[:middle])]


def raw(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def path_of(probe: dict) -> list[bytes]:
    return [raw(text) for text in probe["proof"] or ()]


@pytest.mark.parametrize(("found", "printed"), HASHES)
def test_hashes_as_printed(found, printed):
    assert found.hex() == printed


def test_roots_as_printed():
    tree = Tree()
    for leaf, printed in zip(LEAVES, ROOTS, strict=True):
        tree = tree.with_leaves([leaf])
        assert tree.root.hex() == printed


def test_every_probe_is_told_as_published():
    told = {"inclusion": [0, 0], "consistency": [0, 0]}
    for probe in PROBES:
        path = path_of(probe)
        if probe["of"] == "inclusion":
            found = is_included(
                raw(probe["leafHash"]),
                probe["leafIdx"],
                probe["treeSize"],
                path,
                raw(probe["root"]),
            )
        else:
            found = is_consistent(
                probe["size1"], raw(probe["root1"]), probe["size2"], raw(probe["root2"]), path
            )
        assert found is not probe["wantErr"], probe["name"]
        told[probe["of"]][found] += 1
    # Wrong ones and right ones of both kinds were among them.
    assert told == {"inclusion": [92, 6], "consistency": [92, 6]}


def test_root_and_proofs_are_those_of_the_recursion():
    for size in range(1, TWIN_SIZE_MAX):
        leaves = some_leaves(size)
        root = Tree().with_leaves(leaves).root
        assert root == naive_root(leaves)
        for index in range(size):
            path = inclusion_path(leaves, index)
            assert list(path) == naive_inclusion(index, leaves)
            assert is_included(leaves[index], index, size, path, root)
        for earlier in range(1, size + 1):
            path = consistency_path(leaves, earlier)
            assert list(path) == naive_consistency(earlier, leaves)
            assert is_consistent(earlier, naive_root(leaves[:earlier]), size, root, path)


def test_a_tree_grows_the_same_one_by_one_and_all_at_once():
    leaves = some_leaves(200)
    tree = Tree()
    for number, leaf in enumerate(leaves, 1):
        tree = tree.with_leaves([leaf])
        assert len(tree.peaks) == number.bit_count()
        assert tree == Tree().with_leaves(leaves[:number])


def test_a_proof_of_anything_else_does_not_hold():
    size = 21
    leaves = some_leaves(size)
    root = Tree().with_leaves(leaves).root
    for index in range(size):
        path = inclusion_path(leaves, index)
        for other in range(size):
            if other != index:
                assert not is_included(leaves[other], index, size, path, root)
                assert not is_included(leaves[index], other, size, path, root)
        assert not is_included(leaves[index], index, size, path[:-1], root)
        assert not is_included(leaves[index], index, size, (*path, root), root)


def test_a_history_with_one_record_exchanged_is_not_consistent():
    leaves = some_leaves(19)
    for earlier in range(1, 19):
        path = consistency_path(leaves, earlier)
        root = Tree().with_leaves(leaves).root
        for altered in range(earlier):
            before = [*leaves[:altered], leaf_hash(b"another"), *leaves[altered + 1 : earlier]]
            assert not is_consistent(earlier, Tree().with_leaves(before).root, 19, root, path)


def test_a_flipped_bit_of_a_proof_is_found():
    generator = random.Random(6962)
    leaves = some_leaves(100)
    root = Tree().with_leaves(leaves).root
    for _ in range(500):
        index, earlier = generator.randrange(100), generator.randrange(1, 100)
        for path, holds in (
            (
                inclusion_path(leaves, index),
                lambda p, i=index: is_included(leaves[i], i, 100, p, root),
            ),
            (
                consistency_path(leaves, earlier),
                lambda p, e=earlier: is_consistent(
                    e, Tree().with_leaves(leaves[:e]).root, 100, root, p
                ),
            ),
        ):
            assert holds(path)
            at = generator.randrange(len(path))
            spoilt = bytearray(path[at])
            spoilt[generator.randrange(32)] ^= 1 << generator.randrange(8)
            assert not holds((*path[:at], bytes(spoilt), *path[at + 1 :]))
