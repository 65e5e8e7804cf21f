"""Certificates of the demo's https servers, made anew at each start; their keys never leave the process for long."""

import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from monitor_app.use_cases.demo_catalogue import Certificate

ISSUER = "Lightbulb demo"


def server_context(certificate: Certificate) -> ssl.SSLContext:
    """What a server on 127.0.0.1 needs to show a certificate that is expired, expires soon or is self-signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    if certificate == "expired":
        shown = _sign(key, ec.generate_private_key(ec.SECP256R1()), ISSUER, begins_days=-400, ends_days=-35)
    elif certificate == "expiring":
        shown = _sign(key, ec.generate_private_key(ec.SECP256R1()), ISSUER, begins_days=-80, ends_days=10)
    else:
        shown = _sign(key, key, "127.0.0.1", begins_days=-30, ends_days=335)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:  # OpenSSL reads them from files only
        file = Path(folder, "demo.pem")
        file.touch(mode=0o600)
        file.write_bytes(_pem(key) + shown.public_bytes(serialization.Encoding.PEM))
        context.load_cert_chain(file)
    return context


def _sign(
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    issuer: str,
    *,
    begins_days: int,
    ends_days: int,
) -> x509.Certificate:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name("127.0.0.1"))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=begins_days))
        .not_valid_after(now + timedelta(days=ends_days))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
