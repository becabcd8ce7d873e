#!/usr/bin/python3
"""The server's name for who only asks for its addresses: LLMNR, and multicast DNS from ports of no taker part; in messages that scapy writes and reads.
And what a flood of questions gets: nothing from another link, and no more than so much on this one. In network namespaces of its own."""

import json
import pathlib
import select
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness import servers  # noqa: E402
from harness.dial import wait_until  # noqa: E402
from harness.links import Machine, ip  # noqa: E402
from harness.report import expect, expect_equal  # noqa: E402
from harness.target import Suite  # noqa: E402

NAME = "LANWARD"
LLMNR, MDNS = ("224.0.0.252", 5355), ("224.0.0.251", 5353)
LLMNR6, MDNS6 = ("ff02::1:3", 5355), ("ff02::fb", 5353)
ENOUGH = 10  # seconds for an answer
SILENCE = 1  # seconds after which there is no answer
FLOOD = 20_000
AT_ONCE, EACH_SECOND = 10, 2  # answers of a source
QUIET = """
[zone.quiet]
interfaces = ["wire2"]
discovery = false
"""


class Asker:
    """A socket of a machine that asks everybody on its link."""

    def __init__(self, machine, family=socket.AF_INET, port=0):
        with machine.entered():
            self.socket = socket.socket(family, socket.SOCK_DGRAM)
            index = socket.if_nametoindex("eth0")
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET:
            self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(machine.address))
            self.socket.bind((machine.address, port))
        else:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)

    def ask(self, message, to, seconds=ENOUGH):
        """The first answer and who gave it, or None."""
        self.socket.sendto(bytes(message), to)
        if not select.select([self.socket], [], [], seconds)[0]:
            return None
        data, source = self.socket.recvfrom(4096)
        return DNS(data), source

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


def question(name, kind="A", **fields):
    return DNS(id=0x4711, rd=0, qd=DNSQR(qname=name, qtype=kind), **fields)


def addresses(answer):
    return [answer.an[number].rdata for number in range(answer.ancount)]


def by_llmnr(client):
    with Asker(client) as asker:
        for name in (NAME, NAME.lower()):
            answer, source = asker.ask(LLMNRQuery(id=0x4711, qd=DNSQR(qname=name, qtype="A")), LLMNR)
            expect_equal(source, (client.server, LLMNR[1]), "who answers")
            expect_equal((answer.id, answer.qr, answer.rcode, answer.tc), (0x4711, 1, 0, 0), "the answer")
            expect_equal(addresses(answer), [client.server], "addresses")
            expect_equal(answer.an[0].ttl, 30, "how long it may be kept")
        answer, _ = asker.ask(LLMNRQuery(id=1, qd=DNSQR(qname=NAME, qtype="AAAA")), LLMNR)
        expect_equal((answer.rcode, answer.ancount), (0, 0), "a kind there is none of")
        for other in ("LANWARE", "LANWARD.local", "local"):
            expect(asker.ask(LLMNRQuery(id=1, qd=DNSQR(qname=other, qtype="A")), LLMNR, SILENCE) is None, f"{other} is answered")
        conflict = LLMNRQuery(id=1, c=1, qd=DNSQR(qname=NAME, qtype="A"))
        expect(asker.ask(conflict, LLMNR, SILENCE) is None, "a question about a name that several have is answered")
        expect(asker.ask(LLMNRQuery(id=1, qd=DNSQR(qname=NAME, qtype="A")), (client.server, LLMNR[1]), SILENCE) is None, "who asks one alone is answered")


def in_ipv6(client, to, name):
    with Asker(client, socket.AF_INET6) as asker:
        answer, source = asker.ask(question(name, "AAAA"), to)
        expect(source[0].startswith("fe80::"), f"{source} answers")
        expect_equal(addresses(answer), [source[0].partition("%")[0]], "addresses")


def by_mdns(client):
    with Asker(client) as asker:
        answer, source = asker.ask(question(f"{NAME}.local"), MDNS)
        expect_equal(source, (client.server, MDNS[1]), "who answers")
        expect_equal((answer.id, answer.qr, answer.aa, answer.rcode), (0x4711, 1, 1, 0), "the answer")
        expect_equal((addresses(answer), answer.an[0].ttl), ([client.server], 10), "addresses, and how long")
        for other in (question(NAME), question(f"{NAME}.local", "SRV"), question("_smb._tcp.local", "PTR")):
            expect(asker.ask(other, MDNS, SILENCE) is None, f"{other.qd} is answered")


def not_in_a_quiet_zone(client):
    with Asker(client) as asker:
        expect(asker.ask(question(NAME), LLMNR, SILENCE) is None and asker.ask(question(f"{NAME}.local"), MDNS, SILENCE) is None, "it is answered")


