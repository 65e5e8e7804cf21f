"""Kinds are found by scanning folders: a new one needs nothing but its folder."""

import hashlib
import sys
from pathlib import Path

import pytest

from monitor_app.domain.status import Status
from monitor_app.errors import InvalidInput, LightbulbError, NotFound
from monitor_app.plugins.protocols import ProbeContext
from monitor_app.plugins.registry import KindRegistry

CONFIG = '''
from typing import ClassVar

from pydantic import Field

from monitor_app.plugins.protocols import CheckConfig


class Config(CheckConfig):
    """Looks into a box."""

    kind_title: ClassVar[str] = "Box"
    kind_description: ClassVar[str] = "Looks into a box."
    default_service_type: ClassVar[str] = "device"
    address_form: ClassVar[str] = "box:NAME"

    box: str = Field(max_length=10, title="Box", description="Which one")

    @property
    def target(self):
        return f"box:{self.box}"

    @property
    def limit_key(self):
        return self.box

    @classmethod
    def from_address(cls, address):
        scheme, _, name = address.partition(":")
        return [cls(box=name)] if scheme == "box" else []
'''
PROBE = """
from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import Status


async def probe(context, config):
    return ProbeResult(Status.OK, f"{config.box} holds {context.network}")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder outside the package with one kind."""
    return add_kind(tmp_path, "box")


def add_kind(folder: Path, name: str, probe: str = PROBE) -> Path:
    kind = folder / name
    kind.mkdir(parents=True)
    (kind / "__init__.py").write_text("")
    (kind / "config.py").write_text(CONFIG)
    (kind / "probe.py").write_text(probe)
    return folder


async def test_a_kind_is_added_by_adding_its_folder(folder: Path) -> None:
    """The form, the schema, the messages, the guessing and the probe: nothing else was touched."""
    registry = KindRegistry(folder)
    kind = registry["box"]
    assert kind.title == "Box"
    assert [(field.name, field.type, field.required) for field in kind.fields][:2] == [
        ("box", "text", True),
        ("deadline_seconds", "number", False),
    ]
    assert kind.json_schema["properties"]["box"]["maxLength"] == 10
    with pytest.raises(InvalidInput) as caught:
        kind.parse({"box": "a" * 11, "deadline_seconds": 0})
    assert caught.value.fields == {
        "box": "must have at most 10 characters, got 11",
        "deadline_seconds": "must be at least 0.1, got 0",
    }
    [(guessed, config)] = registry.guess("box:tools")
    assert (guessed.name, config.target, config.limit_key) == ("box", "box:tools", "tools")
    result = await guessed.probe(ProbeContext("a hammer"), config)
    assert (result.status, result.message) == (Status.OK, "tools holds a hammer")


def test_the_kinds_of_the_package_are_there_too(folder: Path) -> None:
    assert {"http", "box"} <= {kind.name for kind in KindRegistry(folder)}


def test_a_probe_is_imported_on_first_use(tmp_path: Path) -> None:
    registry = KindRegistry(add_kind(tmp_path, "broken", probe="raise RuntimeError('imported')"))
    assert registry["broken"].fields
    with pytest.raises(RuntimeError, match="imported"):
        _ = registry["broken"].probe


def test_scanning_imports_no_kind(tmp_path: Path) -> None:
    add_kind(tmp_path, "lazy")
    registry = KindRegistry(tmp_path)
    assert registry["lazy"].package not in sys.modules


def test_a_folder_has_the_same_name_in_every_process(folder: Path) -> None:
    """Not hash(), which differs from run to run."""
    package = KindRegistry(folder)["box"].package
    again = KindRegistry(folder / "." / "..", folder)["box"].package
    digest = hashlib.blake2s(str(folder.resolve()).encode(), digest_size=8).hexdigest()
    assert package == again == f"lightbulb_kinds_{digest}.box"


def test_two_kinds_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LightbulbError, match="there are two kinds 'http'"):
        KindRegistry(add_kind(tmp_path, "http"))


def test_an_unknown_kind_is_told_with_those_there_are(folder: Path) -> None:
    with pytest.raises(NotFound, match=r"kind must be one of .*box.*http"):
        KindRegistry(folder)["ping"]


def test_an_address_that_no_kind_knows_is_told_with_what_they_know(folder: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        KindRegistry(folder).guess("gopher://user:hunter2@x/")
    message = caught.value.fields["address"]
    assert "http://…, https://… or a bare host name; " in message
    assert "; box:NAME)" in message
    assert "hunter2" not in message


def test_an_address_that_is_wrong_for_one_kind_may_be_right_for_another(folder: Path) -> None:
    """`box:tools` has no port that http could take."""
    assert [kind.name for kind, _ in KindRegistry(folder).guess("box:tools")] == ["box"]


def test_a_wrong_address_is_told_by_the_kind_that_knows_it() -> None:
    with pytest.raises(InvalidInput, match="must have a port from 1 to 65535, got '70000'"):
        KindRegistry().guess("example.org:70000")


def test_secrets_of_a_config_are_not_repeated() -> None:
    with pytest.raises(InvalidInput) as caught:
        KindRegistry()["http"].parse({"url": "https://example.org", "headers": {"Cookie": "hunter2\n2"}})
    assert "hunter2" not in str(caught.value)
