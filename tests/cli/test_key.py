import stat
from pathlib import Path

import pytest

from mxlatch.cli import key
from mxlatch.cli.exits import CannotWrite, ConfigError


def test_made_once_for_its_owner_only(tmp_path: Path):
    where = tmp_path / "new" / "key"
    assert key.read(where) is None
    secret = key.make(where)
    assert key.read(where) == secret
    assert len(secret) == 32
    assert stat.S_IMODE(where.stat().st_mode) == 0o600


def test_never_replaced(tmp_path: Path):
    where = tmp_path / "key"
    secret = key.make(where)
    with pytest.raises(CannotWrite):
        key.make(where)
    assert key.read(where) == secret


@pytest.mark.parametrize("text", ["", "hello", "00", "zz" * 32, "ä" * 64])
def test_what_is_no_key(tmp_path: Path, text):
    (tmp_path / "key").write_text(text)
    with pytest.raises(ConfigError, match="no key of mxlatch"):
        key.read(tmp_path / "key")
