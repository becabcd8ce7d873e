"""A PPTP client of plain sockets in the network of another machine: control connection, enhanced GRE, PPP, MS-CHAPv2 and MPPE, each step when it is told to."""

import os
import select
import socket
import struct
import time

from pptp import mschap
from pptp.catalogue import MESSAGES

PORT = 1723
LCP, CHAP, EAP, IPCP, CCP, MPPE = 0xC021, 0xC223, 0xC227, 0x8021, 0x80FD, 0x00FD
OWN_CALL = 0x1111
# Where messages have their result; the error follows.
RESULT_AT = {2: 14, 4: 12, 6: 16, 8: 16, 10: 16, 13: 14}


def described(message):
    """The type, and with it the result and the error where it has them."""
    kind = int.from_bytes(message[8:10], "big")
    at = RESULT_AT.get(kind)
    return f"{kind}/{message[at]}/{message[at + 1]}" if at else str(kind)


def packet(code, identifier, data=b""):
    return struct.pack(">BBH", code, identifier, len(data) + 4) + data


def icmp(kind, source, destination, number, size=32):
    """An echo in IPv4."""

    def summed(data):
        total = sum(struct.unpack(f">{len(data) // 2}H", data))
        total = (total & 0xFFFF) + (total >> 16)
        return ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF

    body = struct.pack(">BBHHH", kind, 0, 0, 7, number) + bytes(size)
    body = body[:2] + struct.pack(">H", summed(body)) + body[4:]
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0, 64, 1, 0, *map(socket.inet_aton, (source, destination)))
    return head[:10] + struct.pack(">H", summed(head)) + head[12:] + body


