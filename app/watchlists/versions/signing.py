"""Detached Ed25519 signatures of activated versions, which anybody can verify with the published key.

What is signed is a statement about the version, with the hash of its content; the content itself is published in
the very bytes that are hashed.  Ed25519 is deterministic, so a signature is made when it is asked for.
"""

import base64
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import rfc8785
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.errors import Conflict, Unavailable
from app.watchlists.history.version import VersionRecord

KEY_FILE: Final = "list-signing-key.pem"
_KIND: Final = "cutoff-list-version-1"


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature in base64 over the UTF-8 bytes of ``statement``, by the key ``key_id``."""

    key_id: str
    statement: str
    signature: str


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The key of an installation.  Every process of it, on every host, must have the same file."""

    private: Ed25519PrivateKey

    @classmethod
    def of(cls, folder: Path) -> "SigningKey":
        """Return the key of a data folder, made at the first call; only its owner can read the file."""
        path = folder / KEY_FILE
        if not path.exists():
            _make(path)
        try:
            key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        except (OSError, ValueError) as error:
            raise Unavailable("signing-key", f"名单签名密钥不可用 (the signing key cannot be read): {error}") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise Unavailable("signing-key", "名单签名密钥不是 Ed25519 (the signing key is no Ed25519 key)")
        return cls(key)

    @property
    def public_pem(self) -> str:
        """The public key, as OpenSSL reads it."""
        public = self.private.public_key()
        return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()

    @property
    def key_id(self) -> str:
        """The SHA-256 of the raw public key, in hex."""
        raw = self.private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return hashlib.sha256(raw).hexdigest()

    def sign(self, version: VersionRecord) -> Signature:
        """Return the signature of a version.  Raises :class:`Conflict` for one that was never in force."""
        text = statement(version)
        return Signature(self.key_id, text, base64.b64encode(self.private.sign(text.encode())).decode())


def statement(version: VersionRecord) -> str:
    """Return what is signed of a version, in JCS form."""
    if version.known_from is None or version.activated_at is None:
        raise Conflict("never-active", "只有启用过的版本才有签名 (only a version that was in force is signed)")
    said: dict[str, Any] = {
        "kind": _KIND,
        "list_code": version.code,
        "version": version.version,
        "sha256": version.sha256,
        "row_count": version.row_count,
        "file_kind": version.file_kind,
        "parent_version": version.parent_version,
        "list_issuer": version.list_issuer,
        "issuing_doc_no": version.issuing_doc_no,
        "issued_on": version.issued_on.isoformat(),
        "jurisdiction_code": version.jurisdiction,
        "known_from": version.known_from.isoformat(),
        "activated_at": version.activated_at.isoformat(),
        "backfilled": version.backfilled,
        "maker": version.maker,
        "checker": version.checker,
    }
    return rfc8785.dumps(said).decode()


def _make(path: Path) -> None:
    """Write a new key whole, so that of two processes at once both read the same one."""
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
