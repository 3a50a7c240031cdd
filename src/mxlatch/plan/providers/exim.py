"""Settings for Exim (spec.txt, chapters 14 and 43), as files to include in the main section, the RCPT and the DATA ACL.

Exim has one configuration that its owner wrote, and no tool that edits it: so nothing is edited. The include lines
stand at the head of each file; to take them out again is the undo. `exim4 -bV` refuses what this Exim cannot do, and
options that are set twice: then put our values into the line that is there.

The lists local_domains, relay_to_domains and relay_from_hosts are those of Exim's default configuration and Debian's.

Limits: Exim 4.96 takes no XCLIENT; PROXY and content scanning are not in Debian's exim4-daemon-light. `order`, pregreet
and a delay before the banner it has not. A callout that cannot be made is a 4xx, so that nothing is bounced later.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import get_args

from msgspec import Struct

from mxlatch.plan.change import Change, HandOn, Harden, Listen, Lock, Retire, StopWaiving
from mxlatch.plan.provider import Given, Written
from mxlatch.plan.providers.mailhost import (
    BY_FILTER,
    OnHost,
    answers_of,
    exchangers,
    expressed,
    listed_in,
    refusal,
    retired,
    stages,
)
from mxlatch.plan.providers.quoting import address, door, families, file_name, host, port, remark
from mxlatch.plan.result import Plan
from mxlatch.plan.wording import SHARED
from mxlatch.terms.latch import Latch

NAME = "exim"
TITLE = "Exim: host lists and ACL statements to include"
KINDS: tuple[type[Change], ...] = get_args(OnHost)

RSPAMD = "127.0.0.1 11333 variant=rspamd"  # its worker for HTTP, as Debian installs it
LATCHES = frozenset({Latch.RECIPIENT, Latch.RELAY, Latch.TLS, Latch.DNSBL}) | BY_FILTER
FOLDER = "/etc/exim4"

_FILTERED = (
    "  deny   ! authenticated = *",
    "         spam = nobody:true",
    "         condition = ${if eq{$spam_action}{reject}}",
    "         message = 550 5.7.1 Refused for its content",
    "  defer  ! authenticated = *",
    "         spam = nobody:true",
    "         condition = ${if inlist{$spam_action}{greylist:soft reject}}",
    "         message = 451 4.7.1 Try again later",
)


class Snippets(Struct):
    """Lines for each of the three places."""

    main: list[str]
    rcpt: list[str]
    data: list[str]

    @classmethod
    def of(cls, changes: Iterable[OnHost], domain: str, mark: str, names: Iterable[str] = ()) -> "Snippets":
        """The lines for one host. domain: whose mail it is; mark: letters and digits that no other plan has for its
        lists; names: where strangers shall deliver instead.

        Raises:
            InputError: a value is not what it must be.
        """
        made = cls([], [], [])
        those, named = tuple(changes), tuple(names)
        for number, change in enumerate(those, 1):
            _add(made, f"mxlatch_{mark}_lock{number}", change, domain, named)
        made.main += _proxies([c for c in those if isinstance(c, HandOn)])
        extra = [address(c.address) for c in those if isinstance(c, Listen)]
        if extra:
            made.main += [
                "# Exim listens at every address of the host, unless local_interfaces says otherwise: then add"
            ]
            made.main += [
                "# these there. Its ACLs hold at each. With this, MX records that name them are known as its own:"
            ]
            made.main += [f"extra_local_interfaces = <; {' ; '.join(extra)}"]
        if made.data:
            made.main += [*_needs("CONTENT_SCANNING"), f"spamd_address = {RSPAMD}"]
            made.data += _FILTERED
        return made


def render(plan: Plan, given: Given) -> tuple[Written, ...]:
    """Up to three files for each host and step; those of a later step hold what the earlier ones held, too.

    No other plan has files or lists of these names: those of two domains are both included.
    """
    names = exchangers(plan)
    written = []
    for stage in stages(plan, expresses):
        mark = plan.digest[:8]
        made = Snippets.of(stage.together, plan.domain, mark, names)
        for part, lines, at in (
            ("main", made.main, "before the line `begin acl`"),
            ("rcpt", made.rcpt, "as the first line of the ACL that acl_smtp_rcpt names"),
            ("data", made.data, "as the first line of the ACL that acl_smtp_data names"),
        ):
            if lines:
                name = f"exim-{file_name(stage.where)}-for-{file_name(plan.domain)}-{mark}-{part}.conf"
                head = [*(f"# {line}" for line in stage.heads), f"# Save it as {FOLDER}/{name}. Put this {at}:"]
                head += [f"#   .include {FOLDER}/{name}"]
                head += [
                    "# Check: exim4 -bV. Undo: the file of the step before, or take the line out again; and reload."
                ]
                written += [Written(f"{stage.prefix}{name}", "\n".join([*head, *lines]) + "\n")]
    return tuple(written)


def expresses(change: Change) -> bool:
    """True if Exim has settings for this."""
    return expressed(change, NAME, LATCHES, ("proxy",))


def _add(made: Snippets, name: str, change: OnHost, domain: str, names: tuple[str, ...]) -> None:
    match change:
        case Lock():
            _add_lock(made, name, change, refusal(domain, names))
        case Harden(latch=latch):
            made.rcpt += _RCPT[latch](change.detail, host(domain), "") if latch in _RCPT else ()
            made.data += ["  # the same filter as at the other door"] if latch in BY_FILTER and not made.data else ()
            if latch == Latch.TLS:
                made.main += ["# Certificate and key: tls_certificate, tls_privatekey.", "tls_advertise_hosts = *"]
        case Retire():
            made.rcpt += [
                f"  deny   domains = {host(change.domain)}",
                "         ! hosts = : +relay_from_hosts",
                "         ! authenticated = *",
                f"         message = 550 5.7.1 {retired(change.domain, names)}",
            ]
        case StopWaiving():
            relay = address(door(change.door)[0])
            made.rcpt += [
                f"  # {remark(change.host)} is a stranger like any other: before what accepts +relay_from_hosts."
            ]
            for latch in change.latches:
                made.rcpt += _RCPT[latch]("", host(domain), relay) if latch in _RCPT else ()
                made.data += ["  # for the relay too"] if latch in BY_FILTER and not made.data else ()


def _add_lock(made: Snippets, name: str, lock: Lock, told: str) -> None:
    v4, v6 = families(lock.allow)
    here4, here6 = families(lock.addresses)
    ports = " : ".join(str(port(p)) for p in sorted(set(lock.ports)))
    made.main += [f"hostlist {name} = <; 127.0.0.0/8 ; ::1 ; {' ; '.join((*v4, *v6))}".rstrip(" ;")]
    made.rcpt += [f"  # Mail from {remark(lock.who) or 'these addresses'} only, and from people who log in."]
    made.rcpt += [
        "  # If another plan's lock of this host is included too, each refuses whom it does not name: put all"
    ]
    made.rcpt += ["  # domains of the host into one inventory, and plan them together, so that both name the same."]
    made.rcpt += [f"  # {SHARED}"] if lock.shared else []
    made.rcpt += [
        f"  deny   ! hosts = : +{name}",
        "         ! authenticated = *",
        f"         condition = ${{if match_ip{{$received_ip_address}}{{<; {' ; '.join((*here4, *here6))}}}}}",
        f"         condition = ${{if inlist{{$received_port}}{{{ports}}}}}",
        f"         message = 550 5.7.1 {told}",
    ]


def _recipient(detail: str, domain: str, relay: str) -> Iterator[str]:
    yield f"  deny   domains = {domain}"
    yield from _only(relay)
    yield "         ! verify = recipient/callout=30s"
    yield "         message = 550 5.1.1 Unknown recipient"


def _relay(detail: str, domain: str, relay: str) -> Iterator[str]:
    yield "  deny   ! domains = +local_domains : +relay_to_domains"
    yield from _only(relay) if relay else ("         ! hosts = : +relay_from_hosts",)
    yield "         ! authenticated = *"
    yield "         message = 550 5.7.1 Relay not permitted"


def _dnsbl(detail: str, domain: str, relay: str) -> Iterator[str]:
    if relay:
        yield "  # A list would be asked for the relay's own address: it is blind until the relay tells its client."
        return
    name = listed_in(detail)
    low, high = answers_of(name)
    yield "  deny   ! hosts = : +relay_from_hosts"
    yield "         ! authenticated = *"
    yield f"         dnslists = {name}={','.join(f'127.0.0.{n}' for n in range(low, high + 1))}"
    yield "         message = 550 5.7.1 Your address is listed at $dnslist_domain"


def _only(relay: str) -> Iterator[str]:
    if relay:
        yield f"         hosts = <; {relay}"


_RCPT: dict[Latch, Callable[[str, str, str], Iterator[str]]] = {
    Latch.RECIPIENT: _recipient,
    Latch.RELAY: _relay,
    Latch.DNSBL: _dnsbl,
}


def _proxies(changes: list[HandOn]) -> Iterator[str]:
    relays = sorted({address(door(c.door)[0]) for c in changes})
    if relays:
        yield "# These speak PROXY first, always: the relay's side needs nginx, Haraka, or mxlatch guard."
        yield from _needs("PROXY")
        yield f"hosts_proxy = <; {' ; '.join(relays)}"


def _needs(feature: str) -> Iterator[str]:
    """Loud where this Exim lacks it: a setting that is skipped in silence would be a latch that is not there."""
    yield f".ifndef _HAVE_{feature}"
    yield f"mxlatch_needs_an_exim_with_{feature.lower()}: exim4-daemon-heavy on Debian"
    yield ".endif"
