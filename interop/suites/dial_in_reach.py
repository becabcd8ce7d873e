#!/usr/bin/python3
"""How far who dialled in gets, seen from outside: hosts behind the server by `reach`, sources that are not theirs, sizes of segments that fit, and how many
may dial in from one address and as one user. A client, the server and a host behind it are network namespaces of their own."""

import pathlib
import select
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness import dial, servers  # noqa: E402
from harness.dial import TUNNEL, Line, may_dial_in, told  # noqa: E402
from harness.links import Machine, ip  # noqa: E402
from harness.report import Skip, expect, expect_equal  # noqa: E402
from harness.target import Suite  # noqa: E402

PORT = 8080
PUBLIC = "203.0.113.2"
ROUTES = ("--route", "10.77.2.0/24", "--route", "203.0.113.0/24")
MTU = 1396
ETHERTYPE_IP = 0x0800
SYN, ACK = 2, 16


class Server:
    """One with these lines for dialling in, while a case needs it."""

    def __init__(self, suite, *lines):
        self.suite, self.lines = suite, lines

    def __enter__(self):
        self.server = self.suite.server(servers.Profile(everywhere=True, extra=dial.configuration(*self.lines)))
        may_dial_in(self.server, servers.USER, servers.SECOND_USER)
        return self.server

    def __exit__(self, *_):
        self.server.stop()


class Seen:
    """What arrives at an interface of a machine: packets of IPv4."""

    def __init__(self, machine, interface):
        with machine.entered():
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETHERTYPE_IP))
            self.socket.bind((interface, ETHERTYPE_IP))

    def wait_for(self, wanted, seconds=2):
        """The first packet of which this is true, or None."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if select.select([self.socket], [], [], left)[0]:
                packet, source = self.socket.recvfrom(65536)
                # What this side sends itself is seen, too.
                if source[2] != socket.PACKET_OUTGOING and wanted(packet):
                    return packet
        return None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


def flags_of(packet):
    """TCP's, or None."""
    return packet[(packet[0] & 15) * 4 + 13] if packet[9] == socket.IPPROTO_TCP else None


def segment_size(packet):
    """The option Maximum Segment Size of a packet with SYN."""
    tcp = packet[(packet[0] & 15) * 4 :]
    options = tcp[20 : (tcp[12] >> 4) * 4]
    while options:
        if options[0] == 2:
            return int.from_bytes(options[2:4], "big")
        options = options[1:] if options[0] == 1 else options[options[1] :]
    return None


