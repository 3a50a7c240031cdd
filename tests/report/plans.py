"""Plans made by hand, for the tests of the reports: one with every kind of change, a hostile one, a small fleet."""

from msgspec import structs

from mxlatch.plan.change import (
    REFUSE,
    REJECT,
    Certificate,
    Delegation,
    HandOn,
    Harden,
    Inward,
    Listen,
    Lock,
    Outward,
    Policy,
    Records,
    Retire,
    StopWaiving,
    Tenant,
    Transfer,
)
from mxlatch.plan.result import Hazard, Plan, PolicyKept, Proof, Remedy, StaysOpen, Step
from mxlatch.terms.finding import NotJudged
from mxlatch.terms.latch import Latch

BOTH = ("10 mx1.example.com.", "20 mx2.example.com.", "30 mx3.example.com.")
MADE = "2026-11-01T12:00:00Z"


def lock(stage: str) -> Lock:
    where = ("192.0.2.25", "2001:db8::25")
    return Lock("mail.example.com", where, (25,), ("198.51.100.0/24",), "the filter", True, "border", stage)


def mx(before: tuple[str, ...], after: tuple[str, ...]) -> Records:
    return Records("example.com", "example.com", "MX", before, after, 3600, 86_400)


EVERYTHING = Plan(
    domain="example.com",
    made=MADE,
    profile="sandwich",
    sentence="2 remedies help example.com, and a way round stays open",
    before="open",
    after="open",
    remedies=(
        Remedy(
            "lock", "lock mail.example.com", 3, ("mail.example.com (192.0.2.25:25)",), ("others of the filter",), "x"
        ),
        Remedy("sandwich", "list mx1 once more", 2, (), (), "delete it"),
    ),
    steps=(
        Step("publish MX 30 mx3", (mx(BOTH[:2], BOTH),), 90_000, "caches", "every server serves it", "delete it"),
        Step("delete MX 20 mx2", (mx(BOTH, (BOTH[0], BOTH[2])),), 90_000, "caches", "every server serves it", "again"),
        Step(
            "set up the servers",
            (
                Harden("192.0.2.26:25", "mx2.example.com", "Postfix", Latch.CONTENT, "192.0.2.25:25", "rspamd"),
                Harden("[2001:db8::26]:25", "mx2.example.com", "Postfix", Latch.CONTENT, "192.0.2.25:25", "rspamd"),
                HandOn("192.0.2.26:25", "mx2.example.com", "192.0.2.25:25", "received", "Exim"),
                StopWaiving("192.0.2.26:25", "mx2.example.com", "192.0.2.25:25", (Latch.CONTENT, Latch.DMARC), "Exim"),
                Listen("mx1.example.com", "192.0.2.25:25", "192.0.2.27"),
                Certificate("mx1.example.com", ("mx3.example.com",)),
                Policy("example.com", ("mx: mx1.example.com",), ("mx: mx3.example.com",), "v=STSv1; id=2;", 86_400),
                Tenant("microsoft", "example.com", "example-com.mail.protection.outlook.com", (), "*.filter.example"),
                Retire("203.0.113.9:25", "old.example.com", "example.com", "the ISP", "sendmail"),
                Inward("border", ("192.0.2.0/24", "2001:db8::/32"), ("192.0.2.25",), (25, 587), "forward"),
                Outward("border", ("192.0.2.0/24",), ("192.0.2.25",)),
            ),
        ),
        Step("refuse strangers", (lock(REFUSE),), 604_800, "who still comes is told"),
        Step(
            "reset strangers", (lock(REJECT),), undo="take the rule away", free=False, costs="who it shut out is gone"
        ),
        Step(
            "at the registrar",
            (Delegation("example.com", ("ns1.example.com", "old.example.net"), ("ns1.example.com",), 9),),
        ),
        Step(
            "mend",
            (Transfer("example.com", ("ns2.example.com",), ("ns1.example.com",), 2026010101, behind=True),),
        ),
    ),
    hazards=(Hazard("no-backup:mx2.example.com", "mail waits at its senders"), Hazard("cut-off:x y", "who is cut off")),
    proofs=(
        Proof(
            "none",
            "open",
            "open",
            ("a stranger", "mx9.example.com"),
            ("rfc5321",),
            unsure=("lists.example.com",),
            worse=('"no backscatter" held, and does not after the plan: it comes back',),
        ),
        Proof("down mx1.example.com", "open", "closed"),
    ),
    policies=(
        PolicyKept("every path from internet passes content", "mxlatch.toml:41", "no", "yes"),
        PolicyKept("every path from internet passes dnsbl", "mxlatch.toml:44", "no", "no"),
    ),
    stays_open=(
        StaysOpen("mx9.example.com, without SPF", "no remedy"),
        StaysOpen("a", "rarer"),
        StaysOpen("b", "rarer"),
        StaysOpen("192.0.2.8:25 by mx8.example.com", "not judged: no leave", judged=False),
    ),
    conflicts=("every exchanger stays, and no way round: not both",),
    not_judged=(NotJudged("192.0.2.53", "MX", "timeout"),),
    exact=False,
)
NOTHING = Plan(
    domain="fine.example",
    made=MADE,
    profile="best",
    sentence="fine.example is closed: nothing needs to be done",
    before="closed",
    after="closed",
    proofs=(Proof("none", "closed", "closed"),),
)
CLOSED = structs.replace(
    EVERYTHING,
    domain="shut.example",
    sentence="1 remedy closes every way round the protection of shut.example",
    after="closed",
    remedies=(Remedy("lock", "lock mail.example.com", 3),),
    policies=(),
    stays_open=(),
    conflicts=(),
    not_judged=(),
    proofs=(Proof("none", "open", "closed"),),
    exact=True,
)
UNKNOWN = structs.replace(NOTHING, domain="dark.example", before="unknown", after="unknown")
FLEET = (NOTHING, CLOSED, UNKNOWN, EVERYTHING)

_EVIL = "\x1b[31m</code><script>alert(1)</script>```\n# no\u202e*_[x](javascript:y)|"
HOSTILE = structs.replace(
    EVERYTHING,
    domain=_EVIL,
    sentence=_EVIL,
    steps=(
        Step(_EVIL, (Records(_EVIL, _EVIL, "MX", (_EVIL, "a"), (_EVIL, "b"), 1, 1),), 1, _EVIL, _EVIL, _EVIL),
        Step(_EVIL, (Retire(_EVIL, _EVIL, _EVIL, _EVIL, _EVIL), Harden(_EVIL, _EVIL, _EVIL, Latch.TLS, _EVIL, _EVIL))),
    ),
    hazards=(Hazard(_EVIL, _EVIL),),
    conflicts=(_EVIL,),
    policies=(PolicyKept(_EVIL, _EVIL, "no", "unknown"),),
    stays_open=(StaysOpen(_EVIL, _EVIL),),
    not_judged=(NotJudged(_EVIL, _EVIL, _EVIL),),
    proofs=(Proof(f"down {_EVIL}", "open", "open", (_EVIL,), (_EVIL,), (_EVIL,), (_EVIL,)),),
    remedies=(Remedy("lock", _EVIL, 1, (_EVIL,), (_EVIL,), _EVIL),),
)
EXAMPLES = {
    "everything": (EVERYTHING,),
    "nothing": (NOTHING,),
    "fleet": FLEET,
    "hostile": (HOSTILE,),
    "none": (),
}
