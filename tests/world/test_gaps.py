"""Not asked and could not judge are two lists, and neither is ever taken for a pass."""

import pytest

from mxlatch.inventory.model import Domain
from mxlatch.inventory.model import Door as Declared
from mxlatch.terms import dns
from mxlatch.terms.observation import NOT_ALLOWED
from mxlatch.terms.question import DnsQuestion
from mxlatch.world.build import build
from mxlatch.world.doors import reached
from tests.fakes.collecting import collected
from tests.fakes.example import ROOT, ZONE, door, internet, inventory, scope
from tests.fakes.internet import seen


def world_of(net, **changes):
    log = collected(net, scope(**changes))
    return build("example.com", log.get, log.scope, reached(log))


def judged(net, **changes):
    return [(gap.subject, gap.what) for gap in world_of(net, **changes).not_judged]


DOORS = {"192.0.2.21": door(), "192.0.2.22": door()}


@pytest.mark.parametrize(
    ("case", "net", "gaps"),
    [
        ("a silent door", internet(doors={"192.0.2.21": door()}), [("192.0.2.22:25", "door")]),
        ("a refused door is judged", internet(doors={"192.0.2.21": door(), "192.0.2.22": "reset"}), []),
        ("a refusing server is judged: lame", internet(more={"192.0.2.12": dns.REFUSED}), []),
        (
            "a silent server",
            internet(more={"192.0.2.12": dns.NO_RESPONSE}),
            [("ns2.example.com 192.0.2.12", "example.com SOA, NS, MX")],
        ),
        (
            "a server of the parent that fails",
            internet(
                more={"192.0.2.1": {".": ROOT["."] + "\ncom NS b.gtld\nb.gtld A 192.0.2.3"}, "192.0.2.3": "servfail"}
            ),
            [("com at 192.0.2.3", "example.com NS")],
        ),
        (
            "no server speaks for the zone, though each answers",
            internet(more={"192.0.2.11": dns.REFUSED, "192.0.2.12": dns.REFUSED}),
            [("example.com", "MX")],
        ),
        (
            "the parent refuses to say",
            internet(more={"192.0.2.2": dns.REFUSED}),
            [("example.com", "delegation")],  # the registry names the servers too, so that they were asked
        ),
        (
            "greylisting",
            internet(doors=DOORS | {"192.0.2.22": door(random="450 later")}),
            [("192.0.2.22:25", "recipient")],
        ),
    ],
)
def test_what_gave_no_clear_answer(case, net, gaps):
    untold = [gap for gap in judged(net) if gap[1] != "tls"]  # the fakes have no handshake
    assert untold == gaps


def test_an_exchange_that_nobody_could_look_up():
    net = internet(ZONE + "example.com MX 30 mx.example.net", resolver="")
    assert ("mx.example.net", "addresses of the exchange") not in judged(net)  # surely absent
    nobody = internet(ZONE + "example.com MX 30 mx.example.net")
    assert ("mx.example.net", "addresses of the exchange") in judged(nobody, resolvers=())


class Mute:
    """An internet in which some questions get no answer."""

    def __init__(self, net, is_mute, status=dns.NO_RESPONSE):
        self.net, self.is_mute, self.status = net, is_mute, status

    def ask(self, question):
        if isinstance(question, DnsQuestion) and self.is_mute(question):
            return seen(question, self.status, reason="no answer")
        return self.net.ask(question)


LISTS = ZONE + "lists.example.com MX 5 mx1.example.com"


@pytest.mark.parametrize(
    ("case", "zone", "mute", "gap"),
    [
        (
            "a word's MX",
            ZONE,
            lambda q: (q.server, q.name, q.rrtype) == ("192.0.2.12", "lists.example.com", "MX"),
            ("example.com at 192.0.2.12", "lists.example.com MX"),
        ),
        (
            "whether a zone begins at a name",
            LISTS,
            lambda q: (q.server, q.name, q.rrtype) == ("192.0.2.12", "lists.example.com", "NS"),
            ("example.com at 192.0.2.12", "lists.example.com NS"),
        ),
        (
            "MX in lower case",
            ZONE,
            lambda q: q.server == "192.0.2.12" and q.spelling == "lower",
            ("ns2.example.com 192.0.2.12", "example.com MX in lower case"),
        ),
        (
            "an exchange's IPv6 address by public resolution",
            ZONE,
            lambda q: q.recursion and (q.name, q.rrtype) == ("mx1.example.com", "AAAA"),
            ("mx1.example.com", "addresses of the exchange"),
        ),
        (
            "an exchange's address at one server",
            ZONE,
            lambda q: (q.server, q.name, q.rrtype) == ("192.0.2.11", "mx2.example.com", "A"),
            ("mx2.example.com", "addresses of the exchange"),
        ),
        (
            "a name server's address by public resolution, beside glue",
            ZONE,
            lambda q: q.recursion and (q.name, q.rrtype) == ("ns1.example.com", "A"),
            ("ns1.example.com", "address of the name server"),
        ),
    ],
)
def test_one_question_without_an_answer_is_told(case, zone, mute, gap):
    net = internet(zone)
    without = judged(net, words=("lists",))
    assert gap not in without
    assert [each for each in judged(Mute(net, mute), words=("lists",)) if each not in without] == [gap]


