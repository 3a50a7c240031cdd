"""The lock of Exchange Online as PowerShell: a connector of the type Partner, and with it Enhanced Filtering.

Microsoft: New-InboundConnector, Set-InboundConnector. Nothing runs from here: an administrator reads the script, runs
it part by part, and enables the connector last. What looks alike and is none: a connector of the type OnPremises with
the same addresses locks nothing; RejectDirectSend refuses only what bears one of the own domains in MAIL FROM.

Limits: SenderIPAddresses takes IPv4 only, from /24 to /32. The lock holds for the whole tenant, all its domains. There
is no PowerShell in the tests: a golden file holds the script, and a reader of its quotes holds that nothing gets out.
"""

import ipaddress
from collections.abc import Iterable, Iterator

from mxlatch.plan.change import Tenant
from mxlatch.plan.provider import Given, Written, left_out
from mxlatch.plan.providers.quoting import families, file_name, host, remark
from mxlatch.plan.result import Plan
from mxlatch.terms.errors import InputError

NAME = "exchange-online"
TITLE = "Exchange Online: PowerShell for the Partner connector"
KINDS = (Tenant,)
PROVIDER = "microsoft"

_NARROWEST = 24  # of SenderIPAddresses
_MOST_ADDRESSES = 256  # a /16 in blocks of 24 bits; more is no filter's list
_QUOTES = "'\u2018\u2019\u201a\u201b"  # PowerShell takes each of these for a single quote


def render(plan: Plan, given: Given) -> tuple[Written, ...]:
    """The script for the tenant, and the one that undoes it."""
    told = [f"# {remark(line)}" for line in left_out(plan.changes, KINDS)]
    ours = [c for c in plan.changes if isinstance(c, Tenant)]
    told += [f"# not in this file: {remark(c.domain)} at {remark(c.provider)}" for c in ours if c.provider != PROVIDER]
    written = []
    for change in ours:
        if change.provider == PROVIDER:
            stem = f"exchange-online-{file_name(change.domain)}"
            written += [Written(f"{stem}.ps1", "\n".join([*told, *_script(change)]) + "\n")]
            written += [Written(f"{stem}-undo.ps1", "\n".join(_undo(change)) + "\n")]
    return tuple(written)


def quoted(text: str) -> str:
    """A string of PowerShell in single quotes, in which nothing is expanded.

    Raises:
        InputError: it has a control character, which no name or address has.
    """
    if any(not c.isprintable() for c in text):
        raise InputError(f"{remark(text)!r} cannot stand in a script")
    return "'" + "".join(c + c if c in _QUOTES else c for c in text) + "'"


def _script(change: Tenant) -> Iterator[str]:
    domain = host(change.domain)
    yield f"# mxlatch: {domain} at Exchange Online takes mail from its filter only. Run it part by part, and read."
    yield "# Before: Connect-ExchangeOnline, as an Exchange administrator."
    yield "$ErrorActionPreference = 'Stop'"
    yield f"$name = {quoted(_name(domain))}"
    yield ""
    yield "# 1. Who would be cut off: from where mail came in the last ten days. What is wanted and not the filter"
    yield "#    (hybrid servers, partners, scanners, applications) needs a connector of its own or another route first."
    yield f"$recipients = {quoted('*@' + domain)}"
    yield "Get-MessageTraceV2 -StartDate (Get-Date).AddDays(-10) -EndDate (Get-Date) -ResultSize 5000 |"
    yield "    Where-Object { $_.RecipientAddress -like $recipients -and $_.FromIP } |"
    yield "    Group-Object FromIP | Sort-Object Count -Descending | Format-Table Count, Name"
    yield "Get-InboundConnector | Format-Table Name, ConnectorType, Enabled, SenderDomains, SenderIPAddresses,"
    yield "    TlsSenderCertificateName"
    yield ""
    yield "# 2. The connector, not enabled yet. Partner: only this type rejects what comes from elsewhere."
    if change.shared:
        yield "#    The filter's other customers send with the same name or from the same addresses: they still get in."
        yield "#    Rarer, not closed."
    yield from _connector(change)
    yield "if (Get-InboundConnector | Where-Object { $_.Name -eq $name }) {"
    yield "    Set-InboundConnector -Identity $name @lock"
    yield "} else {"
    yield "    New-InboundConnector -Name $name -Enabled $false @lock"
    yield "}"
    yield ""
    yield "# 3. Enhanced Filtering: SPF, DMARC and reputation see who gave it to the filter, and not the filter."
    yield from _enhanced(change)
    yield ""
    yield "# 4. The lock. From here on everybody else is refused, for every domain of the tenant."
    yield "Set-InboundConnector -Identity $name -Enabled $true"
    yield "Get-InboundConnector -Identity $name | Format-List Name, Enabled, ConnectorType, SenderDomains, RequireTls,"
    yield "    RestrictDomains*, SenderIPAddresses, TlsSenderCertificateName, EFSkip*"
    yield ""
    yield "# 5. Ask again from an address that is not the filter, and send a canary: it may only be refused after DATA."
    if change.endpoint:
        yield f"#    The endpoint: {remark(change.endpoint)}. TENANT.onmicrosoft.com leads to the same mailboxes."
    yield ""
    yield "# Another matter, and no lock: this refuses what comes from outside with your own domains in MAIL FROM."
    yield "# It looks at nothing else, and takes up to 30 minutes. Undo: the same with $false."
    yield "#   Set-OrganizationConfig -RejectDirectSend $true"


