"""TLS at a door: the contexts, what the certificates say, and whether they lead to a trusted root (RFC 3207, RFC 5280).

A handshake never fails for want of trust: what the certificate is worth is judged from what was seen, beside the
session. `trusted` means that the chain leads to a root this run trusts. Host name and the leaf's own dates are left
aside (`Certificate` has them); the rest of the chain must be in date at the time of the session, or at the nearest
moment at which the leaf was. Only CA certificates may issue, path lengths are kept, signatures and keys must meet the
algorithms that `cryptography` allows by default.

Limits: certificates of version 1 lead nowhere; no revocation; intermediates that the server left out are not fetched;
name constraints and key usages of private roots are not enforced.
"""

import re
import ssl
import warnings
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from hashlib import sha256, sha512
from pathlib import Path
from typing import Literal, Protocol, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import verification
from msgspec import Struct, structs

from mxlatch.terms.smtp import Certificate, Tls
from mxlatch.wire.smtp.reply import printable

MOST_CERTIFICATES = 10  # of a chain that are read: real ones have at most five
MOST_NAMES = 500  # of a certificate that are kept: CDNs stop at some 250, Let's Encrypt at 100
LONGEST_TEXT = 500  # characters of a subject, issuer or name that are kept

_SERVER_LEGACY_CONNECT = 0x4  # ssl.OP_LEGACY_SERVER_CONNECT, which Python names from 3.12 on
# OpenSSL's reasons behind which a server may stand that only knows what is refused today (SSLv3's alert 40 is the
# usual answer to "no cipher in common").
_OLD = frozenset(
    {
        "UNSUPPORTED_PROTOCOL",
        "TLSV1_ALERT_PROTOCOL_VERSION",
        "TLSV1_ALERT_INSUFFICIENT_SECURITY",
        "SSLV3_ALERT_HANDSHAKE_FAILURE",
        "DH_KEY_TOO_SMALL",
        "EE_KEY_TOO_SMALL",
        "CA_KEY_TOO_SMALL",
        "CA_MD_TOO_WEAK",
        "WRONG_SIGNATURE_TYPE",
        "NO_SUITABLE_SIGNATURE_ALGORITHM",
        "UNSAFE_LEGACY_RENEGOTIATION_DISABLED",
        "WRONG_CIPHER_RETURNED",
        "BAD_PROTOCOL_VERSION_NUMBER",
    }
)

_MODERN = frozenset({"TLSv1.2", "TLSv1.3"})

_OF_PYTHON = re.compile(r"^\[[^]]*\] | \(_ssl\.c:\d+\)$")  # what Python puts round OpenSSL's words

Strictness = Literal["modern", "old"]


@cache
def context(strictness: Strictness) -> ssl.SSLContext:
    """A client context that takes any certificate: what today's senders speak, or all that this OpenSSL still can."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    if strictness == "modern":
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        made.set_ciphers("DEFAULT:@SECLEVEL=2")
        return made
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the point is to speak what is deprecated
        made.minimum_version = ssl.TLSVersion.TLSv1
    made.set_ciphers("ALL:!aNULL:@SECLEVEL=0")
    made.options |= _SERVER_LEGACY_CONNECT
    return made


def server_name(host: str) -> str | None:
    """The host as it can be asked for (SNI): a plain DNS name, or nothing (RFC 6066 section 3 has no addresses)."""
    labels = host.lower().split(".")
    plain = all(0 < len(label) < 64 and label.replace("-", "a").replace("_", "a").isalnum() for label in labels)
    is_name = plain and host.isascii() and len(host) < 254 and not labels[-1].isdigit()
    return host.lower() if is_name else None


def failed(reason: str) -> Tls:
    """A handshake that did not come to an end."""
    return Tls("failed", reason=printable(reason.encode("utf-8", "replace"))[:LONGEST_TEXT])


def refusal(error: ssl.SSLError) -> str:
    """OpenSSL's own word for what went wrong."""
    return error.reason or _OF_PYTHON.sub("", str(error.args[-1] if error.args else error)) or type(error).__name__


def smells_old(failure: Tls) -> bool:
    """True if the handshake may have failed only because we ask for what is good today.

    Some old servers answer a hello that they do not like with an alert, others just hang up.
    """
    reason = failure.reason.partition(";")[0]
    return failure.state == "failed" and (reason in _OLD or reason.startswith(("closed", "ECONNRESET")))


