"""A saved bundle says the same for ever: without network, elsewhere, in another language, years later."""

from pathlib import Path

import pytest
from realnet.auditor import PROGRAM, mxlatch
from realnet.network import Host, Net
from realnet.runs import Seen
from realnet.world import CERTIFICATE_LASTS

YEARS = CERTIFICATE_LASTS.days + 3650  # days from now: every certificate in the bundle has expired


@pytest.fixture
def island(net: Net) -> Host:
    """A host without addresses: nothing can be reached from it."""
    return net.host("island")


@pytest.mark.parametrize(
    ("zone", "locale"),
    [("UTC", "C"), ("Pacific/Kiritimati", "C.UTF-8"), ("America/St_Johns", "tr_TR.UTF-8"), ("Asia/Kathmandu", "POSIX")],
)
@pytest.mark.parametrize("name", ["all", "no leave", "ns1", "mx1", "com"])
def test_a_replay_is_the_audit_byte_for_byte(
    audits: dict[str, Seen], island: Host, tmp_path: Path, name: str, zone: str, locale: str
) -> None:
    seen = audits[name]
    run = mxlatch(island, tmp_path / "home", "replay", str(seen.bundle), "--json", TZ=zone, LC_ALL=locale)
    assert run.out == seen.run.out
    assert run.code == seen.run.code


def test_a_replay_years_later_is_the_audit_byte_for_byte(audits: dict[str, Seen], island: Host) -> None:
    later = ("faketime", "-f", f"+{YEARS}d")
    now, then = (int(island.run(*words, "date", "+%s").stdout) for words in ((), later))
    assert then - now > CERTIFICATE_LASTS.total_seconds()
    run = island.run(*later, str(PROGRAM), "replay", str(audits["all"].bundle), "--json", check=False)
    assert run.stdout == audits["all"].run.out
    assert run.returncode == audits["all"].run.code


def test_the_bundle_holds_certificates(audits: dict[str, Seen]) -> None:
    tls = {door["id"]: door["latches"].get("tls", {}) for door in audits["all"].run.json["doors"]}
    assert tls["203.0.113.1:25"]["state"] == "found"
