"""From what was seen and declared to doors, relays, latches and trust, each with its evidence. No I/O, no clock."""
