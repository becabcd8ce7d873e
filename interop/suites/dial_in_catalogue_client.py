#!/usr/bin/python3
"""What has broken PPTP clients, said to `lanward dial` by servers of plain sockets: rows of the catalogue of `dial_in_catalogue.py` that are a client's.
The client runs on the machine of a server that somebody else has dialled in to, and who is answered all the time."""

import contextlib
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness import dial, servers  # noqa: E402
from harness.dial import Line  # noqa: E402
from harness.report import expect, expect_equal  # noqa: E402
from harness.target import Suite  # noqa: E402


class Here:
    """The server's own machine, of which the attacker is next door."""

    interface = "here"

    @staticmethod
    def start(command, **how):
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, **how)


@contextlib.contextmanager
def calling(scene, *options):
    """A server of plain sockets, and the client that calls it."""
    with Impostor(scene.attacker) as impostor:
        line = Line(Here, scene.server, options=options, host=scene.attacker.address)
        try:
            yield impostor, line
        finally:
            line.kill()


def wrong_messages(scene):
    """C26: servers that say things twice, too short, or of calls there are none of; the client leaves them."""
    started, called = MESSAGES[2], MESSAGES[8]
    # What comes first, and what when it has asked for a call.
    for first, then in (
        (started + started, b""),
        (b"\0\x9b" + started[2:155], b""),
        (started[:14] + b"\x02" + started[15:], b""),
        (started, called[:14] + b"\xee\xee" + called[16:]),
        (started, called + called),
        (started, called[:16] + b"\x07" + called[17:]),
        (called, b""),
    ):
        with calling(scene, "--once") as (impostor, line):
            impostor.called()
            impostor.tcp.sendall(first)
            if then:
                theirs = impostor.hear(7)[12:14]
                impostor.tcp.sendall(b"".join(then[at : at + 14] + theirs + then[at + 16 : at + 32] if then[14:16] == b"\x11\x11" else then for at in range(0, len(then), 32)))
            expect_equal(line.until("over", "up")["event"], "over", "what came of it")
            expect(impostor.is_left(), "the connection stays")


def again_and_again(scene):
    """C26: a client that is turned away does not call again at once."""
    with calling(scene) as (impostor, line):
        for _ in range(3):
            impostor.called(12)
            impostor.tcp.sendall(MESSAGES[5])
            impostor.tcp.close()
        waits = [later - earlier for earlier, later in zip(impostor.calls, impostor.calls[1:])]
        expect(min(waits) > 0.4, f"it waits {waits}")


def impostors(scene):
    """A10, A12, A13: servers that do not know the password are left, whatever they say; a challenge of the client's own is not answered."""
    wrong = b"S=" + b"0" * 40
    for code, text in ((3, b""), (3, b"S="), (3, wrong), (3, b"Welcome"), (4, b"E=691 R=0"), (4, b"E=99999999999999999999 R=9 C=zz"), (4, b"\xff" * 1000)):
        with calling(scene, "--once") as (impostor, line):
            identifier = impostor.challenge()[1]
            impostor.send(CHAP, packet(code, identifier, text))
            impostor.part()
            expect_equal(line.until("over", "up")["event"], "over", f"{code} {text[:20]}")
            expect(line.process.wait(10) != 0, "it ends well")
    with calling(scene, "--once") as (impostor, line):
        own = impostor.challenge()[5:21]
        impostor.send(CHAP, packet(1, 77, b"\x10" + own + b"impostor"))
        impostor.part()
        event = line.until("over", "up")
        expect_equal((event["event"], event["reason"]), ("over", "server-not-authentic"), "what came of it")


def unusable_addresses(scene):
    """P17: addresses that are no host's, and that of the server itself, are not taken, however often they are offered, nor believed of the server."""
    for address in ("0.0.0.0", "0.0.0.9", "127.0.0.1", "224.0.0.4", "255.255.255.255", scene.attacker.address):
        option = b"\x03\x06" + socket.inet_aton(address)
        with calling(scene, "--once") as (impostor, line):
            impostor.replies[IPCP] = lambda asked, option=option: packet(3, asked[1], option)
            impostor.grant(servers.PASSWORD)
            impostor.send(IPCP, packet(1, 77, option))
            expect_equal(impostor.until(IPCP, 4), packet(4, 77, option), f"what is said of {address}")
            impostor.part()
            event = line.until("over", "up")
            expect_equal((event["event"], event.get("reason")), ("over", "address-refused"), address)


def taken_at_its_word(scene):
    """P17: who is given what he asked for, which was nothing, has no address."""
    with calling(scene, "--once") as (impostor, line):
        impostor.replies[IPCP] = lambda asked: b"\x02" + asked[1:]
        impostor.grant(servers.PASSWORD)
        impostor.part()
        event = line.until("over", "up")
        expect_equal((event["event"], event.get("reason")), ("over", "address-refused"), "what came of it")