def second_try(failure: Tls, agreed: Tls) -> Tls:
    """What it means that a handshake failed, and then went with what is old allowed.

    Old, if it agreed on what we would refuse today, or OpenSSL named such a thing the first time. Else the server
    merely hung up once, and the handshake is a good one.
    """
    modern = agreed.version in _MODERN and agreed.cipher in {known["name"] for known in context("modern").get_ciphers()}
    if modern and failure.reason.partition(";")[0] not in _OLD:
        state, why = "ok", f"the first handshake failed: {failure.reason}"
    else:
        state, why = "old", f"refused by a modern client: {failure.reason}"
    return structs.replace(agreed, state=state, reason="; ".join(filter(None, (why, agreed.reason))))


def agreed(connection: ssl.SSLObject, roots: "Roots", now: float) -> Tls:
    """What a finished handshake came to. now: seconds since 1970 UTC."""
    raw = _raw_chain(connection)
    chain, unreadable = _facts_of(raw)
    trust = roots.judge(raw, now) if chain else Trust(None, "")
    cipher = connection.cipher()
    return Tls(
        state="ok",
        version=connection.version() or "",
        cipher=cipher[0] if cipher else "",
        chain=chain,
        trusted=trust.trusted,
        reason="; ".join(filter(None, (unreadable, trust.reason))),
        whole=len(chain) == len(raw),
    )


def facts(der: bytes) -> Certificate:
    """What one certificate says; text of strangers is made printable and cut.

    Raises:
        ValueError: it cannot be read; the message says why.
    """
    try:
        parsed = _load(der)
        return Certificate(
            subject=_text(parsed.subject.rfc4514_string()),
            issuer=_text(parsed.issuer.rfc4514_string()),
            names=_names(parsed),
            not_before=parsed.not_valid_before_utc.timestamp(),
            not_after=parsed.not_valid_after_utc.timestamp(),
            sha256=parsed.fingerprint(hashes.SHA256()).hex(),
            key=_key(parsed),
            sha512=parsed.fingerprint(hashes.SHA512()).hex(),
            of_key=_key_digests(parsed),
        )
    except Exception as error:  # cryptography has a dozen exception classes for what strangers put into certificates
        raise ValueError(f"{type(error).__name__}: {_text(str(error))}") from error


class Trust(Struct, frozen=True):
    """trusted: None if it could not be judged; reason: why not, wherever it is not True."""

    trusted: bool | None
    reason: str


class Roots:
    """The roots that this run trusts: of one file (PEM), or the system's, which are read when first needed."""

    def __init__(self, file: Path | None = None) -> None:
        """file: PEM certificates, None for the system's store.

        Raises:
            OSError: the file cannot be read. Told here, since in the midst of a session it would look like the peer's.
        """
        self._pem = file.read_bytes() if file else None

    @cached_property
    def _store(self) -> verification.Store | None:
        found = _system_roots() if self._pem is None else _read_pem(self._pem)
        return verification.Store(found) if found else None

    def judge(self, chain: Sequence[bytes], now: float) -> Trust:
        """Does this chain (DER, leaf first) lead to one of the roots?"""
        if self._store is None:
            return Trust(None, "there are no trusted roots to judge by")
        try:
            leaf, *others = [_load(der) for der in chain[:MOST_CERTIFICATES]]
            policy = verification.PolicyBuilder().store(self._store).time(_moment(leaf, now))
            policy = policy.max_chain_depth(MOST_CERTIFICATES).extension_policies(ca_policy=_ISSUERS, ee_policy=_LEAF)
            policy.build_client_verifier().verify(leaf, others)
        except verification.VerificationError as error:
            return Trust(False, f"not trusted: {_text(str(error))}")
        except Exception as error:  # as in `facts`
            return Trust(False, f"not trusted: {type(error).__name__}: {_text(str(error))}")
        return Trust(True, "")


def _load(der: bytes) -> x509.Certificate:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library warns of odd serial numbers: a stranger's, nothing for our stderr
        return x509.load_der_x509_certificate(der)


def _must_be_ca(_: verification.Policy, certificate: x509.Certificate, extension: x509.BasicConstraints) -> None:
    if not extension.ca:
        raise ValueError(f"{_text(certificate.subject.rfc4514_string())} issued a certificate and is no CA")


