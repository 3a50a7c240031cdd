"""SMTP (RFC 5321) as bytes and values: replies, the probe's side of a dialogue, and what software speaks."""
