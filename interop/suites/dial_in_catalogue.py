#!/usr/bin/python3
"""What has broken other PPTP servers, sent to ours over real sockets: TCP port 1723 and raw GRE, from a machine of its own. Beside it somebody else has
dialled in and is answered all the time, files are served over another link, and the process that reads all this is the same from beginning to end.

Rows that are octets come from the table the crate is tested with (`proto/ppp/src/tunnel/tests/catalogue.csv`); what is a matter of numbers and time is
written here. Cases are named as the rows: what one of them sends is sent while the neighbour pings, and what it leaves behind is looked for after it.
Rows about clients and about RADIUS are in `dial_in_catalogue_client.py` and `dial_in_catalogue_radius.py`."""

import contextlib
import os
import pathlib
import re
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import dial_in_catalogue_client  # noqa: E402
import dial_in_catalogue_radius  # noqa: E402
from harness import dial, servers  # noqa: E402
from harness.dial import TUNNEL, Line, may_dial_in, told, wait_until, worker  # noqa: E402
from harness.links import Machine  # noqa: E402
from harness.report import expect, expect_equal  # noqa: E402
from harness.target import Suite  # noqa: E402

GROWTH = 4096  # KiB that the process may have taken in the end
DEADLINE = 31  # seconds after which who says nothing is gone
LOGIN = (servers.SECOND_USER, servers.PASSWORD)
WALL = b"wall"

# How many rows the catalogue has of each kind, and those that nothing can be sent for.
ROWS = {"C": 27, "G": 14, "P": 22, "A": 17, "M": 13}
NOT_HERE = {"P3": "faults of pppd in what is not here: EAP-TLS, pppdump, files of options, a plugin's session ids, a setuid program"}


class Scene:
    """A server, an attacker, and the neighbour whom nothing of it may touch."""

    def __init__(self, server, attacker, neighbour):
        self.server, self.attacker, self.neighbour = server, attacker, neighbour
        self.line = Line(neighbour, server)
        self.line.until("up")
        self.answers = server.state / "pings"
        with open(self.answers, "wb") as answers:
            self.pings = neighbour.start(["ping", "-i", "0.02", TUNNEL], stdout=answers)
        self.worker = worker(server)
        self.files = self.connected()
        self.before = servers.resident_kib(self.worker)

    def connected(self):
        from impacket.smbconnection import SMBConnection

        with self.neighbour.entered():
            files = SMBConnection(self.neighbour.server, self.neighbour.server, sess_port=self.server.port, timeout=5)
        files.login(servers.USER, servers.PASSWORD)
        return files

    def untouched(self):
        """Nobody else noticed, and nothing is left of the attacker."""
        expect_equal(worker(self.server), self.worker, "the process")
        self.files.listPath(servers.SHARE, "*")
        expect(self.line.process.poll() is None, "the neighbour's line ended")
        wait_until("nothing is left of it", self.alone)

    def alone(self):
        stats = told(self.server, "stats")
        return (stats["sessions"], stats["starting"]) == (1, self.waiting())

    slow = ()

    def waiting(self):
        return sum(not peer.over for peer in self.slow)

    def case(self, report, name, check, *arguments):
        def whole():
            check(self, *arguments)
            self.untouched()

        report.case(name, whole)

    def lost(self):
        """Of the neighbour's pings, all."""
        self.pings.send_signal(signal.SIGINT)
        self.pings.wait(10)
        text = self.answers.read_text()
        sent = int(re.search(r"(\d+) packets transmitted", text)[1])
        answered = {int(number) for number in re.findall(r"icmp_seq=(\d+) ", text)}
        lost = set(range(1, max(answered) + 1)) - answered
        print(f"   {sent} pings of the neighbour, {len(answered)} answered")
        expect(not lost, f"lost are {sorted(lost)}")
        # The last ones may still be on their way.
        expect(sent > 100 and sent - len(answered) < 100, f"{sent} pings, {len(answered)} answers")

    def leave(self):
        for process in (self.pings, self.line.process):
            if process.poll() is None:
                process.kill()
                process.wait()


def by_table(scene, row):
    judge(scene.attacker, LOGIN, row, TUNNEL)