# The web's rules on extensions would refuse most private CAs, which MTAs take; that issuers are CAs is what matters.
_ISSUERS = verification.ExtensionPolicy.permit_all().require_present(
    x509.BasicConstraints, verification.Criticality.AGNOSTIC, _must_be_ca
)
_LEAF = verification.ExtensionPolicy.permit_all()


def _moment(leaf: x509.Certificate, now: float) -> datetime:
    """Now, or the nearest moment at which the leaf was in date: an expired leaf is judged by its dates, not here."""
    moment = datetime.fromtimestamp(now, UTC)
    moment = min(max(moment, leaf.not_valid_before_utc), leaf.not_valid_after_utc - timedelta(seconds=1))
    return moment.replace(microsecond=0)


class _OldChain(Protocol):
    """The chain as Python 3.10 to 3.12 have it, on the private half of an SSLObject."""

    def get_unverified_chain(self) -> "list[_OldCertificate] | None": ...


class _OldCertificate(Protocol):
    def public_bytes(self, encoding: int) -> bytes: ...


_DER = 2  # _ssl.ENCODING_DER


def _raw_chain(connection: ssl.SSLObject) -> list[bytes]:
    """The certificates as sent, DER, leaf first: by the public way of 3.13, the private one before, or the leaf."""
    public = getattr(connection, "get_unverified_chain", None)
    if public is not None:
        return list(public() or ())
    private = cast("_OldChain | None", getattr(connection, "_sslobj", None))
    if private is not None and hasattr(private, "get_unverified_chain"):
        return [certificate.public_bytes(_DER) for certificate in private.get_unverified_chain() or ()]
    leaf = connection.getpeercert(binary_form=True)
    return [leaf] if leaf else []


def _facts_of(raw: Sequence[bytes]) -> tuple[tuple[Certificate, ...], str]:
    """What the readable ones say, up to the first that is not, so that the first stays the leaf."""
    chain: list[Certificate] = []
    for der in raw[:MOST_CERTIFICATES]:
        try:
            chain.append(facts(der))
        except ValueError as error:
            return tuple(chain), f"certificate {len(chain) + 1} is not readable ({error})"
    return tuple(chain), "" if raw else "no certificate"


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    names = extension.value.get_values_for_type(x509.DNSName)
    return tuple(_text(name.lower()) for name in names[:MOST_NAMES])


def _key(certificate: x509.Certificate) -> str:
    try:
        key = certificate.public_key()
    except Exception as error:  # an algorithm this library does not know, or a point that is not on its curve
        return f"unreadable ({type(error).__name__})"
    match key:
        case rsa.RSAPublicKey() | dsa.DSAPublicKey():
            return f"{'RSA' if isinstance(key, rsa.RSAPublicKey) else 'DSA'} {key.key_size}"
        case ec.EllipticCurvePublicKey():
            return f"EC {key.curve.name}"
        case ed25519.Ed25519PublicKey():
            return "Ed25519"
        case ed448.Ed448PublicKey():
            return "Ed448"
    return type(key).__name__


def _key_digests(certificate: x509.Certificate) -> tuple[str, str]:
    try:
        octets = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except Exception:  # as above
        return "", ""
    if octets not in certificate.tbs_certificate_bytes:  # it stands there in another form: compressed, RSASSA-PSS
        return "", ""
    return sha256(octets).hexdigest(), sha512(octets).hexdigest()


def _text(raw: str) -> str:
    return printable(raw.encode("utf-8", "surrogatepass"))[:LONGEST_TEXT]


def _system_roots() -> list[x509.Certificate]:
    """OpenSSL's default store: the file, or the directory where there is only that."""
    loaded = ssl.create_default_context().get_ca_certs(binary_form=True)
    if loaded:
        return list(_readable(loaded))
    directory = ssl.get_default_verify_paths().capath
    files = sorted(Path(directory).glob("*.pem")) if directory else []
    with suppress(OSError):  # a store that we may not read is none
        return [root for file in files for root in _read_pem(file.read_bytes())]
    return []


def _read_pem(text: bytes) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(text)
    except ValueError:
        return []


def _readable(certificates: Iterable[bytes]) -> Iterable[x509.Certificate]:
    """Those that the library takes: some roots of the past are not DER as it is written today."""
    for der in certificates:
        try:
            yield _load(der)
        except ValueError:
            continue