def many_options(scene):
    """P17: 200 options, lengths that cannot be and no option at all change nothing for a line that then comes up."""
    with calling(scene, "--once") as (impostor, line):
        given = b"\x03\x06" + socket.inet_aton("10.98.0.9")
        agreed = lambda asked: b"\x02" + asked[1:] if asked[4:10] == given else packet(3, asked[1], given)  # noqa: E731
        impostor.grant(servers.PASSWORD)
        for number, options in enumerate((b"\x03\x06\x0a\x62\x00\x01" * 200, b"\x03\x00", b"\x03\x01", b"\x03\x07\x0a\x62\x00\x01", b"\x03"), 50):
            impostor.send(IPCP, packet(1, number, options))
        impostor.send(IPCP, packet(1, 90, b"\x03\x06" + socket.inet_aton("10.98.0.1")))
        expect_equal(impostor.until(IPCP, 2)[1], 90, "what it agrees to")
        impostor.replies[IPCP] = agreed
        # What it asks for until then came before it could be answered.
        for _ in range(5):
            if impostor.until(IPCP, 1)[4:10] == given:
                break
        expect_equal(line.until("over", "up").get("address"), "10.98.0.9", "its address")
        line.process.send_signal(signal.SIGINT)
        impostor.part()
        expect_equal(line.until("over")["reason"], "local", "how it ended")


def short_failures(scene):
    """A4: messages of EAP-MSCHAPv2 too short to be any are passed over, and the one that is whole is understood."""
    with calling(scene, "--once") as (impostor, line):
        impostor.open(bytes.fromhex("c227"))
        impostor.send(EAP, packet(1, 1, b"\x01"))
        impostor.until(EAP, 2)
        challenge = b"\x10" + bytes(range(16)) + b"impostor"
        impostor.send(EAP, packet(1, 2, struct.pack(">BBBH", 26, 1, 7, 4 + len(challenge)) + challenge))
        expect_equal(impostor.until(EAP, 2)[4:7], b"\x1a\x02\x07", "its response")
        identifier = 3
        for operation in (3, 4, 1, 7):
            for inner in (b"", b"\x07", b"\x07\0", b"\x07\0\x05", b"\x07\0\0", b"\x07\xff\xff", b"\x07\0\x03E=691"):
                impostor.send(EAP, packet(1, identifier, bytes([26, operation]) + inner))
                identifier += 1
        impostor.send(EAP, packet(1, identifier, b"\x02still there?"))
        while (said := impostor.until(EAP, 2))[1] != identifier:
            expect(said[4] == 26, f"it says {said}")
        text = b"E=691 R=0 C=" + b"0" * 32 + b" V=3 M=no"
        impostor.send(EAP, packet(1, identifier + 1, struct.pack(">BBBH", 26, 4, 7, 4 + len(text)) + text))
        impostor.send(EAP, packet(4, identifier + 2))
        impostor.part()
        event = line.until("over", "up")
        expect_equal((event["event"], event.get("reason")), ("over", "authentication-failed"), "what came of it")
        expect_equal(line.process.wait(10), 67, "the code")


def without_data(scene):
    """Nothing of the catalogue, but what whoever calls meets first: control packets come and no GRE does, and he is told."""
    with calling(scene, "--once") as (impostor, line):
        impostor.take()
        line.until("gre-blocked")
        impostor.tcp.close()
        event = line.until("over", "up")
        expect(event["event"] == "over" and "GRE" in event.get("meaning", ""), f"it says {event}")
        expect_equal(line.process.wait(10), 69, "the code")


CASES = [
    ("gre-blocked", without_data),
    ("C26", wrong_messages),
    ("C26-waits", again_and_again),
    ("A4", short_failures),
    ("A10+A12+A13", impostors),
    ("P17", unusable_addresses),
    ("P17-nothing", taken_at_its_word),
    ("P17-many", many_options),
]


def main():
    suite = Suite(__doc__)
    suite.judges_ours_alone("only our own has a client")
    prepare(suite)
    with staged(suite, dial.configuration(), servers.USER) as scene:
        for name, check in CASES:
            scene.case(suite.report, name, check)
        suite.report.case("neighbour", scene.lost)
    suite.leave()


if __name__ == "__main__":
    # The cryptography of the peer is a package that may be missing.
    try:
        from dial_in_catalogue import prepare, staged
        from pptp.catalogue import MESSAGES
        from pptp.impostor import Impostor
        from pptp.peer import CHAP, EAP, IPCP, packet
    except ImportError as missing:
        suite = Suite(__doc__)
        suite.report.skip("pycryptodomex", f"{missing} (package python3-pycryptodome)")
        suite.leave()
    main()
