"""Who would be cut off by a lock, as the server's log tells it."""

import pytest

from mxlatch.plan.change import Lock
from mxlatch.plan.cut_off import NOBODY, SOMEBODY, UNSURE, cut_off, others
from mxlatch.wire.maillog import Came, MailLog

DAY = 86_400
NOW = 1_795_867_200.0  # 2026-11-28T12:00:00Z
LOCK = Lock(
    "hub.example.com",
    ("192.0.2.25",),
    (25,),
    ("198.51.100.1", "198.51.100.64/26", "2001:db8:1::/64"),
    "mx1.example.com",
)
FILTER = {"198.51.100.1": 900}


def log(days: float = 8, ends: float = NOW, **more) -> MailLog:
    """A log of so many days that ends then. came: messages by address."""
    came = {address: Came(messages, ends) for address, messages in more.pop("came", FILTER).items()}
    return MailLog(came, ends - days * DAY, ends, int(days) + 1, **more)


@pytest.mark.parametrize(
    ("came", "found"),
    [
        (FILTER, []),
        ({"198.51.100.70": 4, "2001:db8:1::9": 2, "192.0.2.25": 7}, []),  # within what is let in; the server itself
        ({"203.0.113.9": 40, "203.0.113.200": 2}, [("203.0.113.9", 40, 1), ("203.0.113.200", 2, 1)]),
        ({"203.0.113.1": 1, "203.0.113.2": 2, "203.0.113.3": 3}, [("203.0.113.0/24", 6, 3)]),
        ({f"2001:db8:2::{n}": 1 for n in range(1, 5)}, [("2001:db8:2::/64", 4, 4)]),
        ({"198.51.100.2": 3, "198.51.100.1": 9}, [("198.51.100.2", 3, 1)]),  # the filter's neighbour is another
    ],
)
def test_whom_the_lock_does_not_let_in_the_most_first(came, found):
    assert [(each.who, each.messages, each.addresses) for each in others(LOCK, log(came=came))] == found


@pytest.mark.parametrize(
    ("seen", "who", "said"),
    [
        (
            log(3, came=FILTER | {"203.0.113.9": 40, "192.0.2.7": 1}),
            SOMEBODY,
            "of 3 days of its log: 2 others delivered directly: 203.0.113.9 (40 messages, the last 2026-11-28), "
            "192.0.2.7 (1 message, the last 2026-11-28)",
        ),
        (log(8), NOBODY, "of 8 days of its log: nobody else delivered directly"),
        (
            log(3, lines=100, unknown=7),
            UNSURE,
            "of 3 days of its log (7 of 100 lines not understood): nobody else delivered directly, but a week of it "
            "would be needed to tell",
        ),
        (
            log(30, ends=NOW - 9 * DAY),
            UNSURE,
            "of 30 days of its log: nobody else delivered directly, but it ends 2026-11-19",
        ),
        (log(8, came={}), UNSURE, "of 8 days of its log: no mail, not even from mx1.example.com: is it this server's?"),
        (log(8, left_out=3), UNSURE, "of 8 days of its log: more addresses than are kept"),
    ],
)
def test_what_a_log_says(seen, who, said):
    made = cut_off(LOCK, seen, NOW)
    assert (made.log, made.who) == (said, who)


def test_two_lines_a_week_apart_are_no_week_of_log():
    assert cut_off(LOCK, MailLog({"198.51.100.1": Came(2, NOW)}, NOW - 8 * DAY, NOW, 2), NOW).who == UNSURE


def test_many_are_told_by_their_number():
    said = cut_off(LOCK, log(came={f"203.0.{n}.9": n for n in range(1, 13)}), NOW).log
    assert "12 others delivered directly: 203.0.12.9 (12 messages, the last" in said
    assert said.endswith(" and 7 more")
