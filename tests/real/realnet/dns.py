"""The name servers: NSD, Knot and BIND with given zones, and Unbound as the public resolver.

Each answers minimally and from the zone alone, so that what one of them says never leaks into what another is asked.
"""

import secrets
import socket
from collections.abc import Mapping, Sequence

from realnet.network import Host
from realnet.server import Server, in_root

PORT = 53
KEY = "owner-key"  # of those who may change zones


def nsd(host: Host, zones: Mapping[str, str]) -> Server:
    """NSD with these zones (name to zone file); REFUSED for any other."""
    config = ["server:", *(f"  ip-address: {a}" for a in host.addresses)]
    config += ['  username: ""', '  pidfile: ""', '  zonesdir: "/srv"', '  database: ""', "  server-count: 1"]
    config += ['  xfrdfile: "/srv/xfrd"', '  zonelistfile: "/srv/zones"', '  cookie-secret-file: ""']
    config += ["  minimal-responses: yes", "  rrl-ratelimit: 0", "  verbosity: 1"]
    config += ["remote-control:", "  control-enable: no"]
    for zone in zones:
        config += ["zone:", f'  name: "{zone}"', f'  zonefile: "{_file(zone)}"']
    return _server(host, "nsd", "exec nsd -d -c /srv/nsd.conf", {"nsd.conf": _lines(config)}, zones)


def knot(host: Host, zones: Mapping[str, str], key: str = "") -> Server:
    """Knot DNS with these zones. key: base64; who has it (hmac-sha256, named `KEY`) may update and transfer."""
    config = ["server:", "  rundir: /srv", f"  listen: [ {', '.join(f'{a}@{PORT}' for a in host.addresses)} ]"]
    config += ["  udp-workers: 1", "  tcp-workers: 1", "  background-workers: 1"]
    config += ["log:", "  - target: stderr", "    any: info", "database:", "  storage: /srv/db"]
    config += [f"  journal-db-max-size: {'16M' if key else '1M'}", "  timer-db-max-size: 1M", "  kasp-db-max-size: 5M"]
    if key:
        config += ["key:", f"  - id: {KEY}", "    algorithm: hmac-sha256", f"    secret: {key}", "acl:"]
        config += ["  - id: owner", f"    key: {KEY}", "    action: [ update, transfer ]"]
    config += ["template:", "  - id: default", "    storage: /srv", "    semantic-checks: off"]
    config += [f"    journal-content: {'changes' if key else 'none'}", "    zonefile-sync: -1", "zone:"]
    for zone in zones:
        config += [f'  - domain: "{zone}"', f'    file: "{_file(zone)}"', *(["    acl: owner"] if key else [])]
    return _server(
        host,
        "knot",
        "mkdir -p /srv/db; rm -f /srv/knot.pid; exec knotd -c /srv/knot.conf",
        {"knot.conf": _lines(config)},
        zones,
    )


def bind(host: Host, zones: Mapping[str, str], key: str = "", secondary: Mapping[str, str] | None = None) -> Server:
    """BIND with these zones; it logs its queries.

    key: as for `knot`; secondaries are then notified. secondary: zones that it has from the server at an address.
    """
    v4 = "".join(f"{a}; " for a in host.addresses if ":" not in a)
    v6 = "".join(f"{a}; " for a in host.addresses if ":" in a)
    config = ["options {", ' directory "/srv";', f" listen-on {{ {v4}}};", f" listen-on-v6 {{ {v6}}};"]
    config += [" recursion no;", " minimal-responses yes;", " dnssec-validation no;", " empty-zones-enable no;"]
    config += [" pid-file none;", ' session-keyfile "/srv/session.key";', " querylog yes;", " notify no;", "};"]
    config += ["controls { };"]
    config += [f'key "{KEY}" {{ algorithm hmac-sha256; secret "{key}"; }};'] if key else []
    owned = f'allow-update {{ key "{KEY}"; }}; notify yes; notify-delay 0;' if key else ""
    config += [f'zone "{zone}" {{ type primary; file "{_file(zone)}"; {owned} }};' for zone in zones]
    for zone, primary in (secondary or {}).items():
        config += [f'zone "{zone}" {{ type secondary; primaries {{ {primary}; }}; }};']  # transferred at each start
    asked = [*zones, *(secondary or {})]
    return _server(host, "bind", "exec named -g -n 1 -c /srv/named.conf", {"named.conf": _lines(config)}, zones, asked)


def unbound(host: Host, root_hints: str) -> Server:
    """Unbound as a plain recursive resolver that begins at these root hints (a zone file with NS and addresses)."""
    config = ["server:", *(f"  interface: {a}" for a in host.addresses)]
    config += ["  access-control: 0.0.0.0/0 allow", "  access-control: ::0/0 allow"]
    config += ['  username: ""', '  chroot: ""', '  pidfile: ""', '  logfile: ""', '  directory: "/srv"']
    config += ["  do-daemonize: no", "  use-syslog: no", "  verbosity: 1", "  num-threads: 1"]
    config += ['  module-config: "iterator"', '  root-hints: "/srv/root.hints"', "  minimal-responses: yes"]
    config += ["  qname-minimisation: no", '  target-fetch-policy: "0 0 0 0 0"', "  do-not-query-localhost: no"]
    # A server that does not answer must not be remembered for a quarter of an hour: the next test starts it again.
    config += ["  infra-host-ttl: 1", "  cache-max-negative-ttl: 0", "remote-control:", "  control-enable: no"]
    files = {"unbound.conf": _lines(config), "root.hints": root_hints}
    argv = in_root(host, "unbound", "exec unbound -d -c /srv/unbound.conf", files)
    return Server(host, "unbound", lambda: all(_speaks(host, a, ".") for a in host.addresses), argv)


def _server(
    host: Host, kind: str, script: str, files: dict[str, str], zones: Mapping[str, str], names: Sequence[str] = ()
) -> Server:
    argv = in_root(host, kind, script, files | {_file(zone): text for zone, text in zones.items()})
    asked = min(names or zones, default="ready.invalid")
    return Server(host, kind, lambda: all(_speaks(host, a, asked) for a in host.addresses), argv)


def _speaks(host: Host, address: str, name: str) -> bool:
    """True if a server on the host answers a SOA question at this address by UDP, whatever it says."""
    number = secrets.token_bytes(2)
    labels = [label.encode() for label in name.strip(".").split(".") if label]
    question = b"".join(bytes([len(label)]) + label for label in labels) + b"\0\0\x06\0\x01"
    with host.new_socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.5)
        try:
            sock.connect((address, PORT))
            sock.send(number + b"\0\0\0\x01\0\0\0\0\0\0" + question)
            return sock.recv(512)[:2] == number
        except OSError:
            return False


def _file(zone: str) -> str:
    return f"{zone.strip('.') or 'root'}.zone"


def _lines(config: list[str]) -> str:
    return "\n".join(config) + "\n"
