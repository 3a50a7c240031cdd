"""Certificates as doors show them, and what they lead to."""

import ssl
import warnings
from datetime import UTC, datetime, timedelta
from hashlib import sha256, sha512
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtensionOID, NameOID

from mxlatch.net import tls
from mxlatch.terms.smtp import Tls

NOW = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


class Issued:
    """A certificate with its key."""

    def __init__(
        self,
        name: str,
        issuer: "Issued | None" = None,
        *,
        key: Key | None = None,
        ca: bool = False,
        ends: datetime = NOW + YEAR,
        extensions: tuple[x509.ExtensionType, ...] = (),
    ) -> None:
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.certificate.subject if issuer else subject)
            .public_key(self.key.public_key())
            .serial_number(7)
            .not_valid_before(NOW - YEAR)
            .not_valid_after(ends)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        signer = (issuer or self).key
        digest = None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256()
        self.certificate = builder.sign(signer, digest)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)


NAMES = x509.SubjectAlternativeName([x509.DNSName("MX.example.com"), x509.DNSName("*.example.com")])
ROOT = Issued("root", ca=True, ends=NOW + 9 * YEAR)
MIDDLE = Issued("middle", ROOT, ca=True, ends=NOW + 5 * YEAR)
STALE = Issued("stale middle", ROOT, ca=True, ends=NOW - YEAR / 2)
LEAF = Issued("mx", MIDDLE, extensions=(NAMES,))
EXPIRED = Issued("mx", MIDDLE, ends=NOW - YEAR / 3)
UNDER_STALE = Issued("mx", STALE)
UNDER_LEAF = Issued("evil", LEAF)
SELF_SIGNED = Issued("self")
OTHER_ROOT = Issued("root", ca=True)

# What a door sends, and whether it leads to ROOT.
CHAINS = [
    ("a leaf and its issuer", [LEAF, MIDDLE], True),
    ("the root with them", [LEAF, MIDDLE, ROOT], True),
    ("in the wrong order", [LEAF, ROOT, MIDDLE], True),
    ("with one that has nothing to do with it", [LEAF, OTHER_ROOT, MIDDLE], True),
    ("an expired leaf: its dates are judged elsewhere", [EXPIRED, MIDDLE], True),
    ("the issuer left out", [LEAF], False),
    ("an issuer out of date", [UNDER_STALE, STALE], False),
    ("issued by a certificate that is no CA", [UNDER_LEAF, LEAF, MIDDLE], False),
    ("self-signed", [SELF_SIGNED], False),
    ("a root of the same name", [Issued("mx", OTHER_ROOT), OTHER_ROOT], False),
]


@pytest.fixture
def roots(tmp_path: Path) -> tls.Roots:
    file = tmp_path / "ca.pem"
    file.write_bytes(ROOT.certificate.public_bytes(Encoding.PEM))
    return tls.Roots(file)


@pytest.mark.parametrize(("name", "chain", "trusted"), CHAINS, ids=[case[0] for case in CHAINS])
def test_a_chain_leads_to_a_root_or_not(name: str, chain: list[Issued], trusted: bool, roots: tls.Roots) -> None:
    verdict = roots.judge([issued.der for issued in chain], NOW.timestamp())
    assert verdict.trusted is trusted
    assert bool(verdict.reason) is not trusted


@pytest.mark.parametrize("chain", [[b""], [b"\x30\x03junk"], [LEAF.der, b"junk"], [LEAF.der[:-9]]])
def test_a_chain_that_cannot_be_read_leads_nowhere(chain: list[bytes], roots: tls.Roots) -> None:
    assert roots.judge(chain, NOW.timestamp()).trusted is False


