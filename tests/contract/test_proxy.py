"""The configuration of the proxy: nginx itself accepts it, and it fits the limits of the service."""

import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.settings import Settings

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "nginx.conf"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_nginx_accepts_it(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "cutoff.example")])
    start = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "cutoff.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "cutoff.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    written = CONFIGURATION.read_text(encoding="utf-8")
    written = written.replace("/etc/cutoff/tls", str(tmp_path)).replace("/run/nginx.pid", str(tmp_path / "pid"))
    (tmp_path / "nginx.conf").write_text(written, encoding="utf-8")
    command = [str(NGINX), "-t", "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_its_limits_are_those_of_the_service() -> None:
    settings, text = Settings(), CONFIGURATION.read_text(encoding="utf-8")
    small, large = (int(found) << 20 for found in re.findall(r"client_max_body_size (\d+)m;", text))
    assert small == settings.body_bytes_max
    assert large >= settings.job_upload_bytes_max >= settings.upload_bytes_max
    (buffers,) = re.findall(r"large_client_header_buffers (\d+) (\d+)k;", text)
    assert int(buffers[0]) * (int(buffers[1]) << 10) <= settings.header_bytes_max
    (seconds,) = re.findall(r"client_header_timeout (\d+)s;", text)
    assert float(seconds) == settings.header_timeout_s
