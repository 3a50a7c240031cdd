"""Who would be cut off by a lock, by the log of the server that is locked: who delivers directly, and is not let in.

Limits: a log knows only who came while it was written; a partner who writes once a quarter stands in none of a week.
"""

import ipaddress
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from mxlatch.plan.change import Lock
from mxlatch.plan.effect import admits
from mxlatch.terms.wording import counted, lasting
from mxlatch.wire.maillog import MailLog

ENOUGH = 7 * 86_400  # seconds of log after which nobody is taken for nobody: a week has every working day once
SOMEBODY, NOBODY, UNSURE = "somebody", "nobody", "unsure"  # `Others.who`
_SHOWN = 5
_NETWORK = {4: 24, 6: 64}  # what one sender's addresses are in, as a rule
_TOLD_APART = 2  # addresses of one network; more are told as the network


class Other(Struct, frozen=True):
    """Who else came: an address, or a network of which several came. last: seconds since 1970 UTC."""

    who: str
    messages: int
    last: float
    addresses: int = 1


class Others(Struct, frozen=True):
    """What a log says of who would be cut off: SOMEBODY, NOBODY, or UNSURE. log: the same for people."""

    log: str
    who: str = UNSURE


def cut_off(lock: Lock, log: MailLog, now: float) -> Others:
    """What the log of a server says of its lock. now: when the plan was made, seconds since 1970 UTC."""
    found = others(lock, log)
    if found:
        return Others(f"{_period(log)}: {_told(found, log.left_out)}", SOMEBODY)
    if not any(admits(lock, address) for address in log.by_address):
        # As a closed door needs a door that was reached, nobody needs somebody who was seen.
        return Others(f"{_period(log)}: no mail, not even from {lock.who or 'those that may'}: is it this server's?")
    if log.left_out:
        return Others(f"{_period(log)}: more addresses than are kept")
    nobody = f"{_period(log)}: nobody else delivered directly"
    if log.last < now - ENOUGH:
        return Others(f"{nobody}, but it ends {_day(log.last)}")
    if log.last - log.first < ENOUGH or log.days < ENOUGH // 86_400:
        return Others(f"{nobody}, but a week of it would be needed to tell")
    return Others(nobody, NOBODY)


def others(lock: Lock, log: MailLog) -> list[Other]:
    """Those whom the lock does not let in, by messages, the most first. The server itself is none of them."""
    networks: dict[str, list[str]] = {}
    for address in log.by_address:
        if address not in lock.addresses and not admits(lock, address):
            networks.setdefault(_network(address), []).append(address)
    told: list[Other] = []
    for network, here in networks.items():
        if len(here) > _TOLD_APART:
            told.append(_other(network, here, log))
        else:
            told += (_other(address, [address], log) for address in here)
    return sorted(told, key=lambda each: (-each.messages, each.who))


def _network(address: str) -> str:
    parsed = ipaddress.ip_address(address)
    return str(ipaddress.ip_network((address, _NETWORK[parsed.version]), strict=False))


def _other(who: str, addresses: Sequence[str], log: MailLog) -> Other:
    came = [log.by_address[address] for address in addresses]
    return Other(who, sum(each.messages for each in came), max(each.last for each in came), len(came))


def _told(found: Sequence[Other], left_out: int) -> str:
    """The largest of them, and how many there are."""
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    beyond = f"; {counted(left_out, 'message')} from more addresses than are kept" if left_out else ""
    shown = ", ".join(_shown(found[:_SHOWN]))
    return f"{counted(len(found), 'other')} delivered directly: {shown}{more}{beyond}"


def _shown(found: Iterable[Other]) -> Iterable[str]:
    for each in found:
        of = f" from {each.addresses} addresses" if each.addresses > 1 else ""
        yield f"{each.who} ({counted(each.messages, 'message')}{of}, the last {_day(each.last)})"


def _period(log: MailLog) -> str:
    unread = f" ({log.unknown} of {counted(log.lines, 'line')} not understood)" if log.unknown else ""
    return f"of {lasting(int(log.last - log.first))} of its log{unread}"


def _day(when: float) -> str:
    return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%d")
