"""The lab's certificate authority: one per run, kept in a directory that goes with it (RFC 5280).

It issues what a door's declared TLS needs: good, expired, for another name, signed by itself, or with old TLS.
"""

import datetime
import ssl
import warnings
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = datetime.timedelta(days=1)
_WRONG_NAME = "wrong-name.invalid"  # RFC 6761: no host is ever called this


class CertificateAuthority:
    """Issues certificates; `file` holds its own, in PEM, for `--ca`."""

    def __init__(self, directory: Path, now: datetime.datetime) -> None:
        """`now`: in UTC; certificates are valid from the day before for a month, expired ones ended a week before."""
        self._directory, self._now = directory, now
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._leaf_key = ec.generate_private_key(ec.SECP256R1())  # one for all doors: this is a lab
        self._name = _named("mxlatch lab CA")
        self.file = directory / "ca.pem"
        self.file.write_bytes(self._own().public_bytes(serialization.Encoding.PEM))
        self._contexts: dict[tuple[str, str], ssl.SSLContext] = {}

    def context(self, host: str, kind: str, further: tuple[str, ...] = ()) -> ssl.SSLContext:
        """A server's TLS settings with a certificate of this kind (see `topology.TlsKind`) for the host.

        further: other names that the certificate bears.
        """
        if (host, kind) not in self._contexts:
            self._contexts[host, kind] = self._made(host, kind, further)
        return self._contexts[host, kind]

    def _made(self, host: str, kind: str, further: tuple[str, ...]) -> ssl.SSLContext:
        file = self._directory / f"{len(self._contexts)}.pem"
        key = self._leaf_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.touch(mode=0o600)
        file.write_bytes(key + self._leaf(host, kind, further).public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        if kind == "old":
            # What a modern OpenSSL refuses unless told otherwise (RFC 8996).
            context.set_ciphers("ALL:@SECLEVEL=0")
            with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
                context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
        return context

    def _own(self) -> x509.Certificate:
        usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
        # Valid through the life of every certificate that it issues, the expired ones too.
        begins, ends = self._now - 90 * _DAY, self._now + 90 * _DAY
        builder = self._begun(self._name, self._name, self._key.public_key(), begins, ends)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        return builder.add_extension(usage, critical=True).sign(self._key, hashes.SHA256())

    def _leaf(self, host: str, kind: str, further: tuple[str, ...]) -> x509.Certificate:
        name, *others = (_WRONG_NAME,) if kind == "wrong-name" else (host, *further)
        ends = self._now - 7 * _DAY if kind == "expired" else self._now + 30 * _DAY
        begins = self._now - 60 * _DAY if kind == "expired" else self._now - _DAY
        self_signed = kind == "self-signed"
        issuer = _named(name) if self_signed else self._name
        builder = self._begun(_named(name), issuer, self._leaf_key.public_key(), begins, ends)
        every = [x509.DNSName(each) for each in (name, *others)]
        builder = builder.add_extension(x509.SubjectAlternativeName(every), critical=False)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        key = self._leaf_key if self_signed else self._key
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
        return builder.add_extension(identifier, critical=False).sign(key, hashes.SHA256())

    def _begun(
        self,
        subject: x509.Name,
        issuer: x509.Name,
        key: ec.EllipticCurvePublicKey,
        begins: datetime.datetime,
        ends: datetime.datetime,
    ) -> x509.CertificateBuilder:
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(begins).not_valid_after(ends)
        return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _named(name: str) -> x509.Name:
    # A common name holds at most 64 characters (RFC 5280 appendix A); the full name stands in subjectAltName.
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
