"""A registry's RDAP service: `rdap_server.py FOLDER ADDRESS… [--tls]`, JSON files by the path asked for (RFC 9082).

Runs by itself, with the standard library only. FOLDER holds answers.json and, for --tls, chain.pem and key.pem.
"""

import json
import socket
import socketserver
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FOLDER = Path(sys.argv[1])
TLS = "--tls" in sys.argv
ANSWERS = json.loads((FOLDER / "answers.json").read_text())


class Registry(BaseHTTPRequestHandler):
    """Answers GET; anything that is not in the table is not found."""

    def do_GET(self) -> None:
        """One answer."""
        answer = ANSWERS.get(self.path)
        missing = {"errorCode": 404, "title": "Not Found"}
        body = json.dumps(missing if answer is None else answer).encode()
        self.send_response(404 if answer is None else 200)
        self.send_header("Content-Type", "application/rdap+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    """One address of the service."""

    def server_bind(self) -> None:
        """Bind without asking the DNS for our name: there may be none that answers."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "registry", self.server_address[1]


class ServerV6(Server):
    """The same for IPv6 addresses."""

    address_family = socket.AF_INET6


def main() -> None:
    """Serve each address until killed."""
    for address in (word for word in sys.argv[2:] if word != "--tls"):
        kind = ServerV6 if ":" in address else Server
        server = kind((address, 443 if TLS else 80), Registry)
        if TLS:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(FOLDER / "chain.pem", FOLDER / "key.pem")
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever).start()


if __name__ == "__main__":
    main()
