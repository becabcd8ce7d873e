#!/usr/bin/python3
"""Being found: by wsdd's client (WS-Discovery, IPv4 and IPv6) and by Avahi and python-zeroconf (multicast DNS), each on a subnet of its own; where a zone
has no discovery nobody is answered. Everything happens in network namespaces of its own."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness import servers  # noqa: E402
from harness.bus import BUS  # noqa: E402
from harness.links import Machine  # noqa: E402
from harness.report import Skip, expect, expect_equal  # noqa: E402
from harness.target import Suite  # noqa: E402

NAME, WORKGROUP = "LANWARD", "WORKGROUP"
ENOUGH = 10  # seconds to be found
SILENCE = 3  # seconds after which nobody has been
CONFIGURATION = """
[zone.quiet]
interfaces = ["wire2"]
discovery = false

[share.backups]
path = "{}"
time-machine = true
"""
LOOKING = """
import sys, time
from zeroconf import ServiceBrowser, Zeroconf
class Listener:
    def add_service(self, zeroconf, kind, name):
        info = zeroconf.get_service_info(kind, name, 3000)
        text = {k.decode(): v.decode() for k, v in info.properties.items()}
        # One write for a line: each kind of service is told of in a thread of its own.
        print(f"there {name} {info.server} {info.port} {sorted(info.parsed_addresses())} {text}\\n", end="", flush=True)
    def update_service(self, *_):
        pass
    def remove_service(self, zeroconf, kind, name):
        print("gone", name, flush=True)
zeroconf = Zeroconf(interfaces=[sys.argv[1]])
browsers = [ServiceBrowser(zeroconf, f"_{kind}._tcp.local.", Listener()) for kind in ("smb", "device-info", "adisk")]
time.sleep(60)
"""
AVAHI = """[server]
use-ipv6=no
allow-interfaces=eth0
enable-dbus=yes
[rlimits]
rlimit-nproc=
"""


class Watching:
    """A program of a client's that prints what it finds."""

    def __init__(self, suite, client, name, command, **environment):
        self.output = suite.work / f"{name}.log"
        with open(self.output, "w") as output:
            self.process = subprocess.Popen(
                client.inside(command), stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=dict(os.environ, **environment)
            )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def text(self):
        return self.output.read_text(errors="replace")

    def wait_for(self, pattern, seconds=ENOUGH):
        until = time.monotonic() + seconds
        while True:
            found = re.search(pattern, self.text())
            if found:
                return found
            expect(time.monotonic() < until, f"not {pattern}:\n{self.text()[-2000:]}")
            time.sleep(0.1)


def wsdd(suite, client, family):
    return Watching(suite, client, f"wsdd{family}-{client.interface}", ["wsdd", "--discovery", "--no-host", f"-{family}", "-i", "eth0", "-vv"])


def zeroconf(suite, client):
    return Watching(suite, client, f"zeroconf-{client.interface}", ["/usr/bin/python3", "-c", LOOKING, client.address])


def by_windows(suite, client, family):
    """As Windows: Probe, then Get of the metadata. The client logs whom it has found."""
    if not shutil.which("wsdd"):
        raise Skip("wsdd is not installed (package wsdd)")
    with wsdd(suite, client, family) as watching:
        watching.wait_for(rf"(?i)discovered {NAME} in Workgroup: ?{WORKGROUP} on")


def by_macs(suite, client):
    with zeroconf(suite, client) as watching:
        name = NAME.lower()
        for kind in ("smb", "device-info", "adisk"):
            found = watching.wait_for(rf"there {NAME}\._{kind}\._tcp\.local\. (\S+) (\d+) (\[.*\]) (\{{.*\}})")
            expect_equal(found[1], f"{name}.local.", "the host")
            expect_equal(found[3], f"['{client.server}']", "its addresses")
            expected = {"smb": ("445", {}), "device-info": ("0", {"model": "RackMac"})}
            backups = {"sys": "waMa=0,adVF=0x100", "dk0": "adVN=backups,adVF=0x82"}
            port, text = expected.get(kind, ("9", backups))
            expect_equal((found[2], json.loads(found[4].replace("'", '"'))), (port, text), kind)


