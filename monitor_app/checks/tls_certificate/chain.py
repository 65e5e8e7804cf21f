"""What a certificate says of itself, as far as it matters to whoever has to renew it."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

from monitor_app.net.certificate import Certificate, read_certificate

RSA_MIN_BITS = 2048
EC_MIN_BITS = 224
_WEAK_HASHES = ("md5", "sha1")
_CACHE_SIZE = 1024
# Larger ones are read anew each time, so that a hostile server cannot fill the memory with them.
_KEPT_BYTES = 8 * 1024


@dataclass(frozen=True, slots=True)
class Link:
    """One certificate of a chain. `key_bits` is 0 and texts are empty where the certificate is too odd to be read."""

    certificate: Certificate
    serial: str
    fingerprint: str
    key_type: str
    key_bits: int
    signature: str
    is_root: bool

    @property
    def weaknesses(self) -> tuple[str, ...]:
        """In words. What a root signed itself with does not matter: it is trusted because it is in the list."""
        found = []
        if self.key_type == "DSA":
            found.append("its key is of the kind DSA, which nobody should use any more")
        minimum = {"RSA": RSA_MIN_BITS, "EC": EC_MIN_BITS}.get(self.key_type, 0)
        if self.key_bits < minimum:
            found.append(f"its {self.key_type} key has {self.key_bits} bits, less than {minimum}")
        if self.signature in _WEAK_HASHES and not self.is_root:
            found.append(f"its signature uses {self.signature.upper().replace('SHA1', 'SHA-1')}")
        return tuple(found)

    def days_left(self, now: datetime) -> float:
        """Days until it expires; negative afterwards."""
        return self.certificate.days_left(now)


def read_link(der: bytes) -> Link:
    """Raises ValueError when the bytes are not a certificate."""
    return _read_once(der) if len(der) <= _KEPT_BYTES else _read(der)


def _read(der: bytes) -> Link:
    certificate = read_certificate(der)
    try:
        parsed = x509.load_der_x509_certificate(der)
    except x509.InvalidVersion as err:
        raise ValueError("a certificate of a version that does not exist") from err
    key_type, key_bits = _key(parsed)
    return Link(
        certificate,
        f"{parsed.serial_number:x}",
        parsed.fingerprint(hashes.SHA256()).hex(":"),
        key_type,
        key_bits,
        _signature(parsed),
        parsed.subject == parsed.issuer,
    )


_read_once = lru_cache(maxsize=_CACHE_SIZE)(_read)


def _key(parsed: x509.Certificate) -> tuple[str, int]:
    try:
        key = parsed.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return "", 0
    match key:
        case rsa.RSAPublicKey():
            return "RSA", key.key_size
        case ec.EllipticCurvePublicKey():
            return "EC", key.curve.key_size
        case dsa.DSAPublicKey():
            return "DSA", key.key_size
        case ed25519.Ed25519PublicKey():
            return "Ed25519", 256
        case ed448.Ed448PublicKey():
            return "Ed448", 456
        case _:
            return type(key).__name__, 0


def _signature(parsed: x509.Certificate) -> str:
    """The name of its hash; empty where the algorithm has none of its own (Ed25519) or is unknown."""
    try:
        used = parsed.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return ""
    return used.name if used else ""
