"""A second implementation of RFC 6962, of signed notes and of proofs, written from the specifications alone.

It shares no code with the program: trees are recursive over lists, notes are taken apart by hand.
"""

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def above(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def largest_power_below(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def root(leaves: list[bytes]) -> bytes:
    """Section 2.1."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = largest_power_below(len(leaves))
    return above(root(leaves[:k]), root(leaves[k:]))


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    """Section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = largest_power_below(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), root(leaves[k:])]
    return [*path(m - k, leaves[k:]), root(leaves[:k])]


def subproof(m: int, leaves: list[bytes], *, is_whole: bool = True) -> list[bytes]:
    """Section 2.1.2."""
    n = len(leaves)
    if m == n:
        return [] if is_whole else [root(leaves)]
    k = largest_power_below(n)
    if m <= k:
        return [*subproof(m, leaves[:k], is_whole=is_whole), root(leaves[k:])]
    return [*subproof(m - k, leaves[k:], is_whole=False), root(leaves[:k])]


def root_from_path(index: int, size: int, leaf_hash: bytes, hashes: list[bytes]) -> bytes | None:
    """RFC 9162, section 2.1.3.2: the root that a proof leads to; None where its length is wrong."""
    if index >= size:
        return None
    fn, sn, r = index, size - 1, leaf_hash
    for p in hashes:
        if sn == 0:
            return None
        if fn % 2 or fn == sn:
            r = above(p, r)
            while fn % 2 == 0 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = above(r, p)
        fn, sn = fn >> 1, sn >> 1
    return r if sn == 0 else None


def note_is_signed(note: str, vkey: str) -> bool:
    """https://c2sp.org/signed-note, for Ed25519 keys and timestamped cosignatures."""
    name, key_id, material = vkey.split("+", 2)
    kind, public = base64.b64decode(material)[0], base64.b64decode(material)[1:]
    assert hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4].hex() == key_id
    text, signatures = note.rsplit("\n\n", 1)
    text += "\n"
    for line in signatures.removesuffix("\n").split("\n"):
        dash, signer, value = line.split(" ")
        assert dash == "—"
        blob = base64.b64decode(value)
        if signer != name or blob[:4].hex() != key_id:
            continue
        message, signature = text, blob[4:]
        if kind == 4:
            message = f"cosignature/v1\ntime {int.from_bytes(signature[:8], 'big')}\n{text}"
            signature = signature[8:]
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message.encode())
        return True
    return False


def record_is_proved(record: bytes, proof: str, vkey: str) -> bool:
    """https://c2sp.org/tlog-proof, steps 1 to 4."""
    head, note = proof.split("\n\n", 1)
    first, index, *hashes = head.split("\n")
    assert first == "c2sp.org/tlog-proof@v1"
    _, size, expected = note.split("\n")[:3]
    found = root_from_path(
        int(index.removeprefix("index ")), int(size), leaf(record), [base64.b64decode(one) for one in hashes]
    )
    return note_is_signed(note, vkey) and found == base64.b64decode(expected)
