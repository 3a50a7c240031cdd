"""DNS messages (RFC 1035, RFC 6891): a question to octets, octets to what a server said to that question.

`quick` packs queries and parses the common answer; it hands everything odd to `full` (dnspython). `reading` says what
an answer means. A random test holds the two speeds equal, and `bench/dns.py` says what the quick one is worth.
"""

from mxlatch.wire.dns.quick import UDP_SIZE, pack, question_section, without_edns
from mxlatch.wire.dns.reading import header_only_error, read, read_answer

__all__ = ["UDP_SIZE", "header_only_error", "pack", "question_section", "read", "read_answer", "without_edns"]
