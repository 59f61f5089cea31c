"""Verifies an export of the audit record offline: python verify.py DIR --key KEY

DIR is what `cutoff audit export -o DIR` wrote, or the file of a certificate (JSON).  KEY is the log's key, or a file
of keys, one a line, which you had from somebody you trust and not with the export.  --trusted FILE takes a checkpoint
that you kept from before.
Needs Python 3.11 and the package cryptography.  Exit 0: whole; 4: not, and the first bad record is named; 2: bad input.

What is checked: the signature of the checkpoint (https://c2sp.org/signed-note), that every record is in the tree of
it (RFC 6962; a whole export by computing the root anew, a part by the proof of each record), the chain of every
recorder in a whole export, and that the fields of each decision are those that its record has the hash of.  Of records
that are archived an export has the hashes alone, which the root is computed with.
"""

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

REQUEST, ANSWER = 15, 17
"""Which of the fields of a decision are what was asked and what was answered, both JSON."""

Key = tuple[str, bytes, int, Ed25519PublicKey]
"""A name, an id, a type of signature, and the key itself."""


class Broken(Exception):
    """What is not as it was recorded."""


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(row: list[bytes]) -> bytes:
    """Return the root over leaf hashes, as RFC 6962, 2.1, defines it."""
    if not row:
        return hashlib.sha256(b"").digest()
    while len(row) > 1:
        above = [node_hash(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)]
        row = above + row[-1:] if len(row) % 2 else above
    return row[0]


def root_from(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes | None:
    """Return the root that a proof leads to (RFC 9162, 2.1.3.2), None where its length is wrong."""
    place, last = index, size - 1
    for one in path:
        if last == 0:
            return None
        if place % 2 or place == last:
            leaf = node_hash(one, leaf)
            while place and not place % 2:
                place, last = place >> 1, last >> 1
        else:
            leaf = node_hash(leaf, one)
        place, last = place >> 1, last >> 1
    return leaf if last == 0 else None


def read_keys(values: list[str]) -> list[Key]:
    """Return (name, id, type, public key) of keys given as text or as files."""
    lines: list[str] = []
    for value in values:
        path = Path(value)
        is_file = "+" not in value or path.is_file()
        lines += path.read_text(encoding="utf-8").split("\n") if is_file else [value]
    keys: list[Key] = []
    for line in filter(None, map(str.strip, lines)):
        name, key_id, material = line.split("+", 2)
        raw = base64.b64decode(material, validate=True)
        if hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8] != key_id:
            raise ValueError(f"this is no key: {line}")
        if raw[0] in (1, 4):
            keys.append((name, bytes.fromhex(key_id), raw[0], Ed25519PublicKey.from_public_bytes(raw[1:])))
    if not any(kind == 1 for _, _, kind, _ in keys):
        raise ValueError("no Ed25519 key of a log is given")
    return keys


def open_checkpoint(note: str, keys: list[Key]) -> tuple[str, int, bytes]:
    """Return origin, size and root of a signed checkpoint."""
    head, separator, tail = note.rpartition("\n\n")
    if not separator or not tail.endswith("\n"):
        raise Broken("checkpoint: changed: it is no signed note")
    text = head + "\n"
    signed_by_log = False
    for line in tail[:-1].split("\n"):
        dash, name, value = line.split(" ")
        blob = base64.b64decode(value, validate=True)
        for key_name, key_id, kind, key in keys:
            if dash != "—" or (name, blob[:4]) != (key_name, key_id):
                continue
            message, signature = text, blob[4:]
            if kind == 4:
                message = f"cosignature/v1\ntime {int.from_bytes(signature[:8], 'big')}\n{text}"
                signature = signature[8:]
            try:
                key.verify(signature, message.encode())
            except InvalidSignature:
                raise Broken(f"checkpoint: changed: the signature of {name} is wrong") from None
            signed_by_log = signed_by_log or kind == 1
    if not signed_by_log:
        raise Broken("checkpoint: changed: it is not signed by the key of the log")
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or str(int(lines[1])) != lines[1]:
        raise Broken("checkpoint: changed: it has other lines than three")
    return lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True)


def fields_sha256(fields: list[str | None]) -> str:
    joined = "".join("-," if text is None else f"{len(text)}:{text}," for text in fields)
    return hashlib.sha256(joined.encode()).hexdigest()


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def check_record(line: dict[str, Any], size: int, root: bytes) -> tuple[bytes, dict[str, Any]]:
    """Check one record by itself and return its leaf hash and what it says."""
    index, text = line["index"], line["record"]
    said = json.loads(text)
    leaf = leaf_hash(text.encode())
    where = f"index {index} id {said.get('id')}"
    if "fields" in line and fields_sha256(line["fields"]) != said["content"].get("row_sha256"):
        raise Broken(f"{where}: changed: its fields are not those that were recorded")
    if "proof" in line:
        path = [base64.b64decode(one, validate=True) for one in line["proof"]]
        if not 0 <= index < size or root_from(index, size, leaf, path) != root:
            raise Broken(f"{where}: changed: its proof does not lead to the root")
    return leaf, said


