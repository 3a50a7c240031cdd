"""What reaches the mailbox, and without which latch."""
