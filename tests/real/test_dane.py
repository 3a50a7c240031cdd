"""What fits a TLSA record is what OpenSSL, by which Postfix asks, finds to match."""

import asyncio
import itertools
import re
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256, sha512
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mxlatch.net import tls
from mxlatch.terms.smtp import Tls
from mxlatch.wire.tlsa import Tlsa
from mxlatch.world.dane_fit import fits

HOST = "mx1.example.com"
NAMES = {"its own name": HOST, "another name": "mx9.example.com"}


@dataclass(frozen=True)
class Door:
    """A TLS server on loopback. chain: as it sends it, in DER."""

    port: int
    chain: tuple[bytes, ...]


@pytest.fixture(scope="module", params=NAMES.values(), ids=NAMES)
def door(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """It shows a certificate for this name, and sends its authority's with it."""
    authority = trustme.CA()
    issued = authority.issue_cert(request.param)
    sent = b"".join(part.bytes() for part in issued.cert_chain_pems) + authority.cert_pem.bytes()
    file = tmp_path_factory.mktemp("tls") / "chain.pem"
    file.write_bytes(issued.private_key_pem.bytes() + sent)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(lambda _, w: w.close(), "127.0.0.1", 0, ssl=context))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    chain = tuple(each.public_bytes(Encoding.DER) for each in x509.load_pem_x509_certificates(sent))
    yield Door(server.sockets[0].getsockname()[1], chain)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    server.close()
    loop.close()


def record(der: bytes, usage: int, selector: int, matching: int) -> Tlsa:
    """The TLSA record of a certificate."""
    key = x509.load_der_x509_certificate(der).public_key()
    octets = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) if selector else der
    said = {0: octets, 1: sha256(octets).digest(), 2: sha512(octets).digest()}[matching]
    return Tlsa(usage, selector, matching, said.hex())


def matches(door: Door, records: list[Tlsa]) -> bool:
    """Whether OpenSSL delivers here, as a sender of mail does (RFC 7672 section 3.1.1) that was given these records."""
    given = [option for each in records for option in ("-dane_tlsa_rrdata", str(each))]
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{door.port}", "-dane_tlsa_domain", HOST, *given]
    command.append("-dane_ee_no_namechecks")
    shown = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=20).stdout
    (code,) = set(re.findall(r"Verify return code: (\d+)", shown))
    return code == "0"


def shown_by(door: Door) -> Tls:
    """The handshake as an audit keeps it."""
    return Tls("ok", chain=tuple(map(tls.facts, door.chain)), trusted=False)


SETS = {
    f"{whose} {usage} {selector} {matching}": [(whose, usage, selector, matching)]
    for whose, usage, selector, matching in itertools.product(("own", "above", "other"), (2, 3), (0, 1), (0, 1, 2))
}
SETS |= {
    "the old key and the new": [("other", 3, 1, 1), ("own", 3, 1, 1)],
    "the stronger digest is another's": [("own", 3, 1, 1), ("other", 3, 1, 2)],
    "the weaker digest is another's": [("other", 3, 1, 1), ("own", 3, 1, 2)],
    "the stronger digest is of another selector": [("own", 3, 1, 1), ("other", 3, 0, 2)],
}


@pytest.fixture(scope="module")
def other() -> bytes:
    """A certificate that the door never had."""
    return x509.load_pem_x509_certificate(trustme.CA().cert_pem.bytes()).public_bytes(Encoding.DER)


@pytest.mark.parametrize("which", SETS.values(), ids=SETS)
def test_fits_what_openssl_finds_to_match(door: Door, other: bytes, which: list[tuple[str, int, int, int]]) -> None:
    of = {"own": door.chain[0], "above": door.chain[1], "other": other}
    records = [record(of[whose], *rest) for whose, *rest in which]
    parsed = shown_by(door)
    found = fits(records, parsed, [HOST], parsed.chain[0].not_before + 1)
    if found is None:  # of a trust anchor whole in the record alone
        assert [each[1] for each in which] == [2]
        assert which[0][3] == 0
    else:
        assert found is matches(door, records)


@pytest.mark.parametrize(
    "kind", [("-algorithm", "RSA-PSS"), ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")], ids=lambda k: k[1]
)
def test_a_key_s_digest_is_that_of_the_octets_in_the_certificate_or_none(kind: tuple[str, ...], tmp_path: Path) -> None:
    """What reads the key writes RSASSA-PSS and compressed points in another form: then it is not known."""
    key, shown = tmp_path / "key.pem", tmp_path / "shown.der"
    for command in (
        ["genpkey", *kind, "-out", str(key)],
        ["ec", "-in", str(key), "-conv_form", "compressed", "-out", str(key)] if "EC" in kind else ["version"],
        ["req", "-x509", "-key", str(key), "-subj", "/CN=mx", "-outform", "DER", "-out", str(shown)],
    ):
        subprocess.run(["openssl", *command], check=True, capture_output=True)
    assert tls.facts(shown.read_bytes()).of_key == ("", "")
