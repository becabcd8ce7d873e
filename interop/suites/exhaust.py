#!/usr/bin/python3
"""Thousands of connections that never log in, and promises of large frames: others are served, memory is bounded,
and the idle ones are closed."""

import io
import pathlib
import resource
import select
import socket
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.report import Skip, expect  # noqa: E402
from harness.target import Suite  # noqa: E402
from with_impacket import connect  # noqa: E402

# Its signatures come from a library in C; those of the later dialects this peer computes in Python.
DIALECT = "2.1"

PER_ADDRESS = 250
CLOSED_WITHIN_SECONDS = 90
TRANSFER_BYTES = 32 << 20
# An idle connection may cost this much; a promised frame no more than a few pages besides.
KIB_PER_IDLE, KIB_PER_PROMISE = 16, 64
SLACK_KIB = 16 << 10
PROMISE = (4 << 20).to_bytes(4, "big") + b"\xfeSMB"


class Crowd:
    """Connections from many loopback addresses, each of which sent the same few bytes."""

    def __init__(self, server, count, first_bytes):
        self.links, self.refused = [], 0
        for number in range(count):
            source = f"127.0.1.{2 + number // PER_ADDRESS}"
            try:
                link = socket.create_connection((server.host, server.port), 10, (source, 0))
                link.sendall(first_bytes)
            except OSError:
                self.refused += 1
                continue
            self.links.append(link)

    def open_count(self, wait_seconds=0):
        """How many the server still holds after at most `wait_seconds` of waiting for it to close them."""
        poller = select.poll()
        held = {}
        for link in self.links:
            held[link.fileno()] = link
            poller.register(link, select.POLLIN)
        deadline = time.monotonic() + wait_seconds
        while held:
            ready = poller.poll(max(0, deadline - time.monotonic()) * 1000)
            if not ready:
                break
            for handle, _ in ready:
                if closed(held[handle]):
                    poller.unregister(handle)
                    held.pop(handle).close()
        self.links = list(held.values())
        return len(held)

    def leave(self):
        for link in self.links:
            link.close()
        self.links = []


def closed(link):
    try:
        return not link.recv(4096)
    except OSError:
        return True


def transfer(link, share):
    """Seconds to write and read back a fixed amount."""
    content = bytes(range(256)) * (TRANSFER_BYTES // 256)
    started = time.monotonic()
    link.putFile(share, "transfer", io.BytesIO(content).read)
    back = io.BytesIO()
    link.getFile(share, "transfer", back.write)
    elapsed = time.monotonic() - started
    expect(back.getvalue() == content, "content differs")
    return elapsed


class Exhaust:
    def __init__(self, suite, server):
        self.suite, self.server = suite, server
        self.link = connect(server, DIALECT)
        self.calm = min(transfer(self.link, server.share) for _ in range(3))
        self.base_kib = server.resident_kib() if server.process else None

    def siege(self, name, count, first_bytes, kib_each):
        report = self.suite.report
        crowd = Crowd(self.server, count, first_bytes)
        report.case(f"exhaust/{name}/client-keeps-working", self.keeps_working)
        report.case(f"exhaust/{name}/newcomer-is-served", self.newcomer)
        report.case(f"exhaust/{name}/memory-is-bounded", self.memory, len(crowd.links), kib_each)
        report.case(f"exhaust/{name}/idle-are-closed", self.closes, crowd)
        crowd.leave()
        report.case(f"exhaust/{name}/afterwards", self.newcomer)

    def keeps_working(self):
        besieged = min(transfer(self.link, self.server.share) for _ in range(3))
        expect(besieged < self.calm * 3 + 0.5, f"{TRANSFER_BYTES >> 20} MiB took {besieged:.2f} s, {self.calm:.2f} s before")

    def newcomer(self):
        link = connect(self.server, DIALECT)
        link.listPath(self.server.share, "*")
        link.logoff()

    def memory(self, count, kib_each):
        if self.base_kib is None:
            raise Skip("not our process")
        if self.server.kind == "samba":
            raise Skip("the reference has a process for each connection")
        # The buffers of the transfer before are freed when nobody has used them for a second.
        deadline = time.monotonic() + 3
        while (grown := self.server.resident_kib() - self.base_kib) >= SLACK_KIB + count * kib_each:
            if time.monotonic() > deadline:
                break
            time.sleep(0.1)
        expect(grown < SLACK_KIB + count * kib_each, f"{grown} KiB more for {count} connections")

    def closes(self, crowd):
        if self.server.kind == "samba":
            raise Skip("the reference closes none of them")
        expect(crowd.open_count(CLOSED_WITHIN_SECONDS) == 0, f"{len(crowd.links)} are still open")


def allow_files(wanted):
    """Raises the limit of open files, which the server inherits; gives how many connections fit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    need = wanted + 1024
    for limit in ((need, max(hard, need)), (hard, hard)):
        try:
            if soft < need:
                resource.setrlimit(resource.RLIMIT_NOFILE, limit)
            break
        except (ValueError, OSError):
            continue
    return min(wanted, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 1024)


def options(parser):
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--promises", type=int, default=300)


def main():
    suite = Suite(__doc__, options)
    count = allow_files(suite.arguments.connections)
    if suite.arguments.against == "samba":
        count = min(count, 100)
    elif count < suite.arguments.connections:
        suite.report.skip("exhaust/all-connections", f"the limit of open files lets only {count} be tried")
    with suite.server() as server:
        exhaust = Exhaust(suite, server)
        exhaust.siege("one-byte", count, b"\0", KIB_PER_IDLE)
        promises = min(count, suite.arguments.promises)
        exhaust.siege("promised-frame", promises, PROMISE, KIB_PER_PROMISE)
    suite.leave()


if __name__ == "__main__":
    main()
