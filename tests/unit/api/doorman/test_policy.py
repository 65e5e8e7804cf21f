"""Which scripts a page may run."""

import base64
import hashlib
from pathlib import Path

import pytest

from monitor_app.api.doorman.policy import NOTHING, Policies, inline_hashes, policy


def hash_of(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@pytest.fixture
def build(tmp_path: Path) -> Path:
    for name in ("index", "help", "404", "__spa-fallback"):
        (tmp_path / f"{name}.html").write_text(f"<script>start('{name}')</script><script src='/a.js'></script>")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/index.html").write_text("<SCRIPT type=module>import 'x' // </b> & &amp; <i></SCRIPT>")
    return tmp_path


def test_scripts_are_found_as_browsers_hash_them() -> None:
    html = "<p>no</p><script>\n a < b && c('</p>')\n</script><script async src='x.js'>not me</script><script></script>"
    assert inline_hashes(html) == {hash_of("\n a < b && c('</p>')\n"), hash_of("")}


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("/", ["start('index')"]),
        ("/index.html", ["start('index')"]),
        ("/help", ["start('help')"]),
        ("/help/", ["start('help')"]),
        ("/help.html", ["start('help')"]),
        ("/deep", ["import 'x' // </b> & &amp; <i>"]),
        ("/nowhere", ["start('404')", "start('__spa-fallback')"]),
    ],
)
def test_each_page_runs_its_own_scripts(build: Path, path: str, known: list[str]) -> None:
    found = Policies.of_build(build).of(path, b"text/html; charset=utf-8")
    script = next(part for part in found.split("; ") if part.startswith("script-src"))
    assert set(script.split()) == {"script-src", "'self'", *(f"'{hash_of(text)}'" for text in known)}


def test_one_policy_fits_all_pages(build: Path) -> None:
    every = Policies.of_build(build).every_page
    assert all(f"'{hash_of(text)}'" in every for text in ("start('index')", "start('404')"))


@pytest.mark.parametrize("content_type", [b"application/json", b"image/svg+xml", b"text/javascript", b""])
def test_what_is_no_page_may_do_nothing(content_type: bytes) -> None:
    assert Policies().of("/x", content_type) == NOTHING


def test_nothing_is_compiled_or_framed_and_nothing_comes_from_elsewhere(tmp_path: Path) -> None:
    text = Policies.of_build(tmp_path).of("/", b"text/html")
    assert text == policy([])
    parts = {part.split()[0]: part.split()[1:] for part in text.split("; ")}
    assert parts["script-src"] == ["'self'"]
    assert parts["frame-ancestors"] == parts["object-src"] == parts["base-uri"] == parts["default-src"] == ["'none'"]
    assert parts["connect-src"] == parts["form-action"] == ["'self'"]
    assert "unsafe-eval" not in text
    assert "http" not in text


def test_worker_beside_the_pages_may_ask_for_them() -> None:
    assert Policies().of("/sw.js", b"text/javascript; charset=utf-8") == f"{NOTHING}; connect-src 'self'"
    assert Policies().of("/other.js", b"text/javascript; charset=utf-8") == NOTHING
