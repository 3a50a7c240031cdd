"""Other names of the same mailboxes: where their mail goes, what is asked there, and what it makes of the verdict."""

import pytest

from mxlatch.audit.verdict import judge
from mxlatch.data import tables
from mxlatch.inventory.model import Block, Domain
from mxlatch.terms.latch import Latch
from mxlatch.terms.question import SmtpQuestion
from mxlatch.world.endpoints import other_domains
from mxlatch.world.other_domains import MOST_DOMAINS, MOST_EXCHANGES, find_other_domains
from tests.fakes.collecting import collected
from tests.fakes.example import ADDRESSES, door, internet, inventory, scope
from tests.fakes.internet import session

HUB = "192.0.2.66"
MAIN = Domain("example.com", recipient="postmaster@example.com", sender="me@example.net", baseline=(Latch.RECIPIENT,))
OLD = Domain("old.example", recipient="anna@old.example", sender="me@example.net", mailbox="example.com")
RESOLVER = f"{ADDRESSES}\nold.example MX 10 hub.old.example\nhub.old.example A {HUB}"
HELLO = (("", "220 hub ESMTP Exim"), ("EHLO probe.example.net", "250 hub / SIZE 1000"))


def hub(valid, random, recipient="anna@old.example"):
    """A session in which the recipient and an unknown one got these replies."""
    return session(
        *HELLO,
        ("MAIL FROM:<me@example.net>", "250 ok"),
        (f"RCPT TO:<{recipient}>", valid, "valid"),
        (f"RCPT TO:<mxlatch-q7w@{recipient.partition('@')[2]}>", random, "random"),
        ("RCPT TO:<me@example.net>", "554 relay not permitted", "foreign"),
        ended="quit",
    )


def audit(there, *domains, resolver=RESOLVER, blocks=("192.0.2.0/24",), **changes):
    both = dict.fromkeys(("192.0.2.21", "192.0.2.22"), door(starttls=False))
    net = internet(resolver=resolver, doors=both | ({HUB: there} if there else {}))
    listed = inventory(domains=domains or (MAIN, OLD), blocks=tuple(Block(b, authorised="ticket 7") for b in blocks))
    return judge(collected(net, scope(search="listed", inventory=listed, **changes)), "example.com"), net


@pytest.mark.parametrize(
    ("case", "there", "state", "verdict"),
    [
        ("takes anybody", hub("250 ok", "250 ok"), "open", "open"),
        ("checks recipients", hub("250 ok", "550 unknown"), "open", "closed"),
        ("refuses connections", "reset", "closed", "closed"),
        ("does not serve it after all", hub("554 Relay access denied", "554 Relay access denied"), "open", "closed"),
    ],
)
def test_an_old_brand_that_goes_straight_to_the_hub(case, there, state, verdict):
    told, net = audit(there)
    (seen,) = (d for d in told.doors if d.address == HUB)
    assert (seen.state, told.verdict) == (state, verdict), told.not_judged
    (way,) = seen.ways_in
    assert (way.kind, way.name, way.exchange) == ("other-domain", "old.example", "hub.old.example")
    assert [e.text for e in way.evidence] == ["old.example MX 10 hub.old.example", f"hub.old.example A {HUB}"]
    (asked,) = {q for q in net.asked if isinstance(q, SmtpQuestion) and q.address == HUB and q.attempt == 1}
    assert {p.recipient for p in asked.probes if p.label == "valid"} == {"anna@old.example"}


def test_the_way_round_says_how_a_stranger_comes_there():
    told, _ = audit(hub("250 ok", "250 ok"))
    hops = next([hop.text for hop in path.hops] for path in told.paths if path.doors == (f"{HUB}:25",))
    assert hops[:2] == [
        "A stranger writes to another name of the mailboxes",
        "mail for old.example comes to the same mailboxes, by hub.old.example",
    ]


def test_without_a_recipient_of_its_own_nothing_is_tried_there():
    told, net = audit(hub("250 ok", "250 ok"), MAIN, Domain("old.example", mailbox="example.com"))
    (asked,) = (q for q in net.asked if isinstance(q, SmtpQuestion) and q.address == HUB)
    assert asked.probes == ()
    assert told.verdict == "unknown"


