"""Settings for rspamd as files of local.d and override.d: one filter and one corpus at both doors, no friends' pass.

Each file says where it goes, and holds nothing else: if there is one of that name already, put the lines into it. To
remove the file, or the lines, is the undo. `rspamadm configtest` reads them, `systemctl reload rspamd` takes them.

Limits, of rspamd 3.4 (Debian 12): external_relay knows a relay by its host name (reverse name, and `by` in its Received
line must be the same) or not at all; it takes the HELO from that line's host name. `local_addrs` merges in local.d, so
that only override.d can take an address out. What else may skip checks for a relay, settings and maps, is the owner's.
"""

import ipaddress
from collections.abc import Iterable, Iterator

from mxlatch.plan.change import Change, HandOn, Harden, StopWaiving
from mxlatch.plan.provider import Given, Written
from mxlatch.plan.providers.mailhost import BY_FILTER, OnHost, stages
from mxlatch.plan.providers.quoting import Network, door, file_name, host, network
from mxlatch.plan.result import Plan
from mxlatch.terms.latch import Latch

NAME = "rspamd"
TITLE = "rspamd: files for local.d and override.d"
KINDS = (Harden, HandOn, StopWaiving)

FOLDER = "/etc/rspamd"
REDIS_PORT = 6379
# options.inc of rspamd 3.4, and the loopback.
LOCAL = (
    "127.0.0.0/8",
    "::1",
    "192.168.0.0/16",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "fd00::/8",
    "169.254.0.0/16",
    "fe80::/10",
)


def render(plan: Plan, given: Given) -> tuple[Written, ...]:
    """The files for each host and step; those of a later step hold what the earlier ones held, too."""
    written = []
    for stage in stages(plan, expresses):
        for path, lines in settings(stage.together).items():
            head = [*(f"# {line}" for line in stage.heads), f"# Put this into {FOLDER}/{path}."]
            head += ["# Check: rspamadm configtest. Undo: the file of the step before, or none; and reload."]
            name = f"{stage.prefix}rspamd-{file_name(stage.where)}-{path.replace('/', '-')}"
            written += [Written(name, "\n".join([*head, *lines]) + "\n")]
    return tuple(written)


def expresses(change: Change) -> bool:
    """True if rspamd has settings for this. Whose software the door is does not matter: rspamd stands behind it."""
    match change:
        case Harden(latch=latch):
            return latch in BY_FILTER
        case HandOn(by=by):
            return by == "received"
        case StopWaiving(latches=latches):
            return any(latch in BY_FILTER or latch == Latch.DNSBL for latch in latches)
        case _:
            return False


def settings(changes: Iterable[OnHost]) -> dict[str, list[str]]:
    """The lines of each file of one host, by its path below /etc/rspamd.

    Raises:
        InputError: a value is not what it must be.
    """
    those = tuple(changes)
    files = {
        "local.d/redis.conf": [*_corpus([c for c in those if isinstance(c, Harden)])],
        "local.d/dmarc.conf": [*_dmarc([c for c in those if isinstance(c, Harden)])],
        "local.d/external_relay.conf": [*_relays([c for c in those if isinstance(c, HandOn)])],
        "override.d/options.inc": [*_strangers([c for c in those if isinstance(c, StopWaiving)])],
    }
    return {path: lines for path, lines in files.items() if lines}


def _corpus(changes: list[Harden]) -> Iterator[str]:
    """Bayes, reputation, greylisting and rates in one Redis for both doors."""
    likes = sorted({door(c.like)[0] for c in changes if c.like})
    if likes:
        servers = ",".join(f"[{each}]:{REDIS_PORT}" if ":" in each else f"{each}:{REDIS_PORT}" for each in likes[:1])
        yield "# The Redis of the other door, so that both have one corpus. It must listen there for this host, with"
        yield "# a password (in this file: password = ...), and best through a tunnel: Redis speaks in the clear."
        yield f'servers = "{servers}";'


def _dmarc(changes: list[Harden]) -> Iterator[str]:
    if any(c.latch == Latch.DMARC for c in changes):
        yield "# As the sender's policy says; without this rspamd only adds to the score."
        yield 'actions = {\n    reject = "reject";\n    quarantine = "add_header";\n}'


def _relays(changes: list[HandOn]) -> Iterator[str]:
    names = sorted({host(c.host) for c in changes})
    if names:
        yield "# Mail from these hosts is judged by the client that their Received line names. The name must be the"
        yield "# relay's reverse name, and the `by` of that line: look at a message."
        yield "enabled = true;"
        yield "rules {"
        yield "    MXLATCH_RELAYS {"
        yield '        strategy = "hostname_map";'
        yield _hosts(names)
        yield "    }"
        yield "}"


def _hosts(names: list[str]) -> str:
    quoted = ", ".join(f'"{name}"' for name in names)
    return f"        hostname_map = [{quoted}];"


def _strangers(changes: list[StopWaiving]) -> Iterator[str]:
    relays = [network(door(c.door)[0]) for c in changes]
    if relays:
        yield "# These relays are no local addresses: SPF, DMARC and lists are for their mail too. This is rspamd's own"
        yield "# list, without them; if yours is longer, take them out of yours. Then see what else names them:"
        yield "#   rspamadm configdump settings; rspamadm configdump multimap; rspamadm configdump whitelist"
        kept = sorted({str(n) for text in LOCAL for n in _without(network(text), relays)})
        quoted = ",\n    ".join(f'"{each}"' for each in kept)
        yield f"local_addrs = [\n    {quoted}\n];"


def _without(block: Network, holes: Iterable[Network]) -> list[Network]:
    """A block less some addresses, as blocks."""
    left = [block]
    for hole in holes:
        left = [part for each in left for part in _less(each, hole)]
    return left


def _less(block: Network, hole: Network) -> list[Network]:
    match block, hole:
        case (ipaddress.IPv4Network(), ipaddress.IPv4Network()) | (ipaddress.IPv6Network(), ipaddress.IPv6Network()):
            if hole.subnet_of(block):  # type: ignore[arg-type]  # both of one version, as the case says
                return list(block.address_exclude(hole))  # type: ignore[arg-type]
    return [block]
