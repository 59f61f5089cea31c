"""Private keys as files that only their owner can read, made at the first use.

Every process of an installation, on every host, must have the same files; a backup has them too (docs/operations.md).
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.audit import sm2
from app.audit.note import Ed25519Signer, Signer, Sm2Signer
from app.errors import Unavailable

AUDIT_KEY_FILE: Final = "audit-signing-key.pem"
SM2_KEY_FILE: Final = "audit-signing-key.sm2"
WEBHOOK_KEY_FILE: Final = "webhook-signing-key.hex"
_KEY_BYTES: Final = 32


def ed25519_key(path: Path) -> Ed25519PrivateKey:
    """Return the key of a file, which is made where there is none.  Raises :class:`Unavailable` where it is none."""
    _make(path, _new_pem)
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError) as error:
        raise Unavailable("signing-key", f"签名密钥不可用 (the key {path.name} cannot be read): {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Unavailable("signing-key", f"签名密钥不是 Ed25519 (the key {path.name} is no Ed25519 key)")
    return key


def sm2_key(path: Path) -> bytes:
    """Return the 32 bytes of an SM2 key, in hex in its file, which is made where there is none."""
    _make(path, _new_sm2)
    return _hex_key(path)


def _hex_key(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise Unavailable("signing-key", f"签名密钥不可用 (the key {path.name} cannot be read): {error}") from error
    if len(key) != _KEY_BYTES:
        raise Unavailable("signing-key", f"签名密钥须为32字节 (the key {path.name} must have 32 bytes)")
    return key


def webhook_key(folder: Path) -> bytes:
    """Return the 32 bytes from which the secrets of webhooks are made, in hex in their file, made at the first use."""
    path = folder / WEBHOOK_KEY_FILE
    _make(path, _new_hex)
    return _hex_key(path)


def log_signers(folder: Path, origin: str, *, signs_sm2: bool) -> list[Signer]:
    """Return the keys of the log in a data folder: Ed25519, and SM2 beside it where that is asked for."""
    signers: list[Signer] = [Ed25519Signer(origin, ed25519_key(folder / AUDIT_KEY_FILE))]
    if signs_sm2:
        signers.append(Sm2Signer(origin, sm2_key(folder / SM2_KEY_FILE)))
    return signers


def _new_hex() -> bytes:
    return f"{os.urandom(_KEY_BYTES).hex()}\n".encode()


def _new_sm2() -> bytes:
    return f"{sm2.generate().hex()}\n".encode()


def _new_pem() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _make(path: Path, content: Callable[[], bytes]) -> None:
    """Write a new key whole, so that of two processes at once both read the same one."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content())
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
