"""Records of the form `k=v; k=v`: DMARC (RFC 7489 section 6.4), TLS-RPT (RFC 8460 section 3), MTA-STS (RFC 8461 3.1).

Also the mail hosts that their report addresses name. What breaks the form is left out; of a key that stands twice the
first counts.
"""

from urllib.parse import unquote

from mxlatch.terms.names import BadName, domain_name

LONGEST = 4096  # characters of a record that are read; real ones have under 1,000
MOST_URIS = 64  # report addresses of one record; receivers heed two
_MAILTO = "mailto:"


def parse(text: str) -> dict[str, str]:
    """The tags, keys in lower case, in their order."""
    tags: dict[str, str] = {}
    for part in text[:LONGEST].split(";"):
        key, equals, value = part.partition("=")
        if equals and key.strip():
            tags.setdefault(key.strip().lower(), value.strip())
    return tags


def is_version(text: str, version: str) -> bool:
    """True if the record's first tag is v=VERSION."""
    key, _, value = text[:LONGEST].partition(";")[0].partition("=")
    return key.strip().lower() == "v" and value.strip() == version


def mail_domains(uris: str) -> tuple[str, ...]:
    """The domains of the mailto addresses in a list of URIs: "mailto:a@x.example!10m,https://y.example/"."""
    found: dict[str, None] = {}
    for uri in uris.split(",")[:MOST_URIS]:
        domain = _mail_domain(uri.strip())
        if domain:
            found[domain] = None
    return tuple(found)


def _mail_domain(uri: str) -> str:
    if uri[: len(_MAILTO)].lower() != _MAILTO:
        return ""
    # The size limit is split off before unquoting: an address has its own "!" and "," quoted (RFC 7489 section 6.2).
    address = unquote(uri[len(_MAILTO) :].partition("!")[0].partition("?")[0])
    _, at, domain = address.rpartition("@")
    try:
        return domain_name(domain) if at else ""
    except BadName:
        return ""
