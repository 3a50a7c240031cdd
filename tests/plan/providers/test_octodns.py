"""YAML that octoDNS itself reads, validates, and takes for the wanted records."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from octodns.manager import Manager

from mxlatch.plan.provider import Given, ZoneFile
from mxlatch.plan.providers import octodns
from tests.plan.providers.hand import LOCK, TODAY, ZONE, mx, plan, records

KEPT = """$TTL 300
@ SOA ns1 hostmaster 7 3600 600 86400 60
@ NS ns1
@ NS ns2.example.net.
@ MX 10 mx1
@ MX 20 mx2
@ TXT "v=spf1 mx; -all" "two"
@ CAA 0 issue "ca.example.net"
_dmarc TXT "v=DMARC1; p=reject"
mx1 A 203.0.113.1
mx2 A 203.0.113.2
mx10 A 203.0.113.10
mx10 AAAA 2001:db8::10
www 60 CNAME mx1
_25._tcp.mx1 TLSA 3 1 1 aabbccddeeff00112233445566778899aabbccddeeff00112233445566778899
_sip._tcp SRV 1 2 5060 mx1
* MX 10 mx1
weird HINFO "a" "b"
"""
CONFIG = """
providers:
  config:
    class: octodns.provider.yaml.YamlProvider
    directory: {folder}
    escaped_semicolons: true
zones:
  example.com.:
    sources: [config]
    targets: [config]
"""
GIVEN = Given(zones=(ZoneFile(ZONE, "db", KEPT),), today=TODAY)
CHANGES = [mx(), records("mx9.example.com", "A", (), ("203.0.113.9",), 60), LOCK]


def written(folder: Path, given: Given) -> Path:
    (text,) = octodns.render(plan(CHANGES), given)
    assert text.name == "example.com.yaml"
    (folder / text.name).write_text(text.text)
    config = folder / "config"
    config.mkdir()
    (config / "octodns.yaml").write_text(CONFIG.format(folder=folder))
    return config / "octodns.yaml"


@pytest.mark.parametrize("given", [GIVEN, Given()])
def test_octodns_validates_it(tmp_path: Path, given: Given) -> None:
    validate = Path(sys.executable).with_name("octodns-validate")
    command = [str(validate), "--config-file", str(written(tmp_path, given))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def shown(value: Any) -> str:
    return str(value) if type(value).__name__ == "TxtValue" else str(value.to_rdata_text())


def test_octodns_reads_the_zone_as_it_shall_be(tmp_path: Path) -> None:
    manager = Manager(str(written(tmp_path, GIVEN)))
    zone = manager.get_zone("example.com.")
    manager.providers["config"].populate(zone)
    found = {
        (r.name, r._type, r.ttl): sorted(map(shown, getattr(r, "values", None) or [r.value])) for r in zone.records
    }
    assert found["", "MX", 300] == ["10 mx1.example.com."]
    assert found["mx9", "A", 60] == ["203.0.113.9"]
    assert found["www", "CNAME", 60] == ["mx1.example.com."]
    assert found["", "TXT", 300] == ["v=spf1 mx\\; -alltwo"]
    assert found["", "NS", 300] == ["ns1.example.com.", "ns2.example.net."]
    assert found["_sip._tcp", "SRV", 300] == ["1 2 5060 mx1.example.com."]
    assert len(found) == 15 - 1  # every RRset but the SOA, HINFO; and the new one


def test_what_it_cannot_say_is_said() -> None:
    (text,) = octodns.render(plan(CHANGES), GIVEN)
    head = [line for line in text.text.splitlines() if line.startswith("#")]
    assert any("lock of mx1" in line for line in head)
    assert any("weird.example.com HINFO" in line for line in head)
    (text,) = octodns.render(plan([records("old.example.com", "A", ("192.0.2.1",), ())]), Given())
    assert "and take out: old.example.com A" in text.text


def test_a_zone_behind_an_include_is_not_taken_for_whole() -> None:
    given = Given(zones=(ZoneFile(ZONE, "db", KEPT + "$INCLUDE more\n"),), today=TODAY)
    (text,) = octodns.render(plan(CHANGES), given)
    assert "only the names that change" in text.text
    assert "www" not in text.text
