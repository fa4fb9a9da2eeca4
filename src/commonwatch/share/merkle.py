"""A Merkle tree over leaf hashes, as certificate logs grow it (RFC 6962, section 2.1; RFC 9162).

It shows with few hashes that a record is among those that a head stands for (inclusion), and that a
later head only added to an earlier one (consistency). Growing it keeps one hash for each bit of its
size; proofs are made from all leaf hashes, which a ledger has.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from commonwatch.errors import require

RFC_6962_LEAF_PREFIX = b"\x00"
RFC_6962_NODE_PREFIX = b"\x01"
EMPTY_ROOT = hashlib.sha256(b"").digest()
HASH_BYTES = 32

Path = tuple[bytes, ...]


def leaf_hash(leaf: bytes) -> bytes:
    """Hash of a leaf's bytes (RFC 6962, section 2.1)."""
    return hashlib.sha256(RFC_6962_LEAF_PREFIX + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node (RFC 6962, section 2.1)."""
    return hashlib.sha256(RFC_6962_NODE_PREFIX + left + right).digest()


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree of `size` leaves as the roots of its whole subtrees, the largest first."""

    size: int = 0
    peaks: Path = ()

    def with_leaves(self, hashes: Iterable[bytes]) -> Tree:
        """The tree with these leaf hashes added; each costs one hash on average."""
        size, peaks = self.size, list(self.peaks)
        for added in hashes:
            peak, carry = added, size
            while carry & 1:
                peak = node_hash(peaks.pop(), peak)
                carry >>= 1
            peaks.append(peak)
            size += 1
        return Tree(size, tuple(peaks))

    @property
    def root(self) -> bytes:
        """The hash that stands for all leaves in their order."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root


def inclusion_path(leaves: Sequence[bytes], index: int) -> Path:
    """PATH(m, D[n]) of RFC 6962, section 2.1.1: `leaves` are leaf hashes, `index` counts from 0."""
    require(0 <= index < len(leaves), "the leaf is one of the tree's")
    first, last, path = 0, len(leaves), list[bytes]()
    while last - first > 1:
        middle = first + _left_size(last - first)
        if index < middle:
            path.append(_root(leaves[middle:last]))
            last = middle
        else:
            path.append(_root(leaves[first:middle]))
            first = middle
    return tuple(reversed(path))


def consistency_path(leaves: Sequence[bytes], size: int) -> Path:
    """PROOF(m, D[n]) of RFC 6962, section 2.1.2, of the first `size` of these leaf hashes, 1 to n.

    It is empty where `size` is all of them.
    """
    require(1 <= size <= len(leaves), "the earlier tree is not empty and not larger")
    first, last, path = 0, len(leaves), list[bytes]()
    while size < last:
        middle = first + _left_size(last - first)
        if size <= middle:
            path.append(_root(leaves[middle:last]))
            last = middle
        else:
            path.append(_root(leaves[first:middle]))
            first = middle
    if first > 0:  # else it is the earlier tree itself, whose root the verifier knows
        path.append(_root(leaves[first:last]))
    return tuple(reversed(path))


def is_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether this leaf hash stands at `index` in the tree (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size or not _are_hashes((leaf, root, *path)):
        return False
    at, last, hashed = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            hashed = node_hash(sibling, hashed)
            at, last = _to_odd(at, last)
        else:
            hashed = node_hash(hashed, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and hashed == root


def is_consistent(
    size: int, root: bytes, later_size: int, later_root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether the later tree only added to the earlier one (RFC 9162, section 2.1.4.2)."""
    if not 1 <= size <= later_size or not _are_hashes(path):
        return False
    if size == later_size:
        return not path and root == later_root
    # A whole subtree needs no first hash: the verifier holds it, as the earlier root.
    rest = [root, *path] if size & (size - 1) == 0 else list(path)
    if not rest:
        return False
    at, last = size - 1, later_size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    earlier = later = rest[0]
    for sibling in rest[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            earlier, later = node_hash(sibling, earlier), node_hash(sibling, later)
            at, last = _to_odd(at, last)
        else:
            later = node_hash(later, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and earlier == root and later == later_root


def _root(hashes: Sequence[bytes]) -> bytes:
    return Tree().with_leaves(hashes).root


def _left_size(leaves: int) -> int:
    """The largest power of two smaller than the number of leaves."""
    return 1 << ((leaves - 1).bit_length() - 1)


def _to_odd(at: int, last: int) -> tuple[int, int]:
    """Both shifted until the first is odd or zero: levels at which there is no sibling."""
    while not at & 1 and at != 0:
        at, last = at >> 1, last >> 1
    return at, last


def _are_hashes(values: Sequence[bytes]) -> bool:
    return all(len(value) == HASH_BYTES for value in values)
