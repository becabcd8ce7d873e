"""A bad way between a PPTP client and its server, for the machine in the middle that passes everything else on itself: loses and reorders packets of GRE.

`lossy.py LOSS REORDER SEED stateless|stateful`. Both are shares of all packets. With `stateful` neither end gets stateless MPPE granted: each is told,
in place of an acknowledgement, that keys should stay the same, which clients that could do with it do not ask for by themselves. The way is good until
SIGUSR1, and again after SIGUSR2: a logon that is slow to begin is not what is looked at. What was done is printed as JSON at SIGTERM."""

import json
import random
import select
import signal
import socket
import sys
import time

GRE, ETHERTYPE_IP, TO_THIS_MACHINE = 47, 0x0800, 0
CCP, ACK, NAK, RESET_REQUEST, RESET_ACK = b"\x80\xfd", 2, 3, 14, 15
MPPE = b"\x12\x06"
STATELESS = 0x01
HELD = 0.02  # seconds at most that a packet is kept back


class Way:
    def __init__(self, loss, reorder, seed, stateful):
        self.bad, self.loss, self.reorder, self.stateful = False, loss, reorder, stateful
        self.random = random.Random(seed)
        self.held = []  # (when, how many may still pass before, packet)
        self.done = dict.fromkeys(("passed", "lost", "reordered", "naks", "reset-requests", "reset-acks"), 0)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)

    def take(self, packet, now):
        self.rewrite(packet)
        chance = self.random.random()
        if self.bad and chance < self.loss:
            self.done["lost"] += 1
        elif self.bad and chance < self.loss + self.reorder:
            self.done["reordered"] += 1
            self.held.append([now + HELD, self.random.randint(1, 3), packet])
        else:
            self.send(packet)
            for one in self.held:
                one[1] -= 1
        self.release(now)

    def release(self, now):
        for one in [one for one in self.held if one[0] <= now or one[1] <= 0]:
            self.held.remove(one)
            self.send(one[2])

    def send(self, packet):
        self.done["passed"] += 1
        self.socket.sendto(packet, (socket.inet_ntoa(packet[16:20]), 0))

    def rewrite(self, packet):
        gre = (packet[0] & 15) * 4
        ppp = gre + 8 + 4 * bool(packet[gre] & 0x10) + 4 * bool(packet[gre + 1] & 0x80)
        if packet[ppp : ppp + 2] == b"\xff\x03":
            ppp += 2
        if not packet[gre] & 0x10 or packet[ppp : ppp + 2] != CCP:
            return
        code, option = ppp + 2, ppp + 6
        if packet[code] == RESET_REQUEST:
            self.done["reset-requests"] += 1
        elif packet[code] == RESET_ACK:
            self.done["reset-acks"] += 1
        elif self.stateful and packet[code] == ACK and packet[option : option + 2] == MPPE and packet[option + 2] & STATELESS:
            packet[code] = NAK
            packet[option + 2] &= ~STATELESS
            self.done["naks"] += 1


def main():
    loss, reorder, seed, mode = sys.argv[1:]
    way = Way(float(loss), float(reorder), int(seed), mode == "stateful")

    def change(number, _):
        way.bad = number == signal.SIGUSR1

    def leave(*_):
        print(json.dumps(way.done), flush=True)
        sys.exit(0)

    signal.signal(signal.SIGUSR1, change)
    signal.signal(signal.SIGUSR2, change)
    signal.signal(signal.SIGTERM, leave)
    heard = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETHERTYPE_IP))
    print("ready", flush=True)
    while True:
        ready, _, _ = select.select([heard], [], [], 0.005 if way.held else None)
        now = time.monotonic()
        if ready:
            packet, (_, _, kind, *_) = heard.recvfrom(65535)
            if kind == TO_THIS_MACHINE and packet[9] == GRE:
                way.take(bytearray(packet), now)
        way.release(now)


if __name__ == "__main__":
    main()
