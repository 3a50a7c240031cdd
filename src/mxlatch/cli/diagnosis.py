"""What the answers to the doctor's questions say of this machine: can an audit from here be believed?

Pure: observations in, checks out. Each check is ok, bad or unknown, with the reason and, unless it is ok, a remedy.
"""

from collections.abc import Sequence

from msgspec import Struct

from mxlatch.terms import dns
from mxlatch.terms.observation import NOT_ALLOWED, RESET, SESSION, SILENT, UNREACHABLE, Observation
from mxlatch.terms.smtp import Session

OK, BAD, UNKNOWN = "ok", "bad", "unknown"

# TEST-NET-1 (RFC 5737): nobody has this address, so whoever answers there is in between.
NOBODY = "192.0.2.1"
_BANNER_SHOWN = 60  # characters


class Check(Struct, frozen=True):
    """One thing that an audit leans on. state: ok, bad or unknown; remedy: "" if it is ok."""

    name: str
    state: str
    found: str
    remedy: str = ""


def honest(resolver: str, made_up: Observation, real: Observation) -> Check:
    """Does the resolver answer, and does it say that a name nobody has is not there (NXDOMAIN rewriting)?

    made_up: the answer for a name drawn by chance; real: for a name that exists (the root).
    """
    name = f"resolver {resolver}"
    if real.status != dns.ANSWER:
        remedy = "see whether it is up, or name another with --resolver: without one MX targets elsewhere stay unknown"
        return Check(name, UNKNOWN, f"no answer for the root: {_why(real)}", remedy)
    if made_up.status == dns.NXDOMAIN:
        return Check(name, OK, "answers, and says NXDOMAIN for a name that nobody has")
    if made_up.status == dns.ANSWER:
        remedy = "its answers are made up for names that do not exist: use an honest one with --resolver"
        return Check(name, BAD, "answers for a name that nobody has", remedy)
    return Check(
        name, UNKNOWN, f"a name that nobody has gave {_why(made_up)}", "run doctor again; if it stays, --resolver"
    )


def direct(family: str, roots: Sequence[Observation]) -> Check:
    """Do queries reach the name servers that they are sent to? The audit asks each one itself.

    family: "IPv4" or "IPv6"; roots: what root servers said of the root's SOA.
    """
    name = f"name servers by {family}"
    if any(o.status == dns.ANSWER for o in roots):
        return Check(name, OK, "a root server answered for itself")
    if any(o.status == dns.NOT_AUTH for o in roots):
        remedy = "look from a network that lets port 53 out: here every name server would seem to say the same"
        return Check(name, BAD, "something in between answers in the name of root servers", remedy)
    state = BAD if family == "IPv6" else UNKNOWN
    remedy = (
        f"doors and servers with {family} only stay unknown from here"
        if family == "IPv6"
        else "let UDP and TCP port 53 out to any address, or look from another network"
    )
    return Check(name, state, f"no root server answered: {_whys(roots)}", remedy)


def intercepted(nobody: Observation) -> Check:
    """Does something answer on port 25 in the name of an address that nobody has?"""
    name = "port 25 is not intercepted"
    where = f"{NOBODY}:25, which is nobody's,"
    if nobody.status == SESSION:
        remedy = 'look from a network without SMTP proxy or "mail protection": here every door would be its door'
        return Check(name, BAD, f"{where} answered{_banner(nobody)}", remedy)
    if nobody.status == RESET:
        remedy = "a firewall on the way refuses port 25: ask for an exception, or look from another network"
        return Check(name, BAD, f"{where} refused the connection: {_why(nobody)}", remedy)
    if nobody.status == SILENT:
        return Check(name, OK, f"{where} did not answer")
    return Check(name, UNKNOWN, f"{NOBODY}:25: {_why(nobody)}", "see to the network, then run doctor again")


def reaches(controls: Sequence[Observation]) -> Check:
    """Can this machine reach doors at all? The positive control, without which silence says nothing."""
    name = "port 25 goes out"
    remedy = "name a mail server that answers strangers, best one of your own: --control ADDRESS"
    if not controls:
        return Check(name, UNKNOWN, "no mail server to try was named", remedy)
    spoke = [o for o in controls if o.status == SESSION]
    if not spoke:
        state = BAD if any(o.status in (RESET, SILENT, UNREACHABLE) for o in controls) else UNKNOWN
        remedy = "if these servers are up, port 25 is blocked here: ask the provider, or look from another network"
        return Check(name, state, _whys(controls), remedy)
    banners = {_banner(o) for o in spoke}
    if len(spoke) > 1 and len(banners) == 1 and len({_host(o) for o in spoke}) > 1:
        remedy = "if these are not one organisation's, something in between answers for all of them"
        return Check(name, UNKNOWN, f"{len(spoke)} servers, and all say the same{banners.pop()}", remedy)
    return Check(name, OK, f"{len(spoke)} of {len(controls)} answered{_banner(spoke[0])}")


def clock(kept: bool | None, now: float, shipped: float) -> Check:
    """Certificates and leave are judged by the clock. kept: the kernel's word; None: it does not say.

    now, shipped: seconds since 1970 UTC; shipped: a day that was past when this version was made.
    """
    remedy = "keep the clock by NTP: `timedatectl set-ntp true`, or chrony"
    if now < shipped:
        return Check("clock", BAD, "it is before the day on which this version was made", remedy)
    if kept is None:
        return Check("clock", UNKNOWN, "this system does not say whether it is kept", remedy)
    if not kept:
        return Check("clock", UNKNOWN, "it is plausible, but nothing keeps it", remedy)
    return Check("clock", OK, "kept by a time service")


def ehlo(name: str, declared: bool) -> Check:
    """Our name in EHLO: strangers' servers judge by it, and their owners should see who asked."""
    if declared:
        return Check("name in EHLO", OK, f"{name}, from the inventory")
    remedy = 'say who you are: [operator] ehlo = "probe.example.net" and contact in the inventory'
    state = BAD if name.endswith(".invalid") else UNKNOWN
    return Check("name in EHLO", state, f"{name}, made from this machine's own name", remedy)


def _why(observation: Observation) -> str:
    if observation.status == NOT_ALLOWED:
        return observation.reason
    return f"{observation.status} ({observation.reason})" if observation.reason else observation.status


def _whys(observations: Sequence[Observation]) -> str:
    """What each said; what several said the same, once."""
    hosts: dict[str, list[str]] = {}
    for observation in observations:
        hosts.setdefault(_why(observation), []).append(_host(observation))
    return "; ".join(f"{', '.join(dict.fromkeys(who))}: {why}" for why, who in hosts.items()) or "nothing to ask"


def _host(observation: Observation) -> str:
    question = observation.question
    return getattr(question, "server", "") or getattr(question, "address", "")


def _banner(observation: Observation) -> str:
    session = observation.value
    banner = session.banner if isinstance(session, Session) else None
    return f": {banner.code} {banner.text[:_BANNER_SHOWN]}" if banner else ", and said nothing"