def octet_by_octet(scene):
    """C11: whoever takes an answer octet by octet gets all of it, in order."""
    with Peer(scene.attacker) as peer:
        peer.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        peer.say(MESSAGES[1] + MESSAGES[7] + MESSAGES[5] * 5)
        wanted = 156 + 32 + 5 * 20
        peer.unread = b"".join(peer.tcp.recv(1) for _ in range(wanted - 1))
        peer.look()
        expect_equal(sorted(message[9] for message in peer.messages), [2, *[6] * 5, 8], "types of messages")


def torn_down(scene):
    """C14: resets and ends while a call is set up, one after another."""
    for step in range(40):
        peer = Peer(scene.attacker)
        peer.say(MESSAGES[1] + MESSAGES[7] + (MESSAGES[12] if step % 3 == 0 else b""))
        if step % 2:
            peer.message(2)
            peer.call = int.from_bytes(peer.message(8)[12:14], "big")
            for _ in range(5):
                peer.send(LCP, packet(1, 1, b"\x05\x06abcd"))
        peer.close(reset=step % 4 < 2)


def malformed_data(scene, packets=20_000):
    """C15: nothing of it is kept."""
    before = servers.resident_kib(scene.worker)
    with Peer(scene.attacker) as peer:
        peer.run(*LOGIN)
        good = struct.pack(">HHHHI", 0x3001, 0x880B, 64, peer.call, peer.next) + bytes(64)
        bad = [b"\x70" + good[1:], good[:40], good[:6] + b"\xff\xff" + good[8:], good[:5] + b"\xc0" + good[6:]]
        for number in range(packets):
            peer.send_gre(bad[number % 4])
        expect(peer.ping(TUNNEL, 1), "nothing passes any more")
    grown = servers.resident_kib(scene.worker) - before
    expect(grown <= 512, f"{grown} KiB after {packets} packets")


def silent(scene):
    """C18: connections that say nothing, and calls without end on one."""
    peers = [Peer(scene.attacker) for _ in range(100)]
    try:
        wait_until("only some are kept", lambda: closed(peers) >= 92)
        expect(told(scene.server, "stats")["dropped"]["too-many-from-address"] >= 92, "it is not counted")
    finally:
        for peer in peers:
            peer.close()
    wait_until("they are gone", scene.alone)
    with Peer(scene.attacker) as peer:
        peer.begin_call()
        peer.say(b"".join(MESSAGES[7][:12] + struct.pack(">H", call) + MESSAGES[7][14:] for call in range(2000)))
        wait_until("the connection is closed", lambda: closed([peer]) == 1)


def closed(peers):
    for peer in peers:
        while not peer.over and select.select([peer.tcp], [], [], 0)[0]:
            peer.look()
    return sum(peer.over for peer in peers)


def echoes(scene):
    """C19: the most are not answered, and then it is over."""
    with Peer(scene.attacker) as peer:
        peer.establish()
        peer.say(MESSAGES[5] * 5000)
        wait_until("the connection is closed", lambda: closed([peer]) == 1)
        expect(len(peer.messages) <= 100, f"{len(peer.messages)} answers")


def calls_of_others(scene):
    """C21, G7: every id there is, in messages and as GRE, from where the neighbour's call is not."""
    with Peer(scene.attacker) as peer:
        peer.begin_call()
        for call in range(1 << 16):
            if call != peer.call:
                peer.gre.send(struct.pack(">HHHHI", 0x3001, 0x880B, 8, call, 1) + b"\xff\x03\xc0\x21\x05\x01\x00\x04")
        for start in range(0, 1 << 16, 1 << 12):
            if peer.over:
                break
            ids = [call for call in range(start, start + (1 << 12)) if call != 0x1111]
            peer.say(b"".join(MESSAGES[12][:12] + struct.pack(">HH", call, 0) for call in ids))
        unknown = told(scene.server, "stats")["dropped"]["gre-unknown"]
        expect(unknown >= 10_000, f"only {unknown} are counted")


def from_elsewhere(scene):
    """G7: a call that is there, from another address of the same machine."""
    scene.attacker.run(["ip", "address", "add", "10.77.1.3/24", "dev", "eth0"])
    with Peer(scene.attacker) as peer, Peer(scene.attacker, "10.77.1.3") as other:
        peer.run(*LOGIN)
        other.call, other.next = peer.call, peer.next
        for _ in range(100):
            other.send(LCP, packet(5, 1))
        expect(peer.ping(TUNNEL, 1), "somebody else ended it")


