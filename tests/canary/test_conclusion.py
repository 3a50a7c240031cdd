"""From what was sent and what arrived to what is proven, and what is not."""

import pytest
from msgspec import structs

from mxlatch.canary.conclusion import conclude, filtered_doors, proven_doors, unsettled
from mxlatch.canary.result import FILTER_HEADER, NOT_ARRIVED, Arrival, Canary, Mark, Passed, Run

DOOR = "192.0.2.25:25"
SENT = Canary(DOOR, "t1", "plain", "sent", "message", "250 ok")
CLEAN = Arrival("t1", "INBOX", (Passed("mail.example.com"),))
MARKED = structs.replace(CLEAN, marks=(Mark(FILTER_HEADER, "x-spam-status: No"),))
NOW = 1_800_000_000.0


def run(*canaries: Canary) -> Run:
    return Run(
        domain="example.com", recipient="a@example.com", sender="p@sender.example", vantage="internet", leave="x",
        time=NOW, waited=1.0, canaries=canaries,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "arrivals", "filters", "arrived", "note", "proves"),
    [
        (SENT, [CLEAN], [], True, "arrived, and no filter left a mark", "way round"),
        (SENT, [MARKED], [], True, "arrived; x-spam-status: No", "filtered"),
        (SENT, [CLEAN], [DOOR], True, f"entered at {DOOR}, a filter of the inventory", "filtered"),
        (SENT, [CLEAN, structs.replace(CLEAN, where="other")], [], True, "2 copies", "way round"),
        (SENT, [], [], False, NOT_ARRIVED, ""),
        (SENT, [structs.replace(CLEAN, token="t2")], [], False, NOT_ARRIVED, ""),
        (structs.replace(SENT, sent="unknown"), [], [], False, "it may arrive; it is not sent again", ""),
        (structs.replace(SENT, sent="unknown"), [CLEAN], [], True, "no filter left a mark", "way round"),
        (
            structs.replace(SENT, sent="refused", stage="RCPT", reply="550 no"),
            [],
            [],
            None,
            "refused at RCPT: 550 no",
            "",
        ),
        (structs.replace(SENT, sent="deferred", reply="451 later"), [], [], None, "deferred at message: 451 later", ""),
        (structs.replace(SENT, sent="not-sent", reply="", reason="no route"), [], [], None, "not sent: no route", ""),
        (structs.replace(SENT, kind="gtube"), [CLEAN], [], True, "arrived with the filters' test string", "way round"),
    ],
)
def test_what_one_canary_says(
    sent: Canary, arrivals: list[Arrival], filters: list[str], arrived: bool | None, note: str, proves: str
) -> None:
    canary = conclude(sent, arrivals, filters, NOW)
    assert canary.arrived is arrived
    assert note in canary.note
    assert (list(proven_doors(run(canary))), list(filtered_doors(run(canary)))) == (
        [DOOR] if proves == "way round" else [],
        [DOOR] if proves == "filtered" else [],
    )


def test_the_evidence_is_the_message_in_the_mailbox() -> None:
    (evidence,) = proven_doors(run(conclude(SENT, [CLEAN], [], NOW))).values()
    assert evidence.text.startswith(f"canary t1 sent to {DOOR} arrived by mail.example.com; arrived, and no filter")
    assert (evidence.source, evidence.time) == ("INBOX", NOW)


def test_a_door_that_filters_one_of_two_is_not_proven_to_go_round() -> None:
    second = structs.replace(SENT, token="t2", kind="gtube")
    seen = run(conclude(SENT, [MARKED], [], NOW), conclude(second, [structs.replace(CLEAN, token="t2")], [], NOW))
    assert proven_doors(seen) == {}
    assert list(filtered_doors(seen)) == [DOOR]


@pytest.mark.parametrize(
    ("sent", "arrived", "settled"),
    [("sent", True, True), ("refused", None, True), ("sent", False, False), ("deferred", None, False),
     ("not-sent", None, False), ("unknown", False, False), ("unknown", True, True)],
)  # fmt: skip
def test_what_proved_nothing(sent: str, arrived: bool | None, settled: bool) -> None:
    canary = structs.replace(SENT, sent=sent, arrived=arrived)
    assert bool(unsettled(run(canary))) is not settled
