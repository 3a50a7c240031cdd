"""Recognises the software behind a door from its greeting and its answer to EHLO.

A hint, never a proof: anybody may write anything into a banner, and a filter in front hides what stands behind. The
words are looked for behind the server's own host name, so that a host called postfix.example.com is not taken for
one; the host name itself tells only of the clouds that use their own.

A product more is a row more in `_PRODUCTS`. The first row that fits names the product, so those that say another's
name too (Zimbra runs Postfix) stand above it. Every pattern is linear in the text: no repetition within another.
"""

import re

from msgspec import Struct

from mxlatch.terms.smtp import Reply

LONGEST_TEXT = 512  # characters that are looked at: a name comes early, and a banner may be a page of legal text


class Software(Struct, frozen=True):
    """product: a stable id ("exim"); name: for people; version: as it stands in the greeting, or ""."""

    product: str
    name: str
    version: str = ""


class _Product(Struct, frozen=True):
    """A row. hosts: ends of the host name in the greeting; says, ehlo: patterns, the group `v` being the version.

    says is looked for in the greeting behind the host name, ehlo in each line of the EHLO reply.
    """

    product: str
    name: str
    hosts: tuple[str, ...] = ()
    says: re.Pattern[str] | None = None
    ehlo: re.Pattern[str] | None = None


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_PRODUCTS = (
    _Product("exchange-online", "Exchange Online", (".protection.outlook.com", ".mx.microsoft")),
    _Product("mimecast", "Mimecast", (".mimecast.com", ".mimecast.co.za", ".mimecast-offshore.com")),
    _Product(
        "proofpoint",
        "Proofpoint",
        (".pphosted.com", ".ppe-hosted.com"),
        _words(r"^ESMTP (?:mfa|cm|ppa)-m\d+$|\bProofpoint\b"),
    ),
    _Product(
        "google", "Google", (".google.com", ".googlemail.com"), _words(r" - gsmtp$"), _words(r"^mx\.google\.com ")
    ),
    _Product(
        "barracuda",
        "Barracuda Email Security",
        (".barracudanetworks.com",),
        _words(r"^ESMTP \([0-9a-f]{32}\)$|\bBarracuda\b"),
    ),
    _Product("cisco-esa", "Cisco Secure Email", (".iphmx.com",), _words(r"\bIronPort\b")),
    _Product("cisco-pix", "Cisco PIX/ASA inspection", says=_words(r"^[*02 ]{8,}$|^SMTP/cmap ")),
    _Product("zimbra", "Zimbra", says=_words(r"\bZimbra\b(?: (?P<v>\d[\w.]*))?")),
    _Product("kerio", "Kerio Connect", says=_words(r"\bKerio (?:Connect|MailServer) (?P<v>\d[\w.]*)")),
    _Product("mdaemon", "MDaemon", says=_words(r"\bMDaemon v?(?P<v>\d[\w.]*)")),
    _Product(
        "domino",
        "Lotus Domino",
        says=_words(r"\b(?:Lotus|IBM|HCL) Domino (?:Release (?P<v>[\w.]+)|Build)|^Lotus (?:SMTP MTA|Notes ESMTP)\b"),
    ),
    _Product(
        "haraka", "Haraka", says=_words(r"\bHaraka\b(?: (?P<v>\d[\w.]*))?"), ehlo=_words(r"\bHaraka (?:says|is)\b")
    ),
    _Product("opensmtpd", "OpenSMTPD", says=_words(r"\bOpenSMTPD\b")),
    _Product("qpsmtpd", "qpsmtpd", says=_words(r"\bqpsmtpd\b(?: (?P<v>\d[\w.]*))?")),
    _Product("indimail", "IndiMail", says=_words(r"\bIndiMail\b")),
    _Product("qmail", "qmail", says=_words(r"\bqmail\b")),
    _Product("exim", "Exim", says=_words(r"\bExim\b(?: (?P<v>\d+\.\d[\w.]*))?")),
    _Product("sendmail", "sendmail", says=_words(r"\bSendmail\b(?: version)?(?: (?P<v>\d+\.\d[\w.+]*))?")),
    _Product("postfix", "Postfix", says=_words(r"\bPostfix\b(?: \(?(?P<v>\d+\.\d[\w.]*))?")),
    # Exchange 2003 speaks through IIS and differs by the verbs that it adds.
    _Product(
        "exchange",
        "Microsoft Exchange",
        says=_words(
            r"\bMicrosoft Exchange Internet Mail Service (?P<v>\d[\d.]*)|^Microsoft ESMTP MAIL Service ready\b"
        ),
        ehlo=_words(r"^(?:X-ANONYMOUSTLS|X-EXPS|XEXCH50|X-LINK2STATE)\b"),
    ),
    _Product(
        "iis",
        "Microsoft IIS SMTP",
        says=_words(
            r"^Microsoft E?SMTP MAIL Service, Version: (?P<v>\d[\d.]*)"
            r"|^Microsoft SMTP MAIL .{0,80}Version: (?P<w>\d[\d.]*)"
        ),
    ),
)

_PROTOCOL = frozenset({"ESMTP", "SMTP"})
# qmail says its host name and "ESMTP", and has known two extensions since 1998; patches add the others.
_QMAIL = frozenset({"PIPELINING", "8BITMIME"})
_QMAIL_PATCHED = _QMAIL | {"SIZE", "STARTTLS", "AUTH", "AUTH=LOGIN", "DATAZ"}


def recognise(banner: Reply | None, ehlo: Reply | None) -> Software | None:
    """The software that this greeting and this answer to EHLO come from, or None."""
    host, text = _greeting(banner)
    lines = [line[:LONGEST_TEXT] for line in ehlo.lines] if ehlo else []
    if text.upper() == "ESMTP" and _is_like_qmail(lines):
        return Software("qmail", "qmail or kin")
    named = next(filter(None, (_fits(row, host, text, lines) for row in _PRODUCTS)), None)
    if named is None and "." not in host:
        # "Sendmail ESMTP ready": what stood in the place of the host name may be the product's.
        named = next(filter(None, (_fits(row, "", f"{host} {text}".strip(), []) for row in _PRODUCTS)), None)
    return named


def _fits(row: _Product, host: str, text: str, lines: list[str]) -> Software | None:
    match = row.says.search(text) if row.says else None
    if match:
        return Software(row.product, row.name, next(filter(None, match.groupdict().values()), ""))
    if (row.hosts and host.endswith(row.hosts)) or (row.ehlo and any(map(row.ehlo.search, lines))):
        return Software(row.product, row.name)
    return None


def _greeting(banner: Reply | None) -> tuple[str, str]:
    """The host name of a greeting, and what comes behind it. A "2.0.0" ahead (RFC 2034) is left out."""
    text = re.sub(r"^2\.\d\.\d ", "", banner.text[:LONGEST_TEXT].strip()) if banner else ""
    first, _, rest = text.partition(" ")
    rest = rest.strip(" -")
    if first.upper() not in _PROTOCOL and ("." in first or rest.partition(" ")[0].upper() in _PROTOCOL):
        return first.lower().rstrip(","), rest
    return "", text


def _is_like_qmail(lines: list[str]) -> bool:
    keywords = {line.partition(" ")[0].upper() for line in lines[1:]}
    return _QMAIL <= keywords <= _QMAIL_PATCHED and lines[0].count(" ") == 0