def every_second(scene):
    """G10: what comes after a gap is held a moment and never more than so much of it."""
    with Peer(scene.attacker) as peer:
        peer.run(*LOGIN)
        for _ in range(2000):
            peer.next += 1
            peer.send(LCP, packet(9, 5, bytes(1000)))
            peer.next -= 1
            peer.send_gre(b"")
            peer.next += 1
        expect(any(peer.ping(TUNNEL, number) for number in range(5)), "nothing passes any more")


def around_a_call(scene):
    """G11: GRE before there is a call and after it was cleared."""
    with Peer(scene.attacker) as peer:
        peer.establish()
        peer.call = 0
        peer.send(LCP, packet(1, 1))
        expect(peer.frame(0.2) is None, "a call that is not there answers")
    with Peer(scene.attacker) as peer:
        peer.run(*LOGIN)
        peer.say(MESSAGES[12])
        peer.message(13)
        peer.heard.clear()
        for _ in range(10):
            peer.send(LCP, packet(9, 5, bytes(4)))
        while peer.frame(0.2):
            pass
        expect(("c021:10", 5) not in peer.heard, "a call that was cleared answers")


def long_names(scene):
    """A7: names as long as they can be, and passwords of any."""
    for user in ("n" * 250, "\\" * 20, "a\\b\\c", "\u00ff" * 100):
        with Peer(scene.attacker) as peer:
            try:
                peer.authenticate(user, "\U0001f512" * 100)
            except AssertionError:
                continue
            raise AssertionError(f"{user} was let in")


def guesses(scene):
    """A9: three tries for a call, and who guesses wrong is not let in at the end."""
    with Peer(scene.attacker) as peer:
        peer.open()
        peer.heard.clear()
        for attempt in range(20):
            if closed([peer]):
                break
            value = bytes([attempt]) * 49
            peer.send(CHAP, packet(2, peer.identifier, b"\x31" + value + b"nobody"))
            while found := peer.frame(0.15):
                if found[0] == CHAP:
                    peer.identifier = found[1][1]
                elif len(found[1]) >= 4 and found[1][0] == 5:
                    peer.agree(*found)
        refused = sum(what == "c223:4" for what, _ in peer.heard)
        expect(1 <= refused <= 3, f"refused {refused} times")
        expect(not any(what == "c223:3" for what, _ in peer.heard), "it was let in")


def in_eap(scene):
    """A2, A3, A4: inner lengths that cannot be, fragments, and messages too short to be any, in EAP that was agreed on."""
    with Peer(scene.attacker) as peer:
        peer.begin_call()
        peer.send(LCP, packet(1, 1, b"\x05\x06abcd"))
        request = None
        while not request:
            protocol, data = peer.frame(5) or (0, b"\0")
            if protocol == LCP and data[0] == 1:
                asks_eap = b"\x03\x04\xc2\x27" in data
                peer.send(LCP, b"\x02" + data[1:] if asks_eap else packet(3, data[1], b"\x03\x04\xc2\x27"))
            elif protocol == EAP:
                request = data
            expect(not peer.over, "EAP is not agreed on")
        peer.send(EAP, packet(2, request[1], b"\x01x"))
        challenge = peer.until(EAP, 1)
        peer.heard.clear()
        for operation in range(9):
            for length in (0, 1, 3, 4, 60, 1100):
                inner = bytes([26, operation, challenge[5], length >> 8, length & 0xFF])
                peer.send(EAP, packet(2, challenge[1], inner[: 1 + length] + b"1" * length))
        peer.send(EAP, packet(2, challenge[1], b"\x0d\xc0\xff\xff\xff\xff" + bytes(40)))
        peer.send(EAP, packet(2, challenge[1], b"\x04\x10" + bytes(16) + b"A" * 1100))
        peer.send(LCP, packet(9, 0x55, bytes(4)))
        peer.until(LCP, 10)
        said = [what for what, _ in peer.heard if what.startswith("c227")]
        expect(not said and not closed([peer]), f"it is answered: {said}")


def counts(scene):
    """M6: packets of MPPE late, twice, far ahead; none of them changes the keys."""
    with Peer(scene.attacker) as peer:
        peer.run(*LOGIN)
        sealed = [peer.keys[0].seal(b"\x00\x21" + bytes(40)) for _ in range(3)]
        for data in (sealed[0], sealed[0], sealed[2], sealed[1], sealed[2], b"\x9f\xff" + bytes(40), b"\x98\x00" + bytes(40)):
            peer.send(MPPE, data)
        expect(any(peer.ping(TUNNEL, number) for number in range(3)), "nothing passes any more")