def _connector(change: Tenant) -> Iterator[str]:
    yield "$lock = @{"
    yield "    ConnectorType = 'Partner'"
    yield "    SenderDomains = '*'"
    yield "    RequireTls = $true"
    if change.certificate:
        yield "    RestrictDomainsToCertificate = $true"
        yield f"    TlsSenderCertificateName = {quoted(certificate_name(change.certificate))}"
    else:
        yield "    RestrictDomainsToIPAddresses = $true"
        yield f"    SenderIPAddresses = {_list(addresses(change.allow))}"
    yield "}"
    if not change.certificate and families(change.allow)[1]:
        yield "# It takes no IPv6 addresses: let the filter deliver over IPv4, or ask it for its certificate's name:"
        yield f"#   {', '.join(families(change.allow)[1])}"


def _enhanced(change: Tenant) -> Iterator[str]:
    if families(change.allow)[0]:
        yield f"Set-InboundConnector -Identity $name -EFSkipLastIP $false -EFSkipIPs {_list(addresses(change.allow))}"
    else:
        yield "Set-InboundConnector -Identity $name -EFSkipLastIP $true"


def _undo(change: Tenant) -> Iterator[str]:
    domain = host(change.domain)
    yield f"# mxlatch: undoes the lock of {domain} at Exchange Online. The first command lets everybody in again."
    yield f"$name = {quoted(_name(domain))}"
    yield "Set-InboundConnector -Identity $name -Enabled $false"
    yield "Remove-InboundConnector -Identity $name -Confirm:$false"


def _name(domain: str) -> str:
    return f"mxlatch: {domain} from its filter only"


def certificate_name(text: str) -> str:
    """A host name, or "*." and a domain.

    Raises:
        InputError: it is neither.
    """
    star = "*." if text.startswith("*.") else ""
    return star + host(text.removeprefix("*."))


def addresses(allow: Iterable[str]) -> tuple[str, ...]:
    """IPv4 addresses and blocks as connectors take them: from /24 to /32, wider ones in parts.

    Raises:
        InputError: there is none, or too many.
    """
    v4 = [ipaddress.IPv4Network(text) for text in families(allow)[0]]
    if not v4:
        raise InputError("Exchange Online takes no IPv6 addresses: name the filter's certificate, or IPv4 addresses")
    if sum(2 ** max(0, _NARROWEST - n.prefixlen) for n in v4) > _MOST_ADDRESSES:
        raise InputError(f"over {_MOST_ADDRESSES} blocks of /{_NARROWEST}: name the filter's certificate instead")
    parts = [part for n in v4 for part in ([n] if n.prefixlen >= _NARROWEST else n.subnets(new_prefix=_NARROWEST))]
    return tuple(str(n.network_address) if n.prefixlen == 32 else str(n) for n in parts)


def _list(values: Iterable[str]) -> str:
    return ", ".join(map(quoted, values))