def with_avahi(suite, client):
    """Avahi's own daemon, on a bus of its own."""
    for tool, package in (("avahi-daemon", "avahi-daemon"), ("avahi-browse", "avahi-utils"), ("dbus-daemon", "dbus")):
        if not shutil.which(tool):
            raise Skip(f"{tool} is not installed (package {package})")
    bus, daemon = suite.work / "bus.conf", suite.work / "avahi.conf"
    bus.write_text(BUS.format(suite.work / "bus"))
    daemon.write_text(AVAHI)
    address = {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={suite.work / 'bus'}"}
    avahi = ["avahi-daemon", "--no-drop-root", "--no-chroot", "--no-rlimits", "-f", str(daemon)]
    alone = client.inside(["unshare", "--mount", "sh", "-c", 'mount -t tmpfs tmpfs /run && exec "$@"', "sh", *avahi])
    with Watching(suite, client, "bus", ["dbus-daemon", "--nofork", f"--config-file={bus}"]):
        time.sleep(0.5)
        with Watching(suite, client, "avahi", alone, **address) as running:
            try:
                running.wait_for("Server startup complete")
            except AssertionError as error:
                raise Skip("avahi-daemon does not start here") from error
            command = client.inside(["timeout", str(ENOUGH), "avahi-browse", "-prt", "_smb._tcp"])
            done = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ, **address))
            rows = [line.split(";") for line in done.stdout.splitlines() if line.startswith("=")]
            expect([NAME, f"{NAME.lower()}.local", client.server, "445"] in [[r[3], r[6], r[7], r[8]] for r in rows], done.stdout + done.stderr)
            command = client.inside(["avahi-resolve", "-4", "-n", f"{NAME}.local"])
            done = subprocess.run(command, capture_output=True, text=True, timeout=ENOUGH, env=dict(os.environ, **address))
            expect(client.server in done.stdout, done.stdout + done.stderr)


def not_where_no_zone_has_it(suite, server, client):
    with wsdd(suite, client, 4) as windows, zeroconf(suite, client) as macs:
        time.sleep(SILENCE)
        expect("discovered" not in windows.text().lower() and NAME not in windows.text(), windows.text())
        expect("there" not in macs.text(), macs.text())
    words = [str(server.binary()), "bindings", "--config", str(server.config), "--json"]
    rows = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
    verdicts = {(row["service"], row["address"]): (row["verdict"], row["reason"]) for row in rows}
    for service in ("wsd", "mdns"):
        expect_equal(verdicts[service, client.server], ("refused-by-policy", "no zone with `discovery = true` covers it"), service)
        expect_equal(verdicts[service, "10.77.1.1"][0], "listening", service)


def on_a_link_that_comes(suite):
    client = Machine(3)
    try:
        by_windows(suite, client, 4)
        by_macs(suite, client)
    finally:
        client.leave()


def goodbye(suite, server, client):
    with zeroconf(suite, client) as macs, wsdd(suite, client, 4) as windows:
        macs.wait_for(rf"there {NAME}\._smb")
        windows.wait_for("(?i)discovered")
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(timeout=ENOUGH)
        macs.wait_for(rf"gone {NAME}\._smb")
        windows.wait_for("(?i)bye|removed")


def main():
    suite = Suite(__doc__)
    if suite.arguments.against != "lanward":
        suite.report.skip("server", "the reference has no discovery of its own: its peers are wsdd and Avahi, which are the clients here")
        suite.leave()
    suite.needs("ip", "iproute2")
    suite.enter_namespace()
    clients, server = [Machine(1), Machine(2)], None
    try:
        backups = suite.work / "backups"
        backups.mkdir()
        server = suite.server(servers.Profile(everywhere=True, extra=CONFIGURATION.format(backups)))
        case = suite.report.case
        case("wsd-ipv4", by_windows, suite, clients[0], 4)
        case("wsd-ipv6", by_windows, suite, clients[0], 6)
        zeroconf_there = not subprocess.run(["/usr/bin/python3", "-c", "import zeroconf"], capture_output=True).returncode
        if not zeroconf_there:
            suite.report.skip("mdns", "python3-zeroconf is not installed")
        else:
            case("mdns", by_macs, suite, clients[0])
            case("new-link", on_a_link_that_comes, suite)
        case("avahi", with_avahi, suite, clients[0])
        if zeroconf_there and shutil.which("wsdd"):
            case("no-zone", not_where_no_zone_has_it, suite, server, clients[1])
            case("goodbye", goodbye, suite, server, clients[0])
    finally:
        if server:
            server.stop()
        for client in clients:
            client.leave()
    suite.leave()


if __name__ == "__main__":
    main()
