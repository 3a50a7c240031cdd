# ruff: noqa: E501  (the sentences stand here as a user reads them)
"""TLS004: cases, each with what is told of it."""

import pytest
from worlds import Described, told, two_exchangers

from mxlatch.audit.checks.tls004 import check

UNREACHABLE = "senders that heed it do not come there, also while the others are down"
CASES = [
    ("nobody asked", two_exchangers(), []),
    ("both are named", two_exchangers().sts("mx1.example.com", "mx2.example.com"), []),
    ("a wildcard", two_exchangers().sts("*.example.com"), []),
    ("a wildcard stands for one label", two_exchangers().sts("mx1.example.com", "*.com"), [f"medium mx2.example.com: the MTA-STS policy of example.com does not name mx2.example.com: {UNREACHABLE}"]),
    ("the secondary is not", two_exchangers().sts("mx1.example.com"), [f"medium mx2.example.com: the MTA-STS policy of example.com does not name mx2.example.com: {UNREACHABLE}"]),
    (
        "only tried out",
        two_exchangers().sts("mx1.example.com", mode="testing"),
        ["low mx2.example.com: the MTA-STS policy of example.com does not name mx2.example.com: once it is enforced, senders that heed it do not come there"],
    ),
    ("switched off", two_exchangers().sts("mx1.example.com", mode="none"), []),
    (
        "none is named",
        two_exchangers().sts("mail.example.com"),
        [
            f"high {name}: the MTA-STS policy of example.com does not name {name}: it names no exchanger, so that senders that heed it deliver nothing and return their mail"
            for name in ("mx1.example.com", "mx2.example.com")
        ],
    ),
    ("the MX of another name has another policy", two_exchangers().says("10 mx9.example.com", name="lists.example.com").sts("*.example.com", "mx1.example.com"), []),
]  # fmt: skip


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_tls004(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines


def test_a_name_of_its_own_policy_is_left_alone() -> None:
    case = two_exchangers().says("10 mx9.example.net", name="lists.example.com").sts("*.example.com")
    assert told(check, case) == []
