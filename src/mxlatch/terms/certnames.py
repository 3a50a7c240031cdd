"""Does a certificate's DNS name stand for a host (RFC 9525 section 6.3, and RFC 6125 before it)?

Limits: only DNS names of subjectAltName; a "*" counts as the whole left-most label and stands for exactly one label;
common names are not read. Names are A-labels.
"""

_WILDCARD = "*"


def covers(pattern: str, host: str) -> bool:
    """True if the name in the certificate stands for this host."""
    wanted, given = (_labels(pattern), _labels(host))
    if not all(given) or len(wanted) != len(given):
        return False
    first_fits = wanted[0] in (_WILDCARD, given[0])
    # "*" alone, or before a top-level domain, would stand for half the internet: no authority signs that.
    broad = wanted[0] == _WILDCARD and len(wanted) < 3
    return first_fits and not broad and wanted[1:] == given[1:] and _WILDCARD not in given


def _labels(name: str) -> list[str]:
    return name.lower().removesuffix(".").split(".")