def test_its_exchanger_elsewhere_gets_the_polite_session_of_any_published_one():
    _, net = audit(hub("250 ok", "250 ok"), blocks=("192.0.2.0/27",))
    (asked,) = (q for q in net.asked if isinstance(q, SmtpQuestion) and q.address == HUB)
    assert (asked.published, asked.probes) == (True, ())


def test_a_domain_that_shares_the_doors_adds_no_door():
    resolver = f"{ADDRESSES}\nold.example MX 10 mx1.example.com"
    told, net = audit(None, resolver=resolver)
    assert {d.address for d in told.doors if d.state == "open"} == {"192.0.2.21", "192.0.2.22"}
    kinds = {way.kind for d in told.doors if d.address == "192.0.2.21" for way in d.ways_in}
    assert kinds == {"mx", "other-domain"}
    assert len([q for q in net.asked if isinstance(q, SmtpQuestion) and q.address == "192.0.2.21"]) == 1


def test_a_door_that_serves_only_the_other_name_is_not_closed_by_what_it_says_of_ours():
    """No recipient at old.example is known, so that ours was tried, at a door that the inventory lists by its block."""
    denied = hub("554 Relay access denied", "554 Relay access denied", "postmaster@example.com")
    resolver = f"{RESOLVER}\nmail.example.com A {HUB}"
    told, _ = audit(denied, MAIN, Domain("old.example", mailbox="example.com"), resolver=resolver, words=("mail",))
    by_way = {path.way_in.kind: (path.certainty, path.unsure) for path in told.paths if path.doors == (f"{HUB}:25",)}
    assert by_way == {"host-name": ("closed", ()), "other-domain": ("unknown", (Latch.RECIPIENT,))}


@pytest.mark.parametrize(
    ("recipients", "said"),
    [("554 Relay access denied", "unknown"), ("250 ok", "open")],
    ids=["foreign", "takes anybody"],
)
def test_a_door_of_both_is_asked_for_ours_and_closed_by_nothing_that_it_says_of_the_other(recipients, said):
    """The hub is the other name's exchanger, and stands under a name that one guesses."""
    there = hub(recipients, recipients, "postmaster@example.com")
    told, net = audit(there, resolver=f"{RESOLVER}\nmail.example.com A {HUB}", words=("mail",))
    (asked,) = {q for q in net.asked if isinstance(q, SmtpQuestion) and q.address == HUB and q.attempt == 1}
    assert {p.recipient for p in asked.probes if p.label == "valid"} == {"postmaster@example.com"}
    assert told.verdict == said


def test_an_answer_that_did_not_come_is_a_gap():
    net = internet(resolver=RESOLVER)
    net.resolver_status = "no-response"
    found = net.conclude(find_other_domains("example.com", (), scope(inventory=inventory(domains=(MAIN, OLD)))))
    assert [o.question.name for o in found.unheard] == ["old.example"]
    assert found.exchanges == ()


def test_what_is_beyond_the_bound_is_counted():
    many = tuple(Domain(f"brand{n}.example", mailbox="example.com") for n in range(MOST_DOMAINS + 3))
    found = internet().conclude(
        find_other_domains("example.com", (), scope(inventory=inventory(domains=(MAIN, *many))))
    )
    assert (len(found.domains), found.left_out) == (MOST_DOMAINS, 3)


def test_many_exchanges_of_one_name_are_counted_and_displace_nobody():
    many = "\n".join(f"old.example MX {n} mx{n}.old.example" for n in range(MOST_EXCHANGES + 2))
    brand = Domain("brand.example", mailbox="example.com")
    net = internet(resolver=f"{ADDRESSES}\n{many}\nbrand.example MX 1 mx1.example.com")
    found = net.conclude(find_other_domains("example.com", (), scope(inventory=inventory(domains=(MAIN, OLD, brand)))))
    assert found.left_out == 2
    assert [each.domain for each in found.exchanges] == ["brand.example"]


