"""HOST, PORT and the TLS files are looked at before anything starts."""

import os
import socket
from pathlib import Path

import pytest

from monitor_app.errors import SettingsError
from monitor_app.server.address import check_address, check_port, check_tls, refuse_public_host
from monitor_app.settings import Settings, load_settings
from tests.servers.certificates import self_signed


@pytest.fixture
def tls_files(tmp_path: Path) -> tuple[Path, Path]:
    return self_signed("localhost").write(tmp_path)


def refusal(settings: Settings) -> str:
    with pytest.raises(SettingsError) as caught:
        check_address(settings)
    return str(caught.value)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7"])
def test_any_host_but_loopback_is_refused_until_there_is_an_administrator(host: str) -> None:
    settings = load_settings(host=host)
    with pytest.raises(SettingsError) as caught:
        refuse_public_host(settings, has_admin=False)
    text = str(caught.value)
    assert text.startswith("HOST: must be 127.0.0.1")
    for word in (host, "make run", "set-up link", "admin create", "ssh -L 3000:localhost:3000"):
        assert word in text
    refuse_public_host(settings, has_admin=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_loopback_is_fine(host: str) -> None:
    refuse_public_host(load_settings(host=host), has_admin=False)


def test_taken_port_names_who_has_it_and_what_to_do() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        text = refusal(load_settings(port=port))
    assert f"PORT: {port} is taken by" in text
    assert f"(process {os.getpid()})" in text
    assert "PORT=3000 make run" in text


def test_port_is_free_right_after_a_connection_was_closed() -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            listener.accept()[0].close()
            client.recv(1)
    check_port(load_settings(port=port))


def test_address_of_another_machine_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"HOST: must be an address of this machine, got 192\.0\.2\.7"):
        check_port(load_settings(host="192.0.2.7", port=3999))


def test_certificate_and_key_that_belong_together_are_fine(tls_files: tuple[Path, Path]) -> None:
    check_tls(load_settings(tls_cert=tls_files[0], tls_key=tls_files[1]))


def test_certificate_that_is_not_there_is_told(tls_files: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"TLS_CERT: must be a file that can be read, got .*none.pem: No such file"):
        check_tls(load_settings(tls_cert=tmp_path / "none.pem", tls_key=tls_files[1]))


def test_key_of_another_certificate_is_told(tls_files: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = self_signed("localhost").write(tmp_path / "other")
    with pytest.raises(SettingsError, match="TLS_CERT: must be a PEM certificate chain that belongs to TLS_KEY"):
        check_tls(load_settings(tls_cert=tls_files[0], tls_key=other[1]))


def test_file_that_is_no_certificate_is_told(tls_files: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "words.pem").write_text("not a certificate")
    with pytest.raises(SettingsError, match="TLS_CERT: must be a PEM certificate chain"):
        check_tls(load_settings(tls_cert=tmp_path / "words.pem", tls_key=tls_files[1]))
