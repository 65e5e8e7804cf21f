"""One build serves every address: the browser talks to where it came from."""

import json
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest
from reflex_base import constants
from reflex_base.environment import environment

from monitor_app.components.same_origin import MARKER, TEMPLATE, SameOriginPlugin, patched

NODE = shutil.which("node", path=sysconfig.get_path("scripts"))
TEMPLATE_FILE = Path(constants.Templates.Dirs.WEB_TEMPLATE) / TEMPLATE


def backend_url(baked: str, page: str, *, same_origin: bool) -> str:
    """What the patched function answers in a browser that shows `page`."""
    source = patched(TEMPLATE_FILE.read_text())
    body = source[source.index("export const getBackendURL") :]
    function = body[: body.index("\n};") + 3].removeprefix("export ")
    program = (
        f"const env = {json.dumps({'SAME_ORIGIN': same_origin})};\n"
        'const SAME_DOMAIN_HOSTNAMES = ["localhost"];\n'
        f"globalThis.window = {{ location: new URL({json.dumps(page)}) }};\n"
        f"{function}\nconsole.log(getBackendURL({json.dumps(baked)}).href);"
    )
    assert NODE is not None
    return subprocess.run([NODE, "-e", program], capture_output=True, text=True, check=True, timeout=120).stdout.strip()


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("http://localhost:3000/", "ws://localhost:3000/_event"),
        ("http://127.0.0.1:4123/board?x=1", "ws://127.0.0.1:4123/_event"),
        ("https://localhost:3000/", "wss://localhost:3000/_event"),
        ("https://status.example.org/", "wss://status.example.org/_event"),
        ("http://status.example.org/", "ws://status.example.org/_event"),
        ("https://[::1]:8443/", "wss://[::1]:8443/_event"),
    ],
)
def test_socket_goes_to_where_the_page_came_from(page: str, expected: str) -> None:
    assert backend_url("ws://localhost:8000/_event", page, same_origin=True) == expected


def test_other_endpoints_too() -> None:
    assert backend_url("http://localhost:8000/ping", "https://a.example:444/", same_origin=True) == (
        "https://a.example:444/ping"
    )


def test_explicit_address_and_hot_reload_stay_as_reflex_has_them() -> None:
    assert backend_url("ws://localhost:8000/_event", "http://localhost:3000/", same_origin=False) == (
        "ws://localhost:8000/_event"
    )
    assert backend_url("wss://api.example.org/_event", "https://example.org/", same_origin=False) == (
        "wss://api.example.org/_event"
    )


def test_patching_twice_is_patching_once() -> None:
    once = patched(TEMPLATE_FILE.read_text())
    assert patched(once) == once
    assert once.count(MARKER) == 1


def test_template_of_another_reflex_stops_the_build() -> None:
    with pytest.raises(RuntimeError, match=r"requirements\.txt pins"):
        patched("export const getBackendURL = () => elsewhere;")


@pytest.mark.parametrize(
    ("mode", "api_url", "expected"),
    [
        (constants.Env.PROD, "", True),
        (constants.Env.PREVIEW, "", True),
        (constants.Env.DEV, "", False),
        (constants.Env.PROD, "https://api.example.org", False),
    ],
)
def test_in_force_for_builds_without_an_explicit_address(
    monkeypatch: pytest.MonkeyPatch, mode: constants.Env, api_url: str, expected: bool
) -> None:
    monkeypatch.setenv(environment.REFLEX_ENV_MODE.name, mode.value)
    monkeypatch.setenv("REFLEX_API_URL", api_url)
    assert SameOriginPlugin().update_env_json() == {"SAME_ORIGIN": expected}