def test_without_roots_nothing_can_be_judged(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("")
    assert tls.Roots(tmp_path / "empty.pem").judge([LEAF.der], 0).trusted is None


def test_a_file_of_roots_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        tls.Roots(tmp_path / "no.pem")


def test_the_systems_roots_do_not_trust_a_stranger() -> None:
    assert tls.Roots().judge([LEAF.der, MIDDLE.der], NOW.timestamp()).trusted is not True


def test_a_certificate_says() -> None:
    facts = tls.facts(LEAF.der)
    assert (facts.subject, facts.issuer, facts.names) == ("CN=mx", "CN=middle", ("mx.example.com", "*.example.com"))
    assert (facts.not_before, facts.not_after) == ((NOW - YEAR).timestamp(), (NOW + YEAR).timestamp())
    assert facts.key == "EC secp256r1"
    assert facts.sha256 == LEAF.certificate.fingerprint(hashes.SHA256()).hex()


KEYS = [
    (rsa.generate_private_key(65537, 2048), "RSA 2048"),
    (ec.generate_private_key(ec.SECP384R1()), "EC secp384r1"),
    (ed25519.Ed25519PrivateKey.generate(), "Ed25519"),
]


@pytest.mark.parametrize(("key", "words"), KEYS, ids=[case[1] for case in KEYS])
def test_a_key_is_named(key: Key, words: str) -> None:
    assert tls.facts(Issued("mx", key=key).der).key == words


@pytest.mark.parametrize(("key", "words"), KEYS, ids=[case[1] for case in KEYS])
def test_the_digests_of_certificate_and_key(key: Key, words: str) -> None:
    der = Issued("mx", key=key).der
    octets = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    facts = tls.facts(der)
    assert (facts.sha256, facts.sha512) == (sha256(der).hexdigest(), sha512(der).hexdigest())
    assert facts.of_key == (sha256(octets).hexdigest(), sha512(octets).hexdigest())


def many(count: int) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([x509.DNSName(f"a{number}.example.com") for number in range(count)])


def test_absurd_content_is_made_printable_and_cut() -> None:
    facts = tls.facts(Issued("\x1b[31m\x00\u202eé" + "x" * 50, extensions=(many(2000),)).der)
    assert facts.subject.isascii()
    assert facts.subject.isprintable()
    assert len(facts.names) == tls.MOST_NAMES


UNREADABLE = {
    "no certificate at all": b"\x00" * 100,
    "cut off": LEAF.der[:200],
    "names that are no names": Issued(
        "mx", extensions=(x509.UnrecognizedExtension(ExtensionOID.SUBJECT_ALTERNATIVE_NAME, b"\xff\xff\xff"),)
    ).der,
}


@pytest.mark.parametrize("der", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_cannot_be_read_is_a_value_error(der: bytes) -> None:
    with pytest.raises(ValueError, match=": "):
        tls.facts(der)


def test_a_stranger_s_odd_serial_number_warns_nobody() -> None:
    odd = bytearray(LEAF.der)
    where = odd.index(b"\x02\x01\x07")
    odd[where + 2] = 0x85  # negative
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tls.facts(bytes(odd))


HOSTS = [
    ("mx.example.com", "mx.example.com"),
    ("MX_1.Example.com", "mx_1.example.com"),
    ("", None),
    (".", None),
    ("192.0.2.1", None),
    ("2001:db8::1", None),
    ("a..b", None),
    ("a\\013.b", None),
    ("bücher.example", None),
    ("x" * 64 + ".example", None),
    ("a b.example", None),
    (".".join(["abcdefgh"] * 40), None),
]


@pytest.mark.parametrize(("host", "name"), HOSTS)
def test_only_a_plain_name_is_asked_for(host: str, name: str | None) -> None:
    assert tls.server_name(host) == name


@pytest.mark.parametrize(
    ("state", "reason", "old"),
    [
        ("failed", "UNSUPPORTED_PROTOCOL", True),
        ("failed", "SSLV3_ALERT_HANDSHAKE_FAILURE; plain text was thrown away", True),
        ("failed", "WRONG_VERSION_NUMBER", False),
        ("failed", "closed while waiting for the TLS handshake", True),
        ("failed", "ECONNRESET while waiting for the TLS handshake", True),
        ("failed", "timeout waiting for the TLS handshake", False),
        ("ok", "UNSUPPORTED_PROTOCOL", False),
    ],
)
def test_which_failures_smell_old(state: str, reason: str, old: bool) -> None:
    assert tls.smells_old(Tls(state, reason=reason)) is old


HUNG_UP, REFUSED = "closed while waiting for the TLS handshake", "DH_KEY_TOO_SMALL"


@pytest.mark.parametrize(
    ("first", "version", "cipher", "state"),
    [
        (HUNG_UP, "TLSv1.1", "ECDHE-RSA-AES128-SHA", "old"),
        (HUNG_UP, "TLSv1.2", "DES-CBC3-SHA", "old"),
        (HUNG_UP, "TLSv1.3", "TLS_AES_256_GCM_SHA384", "ok"),
        (HUNG_UP, "TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384", "ok"),
        (REFUSED, "TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384", "old"),
    ],
)
def test_what_a_second_handshake_means(first: str, version: str, cipher: str, state: str) -> None:
    told = tls.second_try(Tls("failed", reason=first), Tls("ok", version, cipher, reason="and this"))
    assert told.state == state
    assert told.reason.endswith(f": {first}; and this")


def test_a_refusal_is_told_in_openssl_s_words() -> None:
    assert tls.refusal(ssl_error("[SSL] ASN1 lib (_ssl.c:992)", None)) == "ASN1 lib"
    assert tls.refusal(ssl_error("[SSL: BAD_LENGTH] bad length (_ssl.c:992)", "BAD_LENGTH")) == "BAD_LENGTH"


def ssl_error(text: str, reason: str | None) -> ssl.SSLError:
    error = ssl.SSLError(1, text)
    error.reason = reason  # type: ignore[assignment]
    return error


def handshake(client: ssl.SSLContext, server: ssl.SSLContext) -> ssl.SSLObject:
    """Both sides in memory."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    one = client.wrap_bio(to_client, to_server, server_hostname="mx.example.com")
    two = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(6):
        for side in (one, two):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return one


def serving(chain: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    chain.configure_cert(context)
    return context


def test_what_a_handshake_came_to(tmp_path: Path) -> None:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    connection = handshake(tls.context("modern"), serving(ca.create_child_ca().issue_cert("mx.example.com")))
    agreed = tls.agreed(connection, tls.Roots(tmp_path / "ca.pem"), NOW.timestamp())
    assert (agreed.state, agreed.version, agreed.trusted, agreed.reason) == ("ok", "TLSv1.3", True, "")
    assert [certificate.names for certificate in agreed.chain] == [("mx.example.com",), ()]


def test_only_the_old_context_meets_an_old_server() -> None:
    server = serving(trustme.CA().issue_cert("mx.example.com"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        server.minimum_version, server.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    server.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError) as error:
        handshake(tls.context("modern"), server)
    assert tls.smells_old(tls.failed(tls.refusal(error.value)))
    assert handshake(tls.context("old"), server).version() == "TLSv1.1"
