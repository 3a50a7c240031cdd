"""Where the owner says that mail is handed on to: looked at like any door of his, or told that it was not."""

import pytest
from msgspec import structs

from mxlatch.audit.verdict import judge
from mxlatch.inventory.model import Block, Domain, Vantage
from mxlatch.inventory.model import Door as Listed
from mxlatch.terms.observation import NOT_YET
from mxlatch.terms.question import SmtpQuestion
from mxlatch.terms.smtp import Session, Tls
from mxlatch.world.next_hops import NEXT_HOP, SESSION
from tests.fakes.collecting import collected
from tests.fakes.example import ADDRESSES, door, internet, inventory, scope


def secure(held):
    return Session(held.turns, Tls("ok", "TLSv1.3", "AES", trusted=True), held.ended)


FINE, WEAK = secure(door()), secure(door(random="250 ok"))
MX = {"192.0.2.21": FINE, "192.0.2.22": FINE}
OPEN_HUB = MX | {"192.0.2.77": WEAK}
RESOLVER = ADDRESSES + "hub7.example.com A 192.0.2.77\nisp.example.net A 203.0.113.9\ninside.example.com A 10.0.0.5\n"


def filters(hop, **more):
    """Both exchangers, as filters before this next hop."""
    return (
        Listed("mx1.example.com", ("192.0.2.21",), role="filter", next_hop=hop, line=22, **more),
        Listed("mx2.example.com", ("192.0.2.22",), role="filter", next_hop=hop, line=30, **more),
    )


def audit(*doors, net=None, changes=None, **given):
    log = collected(net or internet(doors=OPEN_HUB, resolver=RESOLVER), told_by(doors, changes or {}, given))
    return judge(log, "example.com")


def told_by(doors, changes, given):
    return scope(**({"search": "all", "inventory": inventory(doors=doors, **changes)} | given))


def gaps(told):
    return [(gap.subject, gap.what) for gap in told.not_judged if gap.what == NEXT_HOP]


@pytest.mark.parametrize(
    ("case", "doors", "place"),
    [
        ("an address and a port", filters("192.0.2.77:2525"), "192.0.2.77:2525"),
        ("an address", filters("192.0.2.77"), "192.0.2.77:25"),
        ("a name that no entry lists", filters("hub7.example.com"), "192.0.2.77:25"),
        ("a name and a port", filters("hub7.example.com:2525"), "192.0.2.77:2525"),
        (
            "a door that is listed by its name only",
            (*filters("hub7.example.com"), Listed("hub7.example.com", port=26)),
            "192.0.2.77:26",
        ),
        (
            "a door under another domain",
            (*filters("hub.corp.example"), Listed("hub.corp.example", ("192.0.2.77",))),
            "192.0.2.77:25",
        ),
        (
            "the hub behind the hub",
            (*filters("a.corp.example"), Listed("a.corp.example", ("192.0.2.22",), next_hop="192.0.2.77:24", port=24)),
            "192.0.2.77:24",
        ),
    ],
)
def test_a_next_hop_that_takes_mail_from_anybody_is_a_way_round(case, doors, place):
    told = audit(*doors)
    assert (told.verdict, place in {each.id for each in told.doors}) == ("open", True), told.sentence
    (found,) = (each for each in told.doors if each.id == place)
    assert (found.standing, found.authorised) == ("authorised", True)
    assert gaps(told) == []


def test_a_door_that_is_listed_by_its_name_only_is_looked_up_though_nothing_hands_on_to_it():
    told = audit(Listed("hub7.example.com"))
    assert told.verdict == "open", told.sentence


def test_the_domains_own_note_is_looked_at_too():
    domain = Domain(
        "example.com", recipient="postmaster@example.com", sender="me@example.net", next_hop="192.0.2.77:25"
    )
    assert audit(changes={"domains": (domain,)}).verdict == "open"


def test_a_next_hop_as_strong_as_the_exchangers_leaves_nothing_open():
    told = audit(*filters("hub7.example.com"), net=internet(doors=MX | {"192.0.2.77": FINE}, resolver=RESOLVER))
    assert (told.verdict, told.complete) == ("closed", True), told.not_judged


def test_a_next_hop_that_refuses_strangers_is_shut_and_not_missing():
    told = audit(*filters("hub7.example.com"), net=internet(doors=MX | {"192.0.2.77": "reset"}, resolver=RESOLVER))
    assert (told.verdict, told.complete) == ("closed", True), told.not_judged
    assert [f.id for f in told.findings] == []


def test_a_name_that_does_not_exist_is_told_with_its_line_and_what_to_do():
    told = audit(*filters("mial.example.com"))
    assert (told.verdict, told.complete) == ("unknown", False)
    (gap,) = told.not_judged
    assert (gap.subject, gap.what) == ("mial.example.com", NEXT_HOP)
    assert gap.reason == (
        "mx1.example.com: next_hop = mial.example.com (inventory:22): not seen, no such name; write the name as it is, "
        "or, if it is known inside only, list the door with its addresses"
    )
    assert told.sentence.endswith(
        "found, but not every place that mail is handed on to was seen; 1 thing could not be judged."
    )


def test_a_resolver_that_fails_is_no_word_on_the_next_hop():
    net = internet(doors=OPEN_HUB, resolver=RESOLVER)
    net.resolver_status = "servfail"
    told = audit(*filters("hub7.example.com"), net=net)
    assert told.verdict == "unknown"
    assert gaps(told) == [("hub7.example.com", NEXT_HOP)]