def verify(folder: Path, keys: list[Key], trusted: str | None) -> str:
    """Verify a folder and return what is said of it.  Raises Broken."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    origin, size, root = open_checkpoint((folder / "checkpoint.txt").read_text(encoding="utf-8"), keys)
    leaves: list[bytes] = []
    chains: dict[int, tuple[int, str]] = {}
    counts = [0, 0]
    for line in lines_of(folder / "records.ndjson"):
        is_archived = manifest["complete"] and "leaf" in line
        leaf, said = (bytes.fromhex(line["leaf"]), line) if is_archived else check_record(line, size, root)
        counts[is_archived] += 1
        if manifest["complete"]:
            check_place(line["index"], len(leaves), said, leaf, chains)
            leaves.append(leaf)
        elif "proof" not in line:
            raise Broken(f"index {line['index']} id {said.get('id')}: changed: it has no proof")
    exported = [manifest["records"], manifest.get("archived", 0)]
    if counts != exported:
        raise Broken(f"index {counts[0]}: missing: {exported} records and hashes were exported, {counts} are here")
    if manifest["complete"]:
        if len(leaves) != size:
            raise Broken(f"index {len(leaves)}: missing: the checkpoint has {size} records")
        if root_of(leaves) != root:
            raise Broken("index 0: changed: the root over the records is not the one that is signed")
    if trusted is not None:
        check_trusted(trusted, keys, leaves, size, root)
    apart = f" and the hashes of {counts[1]} archived ones" if counts[1] else ""
    return f"whole: {counts[0]} records{apart} of {origin}, checkpoint of {size}"


def verify_certificate(path: Path, keys: list[Key]) -> str:
    """Verify the certificate of one decision and return what is said of it.  Raises Broken."""
    said = json.loads(path.read_text(encoding="utf-8"))
    head, _, note = said["proof"].partition("\n\n")
    first, place, *path_lines = head.split("\n")
    if first != "c2sp.org/tlog-proof@v1" or not place.startswith("index "):
        raise Broken("certificate: changed: its proof is none")
    origin, size, root = open_checkpoint(note, keys)
    line = {"index": int(place.removeprefix("index ")), "record": said["record"], "proof": path_lines}
    _, record = check_record(line | {"fields": said["fields"]}, size, root)
    answer, request = json.loads(said["fields"][ANSWER]), json.loads(said["fields"][REQUEST])
    if (answer, request) != (said["screening"], said["request"]) or answer["id"] != record["id"]:
        raise Broken(f"index {line['index']} id {record['id']}: changed: it shows another decision than was recorded")
    return f"whole: decision {record['id']} of {origin}, checkpoint of {size}"


def check_place(index: int, count: int, said: dict[str, Any], leaf: bytes, chains: dict[int, tuple[int, str]]) -> None:
    """Check that a record of a whole export follows the one before in the tree, and that of its recorder."""
    where = f"index {index} id {said.get('id')}"
    if index != count:
        raise Broken(f"index {count}: missing: the next record is that of index {index}")
    seq, previous = chains.get(said["recorder"], (0, "0" * 64))
    if said["seq"] != seq + 1:
        raise Broken(f"{where}: missing: record {seq + 1} of recorder {said['recorder']} is not there")
    if "leaf" not in said and said["previous"] != previous:
        raise Broken(f"{where}: changed: the record before it is another one")
    chains[said["recorder"]] = (said["seq"], leaf.hex())


def check_trusted(note: str, keys: list[Key], leaves: list[bytes], size: int, root: bytes) -> None:
    _, old_size, old_root = open_checkpoint(note, keys)
    if old_size > size:
        raise Broken(f"index {size}: rolled back: the trusted checkpoint has {old_size} records")
    is_complete = len(leaves) == size
    if is_complete and root_of(leaves[:old_size]) != old_root:
        raise Broken("index 0: rolled back: the records are not those of the trusted checkpoint")
    if old_size == size and old_root != root:
        raise Broken("index 0: rolled back: the records are not those of the trusted checkpoint")
    if not is_complete and old_size != size:
        raise ValueError("only a whole export can be compared with another checkpoint")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--key", action="append", required=True, help="the log's key, or a file of keys; may be given again"
    )
    parser.add_argument("--trusted", type=Path, help="a checkpoint kept from before")
    given = parser.parse_args()
    try:
        keys = read_keys(given.key)
        trusted = given.trusted.read_text(encoding="utf-8") if given.trusted else None
    except (OSError, ValueError) as error:
        print(f"verify: {error}", file=sys.stderr)
        return 2
    try:
        is_folder = given.folder.is_dir()
        print(verify(given.folder, keys, trusted) if is_folder else verify_certificate(given.folder, keys))
    except Broken as error:
        print(error, file=sys.stderr)
        return 4
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        print(f"the export cannot be read: changed: {type(error).__name__}: {error}", file=sys.stderr)
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main())
