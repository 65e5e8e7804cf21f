"""Certificates for test servers: an authority of their own, and everything that can be wrong with a certificate."""

import ssl
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

# 1.2.840.113549.1.1.11 and .5
_SHA256_WITH_RSA = bytes.fromhex("06092a864886f70d01010b")
_SHA1_WITH_RSA = bytes.fromhex("06092a864886f70d010105")

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class IssuedCertificate:
    """A certificate with its key, as PEM; `chain` is what a server sends along."""

    certificate: x509.Certificate
    key: PrivateKey
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def der(self) -> bytes:
        """The certificate alone."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> str:
        """The certificate and its chain."""
        parts = [self.certificate, *self.chain]
        return b"".join(part.public_bytes(serialization.Encoding.PEM) for part in parts).decode()

    def key_pem(self, password: str = "") -> str:
        """The private key, encrypted when there is a password."""
        encryption = (
            serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
        )
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
        ).decode()

    def write(self, folder: Path) -> tuple[Path, Path]:
        """The certificate (with its chain) and the key as PEM files."""
        certificate_file, key_file = folder / "certificate.pem", folder / "key.pem"
        certificate_file.write_text(self.pem)
        key_file.write_text(self.key_pem())
        return certificate_file, key_file

    def server_context(self, folder: Path, *, clients_of: "Authority | None" = None) -> ssl.SSLContext:
        """What a server needs to show this certificate, and to let in only clients of an authority."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # Weak keys and signatures are shown, too.
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.load_cert_chain(*self.write(folder))
        if clients_of is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=clients_of.pem.decode())
        return context


class Authority:
    """Issues certificates; those who trust `pem` trust them."""

    def __init__(
        self,
        name: str = "Test Authority",
        above: "Authority | None" = None,
        days: float = 3650,
        key: PrivateKey | None = None,
    ) -> None:
        """`above` issues this one's certificate, which servers have to send along then."""
        self.name = name
        issuer = above._issuer if above else None
        self._issuer = _issue(name, issuer, (), timedelta(days=-40), timedelta(days=days), is_authority=True, key=key)
        self._chain = (self._issuer.certificate, *above._chain) if above else ()

    @property
    def pem(self) -> bytes:
        """The root certificate."""
        return self._issuer.certificate.public_bytes(serialization.Encoding.PEM)

    def issue(
        self,
        *names: str,
        begins_in: timedelta = timedelta(days=-30),
        ends_in: timedelta = timedelta(days=60),
        key: PrivateKey | None = None,
    ) -> IssuedCertificate:
        """A certificate for host names and addresses."""
        issued = _issue(names[0], self._issuer, names, begins_in, ends_in, key=key)
        return replace(issued, chain=self._chain)

    def issue_with_sha1(self, *names: str) -> IssuedCertificate:
        """A certificate signed as nobody should sign any more; this authority needs an RSA key for it.

        `cryptography` refuses to make one: the algorithm's name is exchanged, and the whole signed by hand.
        """
        issued, signer = self.issue(*names), self._issuer.key
        assert isinstance(signer, rsa.RSAPrivateKey)
        signed = issued.certificate.tbs_certificate_bytes.replace(_SHA256_WITH_RSA, _SHA1_WITH_RSA)
        signature = signer.sign(signed, padding.PKCS1v15(), hashes.SHA1())
        algorithm = _der(0x30, _SHA1_WITH_RSA + b"\x05\x00")
        certificate = _der(0x30, signed + algorithm + _der(0x03, b"\x00" + signature))
        return replace(issued, certificate=x509.load_der_x509_certificate(certificate))


def self_signed(*names: str, subject: str = "") -> IssuedCertificate:
    """A certificate that nobody vouches for; its subject is the first name unless another is given."""
    return _issue(subject or names[0], None, names, timedelta(days=-30), timedelta(days=60))


def _issue(
    subject: str,
    issuer: IssuedCertificate | None,
    names: tuple[str, ...],
    begins_in: timedelta,
    ends_in: timedelta,
    *,
    is_authority: bool = False,
    key: PrivateKey | None = None,
) -> IssuedCertificate:
    now = datetime.now(UTC)
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject_name)
        .issuer_name(issuer.certificate.subject if issuer else subject_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins_in)
        .not_valid_after(now + ends_in)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if issuer:
        issuer_key = issuer.key.public_key()
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    if names:
        alternatives = x509.SubjectAlternativeName([_general_name(name) for name in names])
        builder = builder.add_extension(alternatives, critical=False)
    return IssuedCertificate(builder.sign((issuer or _Signer(key)).key, hashes.SHA256()), key)


@dataclass(frozen=True)
class _Signer:
    key: PrivateKey


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _der(tag: int, content: bytes) -> bytes:
    """An element whose content has 256 to 65535 bytes, or less than 128."""
    length = bytes([len(content)]) if len(content) < 128 else b"\x82" + len(content).to_bytes(2)
    return bytes([tag]) + length + content
