# mxlatch: undoes the lock of example.com at Exchange Online. The first command lets everybody in again.
$name = 'mxlatch: example.com from its filter only'
Set-InboundConnector -Identity $name -Enabled $false
Remove-InboundConnector -Identity $name -Confirm:$false
