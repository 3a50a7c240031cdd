"""A log keeps what came first."""

from mxlatch.audit.log import Log
from mxlatch.terms.question import DnsQuestion
from tests.fakes.example import scope
from tests.fakes.internet import seen

Q = DnsQuestion("192.0.2.1", "example.com", "MX")


def test_an_answer_is_found_by_its_question():
    log = Log(scope(), [seen(Q, "nodata")])
    assert log.get(Q).status == "nodata"
    assert len(log) == 1
    assert [o.question for o in log] == [Q]


def test_the_first_answer_stands():
    log = Log(scope(), [seen(Q, "nodata"), seen(Q, "refused")])
    assert log.get(Q).status == "nodata"


def test_what_was_not_asked_is_not_there():
    assert Log(scope()).get(Q) is None


def test_other_runs_are_handed_on_as_looks():
    other = Log(scope(vantage="guest-wifi"), [seen(Q, "nodata")])
    (look,) = Log(scope(), others=[other]).looks
    assert (look.scope.vantage, look.lookup(Q).status, len(look.observations)) == ("guest-wifi", "nodata", 1)
    assert Log(scope()).looks == ()
