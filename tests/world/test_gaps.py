"""Not asked and could not judge are two lists, and neither is ever taken for a pass."""

import pytest

from mxlatch.terms import dns
from mxlatch.world.build import build
from mxlatch.world.doors import reached
from tests.fakes.collecting import collected
from tests.fakes.example import ROOT, ZONE, door, internet, scope


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


def test_no_rdap_service_is_not_asked_and_no_failure():
    world = world_of(internet(), rdap="", rdap_bootstrap={})
    assert ("example.com", "registry") in [(each.subject, each.what) for each in world.not_asked]


def test_a_registry_that_answers_nonsense_is_not_judged():
    net = internet()
    net.rdap = ("not a name",)
    assert ("registry", "name servers of example.com") in judged(net)
