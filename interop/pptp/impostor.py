"""A PPTP server of plain sockets that does one thing wrong, for clients that must notice."""

import select
import socket
import struct
import time

from pptp import mschap
from pptp.catalogue import MESSAGES
from pptp.peer import CCP, CHAP, LCP, PORT, packet

OWN_CALL = 0x2222
MAGIC = b"\x05\x06\x01\x02\x03\x04"


class Impostor:
    """Listens on a machine and serves one call after another."""

    def __init__(self, machine):
        with machine.entered():
            self.listener = socket.create_server((machine.address, PORT))
            self.gre = socket.socket(socket.AF_INET, socket.SOCK_RAW, 47)
        self.gre.bind((machine.address, 0))
        self.calls = []  # when somebody called
        self.tcp = self.theirs = None
        self.next = 0
        self.replies = {}  # by protocol: what answers a request of the client's

    def close(self):
        for one in filter(None, (self.listener, self.gre, self.tcp)):
            one.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def called(self, seconds=5):
        """Waits for somebody to call, and hears his first message."""
        self.listener.settimeout(seconds)
        self.tcp, (self.peer, _) = self.listener.accept()
        self.calls.append(time.monotonic())
        self.tcp.settimeout(seconds)
        return self.hear(1)

    def hear(self, kind):
        head = self._read(12)
        message = head + self._read(int.from_bytes(head[:2], "big") - 12)
        assert message[9] == kind, f"a message of type {message[9]}"
        return message

    def _read(self, size):
        data = b""
        while len(data) < size:
            more = self.tcp.recv(size - len(data))
            assert more, "the client closed the connection"
            data += more
        return data

    def is_left(self, seconds=5):
        """Whether the client closes the connection."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if select.select([self.tcp], [], [], 0.1)[0]:
                try:
                    if not self.tcp.recv(4096):
                        return True
                except ConnectionResetError:
                    return True
        return False

    def take(self):
        """Up to a call."""
        self.called()
        self.tcp.sendall(MESSAGES[2])
        request = self.hear(7)
        self.theirs = request[12:14]
        self.tcp.sendall(MESSAGES[8][:14] + self.theirs + MESSAGES[8][16:])

    def send(self, protocol, data):
        frame = b"\xff\x03" + protocol.to_bytes(2, "big") + data
        head = struct.pack(">HHH", 0x3001, 0x880B, len(frame)) + self.theirs + struct.pack(">I", self.next)
        self.next += 1
        self.gre.sendto(head + frame, (self.peer, 0))

    def until(self, protocol, code, seconds=5):
        """The client's next packet of this kind; its requests are answered, those of LCP and CCP with consent."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if not select.select([self.gre], [], [], 0.2)[0]:
                continue
            whole = self.gre.recv(65536)
            whole = whole[(whole[0] & 15) * 4 :]
            if int.from_bytes(whole[6:8], "big") != OWN_CALL or not whole[0] & 0x10:
                continue
            frame = whole[16 if whole[1] & 0x80 else 12 :].removeprefix(b"\xff\x03")
            found, data = int.from_bytes(frame[:2], "big"), frame[2:]
            if found in (LCP, CCP) and data[0] == 1:
                self.send(found, b"\x02" + data[1:])
            elif found in self.replies and data[0] == 1:
                self.send(found, self.replies[found](data))
            if found == protocol and data[0] == code:
                return data
        raise AssertionError(f"no {protocol:04x}:{code}")

    def part(self):
        """Lets the client leave, which takes it long where nobody answers."""
        self.send(LCP, packet(6, self.until(LCP, 5)[1]))
        self.tcp.close()

    def open(self, method):
        """Up to LCP, with this method of authentication."""
        self.take()
        # What comes before the client has heard that there is a call is lost.
        time.sleep(0.2)
        self.send(LCP, packet(1, 1, bytes([3, len(method) + 2]) + method + MAGIC))
        self.until(LCP, 2)

    def grant(self, password):
        """Up to IPCP, as somebody who knows the password."""
        theirs = bytes(range(16))
        response = self.challenge(theirs)
        proof = mschap.success(response[54:], password, response[5:21], theirs, response[29:53])
        self.send(CHAP, packet(3, 9, proof))
        self.send(CCP, packet(1, 1, bytes.fromhex("120601000040")))

    def challenge(self, value=bytes(range(16))):
        """Up to the client's response, of which this is its own challenge."""
        self.open(bytes.fromhex("c22381"))
        self.send(CHAP, packet(1, 9, b"\x10" + value + b"impostor"))
        return self.until(CHAP, 2)
