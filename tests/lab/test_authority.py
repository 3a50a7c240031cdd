import datetime
import ssl
from pathlib import Path

import pytest

from mxlatch.lab.authority import CertificateAuthority

NOW = datetime.datetime.now(datetime.UTC)


def handshake(server: ssl.SSLContext, client: ssl.SSLContext, host: str) -> str:
    """Shake hands in memory; gives the version that was agreed."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    one = client.wrap_bio(to_client, to_server, server_hostname=host)
    other = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(6):
        for side in (one, other):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return one.version() or ""


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ("lab", ""),
        ("expired", "certificate has expired"),
        ("wrong-name", "Hostname mismatch"),
        ("self-signed", "self-signed certificate"),
    ],
)
def test_what_a_client_that_trusts_the_lab_makes_of_it(kind: str, fault: str, tmp_path: Path) -> None:
    authority = CertificateAuthority(tmp_path, NOW)
    client = ssl.create_default_context(cafile=str(authority.file))
    server = authority.context("mx.example.com", kind)
    if not fault:
        assert handshake(server, client, "mx.example.com") == "TLSv1.3"
        return
    with pytest.raises(ssl.SSLCertVerificationError, match=fault):
        handshake(server, client, "mx.example.com")


def test_a_server_of_several_names_has_them_all_in_its_certificate(tmp_path: Path) -> None:
    authority = CertificateAuthority(tmp_path, NOW)
    server = authority.context("mx1.example.com", "lab", ("mx3.example.com",))
    client = ssl.create_default_context(cafile=str(authority.file))
    assert [handshake(server, client, f"mx{n}.example.com") for n in (1, 3)] == ["TLSv1.3"] * 2
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        handshake(server, client, "mx2.example.com")


def test_old_tls_is_refused_by_a_modern_client(tmp_path: Path) -> None:
    authority = CertificateAuthority(tmp_path, NOW)
    client = ssl.create_default_context(cafile=str(authority.file))
    # The words differ between OpenSSL's versions: by protocol, or by the signature that TLS 1.0 needs.
    with pytest.raises(ssl.SSLError, match=r"(?i)protocol|sigalg"):
        handshake(authority.context("mx.example.com", "old"), client, "mx.example.com")


def test_a_context_is_made_once_and_keys_are_the_owner_s_only(tmp_path: Path) -> None:
    authority = CertificateAuthority(tmp_path, NOW)
    assert authority.context("a.example", "lab") is authority.context("a.example", "lab")
    assert {p.stat().st_mode & 0o077 for p in tmp_path.iterdir() if p.name != "ca.pem"} == {0}
    assert b"PRIVATE" not in authority.file.read_bytes()
