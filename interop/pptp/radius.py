"""A RADIUS server (RFC 2865, RFC 2548) of one socket that knows one password and says to a request whatever it is told to say, signed as it should be or not."""

import hashlib
import hmac
import os
import socket
import struct
import threading

from pptp import mschap

ACCEPT, REJECT, CHALLENGE = 2, 3, 11
USER_NAME, FRAMED_ADDRESS, SESSION_TIMEOUT, VENDOR, AUTHENTICATOR = 1, 8, 27, 26, 80
MICROSOFT = 311
MS_CHALLENGE, MS_SEND_KEY, MS_RECEIVE_KEY, MS_RESPONSE, MS_SUCCESS = 11, 16, 17, 25, 26
DISTURBED = b"disturbed"  # the user of whose logons something is wrong


def attribute(kind, value):
    return bytes([kind, len(value) + 2]) + value


def of_microsoft(kind, value):
    return attribute(VENDOR, struct.pack(">IBB", MICROSOFT, kind, len(value) + 2) + value)


class Request:
    """What somebody asks, and what answers it."""

    def __init__(self, datagram, secret, password):
        self.secret, self.identifier, self.authenticator = secret, datagram[1], datagram[4:20]
        plain, theirs = {}, {}
        rest = datagram[20:]
        while rest:
            kind, value, rest = rest[0], rest[2 : rest[1]], rest[rest[1] :]
            if kind == VENDOR and value[:4] == struct.pack(">I", MICROSOFT):
                theirs[value[4]] = value[6:]
            else:
                plain[kind] = value
        self.user = plain[USER_NAME]
        response = theirs[MS_RESPONSE]
        own, answer = response[2:18], response[26:50]
        expected, (receive, send) = mschap.response(self.user, password, own, theirs[MS_CHALLENGE])
        self.knows = answer == expected
        # What the client sends with is what the server receives with.
        self.keys = (send, receive)
        self.success = of_microsoft(MS_SUCCESS, response[:1] + mschap.success(self.user, password, own, theirs[MS_CHALLENGE], answer))

    @classmethod
    def of_nobody(cls):
        """One that nobody made, to see what answers there are."""
        asked = attribute(USER_NAME, b"x") + of_microsoft(MS_CHALLENGE, bytes(16)) + of_microsoft(MS_RESPONSE, bytes(50))
        return cls(bytes(20) + asked, b"", "")

    def hidden(self, kind, key, length=None, salt=b"\x80\x01"):
        """A key as RFC 2548 2.4.2 hides it, with its length or another."""
        clear = bytes([len(key) if length is None else length]) + key
        clear += bytes(-len(clear) % 16)
        told, before = b"", self.authenticator + salt
        for at in range(0, len(clear), 16):
            pad = hashlib.md5(self.secret + before).digest()
            before = bytes(a ^ b for a, b in zip(clear[at : at + 16], pad))
            told += before
        return of_microsoft(kind, salt + told)

    def both_keys(self, change=lambda key: key, **how):
        return b"".join(self.hidden(kind, change(key), **how) for kind, key in zip((MS_SEND_KEY, MS_RECEIVE_KEY), self.keys))

    def accepted(self, more=b"", **how):
        return self.answer(ACCEPT, self.success + self.both_keys() + more, **how)

    def answer(self, code, attributes, signed=True, identifier=None, secret=None, length=None):
        """A datagram with an authenticator, and with a Message-Authenticator where it is `signed`."""
        secret = secret or self.secret
        identifier = self.identifier if identifier is None else identifier
        size = length or 20 + len(attributes) + (18 if signed else 0)
        head = struct.pack(">BBH", code, identifier, size)
        if signed:
            bare = head + self.authenticator + attribute(AUTHENTICATOR, bytes(16)) + attributes
            attributes = attribute(AUTHENTICATOR, hmac.digest(secret, bare, "md5")) + attributes
        return head + hashlib.md5(head + self.authenticator + attributes + secret).digest() + attributes