def test_a_server_that_falls_silent_over_the_names_is_told_in_one_line():
    net = Mute(internet(), lambda q: q.server == "192.0.2.12" and q.name.startswith("w"))
    words = tuple(f"w{number}" for number in range(40))
    told = [gap for gap in world_of(net, words=words).not_judged if gap.subject == "example.com at 192.0.2.12"]
    assert [gap.what for gap in told] == [
        "w0.example.com MX, w1.example.com MX, w10.example.com MX and 37 more",
    ]


DEEP = "\n".join(f"d{n}.example.com NS ns.elsewhere.example" for n in range(40))


@pytest.mark.parametrize(
    ("case", "zone", "words", "gap"),
    [
        (
            "more delegated names than are followed",
            ZONE + DEEP,
            tuple(f"d{n}" for n in range(40)),
            ("d9.example.com", "MX"),
        ),
        ("more names than are asked", ZONE, tuple(f"w{n}" for n in range(600)), ("example.com", "names")),
        (
            "more exchanges than are looked up",
            ZONE + "\n".join(f"example.com MX {n} mx.n{n}.example" for n in range(1100)),
            (),
            ("example.com", "exchanges"),
        ),
        (
            "an exchange with more addresses than are believed",
            ZONE + "\n".join(f"mx1.example.com A 198.18.{n // 250}.{n % 250}" for n in range(70)),
            (),
            ("mx1.example.com", "addresses of the exchange"),
        ),
        (
            "more doors than are visited",
            ZONE
            + "\n".join(f"example.com MX {n} n{n}.example.com" for n in range(36))
            + "\n"
            + "\n".join(f"n{n}.example.com A 198.18.{n}.{m}" for n in range(36) for m in range(60)),
            (),
            ("example.com", "doors"),
        ),
    ],
)
def test_what_a_bound_left_out_is_told(case, zone, words, gap):
    assert gap in judged(internet(zone), words=words)


def test_a_mail_name_that_is_somebody_elses_alias_is_not_judged():
    listed = inventory(domains=(Domain("example.com", subdomains=("shop.example.com",)),))
    abroad = internet(ZONE + "shop.example.com CNAME shops.example.net")
    assert ("shop.example.com", "MX") in judged(abroad, inventory=listed)


def test_a_server_of_the_parent_that_may_not_be_asked_is_not_asked():
    two = ROOT["."] + "\ncom NS b.gtld\nb.gtld A 192.0.2.3"
    world = world_of(internet(more={"192.0.2.1": {".": two}, "192.0.2.3": "not-allowed"}))
    assert ("com at 192.0.2.3", "example.com NS") in [(each.subject, each.what) for each in world.not_asked]


def test_a_name_that_the_parent_surely_does_not_know_needs_nobody_to_speak_for_it():
    """The registry lists servers still, which refuse: the domain is registered, and on hold."""
    refuse = {"192.0.2.11": dns.REFUSED, "192.0.2.12": dns.REFUSED}
    assert judged(internet(com={"com": "example.net NS a.gtld"}, more=refuse)) == []


def test_no_rdap_service_is_not_asked_and_no_failure():
    world = world_of(internet(), rdap="", rdap_bootstrap={})
    assert ("example.com", "registry") in [(each.subject, each.what) for each in world.not_asked]


def test_a_registry_that_answers_nonsense_is_not_judged():
    net = internet()
    net.rdap = ("not a name",)
    assert ("registry", "name servers of example.com") in judged(net)


def test_a_door_of_the_owners_to_which_no_record_leads_is_told():
    doors = (Declared("old.example.com", ("192.0.2.77",)), Declared("mx1.example.com", ("192.0.2.21",)))
    elsewhere = (
        Declared("mx.example.net", ("192.0.2.78",)),
        Declared("trap.example.com", ("192.0.2.79",), role="trap"),
    )
    world = world_of(internet(), inventory=inventory(doors=doors + elsewhere))
    assert [e.subject for e in world.not_asked if e.reason == "no MX leads there"] == ["192.0.2.77:25"]


def test_a_spool_elsewhere_that_hands_on_to_the_domain_is_told_where_nobody_searches():
    doors = (
        Declared("mx1.example.com", ("192.0.2.21",)),
        Declared("spool.example.net", ("192.0.2.78",), next_hop="mx1.example.com"),
        Declared("old.example.org", ("192.0.2.77",), forwards=("192.0.2.78:25",)),
        Declared("mx.example.net", ("192.0.2.76",)),
    )
    world = world_of(internet(), inventory=inventory(doors=doors))
    told = [e.subject for e in world.not_asked if e.reason == "no MX leads there"]
    assert told == ["192.0.2.78:25", "192.0.2.77:25"]


def test_a_refusal_of_one_port_says_nothing_of_another_port_of_that_address():
    """Port 25 is our own gate's, port 2525 is silent: the one is not asked, the other not judged."""
    net = internet(doors={"192.0.2.21": door(), "192.0.2.22": door()})
    usual = net.ask

    def ask(question):
        refused = getattr(question, "address", "") == "192.0.2.22" and question.port == 25
        return seen(question, NOT_ALLOWED, reason="opted out") if refused else usual(question)

    net.ask = ask
    net.doors["192.0.2.22"] = "silent"
    doors = (Declared("mx2.example.com", ("192.0.2.22",), port=2525),)
    world = world_of(net, search="all", inventory=inventory(doors=doors))
    assert ("192.0.2.22:25", "session") in [(e.subject, e.what) for e in world.not_asked]
    assert ("192.0.2.22:2525", "door") in [(e.subject, e.what) for e in world.not_judged]
