"""The shipped tables hold together, and say the right thing of names that everybody knows."""

import re
from datetime import date
from importlib.resources import files
from ipaddress import ip_address, ip_network

import pytest

from mxlatch.data import address_registries, rdap_services, root_servers, tables
from mxlatch.net.scope import why_not_global
from mxlatch.terms.errors import InputError
from mxlatch.terms.names import domain_name
from mxlatch.terms.operators import Provider, operator_of
from mxlatch.wire.http import parse_url

TABLES = tables()
_LABEL = re.compile(r"\*|[a-z0-9_]([a-z0-9_-]*[a-z0-9])?")


@pytest.mark.parametrize("provider", TABLES.providers, ids=lambda provider: provider.id)
def test_each_provider_is_whole(provider: Provider) -> None:
    assert (files("mxlatch.data") / "providers" / f"{provider.id}.toml").is_file()
    assert date.fromisoformat(provider.verified) >= date(2026, 1, 1)
    assert provider.name
    assert provider.source
    assert provider.detect.mx
    for pattern in (*provider.detect.mx, *provider.detect.spf, *provider.detect.cname):
        assert all(_LABEL.fullmatch(label) for label in pattern.split(".")), pattern
        assert len(pattern.split(".")) > 2 or pattern in provider.detect.spf, f"{pattern} is too wide"


def test_no_pattern_has_two_owners() -> None:
    patterns = [pattern for provider in TABLES.providers for pattern in provider.detect.mx]
    assert len(patterns) == len(set(patterns))
    assert len({provider.id for provider in TABLES.providers}) == len(TABLES.providers)


@pytest.mark.parametrize(
    ("exchange", "operator"),
    [
        ("example-com.mail.protection.outlook.com", "microsoft"),
        ("example-com.a-v1.mx.microsoft", "microsoft"),
        ("outlook-com.olc.protection.outlook.com", "outlook-com"),
        ("ASPMX.L.GOOGLE.COM.", "google"),
        ("alt4.aspmx.l.google.com", "google"),
        ("aspmx5.googlemail.com", "google"),
        ("smtp.google.com", "google"),
        ("mx0a-00000001.pphosted.com", "proofpoint"),
        ("mx2-eu1.ppe-hosted.com", "proofpoint-essentials"),
        ("de-smtp-inbound-1.mimecast.com", "mimecast"),
        ("d1.ess.de.barracudanetworks.com", "barracuda"),
        ("mx1.example.iphmx.com", "cisco"),
        ("in1-smtp.messagingengine.com", "fastmail"),
        ("mx2.zoho.eu", "zoho"),
        ("mx01.hornetsecurity.com", "hornetsecurity"),
        ("mx1.mtaroutes.com", "n-able"),
        ("cluster8.eu.messagelabs.com", "messagelabs"),
        ("inbound-smtp.us-east-1.amazonaws.com", "amazon-ses"),
        ("route1.mx.cloudflare.net", "cloudflare"),
        ("mx1.example.com", None),
        ("ec2-192-0-2-1.compute-1.amazonaws.com", None),
        ("vps-1.vps.ovh.net", None),
        ("www.google.com", None),
        (".", None),
    ],
)
def test_exchanges_that_everybody_knows(exchange: str, operator: str | None) -> None:
    found = operator_of(exchange, TABLES.providers)
    assert (found.id if found else None) == operator


def test_thirteen_root_servers_with_two_addresses_each() -> None:
    names = sorted({name for name, _ in TABLES.root_hints})
    assert names == [f"{letter}.root-servers.net" for letter in "abcdefghijklm"]
    for name in names:
        versions = sorted(ip_address(address).version for owner, address in TABLES.root_hints if owner == name)
        assert versions == [4, 6]
    assert all(why_not_global(ip_address(address)) is None for _, address in TABLES.root_hints)
    assert ("b.root-servers.net", "170.247.170.2") in TABLES.root_hints


def test_rdap_services_are_https_with_a_path_that_ends() -> None:
    assert TABLES.rdap_bootstrap["com"] == "https://rdap.verisign.com/com/v1/"
    for suffix, url in TABLES.rdap_bootstrap.items():
        assert domain_name(suffix) == suffix
        assert parse_url(url).scheme == "https"
        assert url.endswith("/")
    assert "de" not in TABLES.rdap_bootstrap  # it has none: unknown, never absent


def test_words_are_labels_and_none_stands_twice() -> None:
    assert 20 <= len(TABLES.words) <= 40
    assert len(set(TABLES.words)) == len(TABLES.words)
    assert all(_LABEL.fullmatch(word) for word in TABLES.words)


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("ns.root. A 192.0.2.1", (("ns.root", "192.0.2.1"),)),
        ("$TTL 3600\n. 3600 IN NS ns.root.\nNS.root. 3600 IN A 192.0.2.1 ; a", (("ns.root", "192.0.2.1"),)),
        ("ns.root. IN 3600 AAAA 2001:DB8::1\nns.root. AAAA 2001:db8:0::1", (("ns.root", "2001:db8::1"),)),
    ],
)
def test_root_hints_that_a_user_gives(text: str, pairs: tuple[tuple[str, str], ...]) -> None:
    assert root_servers(text, "hints") == pairs


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "hints: 0 addresses of root servers: give 1 to 256"),
        (". NS ns.root.", "hints: 0 addresses"),
        ("\nns.root. A", "hints:2: 'ns.root. A': write NAME TTL TYPE VALUE on one line"),
        ("ns.root. A ns.root.", "hints:1: 'ns.root.' is no value of type A: write an address"),
        ("ns.root. A 2001:db8::1", "hints:1: '2001:db8::1' is no value of type A"),
        ("ns..root. A 192.0.2.1", "hints:1: "),
    ],
)
def test_root_hints_that_cannot_be_used(text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        root_servers(text, "hints")
    assert str(caught.value).startswith(said)


def test_a_bootstrap_file_prefers_https() -> None:
    services = '[[["Test."], ["http://a.test", "https://b.test"]], [["x"], []]]'
    text = f'{{"version": "1.0", "publication": "", "services": {services}}}'
    assert rdap_services(text, "f") == {"test": "https://b.test/"}


@pytest.mark.parametrize(
    "text", ["", "[]", '{"version": "1.0", "publication": "", "services": [[["a b"], ["https://x/"]]]}']
)
def test_a_bootstrap_file_that_cannot_be_used(text: str) -> None:
    with pytest.raises(InputError, match=r"^f: .*RFC 9224"):
        rdap_services(text, "f")


@pytest.mark.parametrize(
    ("address", "service"),
    [
        ("193.0.6.139", "https://rdap.db.ripe.net/"),
        ("1.1.1.1", "https://rdap.apnic.net/"),
        ("8.8.8.8", "https://rdap.arin.net/registry/"),
        ("41.0.0.1", "https://rdap.afrinic.net/rdap/"),
        ("200.160.2.3", "https://rdap.lacnic.net/rdap/"),
        ("2001:67c:2e8:22::c100:68b", "https://rdap.db.ripe.net/"),
        ("2606:4700:4700::1111", "https://rdap.arin.net/registry/"),
        ("10.0.0.1", ""),
    ],
)
def test_the_registry_of_an_address(address: str, service: str) -> None:
    blocks = [url for block, url in address_registries().items() if ip_address(address) in ip_network(block)]
    assert blocks == ([service] if service else [])
    assert all(parse_url(url).scheme == "https" for url in blocks)
