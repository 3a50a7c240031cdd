"""Which of a zone's name servers tell the truth where they disagree: the newest serial (RFC 1982), then the majority.

Limits: a server with an older serial and the same records is none that disagrees; whether it takes a change is seen
when the change is published, since every server must serve it before the next step.
"""

from mxlatch.terms.serials import newest
from mxlatch.world.model import MailName, MxView, World


def right_views(name: MailName) -> list[MxView]:
    """The views that count: those at the newest serial of the zone, and of these what most of them say."""
    answered = [view for view in name.views if view.meant is not None]
    serial = newest(view.serial for view in answered if view.serial is not None)
    newest_views = [view for view in answered if view.serial == serial]
    said = [view.meant for view in newest_views]
    best = max(said, key=lambda mx: (said.count(mx), mx or ()), default=None)
    return [view for view in newest_views if view.meant == best]


def stale_views(name: MailName) -> list[MxView]:
    """The views that differ from those that count."""
    right = right_views(name)
    return [view for view in name.views if view.meant is not None and right and view.meant != right[0].meant]


def split_zones(world: World) -> frozenset[str]:
    """The zones of which some server gives other MX than those that count."""
    return frozenset(name.zone for name in world.names if not name.wildcard and stale_views(name))


def mail_names(world: World) -> frozenset[str]:
    """The names that take mail: some record leads from them, and the owner does not say that they take none."""
    silent = {entry.name for entry in world.inventory.domains if not entry.mail}
    return frozenset(way.name for way, _ in world.ways_in if way.published and way.name not in silent)
