#!/usr/bin/python3
"""Browsing beside another implementation (behaviour 1.28): a server on two subnets, nmbd on one of them. Who is the master of each subnet, what is
on nmbd's list and on ours when a foreign client asks by RAP, what happens when a master goes and comes back; and that a server with two addresses does not
contend with itself. Everything happens in network namespaces of its own."""

import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness import servers  # noqa: E402
from harness.links import Machine  # noqa: E402
from harness.report import expect, expect_equal  # noqa: E402
from harness.target import Suite  # noqa: E402

GROUP = "WORKGROUP"
ELECTED = 40  # seconds for an election and what follows: nmbd takes its time
STEADY = 4  # seconds during which nothing may change
OLD = [f"--option=client {which} protocol=NT1" for which in ("min", "ipc min", "ipc max")]


class Nmbd:
    """nmbd on a machine, which is another server of the same workgroup there."""

    name = "NMBD"

    def __init__(self, machine, state, preferred):
        self.machine, self.state = machine, state
        places = ("private", "lock", "cache", "pid", "state", "log")
        for place in places:
            (state / place).mkdir(parents=True, exist_ok=True)
        (state / "smb.conf").write_text(
            "\n".join(
                [
                    "[global]",
                    f"netbios name = {self.name}",
                    f"workgroup = {GROUP}",
                    "interfaces = eth0",
                    "bind interfaces only = yes",
                    f"private dir = {state}/private",
                    f"lock directory = {state}/lock",
                    f"cache directory = {state}/cache",
                    f"pid directory = {state}/pid",
                    f"state directory = {state}/state",
                    f"ncalrpc dir = {state}/rpc",
                    f"preferred master = {'yes' if preferred else 'no'}",
                    f"os level = {200 if preferred else 2}",
                    "local master = yes",
                    "server min protocol = NT1",
                ]
            )
            + "\n"
        )
        self.running = None

    def start(self):
        command = ["nmbd", "--foreground", "--no-process-group", "-s", self.state / "smb.conf", "-l", self.state / "log"]
        output = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.running = self.machine.start([str(word) for word in command], **output)
        return self

    def stop(self):
        """As it is stopped in earnest: it takes its leave."""
        if self.running:
            self.running.send_signal(signal.SIGTERM)
            self.running.wait()
            self.running = None

    def listed(self):
        """The servers it knows: what it writes down for smbd to hand out, behind the workgroup."""
        known = self.state / "cache" / "browse.dat"
        lines = known.read_text(errors="replace").splitlines()[1:] if known.exists() else []
        return {line.split('"')[1] for line in lines if line.count('"') > 1}


def owners(machine, name):
    """The addresses that a broadcast for a name finds."""
    done = machine.run(["nmblookup", "-B", machine.broadcast, name])
    lines = [line.split() for line in done.stdout.splitlines()]
    return sorted(line[0] for line in lines if len(line) == 2 and line[1].endswith(">"))


def masters(machines):
    return [owners(machine, f"{GROUP}#1d") for machine in machines]


def wait_for(what, check, seconds=ELECTED):
    until = time.monotonic() + seconds
    while True:
        found = check()
        if found:
            return found
        expect(time.monotonic() < until, f"not within {seconds} s: {what}")
        time.sleep(0.3)


def mastered_by(machines, *wanted):
    def check():
        nonlocal last
        last = masters(machines)
        return last == [[address] for address in wanted]

    last = None
    try:
        wait_for("", check)
    except AssertionError:
        raise AssertionError(f"masters are {last}, wanted {wanted}") from None


def listed(machine, host, login):
    """The servers of the workgroup that a host names to a client of LAN Manager."""
    done = machine.run(["net", "rap", "server", "domain", "-s", "/dev/null", "-S", host, "-I", host, "-U", login, *OLD])
    return {line.split()[0] for line in done.stdout.splitlines() if line.strip()}


def on_list(ask, *names):
    """Waits until `ask()` has all these."""
    last = set()

    def check():
        nonlocal last
        last = ask()
        return set(names) <= last

    try:
        wait_for("", check)
    except AssertionError:
        raise AssertionError(f"listed are {sorted(last)}, wanted {names}") from None


def steady(machines):
    """Masters stay who they are: nobody calls for elections for the fun of it."""
    before, until = masters(machines), time.monotonic() + STEADY
    while time.monotonic() < until:
        expect_equal(masters(machines), before, "masters")
        time.sleep(1)


def one_identity(machines):
    """The server has its name at each subnet's own address, and nowhere twice."""
    for machine in machines:
        expect_equal(owners(machine, "LANWARD#20"), [machine.server], f"LANWARD at {machine.address}")


def stronger(machines, nmbd, login):
    """nmbd is the master where it is, we are where it is not; each is on the other's list."""
    mastered_by(machines, machines[0].address, machines[1].server)
    on_list(nmbd.listed, "LANWARD", nmbd.name)
    on_list(lambda: listed(machines[1], machines[1].server, login), "LANWARD")
    steady(machines)


def gone(machines, nmbd, login):
    """The master leaves, and another is there in its place."""
    nmbd.stop()
    mastered_by(machines, *(machine.server for machine in machines))
    for machine in machines:
        on_list(lambda: listed(machine, machine.server, login), "LANWARD")
    steady(machines)


def weaker(machines, nmbd, login):
    """nmbd comes back without ambition: we stay the master, and have it on the list."""
    nmbd.start()
    on_list(lambda: listed(machines[0], machines[0].server, login), "LANWARD", nmbd.name)
    mastered_by(machines, *(machine.server for machine in machines))
    steady(machines)


def by_name(machines):
    """A client that knows nothing but the workgroup finds the master, its list, and the server by its name."""
    command = ["smbclient", "-s", "/dev/null", "-L", "LANWARD", "-U%", "--option=name resolve order=bcast", f"--option=workgroup={GROUP}", *OLD]
    for machine in machines:
        shown = machine.run(command).stdout
        expect("LANWARD" in shown and GROUP in shown, f"at {machine.address}: {shown}")


def main():
    suite = Suite(__doc__)
    suite.judges_ours_alone("the other implementation is on the other side already")
    for tool, package in (("nmblookup", "samba-common-bin"), ("net", "samba-common-bin"), ("nmbd", "samba"), ("ip", "iproute2")):
        suite.needs(tool, package)
    suite.enter_namespace()
    machines = [Machine(1), Machine(2)]
    extra = ["netbios = true", "anonymous = true", "restrict-anonymous = 0"]
    login = f"{servers.USER}%{servers.PASSWORD}"
    server = None
    strong = Nmbd(machines[0], suite.work / "strong", preferred=True)
    weak = Nmbd(machines[0], suite.work / "weak", preferred=False)
    try:
        strong.start()
        # Whoever comes when there is a master is heard of at once.
        wait_for("nmbd is the master", lambda: owners(machines[0], f"{GROUP}#1d"))
        server = suite.server(servers.Profile(everywhere=True, oldest="NT1", extra="\n".join(extra)))
        case = suite.report.case
        case("stronger", stronger, machines, strong, login)
        case("one-identity", one_identity, machines)
        case("gone", gone, machines, strong, login)
        case("weaker", weaker, machines, weak, login)
        case("by-name", by_name, machines)
    finally:
        strong.stop()
        weak.stop()
        if server:
            server.stop()
        for machine in machines:
            machine.leave()
    suite.leave()


if __name__ == "__main__":
    main()
