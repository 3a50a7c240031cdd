"""One sentence with a count."""

import pytest

from mxlatch.audit.verdict import judge
from tests.audit.test_verdict import BOTH, FINE, NULL, WEAK, audit
from tests.fakes.collecting import collected
from tests.fakes.example import internet, scope


@pytest.mark.parametrize(
    ("case", "net", "sentence"),
    [
        ("equal", internet(doors=BOTH), "No way round recipient, relay and tls: both doors were judged."),
        (
            "weaker",
            internet(doors=BOTH | {"192.0.2.22": WEAK}),
            "1 of 2 doors reaches the mailbox without recipient.",
        ),
        (
            "one silent",
            internet(doors={"192.0.2.21": FINE}),
            "No way round recipient, relay and tls found, but 1 of 2 doors surely closed; 1 thing could not be judged.",
        ),
        ("null MX", internet(NULL), "example.com takes no mail."),
        (
            "no door answers",
            internet(doors={}),
            "None of 2 doors answered: nothing can be said; 2 things could not be judged.",
        ),
    ],
)
def test_sentences(case, net, sentence):
    assert audit(net).sentence == sentence


def test_an_interrupted_run_says_so():
    log = collected(internet(doors=BOTH), scope())
    log.interrupted = True
    assert judge(log, "example.com").sentence.endswith("; the run was interrupted.")