def noise(scene):
    """M7: what cannot be decrypted costs keys for a while, and then the call ends."""
    with Peer(scene.attacker) as peer:
        peer.run(*LOGIN)
        for number in range(5000):
            peer.send(MPPE, struct.pack(">H", 0x9000 | number * 37 & 0xFFF) + os.urandom(60))
        # Either it was too much of it, or it did no harm.
        over = lambda: closed([peer]) or peer.messages or peer.ping(TUNNEL, 1, 0.5)  # noqa: E731
        wait_until("it ended, or goes on", over)


def inside(scene):
    """M9: what may not be inside of MPPE: LCP, MPPE itself, protocols there are none of."""
    with Peer(scene.attacker) as peer:
        peer.run(*LOGIN)
        for inner in ("c02105010004", "80210501000 4", "c0230101000500", "00fd9000ffff", "00", "", "0057600000000000", "ff03c02105010004"):
            peer.send_sealed(bytes.fromhex(inner.replace(" ", "")))
        expect(any(peer.ping(TUNNEL, number) for number in range(3)), "nothing passes any more")
        expect(not peer.messages, "the call ended")


def sources(scene):
    """M10: whatever is inside is from the address that was given, or nobody's."""
    with Peer(scene.attacker) as peer:
        peer.run(*LOGIN)
        before = told(scene.server, "stats")["dropped"]["inner-source"]
        for source in ("10.99.0.10", TUNNEL, "127.0.0.1", "10.77.2.2", "0.0.0.0", "255.255.255.255"):
            if source != peer.own:
                expect(not peer.ping(TUNNEL, 1, 0.1, source), f"{source} is answered")
        expect(peer.ping(TUNNEL, 2), "nothing passes any more")
        expect(told(scene.server, "stats")["dropped"]["inner-source"] >= before + 5, "they are not counted")


def no_descriptors(scene):
    """C24: where the system gives no more descriptors, who is there goes on; after it there is no descriptor more than before."""
    opened = lambda: len(os.listdir(f"/proc/{scene.worker}/fd"))  # noqa: E731
    wait_until("nobody is there", scene.alone)
    before, spent = opened(), processor(scene.worker)
    usual = resource.prlimit(scene.worker, resource.RLIMIT_NOFILE)
    resource.prlimit(scene.worker, resource.RLIMIT_NOFILE, (max_descriptor(scene.worker) + 3, usual[1]))
    peers = []
    try:
        began = time.monotonic()
        peers = [Peer(scene.attacker) for _ in range(40)]
        for peer in peers:
            peer.say(MESSAGES[1])
        time.sleep(1)
        scene.files.listPath(servers.SHARE, "*")
        expect(opened() <= before + 3, f"{opened()} descriptors, {before} before")
        answered = sum(bool(closed([peer]) or peer.messages) for peer in peers)
        expect(answered < 40, "the limit was never met")
        busy = (processor(scene.worker) - spent) / (time.monotonic() - began)
        expect(busy < 0.5, f"it keeps {busy:.0%} of a processor busy")
    finally:
        resource.prlimit(scene.worker, resource.RLIMIT_NOFILE, usual)
        for peer in peers:
            peer.close()
    wait_until("what it had is closed", lambda: opened() == before)
    # Those that were never taken are in front of whoever comes next.
    wait_until("somebody is served", lambda: served(scene))


def served(scene):
    try:
        with Peer(scene.attacker) as peer:
            return peer.run(*LOGIN).ping(TUNNEL, 1)
    except AssertionError:
        return False


def max_descriptor(process):
    return max(int(name) for name in os.listdir(f"/proc/{process}/fd")) + 1


def processor(process):
    """Seconds it has run."""
    words = pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def plain_sockets(scene):
    """C25: no socket of the kernel's own PPP: what it has is TCP, one raw socket and one to the main process."""
    known = {}
    for family in ("tcp", "tcp6", "raw", "unix"):
        path = pathlib.Path(f"/proc/{scene.worker}/net/{family}")
        for line in path.read_text().splitlines()[1:] if path.exists() else ():
            words = line.split()
            known[words[6] if family == "unix" else words[9]] = family
    kinds = []
    for name in os.listdir(f"/proc/{scene.worker}/fd"):
        target = os.readlink(f"/proc/{scene.worker}/fd/{name}")
        if target.startswith("socket:["):
            kinds.append(known.get(target[8:-1], "another"))
    expect_equal(sorted(set(kinds)), ["raw", "tcp", "unix"], "sockets it has")
    expect_equal(kinds.count("raw"), 1, "raw sockets")


