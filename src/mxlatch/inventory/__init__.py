"""What the owner says of their mail system, and what they allow to be asked of it. Values and judgement, no I/O."""
