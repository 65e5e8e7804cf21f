"""Certificates and keys as they are pasted into a form."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from monitor_app.plugins.pem import belong_together, certificates, check_authorities, private_key
from tests.servers.certificates import Authority, self_signed

AUTHORITY = Authority()
ISSUED = AUTHORITY.issue("a.test")


def test_what_is_good_is_read() -> None:
    assert len(certificates(f"some text\n{ISSUED.pem}{AUTHORITY.pem.decode()}")) == 2
    private_key(ISSUED.key_pem())
    check_authorities(AUTHORITY.pem.decode())
    check_authorities(self_signed("a.test").pem)
    assert belong_together(ISSUED.pem, ISSUED.key_pem())
    assert not belong_together(ISSUED.pem, self_signed("a.test").key_pem())


@pytest.mark.parametrize("key", [rsa.generate_private_key(65537, 2048), ed25519.Ed25519PrivateKey.generate()])
def test_keys_of_other_kinds_are_read(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    private_key(pem)
    assert not belong_together(ISSUED.pem, pem)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hello", "must be PEM text that begins with -----BEGIN CERTIFICATE-----"),
        (ISSUED.key_pem(), "must be PEM text that begins with -----BEGIN CERTIFICATE-----"),
        (ISSUED.pem + ISSUED.key_pem(), "the private key has a field of its own"),
        (ISSUED.pem[:200], "must be whole certificates"),
        (ISSUED.pem.replace("M", "ä", 1), "must be whole certificates"),
        (ISSUED.pem[:100] + ISSUED.pem[110:], "must be whole certificates"),
    ],
)
def test_what_is_no_certificate_is_told(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        certificates(text)
    assert message in str(caught.value)


def test_a_servers_own_certificate_is_no_authority() -> None:
    with pytest.raises(ValueError, match=r"must be certificates of authorities \(CA:TRUE\)"):
        check_authorities(ISSUED.pem)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hunter2", "must be PEM text that begins with -----BEGIN PRIVATE KEY-----"),
        (ISSUED.pem, "must be PEM text that begins with -----BEGIN PRIVATE KEY-----"),
        (ISSUED.key_pem("a password"), "must not be encrypted: take the password off with `openssl pkey"),
        (ISSUED.key_pem()[:120], "must be a whole private key"),
        ("-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----", "must be a whole private key"),
        ("-----BEGIN PRIVATE KEY-----ä", "must be a whole private key"),
    ],
)
def test_what_is_no_key_is_told_without_it(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        private_key(text)
    assert message in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__suppress_context__ or not isinstance(caught.value.__context__, ValueError)
