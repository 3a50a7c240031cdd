"""Asks the world. The only room that opens a socket, and every packet of it passes `net.gate` (DESIGN section 6)."""
