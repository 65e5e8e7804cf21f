"""Reads the environment and `.env`, and says in words what is wrong there."""

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import ValidationError

from monitor_app.errors import SettingsError
from monitor_app.settings.model import ENV_FILE, Settings
from monitor_app.settings.values import OWN_WORDS, shown


def load_settings(**overrides: Any) -> Settings:
    """Read the environment and `.env`; `overrides` win.

    Raises SettingsError naming each broken setting, its value (masked where it is secret) and what is allowed.
    """
    try:
        return Settings(**overrides)
    except ValidationError as err:
        raise SettingsError(dict(_in_words(err))) from err


def unknown_keys(env_file: Path = ENV_FILE) -> dict[str, str]:
    """Keys of `.env` that look like settings and are none, each with what was probably meant."""
    if not env_file.is_file():
        return {}
    names = [name.upper() for name in Settings.model_fields]
    starts = {name.split("_")[0] for name in names if "_" in name}
    told = {}
    for key in dotenv_values(env_file, encoding="utf-8"):
        if key.upper() in names:
            continue
        close = difflib.get_close_matches(key.upper(), names, n=1, cutoff=0.75)
        if close:
            told[key] = f"is not a setting; did you mean {close[0]}?"
        elif key.upper().split("_")[0] in starts:
            told[key] = "is not a setting of this version; see docs/settings.md"
    return told


def _in_words(err: ValidationError) -> Iterator[tuple[str, str]]:
    for problem in err.errors(include_url=False):
        name = str(problem["loc"][0]) if problem["loc"] else "settings"
        if problem["type"] == OWN_WORDS:
            yield name.upper(), problem["msg"]
            continue
        field = Settings.model_fields.get(name)
        extra = field.json_schema_extra if field else None
        allowed = extra.get("allowed") if isinstance(extra, Mapping) else None
        given = problem.get("input")
        got = f", got {shown(name, given)!r}" if given not in (None, "") else ", and is not set"
        yield name.upper(), f"must be {allowed or problem['msg']}{got}"
