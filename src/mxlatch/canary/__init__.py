"""A path proved end to end, with leave: one harmless message through each door, looked for in a mailbox."""
