"""Where a rule is written down. RFC numbers change (5321bis will replace 5321 and 7505): they are data.

A rule names a topic; what it cites for that topic stands in this table alone.
"""

REFERENCES: dict[str, str] = {
    # Mail
    "mx-lookup": "RFC 5321 section 5.1",
    "mx-order": "RFC 5321 section 5.1",
    "queueing": "RFC 5321 section 4.5.4.1",
    "loops": "RFC 5321 section 6.3",
    "delay-notice": "RFC 3464 section 2.3.3",
    "relaying": "RFC 5321 section 3.6.2",
    "acceptance": "RFC 5321 section 6.1",
    "turns": "RFC 5321 section 4.3.1",
    "ehlo": "RFC 5321 section 4.1.1.1",
    "null-mx": "RFC 7505 section 3",
    "open-relay": "RFC 2505 section 2.1",
    "size": "RFC 1870",
    "8bitmime": "RFC 6152",
    "smtputf8": "RFC 6531",
    "chunking": "RFC 3030",
    "dsn": "RFC 3461",
    "xclient": "Postfix XCLIENT_README",
    "xforward": "Postfix XFORWARD_README",
    # TLS
    "starttls": "RFC 3207 section 4",
    "starttls-injection": "RFC 3207 section 4.2",
    "mta-sts": "RFC 8461 section 4.1",
    "mta-sts-validation": "RFC 8461 section 5",
    "dane-hosts": "RFC 7672 section 2.2",
    "dane-certificates": "RFC 7672 section 3",
    "dane-digests": "RFC 7671 section 9",
    "tls-names": "RFC 9525 section 6.3",
    "certificate-dates": "RFC 5280 section 4.1.2.5",
    "old-tls": "RFC 8996",
    # DNS
    "aliases": "RFC 2181 section 10.3",
    "mx-record": "RFC 1035 section 3.3.9",
    "letter-case": "RFC 4343",
    "delegation": "RFC 1034 section 4.2.2",
    "lame": "RFC 1912 section 2.8",
    "wildcards": "RFC 4592",
    "mx-wildcards": "RFC 1912 section 2.7",
    "serials": "RFC 1982 section 3.2",
    "special-addresses": "RFC 6890",
    # Networks
    "default-deny": "NIST SP 800-41 Rev. 1 section 4",
    "port-25-out": "MAAWG, Managing Port 25 for Residential or Dynamic IP Space, 2005",
    "submission": "RFC 6409 section 3.1",
    "split-horizon": "RFC 9499 section 6",
    # Studies
    "unfiltered": "Rao et al., Unfiltered, WWW 2024",
    "disagreeing-ns": "Sommese et al., PAM 2020",
    "lame-study": "Akiwate et al., IMC 2020",
    "dangling": "Liu, Hao and Wang, CCS 2016",
    "nolisting": "Pagani et al., DSN 2016",
}


def cited(*topics: str) -> tuple[str, ...]:
    """What to cite for these topics, each once. A topic that the table does not know is a fault of ours (KeyError)."""
    return tuple(dict.fromkeys(REFERENCES[topic] for topic in topics))
