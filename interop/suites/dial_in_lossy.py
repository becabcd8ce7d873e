#!/usr/bin/python3
"""Dial-in over a bad way: a machine between client and server loses and reorders packets of GRE, with MPPE whose keys change with each packet, and with
MPPE whose keys stay and which must begin anew after each loss. The client is `lanward dial`, and pppd in a guest kernel where PPTP_RIG names a rig of
such (see `with_pppd.py`). A command of its own."""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import with_pppd  # noqa: E402
from dial_in import digest  # noqa: E402
from harness import dial, servers  # noqa: E402
from harness.dial import TUNNEL, Line, may_dial_in, smbclient, told, wait_until  # noqa: E402
from harness.links import Machine, ip  # noqa: E402
from harness.report import Skip, expect, expect_equal  # noqa: E402
from harness.target import Suite  # noqa: E402

LOSSY = pathlib.Path(__file__).resolve().parents[1] / "pptp" / "lossy.py"
LOSS = REORDER = 0.02
PINGS = 500
OCTETS = {"stateless": 4 << 20, "stateful": 256 << 10}  # each new start of the keys costs a round trip, and all that is on the way


class Beyond:
    """A machine on the other side of another, which passes on what it sends."""

    interface, address = "far", "10.78.0.2"

    def __init__(self, middle):
        self.server = middle.server
        self.life = subprocess.Popen(["unshare", "--net", "sleep", "infinity"], stdin=subprocess.DEVNULL)
        self.space = f"/proc/{self.life.pid}/ns/net"
        own = os.readlink("/proc/self/ns/net")
        wait_until("another network", lambda: os.readlink(self.space) != own)
        middle.run(["sysctl", "-qw", "net.ipv4.ip_forward=1"], check=True)
        link = ["ip", "link", "add", self.interface, "type", "veth", "peer", "name", "eth0", "netns", str(self.life.pid)]
        for command in (link, ["ip", "address", "add", "10.78.0.1/24", "dev", self.interface], ["ip", "link", "set", self.interface, "up"]):
            middle.run(command, check=True)
        there = (["link", "set", "lo", "up"], ["address", "add", f"{self.address}/24", "dev", "eth0"], ["link", "set", "eth0", "up"])
        for words in (*there, ["route", "add", "default", "via", "10.78.0.1"]):
            self.run(["ip", *words])
        ip("route", "add", "10.78.0.0/24", "via", middle.address)

    def inside(self, command):
        return ["nsenter", f"--net={self.space}", *command]

    def run(self, command, check=True):
        return subprocess.run(self.inside(command), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=check, timeout=180)

    def start(self, command, **how):
        return subprocess.Popen(self.inside(command), stdin=subprocess.DEVNULL, **how)

    def leave(self):
        self.life.kill()
        self.life.wait()


class Way:
    """The bad way through a machine."""

    def __init__(self, middle, mode):
        if middle.run(["iptables", "-C", "FORWARD", "-p", "gre", "-j", "DROP"]).returncode:
            middle.run(["iptables", "-A", "FORWARD", "-p", "gre", "-j", "DROP"], check=True)
        command = [sys.executable, "-B", str(LOSSY), str(LOSS), str(REORDER), "1", mode]
        self.process = middle.start(command, stdout=subprocess.PIPE, text=True)
        expect_equal(self.process.stdout.readline(), "ready\n", "the way")

    def bad(self):
        self.process.send_signal(signal.SIGUSR1)

    def good(self):
        self.process.send_signal(signal.SIGUSR2)

    def leave(self):
        """What it has done."""
        self.process.terminate()
        said, _ = self.process.communicate(timeout=10)
        return json.loads(said)


def answered(text):
    return int(re.search(r"(\d+) received", text)[1])