def listening(machine, addresses):
    program = f"""
import socket, threading
def serve(listener):
    while True:
        one, _ = listener.accept()
        one.sendall(b"here")
        one.close()
for address in {addresses!r}:
    threading.Thread(target=serve, args=(socket.create_server((address, {PORT})),)).start()
print("ready", flush=True)
"""
    process = machine.start([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    return process


def reaches(machine, address, port=PORT):
    program = f"import socket; assert socket.create_connection(({address!r}, {port}), 1).recv(4) == b'here'"
    return machine.run([sys.executable, "-c", program]).returncode == 0


def as_far(suite, client, behind, reach, private, public):
    with Server(suite, f'reach = "{reach}"') as server:
        line = Line(client, server, options=ROUTES)
        try:
            up = line.until("up")
            expect_equal(reaches(client, behind.address), private, "a private host behind the server is reached")
            expect_equal(reaches(client, PUBLIC), public, "a public host behind the server is reached")
            if not private:
                expect(told(server, "stats")["dropped"]["inner-reach"] > 0, "it is not counted")
            # And the other way: who cannot ask there does not answer there.
            ping = behind.run(["ping", "-c", "2", "-i", "0.2", "-W", "1", up["address"]])
            expect_equal(ping.returncode == 0, private, "who dialled in answers a host behind the server")
            client.run(["ping", "-c", "1", "-W", "2", TUNNEL], check=True)
            line.hang_up()
        finally:
            line.kill()


def segments(suite, client, behind):
    """A client that does not know how small the tunnel is agrees on segments that fit, and so does who it talks to."""
    with Server(suite, 'reach = "lan"') as server:
        line = Line(client, server, options=ROUTES)
        try:
            up = line.until("up")
            client.run(["ip", "link", "set", up["interface"], "mtu", "1500"], check=True)
            is_opening = lambda flags: lambda packet: flags_of(packet) == flags  # noqa: E731
            with Seen(behind, "eth0") as there, Seen(client, up["interface"]) as here:
                expect(reaches(client, behind.address), "the host is not reached")
                asked, answered = there.wait_for(is_opening(SYN)), here.wait_for(is_opening(SYN | ACK))
            expect(asked and answered, "nothing is seen")
            expect_equal((segment_size(asked), segment_size(answered)), (MTU - 40, MTU - 40), "sizes of segments")
            line.hang_up()
        finally:
            line.kill()


def sources(suite, client, behind):
    """Nobody behind the server sees a packet from an address that was not given to who sends it."""
    try:
        from pptp.peer import Peer, icmp
    except ImportError as missing:
        raise Skip(f"{missing} (package python3-pycryptodome)") from missing
    with Server(suite, 'reach = "internet"') as server, Peer(client) as peer, Seen(behind, "eth0") as there:
        peer.run(servers.USER, servers.PASSWORD)

        def arrives(source, number):
            packet = icmp(8, source, behind.address, number)
            peer.send_sealed(b"\x00\x21" + packet)
            return there.wait_for(lambda seen: seen[9] == 1 and seen[20:] == packet[20:], 0.3) is not None

        expect(arrives(peer.own, 1), "its own address does not get through")
        others = ("10.99.0.99", TUNNEL, client.address, behind.address, "127.0.0.1", "8.8.8.8", "0.0.0.0", "224.0.0.1")
        got = [source for number, source in enumerate(others, 2) if arrives(source, number)]
        expect_equal(got, [], "sources that get through")
        expect(arrives(peer.own, 100), "its own address does not get through any more")
        expect(told(server, "stats")["dropped"]["inner-source"] >= len(others), "they are not counted")


def connected(machine):
    with machine.entered():
        return socket.create_connection((machine.server, 1723), 3)


def is_closed(connection, seconds=0.5):
    if not select.select([connection], [], [], seconds)[0]:
        return False
    try:
        return not connection.recv(1)
    except ConnectionResetError:
        return True


def how_many(suite, one, other):
    """Sessions of a user, sessions of all, and connections that begin."""
    with Server(suite, "sessions-per-user = 1", "max-sessions = 2", "starting-per-address = 2") as server:
        server._user("set", servers.DISABLED_USER, "--dial-in", "true")
        server._user("enable", servers.DISABLED_USER)
        lines = [Line(one, server)]
        try:
            expect_equal(lines[0].until("up", "over")["event"], "up", "the first")
            lines.append(Line(other, server, options=("--once",)))
            expect_equal(lines[1].until("up", "over")["event"], "over", "the same user once more")
            lines.append(Line(other, server, servers.SECOND_USER))
            expect_equal(lines[2].until("up", "over")["event"], "up", "another user")
            lines.append(Line(one, server, servers.DISABLED_USER, options=("--once",)))
            expect_equal(lines[3].until("up", "over")["event"], "over", "one more than there may be")
            dropped = told(server, "stats")["dropped"]
            expect_equal((dropped["too-many-of-user"], dropped["too-many-sessions"]), (1, 1), "what is counted")
            connections = [connected(one) for _ in range(4)]
            expect_equal([is_closed(each) for each in connections], [False, False, True, True], "which are closed")
            there = connected(other)
            expect(not is_closed(there), "another address is turned away, too")
            for each in (*connections, there):
                each.close()
            for line in (lines[0], lines[2]):
                one.run(["ping", "-c", "1", "-W", "2", TUNNEL], check=True)
                line.hang_up()
        finally:
            for line in lines:
                line.kill()


def how_often(suite, one, other):
    """Logons and connections of an address in a minute; another address has its own."""
    with Server(suite, "logons-per-minute = 3", "connections-per-minute = 8") as server:
        lines = []
        try:
            for _ in range(3):
                lines.append(Line(one, server, password="wrong"))
                lines[-1].until("over")
            lines.append(Line(one, server, options=("--once",)))
            expect_equal(lines[-1].until("up", "over")["event"], "over", "the fourth, with the right password")
            lines.append(Line(other, server))
            expect_equal(lines[-1].until("up", "over")["event"], "up", "another address")
            expect(told(server, "stats")["dropped"]["logon-rate"] >= 1, "it is not counted")
            closed = []
            for _ in range(8):
                connection = connected(one)
                closed.append(is_closed(connection, 0.2))
                connection.close()
            expect(not closed[0] and closed[-1], f"which are closed: {closed}")
            expect(told(server, "stats")["dropped"]["connection-rate"] >= 1, "it is not counted")
            there = connected(other)
            expect(not is_closed(there), "another address is turned away, too")
            there.close()
        finally:
            for line in lines:
                line.kill()


def main():
    suite = Suite(__doc__)
    suite.judges_ours_alone("only our own has a VPN")
    for tool, package in (("ip", "iproute2"), ("ping", "iputils-ping"), ("sysctl", "procps")):
        suite.needs(tool, package)
    suite.enter_namespace(dial.TUN)
    machines = [Machine(1), Machine(2)]
    client, behind = machines
    listener = None
    try:
        forward = subprocess.run(["sysctl", "-qw", "net.ipv4.ip_forward=1"], capture_output=True, text=True)
        behind.run(["ip", "address", "add", f"{PUBLIC}/32", "dev", "eth0"], check=True)
        ip("route", "add", "203.0.113.0/24", "via", behind.address)
        listener = listening(behind, [behind.address, PUBLIC])
        case = suite.report.case
        if forward.returncode:
            suite.report.skip("forwarding", f"this machine does not let a namespace forward: {forward.stderr.strip()}")
        else:
            for reach, private, public in (("self", False, False), ("lan", True, False), ("internet", True, True)):
                case(f"reach-{reach}", as_far, suite, client, behind, reach, private, public)
            case("segments", segments, suite, client, behind)
            case("sources", sources, suite, client, behind)
        case("how-many", how_many, suite, client, behind)
        case("how-often", how_often, suite, client, behind)
    finally:
        if listener:
            listener.send_signal(signal.SIGKILL)
            listener.wait()
        for machine in machines:
            machine.leave()
    suite.leave()


if __name__ == "__main__":
    main()
