"""The table of doors: columns where they fit, a list where they do not."""

from mxlatch.audit.result import Audit
from mxlatch.report.door_table import door_table
from mxlatch.report.layout import Style


def test_beside_each_other(story_1: Audit) -> None:
    assert list(door_table(story_1, Style())) == [
        "                            verdict  recipient  relay  tls  content",
        "  10 filter.example.net     closed   yes        yes    yes  yes",
        "    192.0.2.10:25",
        "    Postfix; filter",
        "  20 mail.example.com       OPEN     !no        yes    yes  !no",
        "    192.0.2.25:25",
        "    Exim 4.96; mailbox",
        "  ! weaker than the baseline or another door",
    ]


def test_as_a_list_where_it_is_narrow(story_1: Audit) -> None:
    assert list(door_table(story_1, Style(width=40))) == [
        "  10 filter.example.net: closed",
        "    192.0.2.10:25",
        "    yes: all",
        "    Postfix; filter",
        "  20 mail.example.com: OPEN",
        "    192.0.2.25:25",
        "    !no: recipient, content",
        "    yes: relay, tls",
        "    Exim 4.96; mailbox",
        "  ! weaker than the baseline or another",
        "  door",
    ]