class Radius(threading.Thread):
    """Serves on a machine. What `says` gives for a request of the user `disturbed` is sent to whoever asked."""

    def __init__(self, machine, secret, password, port=1812):
        super().__init__(daemon=True)
        self.secret, self.password = secret, password
        self.says = lambda request: [request.accepted()]
        self.asked = 0  # requests of that user
        with machine.entered():
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((machine.address, port))
        self.start()

    def run(self):
        while True:
            datagram, peer = self.socket.recvfrom(4096)
            if not datagram:
                return
            request = Request(datagram, self.secret, self.password)
            if not request.knows:
                answers = [request.answer(REJECT, b"")]
            elif request.user == DISTURBED:
                self.asked += 1
                answers = self.says(request)
            else:
                answers = [request.accepted()]
            for answer in answers:
                self.socket.sendto(answer, peer)
            self.peer = peer

    def from_elsewhere(self, datagram):
        """Something to whoever asked last, from another port."""
        self.other.sendto(datagram, self.peer)

    def leave(self):
        self.socket.sendto(b"", self.socket.getsockname())
        self.join(5)
        self.socket.close()
        self.other.close()


# What is no answer at all, by the row A16: something is wrong with it, and the right one that comes behind it is taken.
def not_answers(request):
    good = request.accepted()
    flipped = lambda at: good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]  # noqa: E731
    yield "empty", b"\0"
    for length in (0, 1, 3, 4, 19):
        yield f"cut-{length}", good[:length] or b"\0"
    for length in (0, 19, len(good) + 1, 4097, 0xFFFF):
        yield f"length-{length}", good[:2] + struct.pack(">H", length) + good[4:]
    for inner in (b"\x1a\x00", b"\x1a\x01", b"\x1a\x02\x08\x01", b"\x1a", b"\x1a\xff\x00", bytes(10)):
        yield f"attribute-{inner.hex()}", request.accepted(inner)
    yield "authenticator", flipped(5)
    yield "message-authenticator", flipped(25)
    yield "attributes", flipped(len(good) - 1)
    yield "unsigned", request.accepted(signed=False)
    yield "another-secret", request.accepted(secret=b"something else")
    yield "another-request", request.accepted(identifier=request.identifier ^ 0x55)
    for code in (0, 1, 4, 5, 12, 40, 255):
        yield f"code-{code}", request.answer(code, request.success + request.both_keys())


# What is an answer, of attributes that others read past the end of; the length of Microsoft's may be anything.
def strange_attributes(request):
    vendor = struct.pack(">I", MICROSOFT)
    yield "vsa-short", attribute(VENDOR, b"") + attribute(VENDOR, b"\0\0") + attribute(VENDOR, vendor)
    for length in (0, 1, 2, 7, 255):
        yield f"vsa-length-{length}", attribute(VENDOR, vendor + bytes([99, length]) + b"abcd")
    yield "vsa-one-octet", attribute(VENDOR, vendor + b"\x1a")
    yield "numbers-short", b"".join(attribute(kind, bytes(size)) for kind in (FRAMED_ADDRESS, SESSION_TIMEOUT, 28, 85) for size in (0, 1, 3, 5, 253))
    for address in ("0.0.0.9", "127.0.0.1", "224.0.0.4", "255.255.255.255", "10.99.0.1", "192.168.7.9"):
        yield f"address-{address}", attribute(FRAMED_ADDRESS, socket.inet_aton(address))
    yield "many", b"".join(attribute(25, os.urandom(20)) for _ in range(150))
    yield "name-servers-short", b"".join(of_microsoft(kind, bytes(size)) for kind in (28, 29, 30, 31) for size in (0, 3, 5, 16))


# What lets nobody in, though it says so: row M12, keys that cannot be any, and a server that does not prove that it knows the password.
def without_keys(request):
    for length in (0, 15, 33, 255):
        yield f"M12-length-{length}", request.success + request.both_keys(lambda key, length=length: (key * 3)[: min(length, 47)], length=length)
    yield "M12-longer-than-there", request.success + request.both_keys(lambda key: key[:7], length=32)
    yield "M12-none", request.success
    yield "M12-one", request.success + request.hidden(MS_SEND_KEY, request.keys[0])
    yield "M12-cut", request.success + b"".join(of_microsoft(kind, b"\x80\x01" + bytes(size)) for kind in (MS_SEND_KEY, MS_RECEIVE_KEY) for size in (0, 1, 15, 17))
    yield "M12-no-salt", request.success + b"".join(of_microsoft(kind, b"") + of_microsoft(kind, b"\x80") for kind in (MS_SEND_KEY, MS_RECEIVE_KEY))
    yield "A16-no-success", request.both_keys()
    for size in (0, 1, 2, 40):
        yield f"A16-success-{size}", of_microsoft(MS_SUCCESS, b"S" * size) + request.both_keys()
