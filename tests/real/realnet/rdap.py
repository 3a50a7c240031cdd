"""The registry's word by RDAP (RFC 9083)."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from realnet.network import Host
from realnet.server import Server

PROGRAM = Path(__file__).with_name("rdap_server.py")


def domain(name: str, name_servers: Iterable[str]) -> dict[str, Any]:
    """What a registry says of a domain: a domain object (RFC 9083 section 5.3)."""
    return {
        "rdapConformance": ["rdap_level_0"],
        "objectClassName": "domain",
        "ldhName": name.upper(),
        "status": ["active"],
        "nameservers": [{"objectClassName": "nameserver", "ldhName": server.upper()} for server in name_servers],
    }


def rdap(host: Host, answers: dict[str, Any], certificate: tuple[str, str] | None = None) -> Server:
    """Serve JSON by path ("/domain/example.com") on port 80, or with a certificate (chain and key) on 443."""
    folder = host.folder / "rdap"
    folder.mkdir()
    (folder / "answers.json").write_text(json.dumps(answers))
    argv = [sys.executable, "-I", str(PROGRAM), str(folder), *host.addresses]
    if certificate is not None:
        (folder / "chain.pem").write_text(certificate[0])
        (folder / "key.pem").write_text(certificate[1])
        argv.append("--tls")
    port = 443 if certificate else 80
    return Server(host, "rdap", lambda: host.answers(port), lambda: tuple(argv))
