"""Which processes are looked for, and how many there may be."""

import os
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, ClassVar, Self

import re2
from pydantic import Field, StringConstraints, ValidationError, field_validator, model_validator

from monitor_app.domain.status import Status
from monitor_app.domain.thresholds import KindThreshold
from monitor_app.errors import InvalidInput
from monitor_app.plugins.forms import field_messages, shown_value, wrong_fields
from monitor_app.plugins.protocols import CheckConfig

NAME_LIMIT = 255
PATTERN_LIMIT = 1000
PATH_LIMIT = 4096
COUNT_LIMIT = 100_000
_PATTERN_MEMORY_BYTES = 1024 * 1024
_TARGET_LIMIT = 100

_ADDRESS = re.compile(r"process:(?://)?(?P<rest>.*)", re.IGNORECASE)


class Config(CheckConfig):
    """Looks for processes of this machine, counts them and measures what they use."""

    kind_title: ClassVar[str] = "Process"
    kind_description: ClassVar[str] = "Looks for processes of this machine, counts them and measures what they use."
    default_service_type: ClassVar[str] = "application"
    address_form: ClassVar[str] = "process:NAME or process:/PID/FILE"
    address_prefix: ClassVar[str] = "process:"
    fact_titles: ClassVar[Mapping[str, str]] = {"pids": "PIDs", "since": "Oldest since"}

    name: str = Field(
        default="",
        max_length=NAME_LIMIT,
        title="Process name",
        description="Exactly as `ps` and `top` show it. Give one of name, pattern and PID file.",
        examples=["nginx"],
    )
    pattern: Annotated[str, StringConstraints(strip_whitespace=False)] = Field(
        default="",
        max_length=PATTERN_LIMIT,
        title="Pattern",
        description="A regular expression (RE2) that is somewhere in the command line.",
        examples=["^/usr/bin/python3 .*worker\\.py"],
    )
    pid_file: str = Field(
        default="",
        max_length=PATH_LIMIT,
        title="PID file",
        description="The absolute path of a file that holds the number of the process.",
        examples=["/run/nginx.pid"],
    )
    min_count: int = Field(
        default=1,
        ge=0,
        le=COUNT_LIMIT,
        title="At least",
        description="Fewer processes are a failure.",
        json_schema_extra={"rare": True},
    )
    max_count: int | None = Field(
        default=None,
        ge=0,
        le=COUNT_LIMIT,
        title="At most",
        description="More processes are a failure; empty sets no limit.",
        json_schema_extra={"rare": True},
    )
    # Looking costs the processes nothing: there is nobody to spare.
    breaker_failures: int = Field(
        default=0,
        ge=0,
        le=1000,
        title="Breaker opens after",
        description="So many failed results in a row pause the checks for a while; 0 never does.",
        json_schema_extra={"unit": "failures", "rare": True},
    )

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str) -> str:
        if not name.isprintable() or "/" in name:
            raise ValueError(f"must be the name alone, without a path and control characters, got {shown_value(name)}")
        return name

    @field_validator("pattern")
    @classmethod
    def _check_pattern(cls, pattern: str) -> str:
        if pattern:
            _compiled(pattern)
        return pattern

    @field_validator("pid_file")
    @classmethod
    def _check_pid_file(cls, path: str) -> str:
        if path and (not os.path.isabs(path) or not path.isprintable()):
            raise ValueError(f"must be an absolute path such as /run/nginx.pid, got {shown_value(path)}")
        return path

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        given = [field for field in ("name", "pattern", "pid_file") if getattr(self, field)]
        if len(given) != 1:
            got = " and ".join(given) or "none of them"
            place = given[-1] if given else "name"
            raise wrong_fields({place: f"must be given alone: name, pattern or pid_file, got {got}"})
        if self.max_count is not None and self.max_count < self.min_count:
            limit = f"min_count, which is {self.min_count}"
            raise wrong_fields({"max_count": f"must be at least {limit}, got {self.max_count}"})
        return self

    @property
    def target(self) -> str:
        """The name, the path, or the pattern between slashes."""
        shown = self.name or self.pid_file or f"/{self.pattern}/"
        return shown if len(shown) <= _TARGET_LIMIT else shown[: _TARGET_LIMIT - 1] + "…"

    @property
    def limit_key(self) -> str:
        """Of its own: the processes are looked through once for all checks, so none has to wait for another."""
        return f"process:{self.name or self.pid_file or self.pattern}"

    @property
    def thresholds(self) -> tuple[KindThreshold, ...]:
        """Of how many there are."""
        fewest = [KindThreshold("count", "<", self.min_count, Status.FAILED)] if self.min_count else []
        most = [] if self.max_count is None else [KindThreshold("count", ">", self.max_count, Status.FAILED)]
        return (*fewest, *most)

    @cached_property
    def search(self) -> Any:
        """The pattern, ready to search in the bytes of a command line."""
        return _compiled(self.pattern)

    @classmethod
    def from_address(cls, address: str) -> list[Self]:
        """`process:name`, and `process:/path/of.pid`."""
        match = _ADDRESS.fullmatch(address.strip())
        if match is None:
            return []
        rest = match["rest"]
        try:
            return [cls(pid_file=rest) if rest.startswith("/") else cls(name=rest)]
        except ValidationError as err:
            raise InvalidInput({"address": "; ".join(field_messages(err).values())}) from err


def _compiled(pattern: str) -> Any:
    """Raises ValueError. RE2 takes linear time whatever the pattern; it knows no look-around and back-references."""
    options = re2.Options()
    options.max_mem = _PATTERN_MEMORY_BYTES
    options.log_errors = False
    options.never_capture = True
    try:
        return re2.compile(pattern.encode(), options)
    except re2.error as err:
        said = err.args[0] if err.args else b""
        reason = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        raise ValueError(
            f"must be a valid pattern (RE2, without look-around and back-references): {shown_value(reason)[1:-1]}"
        ) from err
