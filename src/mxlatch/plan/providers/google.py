"""The lock of Google Workspace as steps for its admin console (support.google.com/a/answer/60730): the inbound gateway.

Google has no API for this setting that we know of, so a person does it. Where the settings stand in the console is from
memory; what they are called and do is from Google's page.
"""

from collections.abc import Iterator

from mxlatch.plan.change import Tenant
from mxlatch.plan.provider import Given, Written, left_out
from mxlatch.plan.providers.quoting import families, file_name, host, network, remark
from mxlatch.plan.result import Plan
from mxlatch.terms.errors import InputError

NAME = "google"
TITLE = "Google Workspace: steps for the inbound gateway"
KINDS = (Tenant,)
PROVIDER = "google"


def render(plan: Plan, given: Given) -> tuple[Written, ...]:
    """The steps for each domain."""
    told = [remark(line) for line in left_out(plan.changes, KINDS)]
    ours = [c for c in plan.changes if isinstance(c, Tenant)]
    told += [f"not in this file: {remark(c.domain)} at {remark(c.provider)}" for c in ours if c.provider != PROVIDER]
    return tuple(
        Written(f"google-{file_name(c.domain)}.txt", "\n".join([*told, *steps(c)]) + "\n")
        for c in ours
        if c.provider == PROVIDER
    )


def steps(change: Tenant) -> Iterator[str]:
    """The steps, numbered, and the undo.

    Raises:
        InputError: no address, or one that cannot be listed.
    """
    domain, listed = host(change.domain), [address for family in families(change.allow) for address in family]
    if not listed:
        raise InputError(f"{domain} at Google: the gateway is a list of addresses, and the plan has none")
    if private := [address for address in listed if not network(address).is_global and network(address).is_private]:
        raise InputError(f"{domain} at Google: a private address cannot be a gateway: {private[0]}")
    yield f"{domain} at Google Workspace: take mail from the filter only (admin.google.com, as a super administrator)."
    yield ""
    yield "1. Who would be cut off: in Reporting, Email log search, look at the last ten days for mail that"
    yield "   did not come from the addresses below. Give it another route first, or add it to the list."
    yield "2. Apps > Google Workspace > Gmail > Spam, phishing, and malware > Inbound gateway: configure, for the top"
    yield "   organisational unit, so that it holds for the whole domain."
    yield "3. Gateway IPs: add each of"
    yield from (f"     {address}" for address in listed)
    yield '4. "Automatically detect external IP (recommended)": on, so that the real sender is judged. Without it'
    yield "   all mail seems to come from the filter."
    yield '5. "Require TLS for connections from the email gateways listed above": on. Ask the filter first.'
    yield '6. "Reject all mail not from gateway IPs": on, last. This is the lock; the rest says only who is judged.'
    yield "7. Save. Then ask again from an address that is not the filter. It must say 421 4.7.0, IP not in whitelist."
    yield ""
    yield "Know: for listed addresses Gmail itself judges neither SPF nor DMARC. The filter must."
    if change.shared:
        yield "Know: the filter's other customers send from these addresses too. They still get in: rarer, not closed."
    yield f"Know: {domain}.test-google-a.com leads to the same mailboxes: ask there too."
    yield "Undo: step 6 off again; at once everybody may deliver. Then remove the addresses."