def test_a_hundred_names_of_the_same_mailboxes_at_the_same_doors_are_no_reason_for_doubt():
    brands = tuple(Domain(f"brand{n}.example", mailbox="example.com") for n in range(100))
    resolver = "\n".join([ADDRESSES, *(f"{brand.name} MX 10 mx1.example.com" for brand in brands)])
    told, net = audit(None, MAIN, *brands, resolver=resolver)
    assert (told.verdict, told.complete) == ("closed", True), told.sentence
    assert len([q for q in net.asked if isinstance(q, SmtpQuestion) and q.address == "192.0.2.21"]) == 1


def test_an_owned_name_at_an_operators_endpoint_waits_for_leave():
    resolver = f"{CLOUD}\nold.example MX 0 old-example.mail.protection.outlook.com\n"
    resolver += "old-example.mail.protection.outlook.com A 198.51.100.79"
    told, _ = audit(None, resolver=resolver, providers=tables().providers, authorised="")
    (reason,) = {each.reason for each in told.not_asked if "old.example" in each.reason}
    assert reason.endswith("exchanger of old.example: an endpoint of microsoft: asked only with leave")


def test_the_domain_itself_where_it_has_no_mx():
    net = internet(resolver=f"{ADDRESSES}\nold.example A {HUB}\nold.example TXT v=spf1 -all")
    found = net.conclude(find_other_domains("example.com", (), scope(inventory=inventory(domains=(MAIN, OLD)))))
    assert [(each.exchange, each.address) for each in found.exchanges] == [("old.example", HUB)]


@pytest.mark.parametrize(
    ("mx", "count"), [("0 .", 0), ("10 192.0.2.66", 1), ("10 nowhere.example", 0)], ids=["null", "literal", "dangling"]
)
def test_odd_exchanges(mx, count):
    net = internet(resolver=f"{ADDRESSES}\nold.example MX {mx}")
    found = net.conclude(find_other_domains("example.com", (), scope(inventory=inventory(domains=(MAIN, OLD)))))
    assert len(found.exchanges) == count


TENANT = "example-com.mail.protection.outlook.com"
CLOUD = f"""{ADDRESSES}
    example.com TXT v=spf1 include:spf.protection.outlook.com -all
    selector1._domainkey.example.com CNAME selector1-example-com._domainkey.exampleinc.onmicrosoft.com
    {TENANT} A 198.51.100.77
    exampleinc.onmicrosoft.com MX 0 exampleinc.mail.protection.outlook.com
    exampleinc.mail.protection.outlook.com A 198.51.100.78
"""


def test_the_operators_own_name_is_a_way_to_its_endpoint():
    told, net = audit(None, MAIN, resolver=CLOUD, providers=tables().providers)
    asked = {q.address for q in net.asked if isinstance(q, SmtpQuestion)}
    assert "198.51.100.77" in asked
    assert "198.51.100.78" not in asked
    ways = {(way.kind, way.name) for d in told.doors if d.address == "198.51.100.77" for way in d.ways_in}
    assert ways == {("endpoint", "example.com"), ("other-domain", "exampleinc.onmicrosoft.com")}


@pytest.mark.parametrize(
    ("case", "entries", "others"),
    [
        ("the same words are a note", {"example.com": "dovecot", "a.example": "dovecot"}, set()),
        ("an alias", {"example.com": "", "a.example": "example.com", "b.example": ""}, {"a.example"}),
        ("it is the alias", {"example.com": "main.example", "main.example": ""}, {"main.example"}),
        (
            "a forwarder to an alias",
            {"example.com": "", "a.example": "example.com", "b.example": "a.example"},
            {"a.example", "b.example"},
        ),
        ("a ring", {"example.com": "a.example", "a.example": "b.example", "b.example": "example.com"}, set()),
        ("nobody says", {"example.com": "", "a.example": ""}, set()),
    ],
)
def test_which_domains_end_in_the_same_mailboxes(case, entries, others):
    domains = tuple(Domain(name, mailbox=mailbox) for name, mailbox in entries.items())
    assert set(other_domains("example.com", (), (), inventory(domains=domains))) == others
