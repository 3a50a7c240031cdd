"""Hold every frame between two interfaces for a while: `slow_wire.py FIRST SECOND SECONDS`, until killed.

netem would do this, but not every kernel has it. Runs by itself, with the standard library only.
"""

import select
import socket
import sys
import time
from collections import deque

SOL_PACKET, PACKET_VNET_HDR = 263, 15  # linux/if_packet.h: frames come with their offload header, and go with it
LARGEST_FRAME = 1 << 17  # a segmentation-offloaded frame may be larger than any MTU


def tap(interface: str) -> socket.socket:
    """A socket that gets every frame that comes in on an interface."""
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
    sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    sock.bind((interface, 0x0003))
    return sock


def main() -> None:
    """Carry frames to and fro."""
    first, second = tap(sys.argv[1]), tap(sys.argv[2])
    delay = float(sys.argv[3])
    other = {first: second, second: first}
    held: deque[tuple[float, socket.socket, bytes]] = deque()
    print("ready", flush=True)
    while True:
        patience = max(0.0, held[0][0] - time.monotonic()) if held else None
        readable, _, _ = select.select([first, second], [], [], patience)
        for sock in readable:
            frame, address = sock.recvfrom(LARGEST_FRAME)
            if address[2] != socket.PACKET_OUTGOING:
                held.append((time.monotonic() + delay, other[sock], frame))
        while held and held[0][0] <= time.monotonic():
            _, sock, frame = held.popleft()
            sock.send(frame)


if __name__ == "__main__":
    main()
