"""What can be asked of the world. A question is a value: equal questions are the same question."""

from typing import Literal

from msgspec import Struct


class DnsQuestion(Struct, frozen=True, order=True, gc=False, tag="dns"):
    """Ask one server address for one RRset.

    `recursion` asks a resolver (RD set) rather than an authoritative server. `spelling` is "mixed" (0x20) or
    "lower": some servers know a name in one spelling only.
    """

    server: str
    name: str
    rrtype: str
    recursion: bool = False
    spelling: Literal["mixed", "lower"] = "mixed"
    port: int = 53


class RcptProbe(Struct, frozen=True, order=True):
    """One RCPT to try in a session: label "valid", "random" or "foreign"; sender "" is the null reverse-path."""

    label: str
    sender: str
    recipient: str


class SmtpQuestion(Struct, frozen=True, order=True, tag="smtp"):
    """Hold one polite SMTP session with an address: banner, EHLO, STARTTLS, EHLO, the probes, QUIT.

    `host` is the name by which the address became known (SNI); `attempt` counts the passes over a silent address.
    `domain` is "" unless there are probes: without them a session says the same for every domain.
    `operator` names the third party whose door it is ("google"), "" if it is nobody's that we know. `published`: a
    record of the domain leads there, so that one polite session needs no leave.
    """

    address: str
    port: int
    host: str
    attempt: int = 1
    domain: str = ""
    operator: str = ""
    probes: tuple[RcptProbe, ...] = ()
    published: bool = True


class HttpQuestion(Struct, frozen=True, order=True, tag="http"):
    """GET one URL (RDAP, RFC 9082; an MTA-STS policy, RFC 8461).

    redirects: "refused" where the standard forbids to follow them, so that one is an answer.
    """

    url: str
    redirects: Literal["followed", "refused"] = "followed"


Question = DnsQuestion | SmtpQuestion | HttpQuestion
