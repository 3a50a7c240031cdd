"""Where mxlatch keeps its files on this machine (XDG Base Directory Specification 0.8)."""

import os
from collections.abc import Mapping
from pathlib import Path


def config_dir(environment: Mapping[str, str] = os.environ) -> Path:
    """Settings and the operator's key."""
    return _base(environment, "XDG_CONFIG_HOME", ".config")


def state_dir(environment: Mapping[str, str] = os.environ) -> Path:
    """What is remembered between runs."""
    return _base(environment, "XDG_STATE_HOME", ".local/state")


def remembered(environment: Mapping[str, str] = os.environ) -> Path:
    """What large providers' doors said within the last day."""
    return state_dir(environment) / "remembered.json"


def cases(environment: Mapping[str, str] = os.environ) -> Path:
    """The cases: whose is the rogue door, and what was done about it."""
    return state_dir(environment) / "cases.sqlite"


def _base(environment: Mapping[str, str], variable: str, below_home: str) -> Path:
    given = environment.get(variable, "")
    # The specification: a relative path is invalid and to be ignored.
    base = Path(given) if given.startswith("/") else Path(environment.get("HOME") or Path.home()) / below_home
    return base / "mxlatch"
