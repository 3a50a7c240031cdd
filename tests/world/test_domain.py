"""All there is to ask about one domain, from the root to its doors."""

import pytest
from msgspec import structs

from mxlatch.inventory.leave import Leave, key_hash
from mxlatch.inventory.model import Domain
from mxlatch.terms.question import DnsQuestion, HttpQuestion, SmtpQuestion
from mxlatch.world.domain import DomainSeen, enquire, enquire_leave
from tests.fakes.example import ADDRESSES, ZONE, internet, inventory, scope
from tests.fakes.internet import FakeInternet

SECRET = b"a secret of ours"
HASHES = {"example.com": key_hash(SECRET, "example.com")}


def proof(name: str = "_mxlatch.example.com", key: str = HASHES["example.com"], until: str = "2999-12-31") -> str:
    return f"{name} TXT v=mxlatch1; key={key}; until={until}"


def enquired(there: FakeInternet, **changes: object) -> DomainSeen:
    return there.conclude(enquire("example.com", scope(**changes)))


def test_delegation_registry_servers_exchanges_and_doors():
    there = internet()
    seen = enquired(there)
    assert [zone.name for zone in seen.zones] == ["example.com"]
    assert [exchange.name for exchange in seen.exchanges] == ["mx1.example.com", "mx2.example.com"]
    assert {o.question.address for o in seen.doors if isinstance(o.question, SmtpQuestion)} == {
        "192.0.2.21",
        "192.0.2.22",
    }
    kinds = [type(questions[0]) for questions in there.rounds if questions]
    assert kinds.index(SmtpQuestion) > max(n for n, kind in enumerate(kinds) if kind is not SmtpQuestion)
    assert kinds.index(HttpQuestion) > kinds.index(DnsQuestion)


def test_every_mail_name_with_what_each_server_says():
    zone = f"{ZONE}\nsales.example.com MX 5 mx2.example.com"
    seen = enquired(internet(zone), words=("sales", "nobody"))
    assert sorted(seen.mail_names) == ["example.com", "sales.example.com"]
    home, _, wildcard, views = seen.mail_names["sales.example.com"]
    assert (home, wildcard, sorted(views)) == ("example.com", False, ["192.0.2.11", "192.0.2.12"])


def test_a_delegated_name_is_asked_of_its_own_servers():
    zone = f"{ZONE}\nlab.example.com NS ns.lab.example.com\nns.lab.example.com A 192.0.2.31"
    below = {
        "lab.example.com": """
            lab.example.com SOA ns.lab.example.com 1
            lab.example.com NS ns.lab.example.com
            lab.example.com MX 10 rogue.lab.example.com
            ns.lab.example.com A 192.0.2.31
            rogue.lab.example.com A 192.0.2.32
        """
    }
    public = f"{ADDRESSES}\nrogue.lab.example.com A 192.0.2.32\nns.lab.example.com A 192.0.2.31"
    seen = enquired(internet(zone, more={"192.0.2.31": below}, resolver=public), words=("lab",))
    assert [zone.name for zone in seen.zones] == ["example.com", "lab.example.com"]
    assert "rogue.lab.example.com" in [exchange.name for exchange in seen.exchanges]
    assert "192.0.2.32" in {o.question.address for o in seen.doors if isinstance(o.question, SmtpQuestion)}


@pytest.mark.parametrize(
    ("mx", "implicit"),
    [("", ("example.com",)), ("example.com MX 10 mx1.example.com", ()), ("example.com MX 0 .", ())],
)
def test_without_mx_the_name_itself_takes_mail(mx, implicit):
    kept = "\n".join(line for line in ZONE.splitlines() if " MX " not in line)
    assert enquired(internet(f"{kept}\nexample.com A 192.0.2.80\n{mx}")).implicit == implicit


def test_a_domain_that_nobody_delegated_has_nothing_to_ask_further():
    seen = enquired(internet(com={"com": "other.com NS ns.other.com"}, rdap=None))
    assert (seen.zones, seen.exchanges, seen.doors) == ((), (), ())


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (proof(), None),
        ("", "_mxlatch.example.com has no TXT that begins with v=mxlatch1"),
        (proof(key="0" * 40), "to another operator's key"),
        (proof(until="2020-01-01"), "ended on 2020-01-01"),
        (proof("*.example.com"), "wildcard"),
    ],
)
def test_leave_by_record(lines, reason):
    given = structs.replace(scope(), authorised="", key_hashes=HASHES)
    leave = internet(f"{ZONE}\n{lines}").conclude(enquire_leave("example.com", given))
    if reason is None:
        assert leave == Leave("example.com", leave.level, "txt until 2999-12-31", until=leave.until)
    else:
        assert isinstance(leave, str)
        assert reason in leave


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"inventory": inventory(domains=(Domain("example.net"),))}, "the inventory does not name the domain"),
        ({"authorised": ""}, "this operator has no key"),
    ],
)
def test_without_inventory_or_key_nobody_is_asked_for_leave(changes, reason):
    there = internet()
    assert there.conclude(enquire_leave("example.com", structs.replace(scope(), **changes))) == reason
    assert not [q for q in there.asked if isinstance(q, DnsQuestion) and q.name.startswith("_mxlatch")]


def test_leave_by_reference_is_asked_of_nobody():
    there = internet()
    leave = there.conclude(enquire_leave("example.com", scope()))
    assert isinstance(leave, Leave)
    assert leave.granted == "--authorised ticket 7"
    assert not [q for q in there.asked if isinstance(q, DnsQuestion) and q.name.startswith("_mxlatch")]
