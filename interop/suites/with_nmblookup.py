#!/usr/bin/python3
"""NetBIOS on two subnets: a server with an address on each, a client on each. Names by broadcast and by name server, node status, sessions on
port 139 by name, smbtorture's nbt suites, `lanward nbtstat`. Everything happens in network namespaces of its own."""

import csv
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness import servers  # noqa: E402
from harness.links import Machine  # noqa: E402
from harness.report import Skip, expect, expect_equal  # noqa: E402
from harness.target import Suite  # noqa: E402

ENOUGH = 15  # seconds for names to be there
TORTURE = ("nbt.register", "nbt.wins", "nbt.dgram", "nbt.winsreplication", "nbt.bench", "nbt.bench-wins")
LEDGER = servers.ROOT / "interop" / "torture" / "ledger-nbt.csv"
BY_BROADCAST = "--option=name resolve order = bcast"


def found(client, *arguments):
    """The addresses nmblookup finds."""
    done = client.run(["nmblookup", *arguments])
    lines = [line.split() for line in done.stdout.splitlines()]
    return sorted(line[0] for line in lines if len(line) == 2 and line[1].endswith(">"))


def wait_for_name(client, name):
    until = time.monotonic() + ENOUGH
    while not found(client, "-B", client.broadcast, f"{name}#20"):
        expect(time.monotonic() < until, f"nobody has the name {name}")
        time.sleep(0.2)


def by_broadcast(clients, name):
    for client in clients:
        for asked in (name, f"{name}#20", "WORKGROUP#00", "*"):
            expect_equal(found(client, "-B", client.broadcast, asked), [client.server], f"{asked} at {client.address}")
        expect_equal(found(client, "-B", client.broadcast, "NOBODY"), [], "NOBODY")


def status(clients, name, ours):
    for client in clients:
        shown = client.run(["nmblookup", "-A", client.server], check=True).stdout
        rows = {" ".join(line.split()) for line in shown.splitlines()}
        rows = {row.replace(" H <", " B <") for row in rows}  # the node's type: the reference is H as a name server
        for row in (f"{name} <00> - B <ACTIVE>", f"{name} <20> - B <ACTIVE>", "WORKGROUP <00> - <GROUP> B <ACTIVE>"):
            expect(row in rows, f"{row} is not among {rows}")
        if ours:
            mac = client.mac().replace(":", "-").upper()
            expect(f"MAC Address = {mac}" in rows, f"not {mac}: {rows}")


def by_name_server(clients, name, ours):
    for client, other in (clients, clients[::-1]):
        everywhere = sorted(c.server for c in clients)
        for server in (client.server, other.server):
            expect_equal(found(client, "-U", server, "--recursion", f"{name}#20"), everywhere, f"{name} of {server}")
            if ours:  # the reference's own groups are not in its database
                group = found(client, "-U", server, "--recursion", "WORKGROUP#00")
                expect_equal(group, ["255.255.255.255"], "a group")
            expect_equal(found(client, "-U", server, "--recursion", "NOBODY"), [], "NOBODY")


def torture(client, name, test):
    """A suite of smbtorture; answers its verdicts by test."""
    if not shutil.which("smbtorture"):
        raise Skip("smbtorture is not installed (package samba-testsuite)")
    done = client.run(["smbtorture", f"//{name}/files", "-U%", BY_BROADCAST, "-t", "2", test], timeout=240)
    lines = [line.split() for line in done.stdout.splitlines()]
    return {words[1].rstrip("["): words[0] for words in lines if words and words[0] in ("success:", "failure:", "error:")}


def defence(clients, name):
    """The reference refuses a refresh with another code than the suite expects."""
    expect_equal(torture(clients[0], name, "nbt.register").get("register_own"), "success:", "register_own")


def benches(clients, name):
    expect_equal(torture(clients[0], name, "nbt.bench").get("namequery"), "success:", "namequery")


def by_ledger(client, name, tested):
    """A suite of smbtorture as the ledger says: what is not in it passes, what is in it does not."""
    with open(LEDGER, newline="") as file:
        known = {row["test"] for row in csv.DictReader(file) if row["suite"] == tested}
    verdicts = torture(client, name, tested)
    expect(verdicts, f"{tested} says nothing")
    failed = {test for test, verdict in verdicts.items() if verdict != "success:"}
    expect_equal(sorted(failed), sorted(known), f"{tested}: what does not pass")


