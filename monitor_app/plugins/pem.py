"""Certificates and keys as PEM text, looked at before they are saved."""

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

PEM_LIMIT = 64 * 1024
_CERTIFICATE = "-----BEGIN CERTIFICATE-----"


def certificates(pem: str) -> list[x509.Certificate]:
    """At least one. Raises ValueError."""
    if _CERTIFICATE not in pem:
        raise ValueError(f"must be PEM text that begins with {_CERTIFICATE}")
    if "PRIVATE KEY" in pem:
        raise ValueError("must hold certificates only; the private key has a field of its own")
    try:
        return x509.load_pem_x509_certificates(pem.encode("ascii"))
    except (ValueError, UnsupportedAlgorithm) as err:  # UnicodeEncodeError is a ValueError
        raise ValueError("must be whole certificates in PEM; a line is missing or changed") from err


def check_authorities(pem: str) -> None:
    """Raises ValueError when they are no certificates, or not those of authorities."""
    for certificate in certificates(pem):
        try:
            constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        except (x509.ExtensionNotFound, ValueError):
            continue
        if not constraints.ca and certificate.issuer != certificate.subject:
            raise ValueError("must be certificates of authorities (CA:TRUE); one is a server's or client's own")


def private_key(pem: str) -> PrivateKeyTypes:
    """Raises ValueError; the message never holds any of the key."""
    if "PRIVATE KEY-----" not in pem:
        raise ValueError("must be PEM text that begins with -----BEGIN PRIVATE KEY-----")
    try:
        return load_pem_private_key(pem.encode("ascii"), password=None)
    except TypeError:  # raised for a key that needs a password; the cause is not kept, it may hold some of the key
        raise ValueError(
            "must not be encrypted: take the password off with `openssl pkey -in key.pem -out plain.pem`"
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError(
            "must be a whole private key in PEM; a line is missing, changed or of an unknown type"
        ) from None


def belong_together(certificate_pem: str, key_pem: str) -> bool:
    """Whether the key is that of the first certificate. Raises ValueError."""
    return _public(certificates(certificate_pem)[0].public_key()) == _public(private_key(key_pem).public_key())


def _public(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
