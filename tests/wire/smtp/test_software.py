"""Greetings and the software they come from; recog's examples are the oracle."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from mxlatch.terms.smtp import Reply
from mxlatch.wire.smtp.software import recognise

ORACLE = Path(__file__).parents[4] / "shared/data/recog/smtp_banners.xml"

# What recog calls them: (vendor, product), in lower case; the vendor only where it says something.
OURS = {
    ("postfix", "postfix"): "postfix",
    ("exim", "exim"): "exim",
    ("sendmail", "sendmail"): "sendmail",
    ("metainfo", "sendmail"): "sendmail",
    ("microsoft", "exchange server"): "exchange",
    ("microsoft", "iis"): "iis",
    ("openbsd", "opensmtpd"): "opensmtpd",
    ("lotus", "lotus domino"): "domino",
    ("ibm", "lotus domino"): "domino",
    ("ibm", "ibm domino"): "domino",
    ("alt-n", "mdaemon"): "mdaemon",
    ("kerio", "esmtp"): "kerio",
    ("barracuda", "email security gateway"): "barracuda",
    ("cisco", "pix"): "cisco-pix",
}

# Seen in the wild or given in the product's own documents; host names are made up where they are a customer's.
GREETINGS = [
    ("mx.example.net ESMTP Postfix (Debian/GNU)", (), "postfix", ""),
    ("mx.example.net ESMTP Postfix 2.7.1", (), "postfix", "2.7.1"),
    ("mx.example.net ESMTP Exim 4.96 Thu, 01 Jan 2026 10:00:00 +0000", (), "exim", "4.96"),
    ("postfix.example.net ESMTP Exim 4.96", (), "exim", "4.96"),
    ("postfix ESMTP Exim 4.96", (), "exim", "4.96"),
    ("mx.example.net ESMTP Sendmail 8.17.1/8.17.1; Thu, 1 Jan 2026 10:00:00 GMT", (), "sendmail", "8.17.1"),
    ("mx.example.net Microsoft ESMTP MAIL Service ready at Thu, 1 Jan 2026 10:00:00 +0000", (), "exchange", ""),
    ("mx.example.net ready", ("mx.example.net Hello", "X-ANONYMOUSTLS", "AUTH NTLM"), "exchange", ""),
    (
        "AM5EUR02FT017.mail.protection.outlook.com Microsoft ESMTP MAIL Service ready at Fri, 7 Jan 2022 00:05:19",
        (),
        "exchange-online",
        "",
    ),
    ("mx.google.com ESMTP 38308e7fff4ca-2fb247434a1si5559721fa.352 - gsmtp", (), "google", ""),
    ("mx.example.net ESMTP OpenSMTPD", (), "opensmtpd", ""),
    ("mx ESMTP Haraka 2.8.8 ready", (), "haraka", "2.8.8"),
    ("mx.example.net ESMTP", ("Haraka says hi Unknown [192.0.2.1]", "PIPELINING"), "haraka", ""),
    ("mx.example.net ESMTP", ("mx.example.net", "PIPELINING", "8BITMIME"), "qmail", ""),
    ("mx.example.net ESMTP", ("mx.example.net", "STARTTLS", "PIPELINING", "8BITMIME", "SIZE 0"), "qmail", ""),
    ("mx.example.net ESMTP", ("mx.example.net", "PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES", "DSN"), None, ""),
    ("mx.example.net ESMTP", (), None, ""),
    ("mx.example.net ESMTP qpsmtpd 0.96 ready; send us your mail, but not your spam.", (), "qpsmtpd", "0.96"),
    ("mx.example.net ESMTP Service (HCL Domino Release 12.0.2) ready", (), "domino", "12.0.2"),
    ("mx.example.net ESMTP MDaemon 19.5.2; Thu, 01 Jan 2026 10:00:00 +0000", (), "mdaemon", "19.5.2"),
    ("mx.example.net Kerio MailServer 5.6.7 ESMTP ready", (), "kerio", "5.6.7"),
    ("mx.example.net ESMTP Zimbra Postfix", (), "zimbra", ""),
    ("mx0b-00000d03.pphosted.com ESMTP mfa-m0214089", (), "proofpoint", ""),
    ("mx.example.net ESMTP cm-m0046761", (), "proofpoint", ""),
    ("eu-smtp-1.mimecast.com ESMTP; Thu, 01 Jan 2026 10:00:00 +0000", (), "mimecast", ""),
    ("mx.example.net ESMTP (0a8d40ef45300cc1bd0f16ced5c9e6f1)", (), "barracuda", ""),
    ("esa1.hc123-45.iphmx.com ESMTP", (), "cisco-esa", ""),
    ("****************************0**2******0*********", (), "cisco-pix", ""),
    ("Sendmail ESMTP ready", (), "sendmail", ""),
    ("", (), None, ""),
    ("mx.example.net ready \\xff\\x00", (), None, ""),
]


@pytest.mark.parametrize(("greeting", "ehlo", "product", "version"), GREETINGS)
def test_a_greeting_names_its_software(greeting: str, ehlo: tuple[str, ...], product: str | None, version: str) -> None:
    found = recognise(Reply(220, (greeting,)), Reply(250, ehlo) if ehlo else None)
    assert (found.product if found else None, found.version if found else "") == (product, version)


def test_without_a_greeting_nothing_is_named() -> None:
    assert recognise(None, None) is None
    assert recognise(Reply(220, ()), Reply(250, ())) is None


def examples() -> list[tuple[str, tuple[str, str]]]:
    """recog's example greetings, each with the (vendor, product) of the service, else of the system."""
    found = []
    for fingerprint in ElementTree.parse(ORACLE).getroot().iter("fingerprint"):
        params = {param.get("name"): param.get("value") or "" for param in fingerprint.iter("param")}
        kind = "service" if "service.product" in params else "os"
        named = (params.get(f"{kind}.vendor", "").lower(), params.get(f"{kind}.product", "").lower())
        found += [(example.text or "", named) for example in fingerprint.iter("example")]
    return found


@pytest.mark.skipif(not ORACLE.exists(), reason=f"the oracle is missing: {ORACLE.name} of shared/data/recog")
def test_recogs_examples_are_named_right_or_not_at_all() -> None:
    right = wrong = ours = 0
    strays = []
    for greeting, named in examples():
        found = recognise(Reply(220, (greeting,)), None)
        expected = OURS.get(named)
        ours += expected is not None
        right += found is not None and found.product == expected
        if found is not None and found.product != expected:
            wrong += 1
            strays.append((greeting, named, found.product))
    assert not strays, f"{wrong} named wrong"
    assert ours >= 100, "the oracle has lost its examples"
    assert right / ours >= 0.8, f"{right} of {ours}"


@pytest.mark.parametrize(
    "text", ["Microsoft SMTP MAIL " * 5000, "Exim " * 20000, "*" * 100000, "ESMTP (" + "0" * 100000]
)
def test_a_long_greeting_costs_little(text: str) -> None:
    recognise(Reply(220, (text,)), Reply(250, (text,) * 100))
