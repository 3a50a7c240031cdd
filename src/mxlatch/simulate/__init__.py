"""What a layout of doors does to honest mail and to spam: who gets in, what is lost or late, who is told."""