class Peer:
    def __init__(self, machine, address=None, own_call=OWN_CALL):
        self.machine, self.address, self.own_call = machine, address or machine.address, own_call
        with machine.entered():
            self.tcp = socket.create_connection((machine.server, PORT), 3, (self.address, 0))
            self.gre = socket.socket(socket.AF_INET, socket.SOCK_RAW, 47)
        self.gre.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.gre.bind((self.address, 0))
        self.gre.connect((machine.server, 0))
        self.unread = b""
        self.over = False  # the server closed the connection
        self.messages = []  # of the control connection, that nobody looked at yet
        self.heard = []  # frames of control protocols: which, and their identifiers
        self.call = None
        self.next = 0
        self.sent = 0xFFFFFFFF
        self.identifier = self.ccp = 0
        self.withheld = None  # the server's request of CCP, which is not agreed to yet
        self.challenge = None
        self.magic = bytes(4)
        self.keys = None
        self.own = None

    def close(self, reset=False):
        if reset:
            self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.tcp.close()
        self.gre.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # The control connection.

    def say(self, data):
        try:
            self.tcp.sendall(data)
        except OSError:
            self.over = True

    def look(self):
        """Takes what the connection has."""
        try:
            data = self.tcp.recv(65536)
        except OSError:
            data = b""
        self.over = self.over or not data
        self.unread += data
        while len(self.unread) >= 2 and len(self.unread) >= int.from_bytes(self.unread[:2], "big"):
            length = int.from_bytes(self.unread[:2], "big")
            self.messages.append(self.unread[:length])
            self.unread = self.unread[length:]

    def message(self, kind, seconds=5):
        """The next message, which must be of this type."""
        until = time.monotonic() + seconds
        while not self.messages and not self.over:
            left = until - time.monotonic()
            assert left > 0, f"no message of type {kind}"
            if select.select([self.tcp], [], [], left)[0]:
                self.look()
        assert self.messages, f"closed before a message of type {kind}"
        message = self.messages.pop(0)
        assert message[9] == kind, f"{described(message)} and not type {kind}"
        return message

    def establish(self):
        self.say(MESSAGES[1])
        self.message(2)
        return self

    def begin_call(self):
        self.establish()
        self.say(MESSAGES[7][:12] + struct.pack(">H", self.own_call) + MESSAGES[7][14:])
        reply = self.message(8)
        assert reply[16] == 1, described(reply)
        self.call = int.from_bytes(reply[12:14], "big")
        return self

    # Enhanced GRE.

    def send_gre(self, data):
        try:
            self.gre.send(data)
        except OSError as error:
            # What is longer than a packet may be.
            assert error.errno == 90, error

    def send_frame(self, frame):
        self.send_gre(struct.pack(">HHHHI", 0x3001, 0x880B, len(frame), self.call, self.next) + frame)
        self.next = (self.next + 1) & 0xFFFFFFFF

    def send(self, protocol, data):
        self.send_frame(b"\xff\x03" + protocol.to_bytes(2, "big") + data)

    def frame(self, seconds):
        """The next frame, as protocol and data, or None; messages and the end of the connection are noted meanwhile."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            ready = select.select([self.gre] if self.over else [self.gre, self.tcp], [], [], left)[0]
            if self.tcp in ready:
                self.look()
                return None
            if self.gre not in ready:
                return None
            frame = self._gre_payload(self.gre.recv(65536))
            if frame:
                if frame[0] != MPPE and len(frame[1]) >= 2:
                    self.heard.append((f"{frame[0]:04x}:{frame[1][0]}", frame[1][1]))
                return frame
        return None

    def _gre_payload(self, whole):
        whole = whole[(whole[0] & 15) * 4 :]
        flags, protocol, length, call = struct.unpack(">HHHH", whole[:8])
        if protocol != 0x880B or call != self.own_call or not flags & 0x1000:
            return None
        at = 16 if flags & 0x80 else 12
        self.sent = int.from_bytes(whole[8:12], "big")
        frame = whole[at : at + length].removeprefix(b"\xff\x03")
        size = 1 if frame[0] & 1 else 2
        return int.from_bytes(frame[:size], "big"), frame[size:]

    # PPP, as a client that agrees to what is asked.

    def until(self, protocol, code, seconds=5):
        """The data of the next packet of this kind. Requests of the server are agreed to."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.over:
            found = self.frame(until - time.monotonic())
            if found is None or len(found[1]) < 4:
                continue
            self.agree(*found)
            assert found[0] != CHAP or found[1][0] != 4, f"refused: {found[1][4:]}"
            if found[0] == protocol and found[1][0] == code:
                return found[1]
        raise AssertionError(f"no {protocol:04x}:{code}")

    def agree(self, protocol, data):
        if protocol in (LCP, IPCP, CCP) and data[0] == 1:
            self.identifier = data[1]
            if protocol == CCP and self.own is None:
                self.ccp, self.withheld = data[1], data
                return
            if protocol == LCP:
                self.magic = data[data.index(b"\x05\x06") + 2 :][:4]
            self.send(protocol, b"\x02" + data[1:])
        elif protocol in (LCP, CCP) and data[0] == 5:
            self.send(protocol, packet(6, data[1]))

    def open(self):
        """Up to the challenge."""
        self.begin_call()
        self.send(LCP, packet(1, 1, b"\x05\x06" + os.urandom(4)))
        challenge = self.until(CHAP, 1)
        self.identifier, self.challenge = challenge[1], challenge[5:21]
        return self

    def authenticate(self, user, password):
        self.open()
        own, name = os.urandom(16), user.encode()
        answer, starts = mschap.response(name, password, own, self.challenge)
        self.keys = [mschap.Keys(start) for start in starts]
        self.send(CHAP, packet(2, self.identifier, b"\x31" + own + bytes(8) + answer + b"\0" + name))
        self.until(CHAP, 3)
        # Its first requests, agreed to.
        self.until(IPCP, 1)
        return self

    def run(self, user, password):
        """All the way."""
        self.authenticate(user, password)
        self.own = "0.0.0.0"
        self.agree(CCP, self.withheld)
        self.send(CCP, packet(1, 1, bytes.fromhex("120601000040")))
        self.until(CCP, 2)
        self.send(IPCP, packet(1, 1, bytes.fromhex("030600000000")))
        told = self.until(IPCP, 3)
        self.own = socket.inet_ntoa(told[6:10])
        self.send(IPCP, packet(1, 2, told[4:10]))
        self.until(IPCP, 2)
        return self

    def send_sealed(self, inner):
        """Something in MPPE: a number of a protocol and its data."""
        self.send(MPPE, self.keys[0].seal(inner))

    def ping(self, address, number, seconds=3, source=None):
        """Whether an echo comes back through the tunnel."""
        self.send_sealed(b"\x00\x21" + icmp(8, source or self.own, address, number))
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.over:
            found = self.frame(until - time.monotonic())
            if found and found[0] == MPPE:
                inner = self.keys[1].open(found[1])
                inner = inner[1:] if inner[0] & 1 else inner[2:]
                if inner[9] == 1 and inner[20] == 0 and inner[26:28] == number.to_bytes(2, "big"):
                    return True
            elif found and len(found[1]) >= 4:
                self.agree(*found)
        return False

    def numbers(self):
        """What rows of the catalogue call by name, each with its size and value."""
        return {
            "call": (">H", self.call),
            "next": (">I", self.next),
            "sent": (">I", self.sent),
            "id": (">B", self.identifier),
            "ccp": (">B", self.ccp),
            "magic": (">I", int.from_bytes(self.magic, "big")),
        }