def smbclient(server, address, *arguments):
    login = f"{servers.USER}%{servers.PASSWORD}"
    return ["smbclient", address, "-p", "139", "-U", login, BY_BROADCAST, *arguments]


def sessions(clients, server, name):
    (server.directory / "hello").write_text("hello\n")
    large = os.urandom(300_000)
    (server.directory / "large").write_bytes(large)
    for client in clients:
        listed = client.run(smbclient(server, f"//{name}/{server.share}", "-m", "SMB3", "-L", name), check=True)
        expect(server.share in listed.stdout, listed.stdout)
        for dialect in ("SMB2_02", "SMB2_10", "SMB3_00", "SMB3_11"):
            copy = server.state / f"copy-{dialect}"
            commands = f"get hello {copy}-hello; get large {copy}; put {copy} back; rm back"
            for called in (name, client.server):
                client.run(smbclient(server, f"//{called}/{server.share}", "-m", dialect, "-c", commands), check=True)
                expect(copy.read_bytes() == large, f"{dialect}: another file")


def nbtstat(server, client, *arguments):
    command = [str(server.binary()), "nbtstat", "--config", str(server.config), "--json", *arguments]
    done = subprocess.run(command if client is None else client.inside(command), capture_output=True, text=True)
    expect(done.returncode == 0, done.stderr)
    return json.loads(done.stdout)


def looking(clients, server, name):
    here = nbtstat(server, None, "-n")
    shown = {(subnet["address"], n["name"], n["suffix"]) for subnet in here["subnets"] for n in subnet["names"]}
    for client in clients:
        expect((client.server, name, 0x20) in shown, f"{shown}")
        for there in (("-A", client.server), ("-a", name)):
            seen = nbtstat(server, client, *there)
            expect_equal((seen["address"], seen["mac"]), (client.server, client.mac()), f"{there}")
            expect({"name": name, "suffix": 0x20, "group": False, "conflict": False} in seen["names"], f"{seen}")
    command = clients[0].inside(smbclient(server, f"//{name}/{server.share}", "-m", "SMB3"))
    stays = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + ENOUGH
        connected = []
        while not connected:
            expect(time.monotonic() < until, "the session is not shown")
            connected = [s for s in nbtstat(server, None, "-s") if s["state"] == "connected" and s["bytes-out"] > 0]
        one = connected[0]
        expect_equal((one["local"], one["local-suffix"], one["direction"]), (name, 0x20, "in"), "who is called")
        expect_equal(one["remote-address"], clients[0].address, "who calls")
        expect(one["bytes-in"] > 0, f"{one}")
    finally:
        stays.kill()
        stays.wait()


def comes_later(server, name):
    """A subnet that was not there when the server started."""
    client = Machine(3)
    try:
        wait_for_name(client, name)
    finally:
        client.leave()


def reference_names(server):
    command = ["nmbd", "--foreground", "--no-process-group", "-s", str(server.state / "smb.conf")]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main():
    suite = Suite(__doc__)
    for tool, package in (("nmblookup", "samba-common-bin"), ("smbclient", "smbclient"), ("ip", "iproute2")):
        suite.needs(tool, package)
    suite.enter_namespace()
    clients = [Machine(1), Machine(2)]
    ours = suite.arguments.against == "lanward"
    extra = ["netbios = true", "[netbios]", "wins-server = true"]
    if not ours:
        extra = ["interfaces = lo wire1 wire2", "smb ports = 139 445", "wins support = yes", "local master = no"]
    names = server = None
    try:
        server = suite.server(servers.Profile(everywhere=True, extra="\n".join(extra)))
        names = None if ours else reference_names(server)
        name = "LANWARD" if ours else "REFERENCE"
        case = suite.report.case
        for client in clients:
            wait_for_name(client, name)
        case("broadcast", by_broadcast, clients, name)
        case("node-status", status, clients, name, ours)
        case("wins-query", by_name_server, clients, name, ours)
        case("sessions", sessions, clients, server, name)
        if not ours:
            case("torture-register", defence, clients, name)
            case("torture-bench", benches, clients, name)
        if ours:  # what the reference has not, or does not pass
            for tested in TORTURE:
                case(f"torture-{tested}", by_ledger, clients[0], name, tested)
            case("nbtstat", looking, clients, server, name)
            case("new-subnet", comes_later, server, name)
    finally:
        if names:
            names.send_signal(signal.SIGTERM)
            names.wait()
        if server:
            server.stop()
        for client in clients:
            client.leave()
    suite.leave()


if __name__ == "__main__":
    main()