def empty_frames(scene):
    """G14: what comes to the tunnel and is no packet is not sent on, and nothing that is sent is without its protocol."""
    with Peer(scene.attacker) as peer:
        peer.run(*LOGIN)
        interface = told(scene.server, "stats")["interface"]
        whole = icmp(8, TUNNEL, peer.own, 1)
        tun = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
        sent = 0
        with tun:
            for length in (0, 1, 3, 4, 19, 20, 27, len(whole) - 1):
                for data in (whole[:length], b"\x00" * length, b"\x4f" + whole[1:length], b"\x45" + bytes(15) + whole[16:length]):
                    try:
                        tun.sendto(data, (interface, 0x0800))
                        sent += 1
                    except OSError as error:
                        # The kernel sends nothing that is empty.
                        expect(not data or length < 20, f"{length} octets: {error}")
        expect(sent > 20, f"only {sent} could be sent")
        until = time.monotonic() + 0.3
        while select.select([peer.gre], [], [], max(0, until - time.monotonic()))[0]:
            packet = peer.gre.recv(65536)
            packet = packet[(packet[0] & 15) * 4 :]
            at = 8 + 4 * (packet[0] >> 4 & 1) + 4 * (packet[1] >> 7)
            said = int.from_bytes(packet[4:6], "big")
            expect_equal(len(packet) - at, said, "octets of a payload")
            if packet[0] & 0x10:
                expect(said >= 3, f"a frame of {said} octets")
        expect(any(peer.ping(TUNNEL, number) for number in range(3)), "nothing passes any more")


def who_is_there(scene):
    """A17: somebody who is not there is told what somebody with a wrong password is told, in as many octets. How long it takes is compared
    where it can be measured: `core/server` compares in constant time, and has the same work done for who is not there."""
    texts = []
    for user in (LOGIN[0], "nobody-of-this-name"):
        with Peer(scene.attacker) as peer:
            peer.open()
            peer.heard.clear()
            peer.send(CHAP, packet(2, peer.identifier, b"\x31" + bytes(49) + user.encode()))
            while not (found := peer.frame(5)) or found[0] != CHAP:
                expect(not peer.over, "it is not answered")
            texts.append(re.sub(rb"C=[0-9A-F]{32}", b"C=", found[1][4:]))
    expect_equal(texts[0], texts[1], "what they are told")
    expect(texts[0].startswith(b"E=691 "), f"{texts[0]}")


class Slow(threading.Thread):
    """C8, C10: what takes its time, beside all the others: an octet each second, half a message, questions of one who never reads, and somebody who
    proves who he is and is silent ever after."""

    def __init__(self, scene):
        super().__init__(daemon=True)
        self.octets, self.half, self.deaf = (Peer(scene.attacker, own_call=call) for call in (1, 2, 3))
        self.half.begin_call().say(MESSAGES[5][:12])
        self.deaf.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        self.deaf.begin_call()
        self.silent = Peer(scene.attacker, own_call=4).authenticate(*LOGIN)
        self.began = time.monotonic()
        self.gone = {}
        scene.slow = [self.octets, self.half, self.deaf, self.silent]
        self.start()

    def run(self):
        for number in range(DEADLINE + 10):
            self.octets.say(MESSAGES[1][number : number + 1])
            self.deaf.say(MESSAGES[5])
            for name, peer in (("octets", self.octets), ("half", self.half), ("silent", self.silent)):
                if name not in self.gone and closed([peer]):
                    self.gone[name] = time.monotonic() - self.began
            # It takes nothing, so that its end is only seen when it says something.
            if "deaf" not in self.gone and self.deaf.over:
                self.gone["deaf"] = time.monotonic() - self.began
            if len(self.gone) == 4:
                return
            time.sleep(1)


def in_time(scene, slow):
    slow.join(DEADLINE + 15)
    expect_equal(sorted(slow.gone), ["deaf", "half", "octets", "silent"], "who is gone")
    print("   gone after " + ", ".join(f"{name} {seconds:.0f} s" for name, seconds in slow.gone.items()))
    for peer in scene.slow:
        peer.close()
    scene.slow = ()


