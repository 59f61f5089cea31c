"""Signed notes: the example of the specification, what a verifier must pass over and what it must refuse."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.audit import sm2
from app.audit.checkpoint import Checkpoint
from app.audit.note import Cosigner, Ed25519Signer, Sm2Signer, Verifier, opened, signed, split
from app.errors import Invalid

sys.path.insert(0, str(Path(__file__).parent))
import rfc6962

TEXT = "example.com/log\n3\n" + "A" * 43 + "=\n"
LOG = Ed25519Signer("example.com/log", Ed25519PrivateKey.from_private_bytes(b"\1" * 32))
WITNESS = Cosigner("example.com/witness", Ed25519PrivateKey.from_private_bytes(b"\2" * 32), 1_700_000_000)
GUOMI = Sm2Signer("example.com/log", bytes(31) + b"\7")
EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE = """\
This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
"""


def test_the_example_of_the_specification_is_opened() -> None:
    text, by = opened(EXAMPLE, [Verifier.read(EXAMPLE_KEY)])
    assert (text, [one.name for one in by]) == ("This is an example message.\n", ["example.com/foo"])


def test_a_note_has_a_line_for_the_log_for_sm2_and_for_a_witness() -> None:
    note = signed(TEXT, [LOG, GUOMI, WITNESS])
    keys = [LOG.verifier, GUOMI.verifier, WITNESS.verifier]
    assert opened(note, keys) == (TEXT, keys)
    assert [Verifier.read(key.text()) for key in keys] == keys
    for signer in (LOG, WITNESS):
        assert rfc6962.note_is_signed(note, signer.verifier.text())


def test_a_verifier_of_one_key_passes_over_the_others() -> None:
    note = signed(TEXT, [GUOMI, LOG, WITNESS])
    assert opened(note, [LOG.verifier])[1] == [LOG.verifier]
    with pytest.raises(Invalid, match="no signature"):
        opened(signed(TEXT, [GUOMI]), [LOG.verifier])


@pytest.mark.parametrize("signer", [LOG, GUOMI, WITNESS], ids=["ed25519", "sm2", "cosignature"])
def test_another_text_or_another_signature_is_refused(signer: Ed25519Signer) -> None:
    note = signed(TEXT, [signer])
    with pytest.raises(Invalid, match="wrong"):
        opened(note.replace("\n3\n", "\n4\n"), [signer.verifier])
    changed = bytearray(signer.sign(TEXT))
    changed[20] ^= 1
    assert not signer.verifier.verifies(TEXT, bytes(changed))
    assert not signer.verifier.verifies(TEXT, b"")


@pytest.mark.parametrize("bad", ["", "text", "text\n\n", "text\n\n— a", "a\x01\n\n— a AAAA\n", "a\r\n\n— a AAAA\n"])
def test_what_is_no_note_is_refused(bad: str) -> None:
    with pytest.raises(Invalid):
        split(bad)


@pytest.mark.parametrize("line", ["- a AAAAAAAA\n", "— a b AAAAAAAA\n", "— a AAA\n", "— a AAAA\n", "— a+b AAAAAAAA\n"])
def test_a_line_that_is_no_signature_is_refused(line: str) -> None:
    with pytest.raises(Invalid):
        opened(signed(TEXT, [LOG]) + line, [LOG.verifier])


@pytest.mark.parametrize("bad", ["", "a", "a+00000000+AQ==", EXAMPLE_KEY.replace("530d", "530e"), "a+b+c", "+0+AQ=="])
def test_what_is_no_key_is_refused(bad: str) -> None:
    with pytest.raises(Invalid):
        Verifier.read(bad)


@pytest.mark.parametrize(
    "bad", ["", "a\n1\n", f"a\n01\n{'A' * 43}=\n", f"a\n1\n{'A' * 43}=\nmore\n", "a\n1\nAAAA\n", f"\n1\n{'A' * 43}=\n"]
)
def test_a_checkpoint_that_is_none_or_has_more_lines_is_refused(bad: str) -> None:
    with pytest.raises(Invalid):
        Checkpoint.read(bad)
    assert Checkpoint.read(TEXT).text() == TEXT


def test_openssl_verifies_what_sm2_signed(tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None or "sm3" not in run([openssl, "list", "-digest-commands"], tmp_path).stdout:
        pytest.skip("no openssl with SM3")
    key, message = sm2.generate(), b"checkpoint"
    signature = sm2.sign(key, message)
    assert sm2.verifies(sm2.public_of(key), message, signature)
    # SubjectPublicKeyInfo of an uncompressed point on the curve 1.2.156.10197.1.301.
    head = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
    (tmp_path / "key.der").write_bytes(head + sm2.public_of(key))
    (tmp_path / "signature").write_bytes(der(signature))
    (tmp_path / "message").write_bytes(message)
    command = [openssl, "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key.der", "-rawin"]
    command += ["-digest", "sm3", "-pkeyopt", "distid:1234567812345678", "-sigfile", "signature", "-in", "message"]
    printed = run(command, tmp_path)
    assert (printed.returncode, printed.stdout.strip()) == (0, "Signature Verified Successfully"), printed.stderr


def run(command: list[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def der(signature: bytes) -> bytes:
    """Return r and s as the sequence of two integers that OpenSSL reads."""
    numbers = b""
    for half in (signature[:32], signature[32:]):
        number = half.lstrip(b"\0") or b"\0"
        number = b"\0" + number if number[0] & 0x80 else number
        numbers += bytes([2, len(number)]) + number
    return bytes([0x30, len(numbers)]) + numbers
