"""dnsconfig.js, run by node under a shim that notes what D() and the record functions are given."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from mxlatch.plan.provider import Given
from mxlatch.plan.providers import dnscontrol
from tests.plan.providers.hand import LOCK, ZONE, mx, plan, records
from tests.plan.providers.test_octodns import CHANGES, GIVEN

SHIM = """
var seen = {};
var calls = ["A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SRV", "TLSA", "TXT", "NAMESERVER"];
calls.forEach(function (type) {
  globalThis[type] = function () { return [type].concat(Array.prototype.slice.call(arguments)); };
});
function TTL(seconds) { return {ttl: seconds}; }
function NewRegistrar(name) { return name; }
function NewDnsProvider(name) { return name; }
function DnsProvider(name) { return {provider: name}; }
var CAA_CRITICAL = {critical: true};
function D(zone, registrar, provider) { seen[zone] = Array.prototype.slice.call(arguments, 3); }
function D_EXTEND(zone) { seen[zone] = Array.prototype.slice.call(arguments, 1); }
"""

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="no node here: dnsconfig.js is not run")


def run(folder: Path, text: str) -> dict[str, list[list[object]]]:
    (folder / "run.js").write_text(f"{SHIM}\n{text}\nconsole.log(JSON.stringify(seen));")
    done = subprocess.run(["node", str(folder / "run.js")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[list[object]]] = json.loads(done.stdout)
    return found


@needs_node
def test_the_whole_zone_as_it_shall_be(tmp_path: Path) -> None:
    (text,) = dnscontrol.render(plan(CHANGES), GIVEN)
    assert text.name == "example.com.dnsconfig.js"
    found = run(tmp_path, text.text)[ZONE]
    assert sorted(map(json.dumps, found)) == sorted(
        map(
            json.dumps,
            [
                ["NAMESERVER", "ns1.example.com."],
                ["NAMESERVER", "ns2.example.net."],
                ["MX", "@", 10, "mx1.example.com.", {"ttl": 300}],
                ["TXT", "@", "v=spf1 mx; -alltwo", {"ttl": 300}],
                ["CAA", "@", "issue", "ca.example.net", {"ttl": 300}],
                ["TXT", "_dmarc", "v=DMARC1; p=reject", {"ttl": 300}],
                ["A", "mx1", "203.0.113.1", {"ttl": 300}],
                ["A", "mx2", "203.0.113.2", {"ttl": 300}],
                ["A", "mx9", "203.0.113.9", {"ttl": 60}],
                ["A", "mx10", "203.0.113.10", {"ttl": 300}],
                ["AAAA", "mx10", "2001:db8::10", {"ttl": 300}],
                ["CNAME", "www", "mx1.example.com.", {"ttl": 60}],
                ["TLSA", "_25._tcp.mx1", 3, 1, 1, "aabbccddeeff00112233445566778899" * 2, {"ttl": 300}],
                ["SRV", "_sip._tcp", 1, 2, 5060, "mx1.example.com.", {"ttl": 300}],
                ["MX", "*", 10, "mx1.example.com.", {"ttl": 300}],
            ],
        )
    )


@needs_node
def test_without_the_zone_only_what_comes_and_in_comments_what_goes(tmp_path: Path) -> None:
    (text,) = dnscontrol.render(plan(CHANGES), Given())
    assert run(tmp_path, text.text)[ZONE] == [
        ["MX", "@", 10, "mx1.example.com.", {"ttl": 300}],
        ["A", "mx9", "203.0.113.9", {"ttl": 60}],
    ]
    assert '// take out of D("example.com"): MX("@", 20, "mx2.example.com.", TTL(300))' in text.text.splitlines()


@needs_node
@pytest.mark.parametrize(
    "value", ['"\\"); process.exit(1); //"', '"\\226\\128\\168"', '"</script>"', '"caf\\195\\169"']
)
def test_no_text_of_a_record_is_code(tmp_path: Path, value: str) -> None:
    (text,) = dnscontrol.render(plan([records(ZONE, "TXT", (), (value,))]), Given())
    ((_, _, held, _),) = run(tmp_path, text.text)[ZONE]
    assert isinstance(held, str)
    assert len(held) > 0


def test_what_it_cannot_say_is_said() -> None:
    (text,) = dnscontrol.render(plan(CHANGES), GIVEN)
    assert "// not in this file: lock of mx1.example.com" in text.text
    assert "// not in this file, for want of a function: weird.example.com HINFO" in text.text
    assert dnscontrol.render(plan([LOCK]), Given()) == ()
    (only,) = dnscontrol.render(plan([mx(())]), Given())
    assert "D_EXTEND" not in only.text
