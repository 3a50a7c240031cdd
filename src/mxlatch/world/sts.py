"""The domain's MTA-STS policy: announced by a TXT record, fetched from the policy host (RFC 8461 section 3).

The policy is a web page of the owner's, so it is fetched only where the inventory names the domain. Limits: what
senders cached before is not known; the policy of the domain itself only, not of names below it (each has its own).
"""

from collections.abc import Sequence

from msgspec import Struct

from mxlatch.terms.errors import ProtocolError
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.observation import NOT_YET, Observation
from mxlatch.terms.outcome import Absent, Found, Outcome, Unknown
from mxlatch.terms.question import HttpQuestion
from mxlatch.wire import sts, tags
from mxlatch.world import showing
from mxlatch.world.answers import answered, is_silent
from mxlatch.world.candidate import Known
from mxlatch.world.enquiry import Enquiry
from mxlatch.world.scope import Scope
from mxlatch.world.trail import everywhere, texts


class Txt(Struct, frozen=True):
    """The record that announces a policy. owner: where it stands, another name's if an alias leads there.

    strings: as they are in the record. ttl: the largest that any server gave, seconds. alone: no other TXT is there.
    """

    owner: str
    strings: tuple[bytes, ...]
    ttl: int
    alone: bool = True

    @property
    def text(self) -> str:
        """The strings as one, octets that are not ASCII as `\\xNN`."""
        return b"".join(self.strings).decode("ascii", "backslashreplace")


class Sts(Struct, frozen=True):
    """A policy that a sender finds now. body: the page. txt: the record that announces it."""

    policy: sts.Policy
    body: str
    txt: Txt
    evidence: tuple[Evidence, ...] = ()

    @property
    def enforced(self) -> bool:
        """True if senders that heed it take an exchanger that breaks it for unreachable (RFC 8461 section 5)."""
        return self.policy.mode == "enforce" and self.policy.max_age is not None

    def names(self, exchange: str) -> bool:
        """True if the policy allows this exchange."""
        return sts.allows(self.policy, exchange)


def is_enforced(known: Outcome[Sts] | None) -> bool:
    """True if a policy is known that senders hold exchangers to."""
    return isinstance(known, Found) and known.value.enforced


class StsSeen(Struct, frozen=True):
    """What was heard of it. announced: some answer says that there is a policy. page: None if nobody fetched it."""

    txt: tuple[Observation, ...] = ()
    announced: bool = False
    page: Observation | None = None


def ask_sts(known: Known, scope: Scope) -> Enquiry[StsSeen]:
    """Ask public resolution and every server of the zone, and fetch the page."""
    seen = yield everywhere([f"_mta-sts.{known.domain}"], "TXT", known, scope)
    announced = any(tags.is_version(text, sts.VERSION) for observation in seen for text in texts(observation))
    if not announced or scope.inventory.domain(known.domain) is None:
        return StsSeen(tuple(seen), announced)
    (page,) = yield [HttpQuestion(f"https://mta-sts.{known.domain}/.well-known/mta-sts.txt", redirects="refused")]
    return StsSeen(tuple(seen), announced, page)


def policy_of(seen: StsSeen) -> Outcome[Sts] | None:
    """The policy; None if nobody asked for it.

    One that cannot be fetched is unknown and not absent: senders elsewhere may have fetched it, and keep it.
    """
    if all(observation.status == NOT_YET for observation in seen.txt):
        return None
    if not seen.announced:
        unheard = [o for o in seen.txt if is_silent(o)]
        return Unknown(unheard[0].reason or unheard[0].status) if len(unheard) == len(seen.txt) else Absent("nodata")
    txt = _record(seen.txt)
    if txt is None:
        return Absent("more than one record")  # then there is no policy (RFC 8461 section 3.1)
    if seen.page is None or seen.page.status == NOT_YET:
        return None
    return _fetched(seen.page, txt, seen.txt)


def _record(seen: Sequence[Observation]) -> Txt | None:
    """The one record of the first answer that holds just one."""
    for observation in seen:
        records = [r for r in answered(observation, "TXT") if _announces(r.value)]
        if len(records) == 1:
            owner, strings = records[0].owner, records[0].value
            alike = (r.ttl for each in seen for r in answered(each, "TXT") if _announces(r.value))
            assert isinstance(strings, tuple)
            alone = len(answered(observation, "TXT")) == 1
            return Txt(owner, tuple(s for s in strings if isinstance(s, bytes)), max(alike), alone)
    return None


def _announces(value: object) -> bool:
    if not isinstance(value, tuple):
        return False
    text = b"".join(each for each in value if isinstance(each, bytes))
    return tags.is_version(text.decode("ascii", "backslashreplace"), sts.VERSION)


def _fetched(page: Observation, txt: Txt, announcing: Sequence[Observation]) -> Outcome[Sts]:
    match page.outcome:
        case Found(bytes() as body):
            try:
                policy = sts.parse(body)
            except ProtocolError as error:
                return Absent(str(error))
            first = next(each for each in announcing if answered(each, "TXT"))
            shown = showing.of_part(first, f"_mta-sts TXT {txt.text}")
            return Found(Sts(policy, body.decode("ascii"), txt, (shown, page_evidence(page, told(policy)))))
        case Unknown() as unknown:
            return unknown
        case _:
            return Absent(page.status)


def told(policy: sts.Policy) -> str:
    """A policy in a line."""
    allowed = ", ".join((*policy.names, *policy.patterns)) or "no exchanger"
    return f"MTA-STS policy: mode {policy.mode}, max_age {policy.max_age}, mx: {allowed}"


def page_evidence(page: Observation, text: str) -> Evidence:
    """What the policy host said."""
    assert isinstance(page.question, HttpQuestion)
    return Evidence(text, page.source, page.time, f"curl -s {page.question.url}")
