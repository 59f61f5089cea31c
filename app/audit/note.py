"""Signed notes (https://c2sp.org/signed-note): a text, and lines of signatures under it.

Keys: Ed25519 (0x01) for the log itself, timestamped Ed25519 (0x04, https://c2sp.org/tlog-cosignature) for witnesses,
and SM2 with SM3 (GB/T 32918, GB/T 32905), which has no byte of its own and so takes 0xff and a name.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.audit import sm2
from app.errors import Invalid

_ED25519: Final = b"\x01"
_COSIGNATURE: Final = b"\x04"
_SM2: Final = b"\xffsm2-sm3-v1"
_NAME: Final = re.compile(r"[^\s+]+")
_SIGNATURE_LINE: Final = re.compile(r"— (?P<name>[^\s+]+) (?P<value>[A-Za-z0-9+/=]+)")
_BYTES_MAX: Final = 1 << 20
_ID_BYTES: Final = 4
_TIME_BYTES: Final = 8


class Signer(Protocol):
    """Signs texts under a name."""

    @property
    def verifier(self) -> "Verifier":
        """The public half."""
        ...

    def sign(self, text: str) -> bytes:
        """Return the signature of a text, as it is in a note behind the key's id."""
        ...


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with its name; ``kind`` is the identifier of the signature's type, ``public`` the key's bytes."""

    name: str
    kind: bytes
    public: bytes

    def __post_init__(self) -> None:
        """Refuse a name that no note could carry."""
        if not _NAME.fullmatch(self.name):
            raise Invalid("bad-key-name", f"密钥名不能为空，不能含空白或加号 / bad name of a key: {self.name!r}")

    @property
    def key_id(self) -> bytes:
        """The four bytes by which a note names the key."""
        return hashlib.sha256(self.name.encode() + b"\n" + self.kind + self.public).digest()[:_ID_BYTES]

    def text(self) -> str:
        """Return the key as text (a "vkey")."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(self.kind + self.public).decode()}"

    @classmethod
    def read(cls, text: str) -> "Verifier":
        """Read what :meth:`text` writes.  Raises :class:`Invalid`."""
        name, _, rest = text.strip().partition("+")
        key_id, _, value = rest.partition("+")
        try:
            material = base64.b64decode(value, validate=True)
        except binascii.Error as error:
            raise _bad_key(text) from error
        for kind in (_ED25519, _COSIGNATURE, _SM2):
            if material.startswith(kind):
                found = cls(name, kind, material[len(kind) :])
                if found.key_id.hex() == key_id:
                    return found
        raise _bad_key(text)

    def verifies(self, text: str, signature: bytes) -> bool:
        """Whether a signature, as :meth:`Signer.sign` gives it, is one of this text by this key."""
        if self.kind == _SM2:
            return sm2.verifies(self.public, text.encode(), signature)
        if self.kind == _COSIGNATURE:
            moment, signature = signature[:_TIME_BYTES], signature[_TIME_BYTES:]
            text = _cosigned(text, int.from_bytes(moment))
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Ed25519Signer:
    """Signs as a log does."""

    name: str
    private: Ed25519PrivateKey

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(self.name, _ED25519, _raw(self.private))

    def sign(self, text: str) -> bytes:
        """Return the signature of a text."""
        return self.private.sign(text.encode())


@dataclass(frozen=True, slots=True)
class Cosigner:
    """Signs as a witness does at a moment, in whole seconds since 1970."""

    name: str
    private: Ed25519PrivateKey
    moment: int

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(self.name, _COSIGNATURE, _raw(self.private))

    def sign(self, text: str) -> bytes:
        """Return the moment and the signature of a text seen then."""
        return self.moment.to_bytes(_TIME_BYTES) + self.private.sign(_cosigned(text, self.moment).encode())


@dataclass(frozen=True, slots=True)
class Sm2Signer:
    """Signs by SM2 with SM3; ``private`` are the 32 bytes of the key."""

    name: str
    private: bytes

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(self.name, _SM2, sm2.public_of(self.private))

    def sign(self, text: str) -> bytes:
        """Return the signature of a text."""
        return sm2.sign(self.private, text.encode())


def signature_line(signer: Signer, text: str) -> str:
    """Return the line that a signature adds to the note of a text."""
    verifier = signer.verifier
    return f"— {verifier.name} {base64.b64encode(verifier.key_id + signer.sign(text)).decode()}\n"


def signed(text: str, signers: Sequence[Signer]) -> str:
    """Return the note of a text, which ends with a line break, with a line for each signer."""
    return text + "\n" + "".join(signature_line(signer, text) for signer in signers)


def opened(note: str, verifiers: Sequence[Verifier]) -> tuple[str, list[Verifier]]:
    """Return the text of a note and which of the keys have signed it.

    Raises :class:`Invalid` where the note is none, a signature of one of the keys is wrong, or there is none of them.
    Signatures of other keys are passed over, as the specification asks.
    """
    text, lines = split(note)
    by_id = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    by: list[Verifier] = []
    for line in lines:
        found = _SIGNATURE_LINE.fullmatch(line)
        value = _decoded(found["value"]) if found else None
        if found is None or value is None or len(value) <= _ID_BYTES:
            raise Invalid("bad-note", "签名行无法读取 / a line of signature cannot be read")
        verifier = by_id.get((found["name"], value[:_ID_BYTES]))
        if verifier is None:
            continue
        if not verifier.verifies(text, value[_ID_BYTES:]):
            raise Invalid("bad-signature", f"{verifier.name} 的签名不符 / the signature of {verifier.name} is wrong")
        by.append(verifier)
    if not by:
        raise Invalid("not-signed", "没有可信密钥的签名 / no signature of a key that is known")
    return text, by


def split(note: str) -> tuple[str, list[str]]:
    """Return the text of a note and its lines of signatures.  Raises :class:`Invalid` where it is none."""
    head, separator, tail = note.rpartition("\n\n")
    has_controls = any(ord(char) < ord(" ") and char != "\n" for char in note)
    if not separator or not tail.endswith("\n") or has_controls or len(note.encode("utf-8", "replace")) > _BYTES_MAX:
        raise Invalid("bad-note", "不是签名文本 / this is no signed note")
    return head + "\n", tail[:-1].split("\n")


def _cosigned(text: str, moment: int) -> str:
    return f"cosignature/v1\ntime {moment}\n{text}"


def _raw(private: Ed25519PrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _decoded(value: str) -> bytes | None:
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        return None


def _bad_key(text: str) -> Invalid:
    return Invalid("bad-verifier-key", f"不是可用的验证公钥 / this is no key to verify with: {text.strip()[:80]}")
