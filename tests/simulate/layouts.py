"""Small layouts and mixes for the tests of the room: each door on one line, as a mail admin would tell them."""

from mxlatch.data import mix_text, tables
from mxlatch.simulate.layout import Exposure, Layout, LayoutDoor, LayoutWay
from mxlatch.simulate.mix import Mix, parse
from mxlatch.simulate.schedule import moments
from mxlatch.terms.latch import ABSENT, FOUND, Latch

HOUR, DAY = 3600.0, 86400.0
DOMAIN = "example.com"
FILTERS = (Latch.CONTENT, Latch.DNSBL)


def default() -> Mix:
    return parse(mix_text(), "default.toml", tables().behaviours)


def door(number, *, latched=True, **more):
    """A door at 192.0.2.NUMBER: with recipient check, filter and blocklists, or bare."""
    given = {"recipients": FOUND, "latches": FILTERS} if latched else {"recipients": ABSENT}
    address = f"192.0.2.{number}"
    return LayoutDoor(f"{address}:25", **{"host": f"host{number}", **given, **more})


def way(preference, to, kind="mx", exposure=None):
    """A record to a door; past a latch where the door is bare."""
    usual = {ABSENT: Exposure.PAST, FOUND: Exposure.MET}.get(to.recipients, Exposure.NOT_KNOWN)
    return LayoutWay(kind, DOMAIN, preference, f"{to.host}.{DOMAIN}", to.id, exposure or usual)


def layout(*ways, doors=(), title="today"):
    """ways: (preference, door) for records, (kind, door) for others. doors: behind them, without a way of their own."""
    made = [way(first, to) if isinstance(first, int) else way(65536, to, first) for first, to in ways]
    every = {each.id: each for each in (*(to for _, to in ways), *doors)}
    return Layout(title, DOMAIN, tuple(every.values()), tuple(made))


PRIMARY = door(1)
BACKUP = door(2, latched=False, queues=True, next_doors=(PRIMARY.id,), role="backup")
BARE = door(2, latched=False)

SINGLE = layout((10, PRIMARY), title="single")
PAIR = layout((10, PRIMARY), (10, door(2)), title="pair")
KEPT = layout((10, PRIMARY), (20, BACKUP), title="backup")


def offsets(mix, sender):
    """The tries of a class of honest senders."""
    return moments(sender.retry, mix.values()[sender.number("gives-up")])
