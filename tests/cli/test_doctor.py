import json
from pathlib import Path

from mxlatch.cli import doctor, key
from mxlatch.cli.diagnosis import NOBODY

CHECKS = (
    "resolver", "name servers by IPv4", "name servers by IPv6", "port 25 goes out", "port 25 is not intercepted",
    "clock", "name in EHLO", "memory", "operator's key",
)  # fmt: skip


def told(said) -> dict[str, tuple[str, str]]:
    """Check to state and what was found; a resolver's check without its address."""
    checks = json.loads(said.out)["checks"]
    return {"resolver" if c["name"].startswith("resolver") else c["name"]: (c["state"], c["found"]) for c in checks}


def test_on_the_labs_internet(lab, mxlatch):
    checks = told(mxlatch("doctor", "--json", *lab.options))
    assert tuple(checks) == CHECKS
    assert checks["name servers by IPv4"][0] == "ok"
    assert checks["port 25 goes out"] == ("ok", "2 of 2 answered: 220 mx.filter.example ESMTP Postfix")
    assert checks["port 25 is not intercepted"][0] == "unknown", "the lab has no route to it"
    assert checks["name in EHLO"] == ("ok", "probe.example, from the inventory")


def test_a_machine_behind_an_smtp_proxy(lab, mxlatch):
    """Whoever connects to port 25 of any address ends at the same server."""
    net = lab.folder / "net.txt"
    place = lab.running.place("198.51.100.25", 25)
    net.write_text(f"{net.read_text()}\n{NOBODY}:25 = {place[0]}:{place[1]}\n")
    checks = told(mxlatch("doctor", "--json", *lab.options))
    assert checks["port 25 is not intercepted"][0] == "bad"


def test_without_any_network_each_check_still_ends(mxlatch, tmp_path: Path):
    (tmp_path / "net").write_text("")
    said = mxlatch("doctor", "--json", "--net", str(tmp_path / "net"), "--resolver", "192.0.2.53")
    checks = told(said)
    assert said.code == 1
    assert tuple(checks) == CHECKS
    assert {checks[name][0] for name in CHECKS[:5]} <= {"bad", "unknown"}


def test_for_people(mxlatch, tmp_path: Path):
    (tmp_path / "net").write_text("")
    out = mxlatch("doctor", "--net", str(tmp_path / "net"), "--resolver", "192.0.2.53", "--color", "never").out
    assert max(map(len, out.splitlines())) <= 80
    assert out.startswith("unknown  resolver 192.0.2.53: ")


def test_a_control_is_an_address(mxlatch):
    said = mxlatch("doctor", "--control", "mx.example.org")
    assert said.code == 2
    assert "give the server's address (dig +short mx.example.org A)" in said.err


def test_a_key_that_others_can_read(mxlatch, tmp_path: Path):
    key.make(key.path())
    key.path().chmod(0o644)
    (check,) = [c for c in doctor._of_files() if c.name == "operator's key"]
    assert (check.state, check.remedy) == ("bad", f"chmod 600 {key.path()}")


def test_the_kernels_word_on_the_clock():
    assert doctor._clock_is_kept() in (True, False, None)
