#!/usr/bin/python3
"""Dial-in with the peers of old: pptp-linux and the kernel's pptp.ko under pppd, in guest kernels, call our server, mount its share in the tunnel, and are
turned away with the codes they should see; four at once, two of them behind one address; `lanward dial` calls poptop.

The guests come from a rig that is no part of this repository: a directory with `run-pptp-client.sh`, `umlrun.sh` and `ref/pptpd.sh`, named by
PPTP_RIG. Takes minutes, so it is a command of its own."""

import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from dial_in import digest  # noqa: E402
from harness import links, servers  # noqa: E402
from harness.dial import Line, may_dial_in, told, wait_until  # noqa: E402
from harness.links import ip  # noqa: E402
from harness.report import expect, expect_equal  # noqa: E402
from harness.target import Suite  # noqa: E402

TUNNEL = "10.98.0.1"  # poptop's is 10.99.0.1
HERE, GUEST = "10.213.7.1", "10.213.7.2"
POPTOP, POPTOP_USER, POPTOP_PASSWORD = "10.213.8.2", "rig", "Passw0rd!x"
MEBIBYTES = 50
METHODS = "refuse-pap refuse-eap refuse-chap refuse-mschap"
AUTHENTICATION_FAILED, HUNG_UP, NOT_AGREED = 19, 16, 10  # exit codes of pppd
CONFIGURATION = f"""[vpn]
address = "{TUNNEL}/24"
pool = "10.98.0.10-10.98.0.99"
[zone.dial-in]
peers = ["10.98.0.0/24"]
min-dialect = "NT LM 0.12"
"""


PLUGIN = "kpptp.so"  # of pppd, for the kernel's pptp.ko


class Rig:
    """The directory of guests, in the network of this process or another."""

    def __init__(self, place, work, process=None):
        self.place, self.work, self.network = pathlib.Path(place), work, f"lanward{os.getpid()}"
        if not (self.place / "guest" / PLUGIN).exists():
            source = self.place / "guest" / "kpptp.c"
            subprocess.run(["gcc", "-O1", "-shared", "-fPIC", "-o", str(work / PLUGIN), str(source)], check=True)
        ip("netns", "attach", self.network, str(process or os.getpid()))
        subprocess.run([str(self.place / "net.sh"), "up"], env=dict(os.environ, RIG_NS=self.network), check=True)

    def leave(self):
        subprocess.run(["ip", "netns", "delete", self.network], check=False)

    def environment(self, name, seconds, **more):
        job = self.work / name
        (job / "rig").mkdir(parents=True, exist_ok=True)
        if (self.work / PLUGIN).exists():
            shutil.copy(self.work / PLUGIN, job / "rig")
        return dict(os.environ, RIG_NS=self.network, RIG_TIMEOUT=str(seconds), JOB=str(job), **more)

    def start(self, name, script, *arguments, seconds=120, **more):
        log = open(self.work / f"{name}.log", "wb")
        command = [str(self.place / script), *arguments]
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment(name, seconds, **more)
        )

    def log(self, name):
        return (self.work / f"{name}.log").read_text(errors="replace")


def call(rig, server, name, code, password=None, seconds=120, **more):
    """pppd calls, does what TEST says, and ends with this code."""
    guest = rig.start(name, "run-pptp-client.sh", HERE, server.user, password or server.password, seconds=seconds, **more)
    found = guest.wait(seconds + 30)
    expect(found == code, f"ended with {found}, not {code}: {rig.log(name)[-300:]}")
    wait_until("no session", lambda: not told(server, "sessions"), 15)


def identical(rig, server, data):
    """A file of 50 MB through the tunnel."""
    fetch = f"smbclient //$PEER/{server.share} -m SMB3 -U '{server.user}%{server.password}' -c 'get large /tmp/large'"
    test = f"{fetch} && sha256sum /tmp/large | grep -q {digest(data)}"
    call(rig, server, "identical", 0, seconds=280, TEST=test)


def mounted(rig, server, version, data):
    """The kernel's cifs in the tunnel: a file there and back, at a version that only those who dialled in may speak where it is an old one."""
    options = f"vers={version},username={server.user},password={server.password}"
    outside = f"! timeout 20 mount.cifs //{HERE}/{server.share} /mnt/t -o {options} && " if version == "1.0" else ""
    test = (
        f"modprobe cifs && {outside}mount.cifs //$PEER/{server.share} /mnt/t -o {options} && grep ' /mnt/t cifs ' /proc/mounts && "
        f"cp /mnt/t/medium /tmp/medium && sha256sum /tmp/medium | grep -q {digest(data)} && cp /tmp/medium /mnt/t/from-{version} && "
        f"mkdir /mnt/t/dir-{version} && mv /mnt/t/from-{version} /mnt/t/dir-{version}/ && umount /mnt/t"
    )
    call(rig, server, f"cifs-{version}", 0, seconds=180, TEST=test)
    expect(f"vers={version}" in rig.log(f"cifs-{version}"), "not mounted at this version")
    written = server.directory / f"dir-{version}" / f"from-{version}"
    expect_equal(digest(written.read_bytes()), digest(data), "what was written")