def bound(server, client, other):
    """A flood from one, and questions from another link to the server's own address."""
    with Asker(client) as asker, Asker(other) as far:
        for message, to in ((question(f"{NAME}.local"), MDNS), (question(NAME), LLMNR), (question("_smb._tcp.local", "PTR"), MDNS)):
            before, began, answers = servers.resident_kib(server.process.pid), time.monotonic(), 0
            data = bytes(message)
            for _ in range(FLOOD):
                asker.socket.sendto(data, to)
                while select.select([asker.socket], [], [], 0)[0]:
                    answers += bool(asker.socket.recv(4096))
            while select.select([asker.socket], [], [], 0.2)[0]:
                answers += bool(asker.socket.recv(4096))
            taken = time.monotonic() - began
            allowed = AT_ONCE + EACH_SECOND * (taken + 1)
            grown = servers.resident_kib(server.process.pid) - before
            print(f"   {FLOOD} questions in {taken:.1f} s, {answers} answers, {grown} KiB")
            expect(answers <= allowed, f"{answers} answers in {taken:.1f} s")
            expect(grown < 2048, f"{grown} KiB more than before")
            time.sleep(AT_ONCE / EACH_SECOND)
        for message in (question(f"{NAME}.local"), question("_smb._tcp.local", "PTR"), question(NAME)):
            for port in (MDNS[1], LLMNR[1]):
                expect(far.ask(message, (client.server, port), 0.3) is None, "another link is answered")
        expect(asker.ask(question(f"{NAME}.local"), MDNS) is not None, "nobody is answered any more")


def left_to_others(server):
    """Somebody else has the name on a link that comes: it is his. Whoever does not say so in time may be missed: the link comes several times."""
    there = Machine(3)
    answering = f"""
import socket, struct
one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
one.bind(("", 5355))
one.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton("224.0.0.252") + socket.inet_aton("{there.address}"))
print("ready", flush=True)
while True:
    data, source = one.recvfrom(512)
    one.sendto(data[:2] + bytes.fromhex("8000000100010000" "0000") + data[12:] + bytes.fromhex("c00c00010001000000" "1e0004") + socket.inet_aton("{there.address}"), source)
"""
    process = there.start(["/usr/bin/python3", "-c", answering], stdout=subprocess.PIPE, text=True)
    try:
        process.stdout.readline()
        for _ in range(5):
            ip("link", "set", there.interface, "down")
            wait_until("the link is gone", lambda: verdict(server, there.server) != "listening")
            ip("link", "set", there.interface, "up")
            wait_until("the link is there", lambda: verdict(server, there.server) == "listening")
            time.sleep(1)
            said = heard(there)
            if said == {there.address}:
                return
        raise AssertionError(f"{said} answer")
    finally:
        process.kill()
        process.wait()
        there.leave()


def heard(machine):
    """Who answers for the name."""
    said = set()
    with Asker(machine) as asker:
        asker.socket.sendto(bytes(question(NAME)), LLMNR)
        while select.select([asker.socket], [], [], SILENCE)[0]:
            said.add(asker.socket.recvfrom(4096)[1][0])
    return said


def bindings(server):
    words = [str(server.binary()), "bindings", "--config", str(server.config), "--json"]
    rows = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
    return {row["address"]: (row["verdict"], row["reason"]) for row in rows if row["service"] == "llmnr"}


def verdict(server, address):
    return bindings(server).get(address, (None, None))[0]


def shown(server, client, quiet):
    verdicts = bindings(server)
    expect_equal(verdicts[client.server][0], "listening", client.server)
    expect_equal(verdicts[quiet.server], ("refused-by-policy", "no zone with `discovery = true` covers it"), quiet.server)


def main():
    suite = Suite(__doc__)
    suite.judges_ours_alone("the reference has no names of this kind")
    suite.needs("ip", "iproute2")
    suite.enter_namespace()
    client, quiet = machines = [Machine(1), Machine(2)]
    server = None
    try:
        server = suite.server(servers.Profile(everywhere=True, extra=QUIET))
        case = suite.report.case
        with Asker(client) as asker:
            wait_until("somebody answers", lambda: asker.ask(question(NAME), LLMNR, 0.3))
            wait_until("somebody answers", lambda: asker.ask(question(f"{NAME}.local"), MDNS, 0.3))
        case("llmnr", by_llmnr, client)
        case("llmnr-ipv6", in_ipv6, client, LLMNR6, NAME)
        case("mdns-once", by_mdns, client)
        case("mdns-once-ipv6", in_ipv6, client, MDNS6, f"{NAME}.local")
        case("no-zone", not_in_a_quiet_zone, quiet)
        case("bound", bound, server, client, quiet)
        case("left-to-others", left_to_others, server)
        case("bindings", shown, server, client, quiet)
    finally:
        if server:
            server.stop()
        for machine in machines:
            machine.leave()
    suite.leave()


if __name__ == "__main__":
    try:
        from scapy.layers.dns import DNS, DNSQR
        from scapy.layers.llmnr import LLMNRQuery
    except ImportError as missing:
        suite = Suite(__doc__)
        suite.report.skip("scapy", f"{missing} (package python3-scapy)")
        suite.leave()
    main()