def quoted(scene):
    """C20: names of anything are in the log, and nothing in it is more than text."""
    log = (scene.server.state / "server.log").read_bytes()
    strange = set(log) - set(range(32, 127)) - {10}
    # Colours are the log's own where it has any.
    expect(not strange - {27}, f"octets {sorted(strange)}")
    expect(b"\x1b]0;" not in log and b"\x1b[31m" not in log, "a name sets colours")


def small(scene):
    grown = servers.resident_kib(scene.worker) - scene.before
    print(f"   {grown} KiB more than before")
    expect(grown <= GROWTH, f"{grown} KiB more than before")


CASES = [
    ("C11", octet_by_octet),
    ("C14", torn_down),
    ("C15", malformed_data),
    ("C18", silent),
    ("C19", echoes),
    ("C21+G7", calls_of_others),
    ("C24", no_descriptors),
    ("C25", plain_sockets),
    ("G7-elsewhere", from_elsewhere),
    ("G10", every_second),
    ("G11", around_a_call),
    ("G14", empty_frames),
    ("A7", long_names),
    ("A9-guesses", guesses),
    ("A17", who_is_there),
    ("A2+A3+A4", in_eap),
    ("M6", counts),
    ("M7", noise),
    ("M9", inside),
    ("M10", sources),
]
LATER = ("C8+C10", "C20-log")


def every_row(table):
    """Each row of the catalogue is a case somewhere, or it is said why not."""
    named = [row.row for row in table] + [name for name, _ in CASES + dial_in_catalogue_client.CASES] + list(LATER)
    found = {row for name in named for row in re.findall(r"\b[A-Z]\d+\b", name)} | set(dial_in_catalogue_radius.ROWS) | set(NOT_HERE)
    wanted = {f"{kind}{number}" for kind, count in ROWS.items() for number in range(1, count + 1)}
    expect_equal(sorted(found ^ wanted), [], "rows without a case, or cases without a row")
    print(f"   {len(wanted)} rows; not here: {', '.join(f'{row} ({why})' for row, why in NOT_HERE.items())}")


# Whoever sends much is not to be taken for somebody who tries passwords.
UNHURRIED = [f"{key} = 100_000" for key in ("connections-per-minute", "logons-per-minute")]


def prepare(suite):
    for tool, package in (("ip", "iproute2"), ("ping", "iputils-ping")):
        suite.needs(tool, package)
    suite.enter_namespace(dial.TUN)


@contextlib.contextmanager
def staged(suite, extra, *users):
    """A scene on a server of its own, into which these users may dial."""
    with contextlib.ExitStack() as ends:
        machines = [Machine(1), Machine(2)]
        for machine in machines:
            ends.callback(machine.leave)
        server = suite.server(servers.Profile(everywhere=True, extra=extra))
        ends.callback(server.stop)
        if users:
            may_dial_in(server, *users)
        scene = Scene(server, *machines)
        ends.callback(scene.leave)
        yield scene


def main():
    suite = Suite(__doc__)
    suite.judges_ours_alone("only our own has a VPN")
    prepare(suite)
    with staged(suite, dial.configuration("eap = true", *UNHURRIED), servers.USER, servers.SECOND_USER) as scene:
        slow = Slow(scene) if suite.report.wants(LATER[0]) else None
        table, numbers = rows(), {}
        suite.report.case("rows", every_row, table)
        for row in table:
            numbers[row.row] = numbers.get(row.row, 0) + 1
            scene.case(suite.report, f"{row.row}.{numbers[row.row]}-{row.where}", by_table, row)
        for name, check in CASES:
            scene.case(suite.report, name, check)
        if slow:
            scene.case(suite.report, LATER[0], in_time, slow)
        scene.case(suite.report, LATER[1], quoted)
        suite.report.case("neighbour", scene.lost)
        suite.report.case("memory", small, scene)
    suite.leave()


if __name__ == "__main__":
    # The cryptography of the peer is a package that may be missing.
    try:
        from pptp.catalogue import MESSAGES, rows
        from pptp.judge import judge
        from pptp.peer import CHAP, EAP, LCP, MPPE, Peer, icmp, packet
    except ImportError as missing:
        suite = Suite(__doc__)
        suite.report.skip("pycryptodomex", f"{missing} (package python3-pycryptodome)")
        suite.leave()
    main()
