"""A small world for one question: a root, com, one name server, a resolver and a registry that agree with one another.

What stands in the zone, and which machines there are beside the probe, is the test's business.
"""

from pathlib import Path

from realnet import dns
from realnet.network import Net
from realnet.rdap import domain, rdap
from realnet.server import Server
from realnet.world import DOMAIN, World, com_zone, root_hints, root_zone

SOA = "@ SOA ns1.example.com. hostmaster.example.com. 1 3600 600 86400 300"
NS = "@ NS ns1.example.com."


class Village(World):
    """The village. zones: the lines of each zone that ns1 serves, without SOA and NS.

    more, root: lines for com and for the root.
    """

    def __init__(
        self,
        net: Net,
        folder: Path,
        zones: dict[str, tuple[str, ...]],
        more: tuple[str, ...] = (),
        root: tuple[str, ...] = (),
    ) -> None:
        self._zones = {name: _zone(name, lines) for name, lines in zones.items()}
        self._more, self._root = more, root
        super().__init__(net, folder)

    def _name_servers(self) -> dict[str, Server]:
        on = self.hosts
        listed = {f"/domain/{name}": domain(name, [f"ns1.{DOMAIN}"]) for name in self._zones}
        return {
            "root": dns.nsd(on["root"], {".": root_zone(self._root)}),
            "com": dns.nsd(on["com"], {"com": com_zone(("ns1",), self._more)}),
            "ns1": dns.nsd(on["ns1"], self._zones),
            "resolver": dns.unbound(on["resolver"], root_hints()),
            "rdap": rdap(on["registry"], listed),
        }

    def _exchangers(self) -> dict[str, Server]:
        return {}


def _zone(name: str, lines: tuple[str, ...]) -> str:
    v4, v6 = "ns1 A 198.51.100.1", "ns1 AAAA 2001:db8:2::1"
    hosts = (v4, v6) if name == DOMAIN else ()
    return "\n".join((f"$ORIGIN {name}.", "$TTL 300", SOA, NS, *hosts, *lines, ""))
