"""What a pasted line is taken for first, and that no line breaks the guessing or gives a password away."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import KindRegistry

REGISTRY = KindRegistry()


def first_guess(address: str) -> str:
    kind, config = REGISTRY.guess(address)[0]
    return f"{kind.name} {config.target}"


@pytest.mark.parametrize(
    ("address", "guess"),
    [
        ("example.org", "http https://example.org"),
        ("localhost", "http https://localhost"),
        ("192.0.2.1", "http https://192.0.2.1"),
        ("::1", "http https://[::1]"),
        ("[2001:db8::1]:8080", "http https://[2001:db8::1]:8080"),
        ("example.org:8080", "http https://example.org:8080"),
        ("example.org:443/health", "http https://example.org:443/health"),
        ("db.example.org:5432/shop", "http https://db.example.org:5432/shop"),
        ("dns:443", "http https://dns:443"),
        ("tls:443", "http https://tls:443"),
        ("HTTP://example.org/a", "http http://example.org/a"),
        ("example.org:22", "tcp example.org:22"),
        ("host_with_underscore:3389", "tcp host_with_underscore:3389"),
        ("[::1]:22", "tcp [::1]:22"),
        ("tcp:example.org:22", "tcp example.org:22"),
        ("tcp://example.org:8080", "tcp example.org:8080"),
        ("example.org:25", "smtp example.org:25"),
        ("smtp:25", "smtp smtp:25"),
        ("example.org:465", "smtp example.org:465"),
        ("example.org:587", "smtp example.org:587"),
        ("SMTP://mail.example.org", "smtp mail.example.org:25"),
        ("example.org:143", "imap example.org:143"),
        ("example.org:993", "imap example.org:993"),
        ("imaps://mail.example.org", "imap mail.example.org:993"),
        ("192.0.2.1:5432", "database postgresql://192.0.2.1:5432"),
        ("redis:6379", "database redis://redis:6379"),
        ("[::1]:3306", "database mysql://[::1]:3306"),
        ("postgres://shop:hunter2@db.example.org/shop", "database postgresql://db.example.org:5432/shop"),
        ("192.0.2.1:53", "dns . NS at 192.0.2.1"),
        ("[::1]:53", "dns . NS at ::1"),
        ("dns://9.9.9.9", "dns . NS at 9.9.9.9"),
        ("dns://9.9.9.9/", "dns . NS at 9.9.9.9"),
        ("dns:example.org?type=MX", "dns example.org MX"),
        ("dns://[::1]:5353/example.org", "dns example.org A at ::1"),
        ("ping example.org", "icmp example.org"),
        ("icmp://::1", "icmp ::1"),
        ("tls://example.org", "tls_certificate example.org:443"),
        ("domain:example.org", "domain_expiry example.org"),
        ("wss://example.org", "websocket wss://example.org/"),
        ("grpcs://example.org/shop.Orders", "grpc example.org:443/shop.Orders"),
        ("process:nginx", "process nginx"),
        ("process:/run/nginx.pid", "process /run/nginx.pid"),
        ("push:300", "push a report every 5 min"),
        ("push:30 2 * * *", "push a report by cron 30 2 * * *"),
        ("composite:web-1,web-2", "composite all of: web-1, web-2"),
    ],
)
def test_first_guess_is_what_a_person_means(address: str, guess: str) -> None:
    assert first_guess(address) == guess


def test_what_belongs_to_one_kind_is_tried_as_nothing_else() -> None:
    """A name `push` that does not exist would look better than a report that has not come yet."""
    assert [kind.name for kind, _ in REGISTRY.guess("push:300")] == ["push"]
    with pytest.raises(InvalidInput, match="at least 5"):
        REGISTRY.guess("push:3")


@pytest.mark.parametrize(
    "address",
    [
        "https://user:hunter2/more@example.org/",
        "ws://user:hunter2/more@example.org/",
        "mysql://user:hunter2/more@example.org/x",
        "postgres://user:hunter2?more@example.org/x",
        "redis://:hunter2#more@example.org",
        "smtp://user:hunter2/more@example.org",
        "imap://user:hunter2/more@example.org",
        "grpc://user:hunter2/more@example.org",
        "imaps://user:hunter2@example.org:70000",
        "redis://:hunter2@a,b/0",
    ],
)
def test_refusal_repeats_no_password(address: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        REGISTRY.guess(address)
    assert "hunter2" not in str(caught.value)


PREFIXES = ["", "http://", "https://", "tcp:", "dns:", "dns://", "redis://", "mysql://", "smtp://", "ws://", "grpc://"]
PREFIXES += ["tls:", "domain:", "ping ", "push:", "composite:", "process:", "imaps://"]


@given(st.sampled_from(PREFIXES), st.one_of(st.text(max_size=40), st.text("a1:[]@/.-%x?#,*", max_size=25)))
@example("", "tcp:host:22")
@example("", "xn--a")
@example("https://", "[::1]x:80/")
@example("https://", "[v1.a]/")
def test_no_line_breaks_the_guessing(prefix: str, rest: str) -> None:
    try:
        guesses = REGISTRY.guess(prefix + rest)
    except InvalidInput:
        return
    for _, config in guesses:
        assert config.target
        assert config.limit_key
        assert repr(config)