def four(rig, server, data):
    """Four at once of two users, two of them behind the guest's address."""
    job = rig.work / "four"
    job.mkdir()
    (job / "env").write_text(f"SHARE={server.share}\nLOGIN='{server.user}%{server.password}'\n")
    script = str(pathlib.Path(__file__).resolve().parents[1] / "pptp" / "four_lines.sh")
    users = (server.user, server.password, servers.SECOND_USER, server.password)
    ip("route", "replace", "10.213.96.0/20", "via", GUEST)
    guest = rig.start("four", "umlrun.sh", script, HERE, *users, seconds=150)
    try:
        wait_until("four have done", lambda: (job / "hold").exists() or guest.poll() is not None, 160)
        sessions = told(server, "sessions")
        (job / "seen").touch()
        expect_equal(guest.wait(60), 0, f"the guest's code: {rig.log('four')[-300:]}")
    finally:
        guest.wait(160)
    peers = sorted(session["peer"].partition(":")[0] for session in sessions)
    expect_equal(peers, ["10.213.103.2", "10.213.104.2", GUEST, GUEST], "who has dialled in")
    expect_equal(len({session["address"] for session in sessions}), 4, "addresses")
    for number in range(1, 5):
        expect_equal((job / f"sum-{number}").read_text().split()[0], digest(data), f"what line {number} has read")
    wait_until("no session", lambda: not told(server, "sessions"), 15)


class Here:
    """This network, as a machine that calls another."""

    server, interface = POPTOP, "here"

    @staticmethod
    def start(command, **how):
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, **how)


def poptop(rig, server):
    """`lanward dial` calls poptop and pppd, which run in a guest."""
    guest = rig.start("pptpd", "ref/pptpd.sh", "run", "60", seconds=90)
    job = rig.work / "pptpd"
    line = None
    try:
        wait_until("poptop", lambda: (job / "ready").exists() or guest.poll() is not None, 60)
        line = Line(Here(), server, POPTOP_USER, POPTOP_PASSWORD, ("--once",))
        up = line.until("up")
        expect_equal(up["encryption"], "MPPE-128 stateless", "what was granted")
        subprocess.run(["ping", "-q", "-c", "20", "-i", "0.05", "-s", "1000", "-W", "2", up["peer"]], check=True, capture_output=True)
        expect_equal(line.hang_up(), ("local", 0), "how it ended")
    finally:
        if line:
            line.kill()
        (job / "stop").touch()
        guest.wait(100)
    said = (job / "pppd-srv.log").read_text(errors="replace")
    expect("LCP TermReq" in said, "poptop saw no end of it")


def missing():
    """Why no guest can call here, or None."""
    place = os.environ.get("PPTP_RIG")
    if not place:
        return "PPTP_RIG does not name the rig of guests"
    if not (pathlib.Path(place) / "run-pptp-client.sh").exists():
        return f"{place} has no run-pptp-client.sh"
    for tool in ("linux.uml", "pppd", "pptp", "pptpd", "mount.cifs", "smbclient", "ip"):
        if shutil.which(tool, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin") is None:
            return f"{tool} is not installed"
    if not (pathlib.Path(place) / "guest" / PLUGIN).exists():
        if shutil.which("gcc") is None or not os.path.exists("/usr/include/pppd/pppd.h"):
            return f"{place} has no guest/{PLUGIN}, and it cannot be built here (packages gcc, ppp-dev)"
    if os.geteuid() != 0:
        return "needs root for a tap device"
    return links.without_namespace()


def main():
    suite = Suite(__doc__)
    why = missing()
    if suite.arguments.against != "lanward" or suite.arguments.at:
        why = "only our own has a VPN"
    if why:
        suite.report.skip("pppd", why)
        suite.leave()
    suite.enter_namespace()
    rig = Rig(os.environ["PPTP_RIG"], suite.work)
    server = None
    try:
        server = suite.server(servers.Profile(everywhere=True, extra=CONFIGURATION))
        may_dial_in(server, servers.USER, servers.SECOND_USER)
        large, medium = os.urandom(MEBIBYTES * 1_000_000), os.urandom(2 << 20)
        (server.directory / "large").write_bytes(large)
        (server.directory / "medium").write_bytes(medium)
        case = suite.report.case
        for mode in ("user", "kernel"):
            name = {"user": "pptp-linux", "kernel": "pptp.ko"}[mode]
            case(name, lambda name=name, mode=mode: call(rig, server, name, 0, MODE=mode))
            wrong = f"{name}-wrong-password"
            case(wrong, lambda name=wrong, mode=mode: call(rig, server, name, AUTHENTICATION_FAILED, "wrong", MODE=mode))
        case("no-encryption", lambda: call(rig, server, "no-encryption", HUNG_UP, PPPSEC=f"{METHODS} nomppe"))
        weak = f"{METHODS} require-mppe-40 nomppe-128"
        case("weak-keys", lambda: call(rig, server, "weak-keys", NOT_AGREED, PPPSEC=weak))
        for version in ("1.0", "3.1.1"):
            case(f"cifs-{version}", mounted, rig, server, version, medium)
        case("four-at-once", four, rig, server, medium)
        case("identical", identical, rig, server, large)
        case("poptop", poptop, rig, server)
    finally:
        if server:
            server.stop()
        rig.leave()
    suite.leave()


if __name__ == "__main__":
    main()
