"""MS-CHAPv2 (RFC 2759) and the keys and packets of MPPE with 128 bits, stateless (RFC 3078, RFC 3079), written for this harness alone."""

import hashlib

from Cryptodome.Cipher import ARC4, DES
from Cryptodome.Hash import MD4

OF_MASTER = b"This is the MPPE Master Key"
OF_SERVER = (b"Magic server to client signing constant", b"Pad to make it do more than one iteration")
OF_CLIENT = (
    b"On the client side, this is the send key; on the server side, it is the receive key.",
    b"On the client side, this is the receive key; on the server side, it is the send key.",
)


def _sha(*parts):
    return hashlib.sha1(b"".join(parts)).digest()


def _md4(data):
    return MD4.new(data).digest()


def _des(key, block):
    """Seven octets of key, spread over eight."""
    bits = int.from_bytes(key, "big")
    spread = bytes((bits >> (49 - 7 * place) & 0x7F) << 1 for place in range(8))
    return DES.new(spread, DES.MODE_ECB).encrypt(block)


def response(name, password, own, theirs):
    """The NT-Response to their challenge, and the first keys to send and receive with."""
    once = _md4(password.encode("utf-16-le"))
    challenge = _sha(own, theirs, name)[:8]
    padded = once + bytes(5)
    answer = b"".join(_des(padded[at : at + 7], challenge) for at in (0, 7, 14))
    master = _sha(_md4(once), answer, OF_MASTER)[:16]
    return answer, [_sha(master, bytes(40), magic, b"\xf2" * 40)[:16] for magic in OF_CLIENT]


def success(name, password, own, theirs, answer):
    """What proves to who gave this answer to their challenge that somebody knows its password (RFC 2759 8.7)."""
    twice = _md4(_md4(password.encode("utf-16-le")))
    proof = _sha(_sha(twice, answer, OF_SERVER[0]), _sha(own, theirs, name)[:8], OF_SERVER[1])
    return b"S=" + proof.hex().upper().encode()


class Keys:
    """The keys of one direction: one for each packet."""

    def __init__(self, start):
        self.start = start
        self.current = self._next(start)
        self.count = -1

    def _next(self, key):
        return _sha(self.start, bytes(40), key, b"\xf2" * 40)[:16]

    def cipher(self, count):
        """For the packet of this number, which follows the last one by less than 4096."""
        while True:
            interim = self._next(self.current)
            self.current = ARC4.new(interim).encrypt(interim)
            self.count = (self.count + 1) & 0xFFF
            if self.count == count:
                return ARC4.new(self.current)

    def seal(self, protocol_and_data):
        """The next packet: its header and what is encrypted."""
        count = (self.count + 1) & 0xFFF
        return (0x9000 | count).to_bytes(2, "big") + self.cipher(count).encrypt(protocol_and_data)

    def open(self, packet):
        return self.cipher(int.from_bytes(packet[:2], "big") & 0xFFF).decrypt(packet[2:])
