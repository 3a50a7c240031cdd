"""One sentence with a count."""

import pytest

from mxlatch.audit.verdict import judge
from tests.audit.test_verdict import BARE, BOTH, FINE, NULL, REFUSE, WEAK, audit
from tests.fakes.collecting import collected
from tests.fakes.example import ZONE, door, internet, scope

PLAIN = door(starttls=False)
ALL = "the recipient check, the relay check and STARTTLS"


@pytest.mark.parametrize(
    ("case", "net", "sentence"),
    [
        ("equal", internet(doors=BOTH), f"No way round {ALL}: both doors were judged."),
        (
            "weaker",
            internet(doors=BOTH | {"192.0.2.22": WEAK}),
            "1 of 2 doors reaches the mailbox without the recipient check.",
        ),
        (
            "one silent",
            internet(doors={"192.0.2.21": FINE}),
            f"No way round {ALL} found, but only 1 of 2 doors is surely closed; 1 thing could not be judged.",
        ),
        (
            "two weak doors, each in its own way",
            internet(doors={"192.0.2.21": WEAK, "192.0.2.22": PLAIN}, zone=ZONE.replace("MX 20", "MX 10")),
            "2 of 2 doors reach the mailbox without the recipient check or STARTTLS.",
        ),
        (
            "the primary is dead",
            internet(doors={"192.0.2.21": "reset", "192.0.2.22": FINE}),
            f"No way round {ALL} found, but what the better doors have is not known; 1 thing could not be judged.",
        ),
        ("null MX", internet(NULL), "example.com takes no mail: it has a null MX."),
        (
            "no such domain",
            internet(com={"com": "example.net NS a.gtld"}, rdap=None),
            "example.com does not exist, so it takes no mail.",
        ),
        ("no MX, no address", internet(BARE), "example.com takes no mail: it has neither MX nor address."),
        (
            "exchangers that lead nowhere",
            internet(BARE + "\nexample.com MX 1 gone.example.com"),
            "example.com takes no mail: none of its exchangers has an address.",
        ),
        (
            "no name server speaks",
            internet(more=REFUSE),
            "No door of example.com was found, which does not mean that there is none; 1 thing could not be judged.",
        ),
        (
            "one name server silent",
            internet(doors=BOTH, more={"192.0.2.12": "no-response"}),
            f"No way round {ALL} found, but there may be doors that nobody told of; 1 thing could not be judged.",
        ),
        (
            "a name server on the owner's opt-out list",
            internet(doors=BOTH, more={"192.0.2.12": "not-allowed"}),
            f"No way round {ALL} found, but there may be doors that nobody told of; "
            "1 name server not asked: not-allowed.",
        ),
        (
            "a door that may not be visited",
            internet(doors=BOTH | {"192.0.2.22": "not-allowed"}),
            f"No way round {ALL} found, but only 1 of 2 doors is surely closed; 1 door not asked: not-allowed.",
        ),
        (
            "no door answers",
            internet(doors={}),
            "None of 2 doors answered; 2 things could not be judged.",
        ),
    ],
)
def test_sentences(case, net, sentence):
    assert audit(net).sentence == sentence


def test_an_interrupted_run_says_so():
    log = collected(internet(doors=BOTH), scope())
    log.interrupted = True
    assert judge(log, "example.com").sentence.endswith("; the run was interrupted.")