def test_an_old_bundle_that_never_asked_is_not_called_closed():
    doors = filters("hub7.example.com")
    log = collected(internet(doors=OPEN_HUB, resolver=RESOLVER), scope(inventory=inventory(doors=()), search="all"))
    log.scope = structs.replace(log.scope, inventory=inventory(doors=doors))
    told = judge(log, "example.com")
    assert told.verdict == "unknown"
    assert [gap.reason for gap in told.not_judged if gap.what == NEXT_HOP] == [
        f"mx1.example.com: next_hop = hub7.example.com (inventory:22): not seen, {NOT_YET}"
    ]


@pytest.mark.parametrize(
    ("hop", "place"), [("isp.example.net", "203.0.113.9:25"), ("203.0.113.9:587", "203.0.113.9:587")]
)
def test_what_may_be_somebody_elses_is_not_asked_and_nothing_is_called_closed(hop, place):
    net = internet(doors=MX, resolver=RESOLVER)
    told = audit(*filters(hop), net=net)
    assert "203.0.113.9" not in {q.address for q in net.asked if isinstance(q, SmtpQuestion)}
    assert [(each.subject, each.what) for each in told.not_asked] == [(place, NEXT_HOP)]
    assert told.not_asked[0].reason == (
        f"mx1.example.com: next_hop = {hop} (inventory:22); list the address as a door's or in a block, if it is yours"
    )
    assert (told.verdict, told.complete) == ("unknown", True)
    assert "1 next hop not asked" in told.sentence


def test_where_aliases_are_sent_on_to_need_not_be_the_owners():
    one = Listed("mx1.example.com", ("192.0.2.21",), forwards=("isp.example.net",), line=22)
    told = audit(one, net=internet(doors=MX, resolver=RESOLVER))
    assert [(each.subject, each.what) for each in told.not_asked] == [("203.0.113.9:25", SESSION)]
    assert told.verdict == "closed"


@pytest.mark.parametrize(
    ("to", "verdict", "complete"),
    [("lists.example.net", "closed", True), ("lits.example.com", "unknown", False)],
    ids=["somebody else's domain", "a slip in one's own"],
)
def test_a_forward_that_leads_nowhere(to, verdict, complete):
    one = Listed("mx1.example.com", ("192.0.2.21",), forwards=(to,), line=22)
    told = audit(one, net=internet(doors=MX, resolver=RESOLVER))
    assert (told.verdict, told.complete) == (verdict, complete), told.sentence
    assert to in {each.subject for each in (*told.not_asked, *told.not_judged)}


@pytest.mark.parametrize("hop", ["10.0.0.5:2525", "inside.example.com", "127.0.0.1:24", "[fd00::5]:24"])
def test_what_nobody_on_the_internet_reaches_is_surely_no_way_in_from_there(hop):
    told = audit(*filters(hop), net=internet(doors=MX, resolver=RESOLVER))
    assert (told.verdict, told.complete, told.not_asked) == ("closed", True, ()), told.sentence
    (why,) = told.not_followed
    assert (why.text.startswith("mx1.example.com: next_hop = "), why.source) == (True, "inventory:22")
    assert "is out of reach of the internet" in why.text


@pytest.mark.parametrize("port", [25, 2525], ids=["others answer there", "nobody else does"])
def test_a_listed_door_inside_that_does_not_answer_from_outside_is_closed(port):
    hub = Listed("hub.example.com", ("10.0.0.5",), port=port)
    told = audit(*filters("hub.example.com"), hub, net=internet(doors=MX, resolver=RESOLVER))
    assert (told.verdict, told.complete) == ("closed", True), told.not_judged


def test_from_inside_a_private_address_may_be_a_way_in():
    changes = {"vantages": (Vantage("office", "inside"),)}
    told = audit(*filters("10.0.0.5"), changes=changes, vantage="office", net=internet(doors=MX, resolver=RESOLVER))
    assert [(each.subject, each.what) for each in told.not_asked] == [("10.0.0.5:25", NEXT_HOP)]


def test_who_hands_on_by_the_mx_names_nothing_new():
    told = audit(*filters("mx"), net=internet(doors=MX, resolver=RESOLVER))
    assert (gaps(told), told.not_asked) == ([], ())


def test_at_a_trap_nobody_needs_to_knock():
    trap = Listed("trap.example.com", ("192.0.2.79",), role="trap")
    net = internet(doors=MX, resolver=RESOLVER)
    told = audit(*filters("trap.example.com"), trap, net=net)
    assert "192.0.2.79" not in {q.address for q in net.asked if isinstance(q, SmtpQuestion)}
    assert (gaps(told), told.not_asked) == ([], ())


def test_an_exchanger_under_another_name_is_the_next_hop():
    """The relay is known, so that what the exchanger lacks is not taken for the filter's."""
    net = internet(doors=MX, resolver=ADDRESSES + "mail.example.com A 192.0.2.22")
    told = audit(filters("mail.example.com")[0], net=net)
    assert (gaps(told), told.verdict) == ([], "closed"), told.not_judged


def test_without_the_search_it_is_told_as_not_asked():
    told = audit(*filters("hub7.example.com"), search="none")
    assert [(e.subject, e.what) for e in told.not_asked] == [("hub7.example.com", SESSION)]
    assert told.verdict == "closed"


def test_a_name_alone_at_an_address_that_nobody_listed_gives_no_leave():
    only = {"blocks": (Block("192.0.2.0/26", authorised="ticket 7"),)}
    net = internet(doors=OPEN_HUB, resolver=RESOLVER)
    told = audit(Listed("hub7.example.com"), net=net, changes=only)
    assert "192.0.2.77" not in {q.address for q in net.asked if isinstance(q, SmtpQuestion)}
    assert [e.reason for e in told.not_asked if e.subject == "192.0.2.77:25"] == [
        "the inventory lists hub7.example.com by its name only: give its addresses"
    ]
