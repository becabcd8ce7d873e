#!/usr/bin/python3
"""What idle dial-in sessions cost: memory, descriptors and addresses, before, during and after clients came and went.

Network namespaces of its own, `lanward serve` in one and the load generator `dial_many` in the other, each client from an address of its own. Ends with
1 when a bar is missed. Needs root, `cargo build --release` and `cargo build --example dial_many -p lanward-vpn`; LANWARD and DIAL_MANY name other files."""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "interop"))

from harness import links, servers  # noqa: E402
from harness.links import Machine, ip  # noqa: E402

BAR = 16.0  # KiB for each idle session
THREADS = 12  # seconds after which threads that have nothing to do are gone
SETTLED = 4  # turns after which memory is no more than what was there before
FIRST = "10.64.0.0"  # clients call from the addresses after this one


class Callers:
    """The load generator on its machine."""

    def __init__(self, machine):
        program = os.environ.get("DIAL_MANY", ROOT / "target/debug/examples/dial_many")
        command = [str(program), machine.server, FIRST, servers.USER, servers.PASSWORD]
        self.process = subprocess.Popen(
            machine.inside(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def told(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def leave(self):
        self.process.stdin.close()
        self.process.wait(10)


def processes(server):
    """The main process and the one that reads packets."""
    main, worker = server.process.pid, None
    for path in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            name = (path / "comm").read_text().strip()
            parent = (path / "stat").read_text().rpartition(")")[2].split()[1]
        except (OSError, IndexError):
            continue
        if name == "lanward-vpn" and int(parent) == main:
            worker = int(path.name)
    return {"main": main, "worker": worker}


def holds(pid):
    """What a process holds: proportional set size and page tables in KiB, descriptors, threads."""
    path = pathlib.Path(f"/proc/{pid}")
    rows = dict(line.split(":", 1) for line in (path / "smaps_rollup").read_text().splitlines()[1:])
    status = dict(line.split(":", 1) for line in (path / "status").read_text().splitlines())
    memory = int(rows["Pss"].split()[0]) + int(status["VmPTE"].split()[0])
    return memory, len(list((path / "fd").iterdir())), int(status["Threads"])


def sessions(server):
    command = [str(server.binary()), "vpn", "sessions", "--config", str(server.config), "--json"]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def settled(server, number):
    """Waits until the server has so many sessions and is idle."""
    for _ in range(600):
        listed = sessions(server)
        if len(listed) == number:
            time.sleep(3)
            return listed
        time.sleep(0.1)
    sys.exit(f"{len(listed)} sessions instead of {number}")


def reading(server, what, number):
    listed = settled(server, number)
    addresses = {session["address"] for session in listed}
    row = {name: holds(pid) for name, pid in processes(server).items()}
    shown = "  ".join(f"{name} {m} KiB {d} descriptors {t} threads" for name, (m, d, t) in row.items())
    print(f"{what:34} {len(listed):5} sessions {len(addresses):5} addresses  {shown}", flush=True)
    return row


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=1000)
    parser.add_argument("--churn", type=int, default=8, help="how often all but a tenth of them come and go")
    return parser.parse_args()


def measure(server, callers, wanted, churn):
    missed = []

    def expect(true, what):
        if not true:
            missed.append(what)

    # What a server takes with the first is not the price of a session.
    callers.told("up 1")
    callers.told("down 0")
    empty = reading(server, "none", 0)
    began = time.monotonic()
    up = callers.told(f"up {wanted}")
    taken = time.monotonic() - began
    expect(up["up"] == wanted, f"only {up} of {wanted} are up")
    print(f"{wanted} up within {taken:.1f} s", flush=True)
    full = reading(server, "all up", wanted)
    for name in full:
        each = (full[name][0] - empty[name][0]) / wanted
        print(f"   {name}: {each:.2f} KiB for each idle session", flush=True)
    each = (full["worker"][0] - empty["worker"][0]) / wanted
    expect(each <= BAR, f"{each:.2f} KiB for each idle session")
    echoes = callers.told("ping")["echoes"]
    expect(echoes == wanted, f"{echoes} of {wanted} answered")
    used = reading(server, f"all up, {echoes} echoes answered", wanted)
    each = (used["worker"][0] - empty["worker"][0]) / wanted
    print(f"   worker: {each:.2f} KiB for each that carried packets", flush=True)
    turns = []
    for turn in range(churn):
        # Half of the turns by the book, half without a word.
        if turn % 2:
            callers.told("lost")
            settled(server, 0)
        else:
            callers.told(f"down {wanted // 10}")
        callers.told(f"up {wanted}")
        turns.append(reading(server, f"turn {turn + 1}", wanted))
    expect(callers.told("ping")["echoes"] == wanted, "not all answered after the turns")
    callers.told("down 0")
    settled(server, 0)
    time.sleep(THREADS)
    left = reading(server, "none again", 0)
    for name in left:
        (_, descriptors, threads), (_, had, began_with) = left[name], empty[name]
        expect(descriptors == had, f"{name}: {descriptors} descriptors, had {had}")
        expect(threads <= began_with, f"{name}: {threads} threads, had {began_with}")
        if churn > SETTLED:
            # What the first turns took is used again.
            grown = turns[-1][name][0] - turns[SETTLED - 1][name][0]
            expect(grown <= wanted, f"{name}: grew by {grown} KiB after turn {SETTLED}")
    # Every address was given back, or this would not do.
    callers.told(f"up {wanted}")
    reading(server, "all up once more", wanted)
    callers.leave()
    return missed


def main():
    options = arguments()
    why = links.without_namespace()
    if why:
        sys.exit(why)
    links.enter_namespace()
    ip("link", "set", "lo", "up")
    machine = Machine(1)
    ip("route", "add", "10.64.0.0/16", "via", machine.address)
    # All of these are addresses of that machine.
    machine.run(["ip", "route", "add", "local", "10.64.0.0/16", "dev", "lo"], check=True)
    server = servers.Lanward(servers.Profile(everywhere=True, extra=vpn(options.sessions)))
    try:
        server.start()
        while not (server.state / "state" / "control.sock").exists():
            time.sleep(0.05)
        server._user("set", servers.USER, "--dial-in", "true")
        missed = measure(server, Callers(machine), options.sessions, options.churn)
    finally:
        server.stop()
        machine.leave()
    for what in missed:
        print(f"MISSED: {what}")
    sys.exit(bool(missed))


def vpn(number):
    """A pool of exactly so many addresses: one that is not given back is missed."""
    last = (10 << 24 | 99 << 16 | 10) + number - 1
    text = ".".join(str(last >> shift & 255) for shift in (24, 16, 8, 0))
    lines = [
        "[vpn]",
        'address = "10.99.0.1/18"',
        f'pool = "10.99.0.10-{text}"',
        f"max-sessions = {number}",
        f"sessions-per-user = {number}",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
