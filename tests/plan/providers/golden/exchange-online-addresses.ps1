# mxlatch: example.com at Exchange Online takes mail from its filter only. Run it part by part, and read.
# Before: Connect-ExchangeOnline, as an Exchange administrator.
$ErrorActionPreference = 'Stop'
$name = 'mxlatch: example.com from its filter only'

# 1. Who would be cut off: from where mail came in the last ten days. What is wanted and not the filter
#    (hybrid servers, partners, scanners, applications) needs a connector of its own or another route first.
$recipients = '*@example.com'
Get-MessageTraceV2 -StartDate (Get-Date).AddDays(-10) -EndDate (Get-Date) -ResultSize 5000 |
    Where-Object { $_.RecipientAddress -like $recipients -and $_.FromIP } |
    Group-Object FromIP | Sort-Object Count -Descending | Format-Table Count, Name
Get-InboundConnector | Format-Table Name, ConnectorType, Enabled, SenderDomains, SenderIPAddresses,
    TlsSenderCertificateName

# 2. The connector, not enabled yet. Partner: only this type rejects what comes from elsewhere.
$lock = @{
    ConnectorType = 'Partner'
    SenderDomains = '*'
    RequireTls = $true
    RestrictDomainsToIPAddresses = $true
    SenderIPAddresses = '198.51.100.1', '198.51.100.64/26', '203.0.112.0/24', '203.0.113.0/24'
}
# It takes no IPv6 addresses: let the filter deliver over IPv4, or ask it for its certificate's name:
#   2001:db8::1
if (Get-InboundConnector | Where-Object { $_.Name -eq $name }) {
    Set-InboundConnector -Identity $name @lock
} else {
    New-InboundConnector -Name $name -Enabled $false @lock
}

# 3. Enhanced Filtering: SPF, DMARC and reputation see who gave it to the filter, and not the filter.
Set-InboundConnector -Identity $name -EFSkipLastIP $false -EFSkipIPs '198.51.100.1', '198.51.100.64/26', '203.0.112.0/24', '203.0.113.0/24'

# 4. The lock. From here on everybody else is refused, for every domain of the tenant.
Set-InboundConnector -Identity $name -Enabled $true
Get-InboundConnector -Identity $name | Format-List Name, Enabled, ConnectorType, SenderDomains, RequireTls,
    RestrictDomains*, SenderIPAddresses, TlsSenderCertificateName, EFSkip*

# 5. Ask again from an address that is not the filter, and send a canary: it may only be refused after DATA.
#    The endpoint: example-com.mail.protection.outlook.com. TENANT.onmicrosoft.com leads to the same mailboxes.

# Another matter, and no lock: this refuses what comes from outside with your own domains in MAIL FROM.
# It looks at nothing else, and takes up to 30 minutes. Undo: the same with $false.
#   Set-OrganizationConfig -RejectDirectSend $true
