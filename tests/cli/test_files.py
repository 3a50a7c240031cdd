import os
import stat
from pathlib import Path

import pytest

from mxlatch.cli import files
from mxlatch.cli.exits import CannotRead, CannotWrite
from mxlatch.terms.errors import InputError


def test_read_back(tmp_path: Path):
    path = str(tmp_path / "a")
    files.write_text(path, "é\n", "report")
    assert files.read_text(path, "report") == "é\n"


def test_a_byte_order_mark_is_no_text(tmp_path: Path):
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbfx = 1\n")
    assert files.read_text(str(tmp_path / "a"), "inventory") == "x = 1\n"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "there is no such file or folder"),
        (lambda path: path.mkdir(), "this is a folder"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, make, message):
    make(tmp_path / "a")
    with pytest.raises(CannotRead, match=f"inventory .*: {message}"):
        files.read_text(str(tmp_path / "a"), "inventory")


def test_what_is_no_text_has_its_line(tmp_path: Path):
    (tmp_path / "a").write_bytes(b"ok\nok\n\xff\n")
    with pytest.raises(InputError, match=r"a:3: not UTF-8: save the inventory as UTF-8"):
        files.read_text(str(tmp_path / "a"), "inventory")


def test_too_large(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(files, "LARGEST_TEXT", 3)
    (tmp_path / "a").write_text("four")
    with pytest.raises(InputError, match="is this the baseline"):
        files.read_text(str(tmp_path / "a"), "baseline")


def test_written_whole_and_nothing_left_behind(tmp_path: Path, monkeypatch):
    (tmp_path / "a").write_text("old")
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(CannotWrite, match=r"report .*a: no space left on device"):
        files.write_text(str(tmp_path / "a"), "new", "report")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a", "old")]


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o640])
def test_permissions_stay(tmp_path: Path, mode):
    (tmp_path / "a").write_text("old")
    (tmp_path / "a").chmod(mode)
    files.write_text(str(tmp_path / "a"), "new", "report")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == mode


@pytest.mark.parametrize(("name", "message"), [("no/a", "there is no folder"), (".", "this is a folder")])
def test_what_will_not_be_written_is_told_early(tmp_path: Path, name, message):
    with pytest.raises(CannotWrite, match=message):
        files.check_writable(str(tmp_path / name), "report")


def test_what_can_be_written(tmp_path: Path):
    files.check_writable(str(tmp_path / "a"), "report")
    files.check_writable("/dev/null", "report")


def test_a_device_is_written_to_and_not_replaced():
    files.write_text("/dev/null", "text", "report")
    assert Path("/dev/null").is_char_device()


def test_a_file_is_replaced_for_good_and_keeps_its_mode(tmp_path: Path, monkeypatch):
    path = tmp_path / "zone"
    path.write_bytes(b"old")
    path.chmod(0o640)
    synced = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda fd: (synced.append(stat.S_ISDIR(os.fstat(fd).st_mode)), real(fd)))
    files.replace_octets(str(path), b"new\r\n\xff", "zone file")
    assert path.read_bytes() == b"new\r\n\xff"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert synced == [False, True]
    assert os.listdir(tmp_path) == ["zone"]


def test_behind_a_link_the_file_is_replaced_and_not_the_link(tmp_path: Path):
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    files.replace_octets(str(tmp_path / "link"), b"new", "zone file")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_a_new_file_is_for_its_owner_only(tmp_path: Path):
    files.replace_octets(str(tmp_path / "journal"), b"{}", "journal")
    assert stat.S_IMODE((tmp_path / "journal").stat().st_mode) == 0o600


def test_a_file_that_cannot_be_replaced_stays(tmp_path: Path, monkeypatch):
    path = tmp_path / "zone"
    path.write_bytes(b"old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CannotWrite, match=r"zone file .*: no space left on device"):
        files.replace_octets(str(path), b"new", "zone file")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["zone"]
