"""A name server that changes its mind: `fickle.py ADDRESS ZONE EXCHANGE FIRST THEN`, until killed.

The first time it is asked for the exchange's A it says FIRST, ever after THEN: how a name is made to point at the
asker's own network between look-up and connection (DNS rebinding).
"""

import socket
import sys

import dns.flags
import dns.message
import dns.rdatatype
import dns.rrset

PORT = 53


def main() -> None:
    """Answer until killed."""
    address, zone, exchange, first, then = sys.argv[1:]
    known = {
        (zone, "SOA"): f"ns.{zone}. hostmaster.{zone}. 1 3600 600 86400 300",
        (zone, "NS"): f"ns.{zone}.",
        (zone, "MX"): f"10 {exchange}.",
        (f"ns.{zone}", "A"): address,
    }
    told = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((address, PORT))
        print("ready", flush=True)
        while True:
            packet, asker = sock.recvfrom(4096)
            query = dns.message.from_wire(packet)
            question = query.question[0]
            key = (question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype))
            data = known.get(key)
            if key == (exchange, "A"):
                data, told = (then if told else first), told + 1
            reply = dns.message.make_response(query)
            reply.flags |= dns.flags.AA
            if data is not None:
                reply.answer.append(dns.rrset.from_text(question.name, 5, "IN", key[1], data))
            sock.sendto(reply.to_wire(), asker)


if __name__ == "__main__":
    main()