def dialled(server, middle, far, mode, data):
    """`lanward dial` at the other end."""
    way = Way(middle, mode)
    line = Line(far, server, options=("--stateful", "--once") if mode == "stateful" else ("--once",))
    copy = server.state / f"copy-{mode}"
    try:
        up = line.until("up")
        expect_equal(up["encryption"], f"MPPE-128 {mode}", "what was granted")
        far.run(["ping", "-q", "-c", "3", "-i", "0.2", TUNNEL])
        way.bad()
        pinged = far.run(["ping", "-q", "-c", str(PINGS), "-i", "0.01", "-s", "1000", "-W", "1", TUNNEL], check=False)
        far.run(smbclient(server, TUNNEL, f"get large {copy}; put {copy} back-{mode}"))
        for path in (copy, server.directory / f"back-{mode}"):
            expect_equal(digest(path.read_bytes()), digest(data), str(path))
        expect_equal(len(told(server, "sessions")), 1, "sessions")
        way.good()
        # The last loss may be one that nothing has shown yet.
        far.run(["ping", "-q", "-c", "3", "-i", "0.2", TUNNEL], check=False)
        after = far.run(["ping", "-q", "-c", "50", "-i", "0.01", "-W", "1", TUNNEL], check=False)
        expect_equal(answered(after.stdout), 50, "pings over a good way")
        line.hang_up()
    finally:
        line.kill()
        done = way.leave()
        print(f"   {done}", flush=True)
    print(f"   {answered(pinged.stdout)} of {PINGS} pings", flush=True)
    judge(done, mode, answered(pinged.stdout))


def judge(done, mode, pings):
    expect(done["lost"] > 20 and done["reordered"] > 20, f"the way was good: {done}")
    stateful = mode == "stateful"
    expect(not stateful or done["naks"] >= 2 and done["reset-requests"] > 0, f"nothing began anew: {done}")
    # Of all that is sent, and of its answers.
    expect(pings > PINGS * (0.5 if stateful else 0.9), f"{pings} of {PINGS} pings")


def pppd(server, middle, rig, mode, data):
    """pppd and the kernel's MPPE at the other end."""
    if rig is None:
        raise Skip(with_pppd.missing())
    way = Way(middle, mode)
    name = f"pppd-{mode}"
    fetch = f"smbclient //$PEER/{server.share} -m SMB3 -U '{server.user}%{server.password}' -c 'get large /tmp/large; put /tmp/large from-{name}'"
    test = f"ping -q -c {PINGS} -i 0.01 -s 1000 -W 1 $PEER; {fetch}; sha256sum /tmp/large | grep {digest(data)}"
    more = {"PPPOPTS": "mppe-stateful"} if mode == "stateful" else {}
    guest = rig.start(name, "run-pptp-client.sh", middle.server, server.user, server.password, seconds=200, TEST=test, **more)
    try:
        wait_until("a session", lambda: told(server, "sessions"), 60)
        way.bad()
        code = guest.wait(240)
    finally:
        done = way.leave()
        print(f"   {done}", flush=True)
    log = rig.log(name)
    pings = [int(count) for count in re.findall(r"(\d+) received", log)]
    print(f"   {pings[-1] if pings else 0} of {PINGS} pings", flush=True)
    expect_equal(code, 0, f"its code: {log[-300:]}")
    expect(f"MPPE 128-bit {mode} compression enabled" in log, "what was granted")
    expect_equal(digest((server.directory / f"from-{name}").read_bytes()), digest(data), "what was written")
    judge(done, mode, pings[-1])


def main():
    suite = Suite(__doc__)
    suite.judges_ours_alone("only our own has a VPN")
    for tool, package in (("smbclient", "smbclient"), ("ip", "iproute2"), ("ping", "iputils-ping"), ("iptables", "iptables")):
        suite.needs(tool, package)
    suite.enter_namespace(dial.TUN)
    middle = Machine(1)
    far, rig, server = Beyond(middle), None, None
    try:
        if not with_pppd.missing():
            rig = with_pppd.Rig(os.environ["PPTP_RIG"], suite.work, middle.life.pid)
            ip("route", "add", "10.213.7.0/24", "via", middle.address)
        server = suite.server(servers.Profile(everywhere=True, extra=dial.configuration("stateful = true")))
        may_dial_in(server, servers.USER)
        for mode, octets in OCTETS.items():
            data = os.urandom(octets)
            (server.directory / "large").write_bytes(data)
            suite.report.case(f"dial-{mode}", dialled, server, middle, far, mode, data)
            suite.report.case(f"pppd-{mode}", pppd, server, middle, rig, mode, data)
    finally:
        if server:
            server.stop()
        if rig:
            rig.leave()
        far.leave()
        middle.leave()
    suite.leave()


if __name__ == "__main__":
    main()
