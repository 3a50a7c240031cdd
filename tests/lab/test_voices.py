import re
from typing import get_args

import pytest
from msgspec import structs

from mxlatch.lab.topology import Software
from mxlatch.lab.voices import VOICES

# The class of the code that each reply must have (RFC 5321 section 4.2.1).
CLASSES = {
    "sender_ok": "250", "recipient_ok": "250", "unknown_user": "5..", "no_relay": "55.", "listed": "55.",
    "greylisted": "45.", "out_of_order": "45.", "spam": "55.", "go_ahead": "354", "queued": "250", "reset": "250",
    "bye": "221", "tls": "220", "unknown_command": "50.", "nested": "503", "mail_first": "503",
    "rcpt_first": "503", "no_recipients": "5..", "bad_helo": "501", "bad_sender": "5..", "bad_recipient": "5..",
    "spf_fail": "550", "vrfy": "252",
}  # fmt: skip


def test_every_software_that_a_topology_may_name_has_a_voice() -> None:
    assert set(VOICES) == set(get_args(Software))


@pytest.mark.parametrize("software", VOICES)
def test_every_reply_has_the_code_of_its_meaning(software: str) -> None:
    assert CLASSES.keys() | {"greeting", "ehlo", "extensions", "all_refused"} == structs.asdict(VOICES[software]).keys()
    for key, code in CLASSES.items():
        assert re.match(code + " ", structs.asdict(VOICES[software])[key]), key
