"""OpenSSL's complaints in words a person understands."""

import ssl
from datetime import datetime

from monitor_app.net.certificate import Certificate

_REASONS = {
    "WRONG_VERSION_NUMBER": "the other side does not speak TLS on this port; perhaps the address begins with http://",
    "HTTP_REQUEST": "the other side speaks plain HTTP on this port; the address begins with http://",
    "UNSUPPORTED_PROTOCOL": "the other side offers only TLS versions that are no longer safe",
    "TLSV1_ALERT_PROTOCOL_VERSION": "the other side does not accept TLS 1.2 or 1.3",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "the other side found no common ground (cipher, or a client certificate)",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "the other side asks for a client certificate",
    "TLSV1_ALERT_UNKNOWN_CA": "the other side does not know who issued the client certificate",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": "the other side says that the client certificate has expired",
    "SSLV3_ALERT_CERTIFICATE_REVOKED": "the other side says that the client certificate is revoked",
    "SSLV3_ALERT_BAD_CERTIFICATE": "the other side does not take the client certificate",
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": "the other side does not take the client certificate",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "the other side does not take the client certificate",
    "TLSV1_UNRECOGNIZED_NAME": "the other side does not know this host name",
    "TLSV1_ALERT_UNRECOGNIZED_NAME": "the other side does not know this host name",
    "TLSV1_ALERT_INTERNAL_ERROR": "the other side had an internal error; it may not know this host name",
    "DH_KEY_TOO_SMALL": "the other side uses a key that is too small to be safe",
    "EE_KEY_TOO_SMALL": "the certificate's key is too small to be safe",
}
_NAMES_SHOWN = 3


def in_words(error: ssl.SSLError, host: str) -> str:
    """A sentence without the certificate's particulars, which are not known when a handshake fails."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return certificate_problem(error.verify_code, error.verify_message, host, None, None)
    reason = error.reason or "unknown reason"
    return f"TLS failed: {_REASONS.get(reason, reason.replace('_', ' ').lower())}"


def certificate_problem(
    code: int, openssl_message: str, host: str, certificate: Certificate | None, now: datetime | None
) -> str:
    """A sentence that says what is wrong with a certificate, with its particulars when they are known."""
    match code:  # X509_V_ERR_* of OpenSSL's x509_vfy.h
        case 10:
            return f"TLS certificate has expired{_since(certificate, now)}"
        case 9:
            begin = f": it begins on {certificate.not_before:%Y-%m-%d}" if certificate else ""
            return f"TLS certificate is not valid yet{begin}"
        case 62 | 64:
            names = f": it is for {_listed(certificate.names)}" if certificate else ""
            return f"TLS certificate is not for {host}{names}"
        case 18:
            return f"TLS certificate {_expired_too(certificate, now)}is self-signed{_called(certificate)}"
        case 19:
            return (
                f"TLS certificate {_expired_too(certificate, now)}is from an unknown issuer{_issued(certificate)}: "
                "its root is not trusted here"
            )
        case 20 | 21:
            return (
                f"TLS certificate {_expired_too(certificate, now)}is from an unknown issuer{_issued(certificate)}: "
                "its root is not trusted here, or the server does not send the whole chain"
            )
        case _:
            return f"TLS certificate is refused: {openssl_message}"


def _expired_too(certificate: Certificate | None, now: datetime | None) -> str:
    """OpenSSL complains of trust before it looks at the dates; a person wants to know both."""
    is_expired = certificate is not None and now is not None and certificate.days_left(now) < 0
    return f"has expired{_since(certificate, now)}, and " if is_expired else ""


def _since(certificate: Certificate | None, now: datetime | None) -> str:
    if certificate is None or now is None:
        return ""
    days = int(-certificate.days_left(now))
    ago = "less than a day ago" if days < 1 else "1 day ago" if days == 1 else f"{days} days ago"
    return f" on {certificate.not_after:%Y-%m-%d}, {ago}"


def _called(certificate: Certificate | None) -> str:
    return f" by {certificate.subject!r}" if certificate and certificate.subject else ""


def _issued(certificate: Certificate | None) -> str:
    return f" ({certificate.issuer!r})" if certificate and certificate.issuer else ""


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:_NAMES_SHOWN])
    more = len(names) - _NAMES_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
