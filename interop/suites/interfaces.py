#!/usr/bin/python3
"""Interfaces that come and go while the server runs (promise 1), with nothing but links: an address that appears is served, one
that is public is not, and what clients have at one that goes ends. Everything happens in a network namespace of its own."""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness import servers  # noqa: E402
from harness.report import expect  # noqa: E402
from harness.target import Suite  # noqa: E402

INSIDE = "LANWARD_INTERFACES"
PROMISED = 1  # second for an address to be served
BUSY = 5  # seconds, where the machine has something else to do


def enter_namespace():
    """Runs this suite again where nobody else has a network."""
    if os.environ.get(INSIDE):
        return
    command = ["unshare", "--user", "--map-root-user", "--net", sys.executable, "-B", *sys.argv]
    os.execvpe(command[0], command, dict(os.environ, **{INSIDE: "1"}))


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def link(name, address):
    """A link whose other end is here too, so that it has a carrier."""
    ip("link", "add", name, "type", "veth", "peer", "name", f"{name}-end")
    ip("link", "set", f"{name}-end", "up")
    ip("address", "add", address, "dev", name)
    ip("link", "set", name, "up")


def wait_until(what, check, seconds=BUSY):
    """How long it took until something is so."""
    began = time.monotonic()
    while not check():
        expect(time.monotonic() - began < seconds, f"not within {seconds} s: {what}")
        time.sleep(0.02)
    return time.monotonic() - began


def told(server, command):
    words = [str(server.binary()), command, "--config", str(server.config), "--json"]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def client(server, host):
    """smbclient with a connected share, waiting for what nobody types."""
    login = f"{server.user}%{server.password}"
    command = ["smbclient", f"//{host}/{server.share}", "-p", str(server.port), "-U", login, "-m", "SMB3"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def comes(server):
    """A link that comes after the start is served, whatever it is called afterwards."""
    link("vpn0", "10.77.0.1/24")
    taken = wait_until("served", lambda: servers.answers("10.77.0.1", server.port))
    print(f"   served after {taken:.2f} s" + ("" if taken < PROMISED else ", which is late"))
    ip("link", "set", "vpn0", "down")
    ip("link", "set", "vpn0", "name", "ppp0")
    ip("link", "set", "ppp0", "up")
    wait_until("served under another name", lambda: servers.answers("10.77.0.1", server.port))
    login = f"{server.user}%{server.password}"
    command = ["smbclient", f"//10.77.0.1/{server.share}", "-p", str(server.port), "-U", login, "-c", "ls"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
    expect(done.returncode == 0, done.stdout + done.stderr)


def refused(server):
    """A public address is refused, and that is told with its reason."""
    link("wan0", "203.0.113.5/24")
    link("lan1", "10.78.0.1/24")
    wait_until("served", lambda: servers.answers("10.78.0.1", server.port))
    with socket.socket() as probe:
        expect(probe.connect_ex(("203.0.113.5", server.port)) != 0, "a public address is served")
    rows = [row for row in told(server, "bindings") if "203.0.113.5" in json.dumps(row)]
    expect(rows and all(row["verdict"] != "listening" for row in rows), f"{rows}")


def goes(server):
    """What clients have at an address that goes ends at once, with a line in the log; others go on."""
    link("vpn1", "10.79.0.1/24")
    wait_until("served", lambda: servers.answers("10.79.0.1", server.port))
    clients = [client(server, "10.79.0.1"), client(server, "127.0.0.1")]
    try:
        wait_until("two sessions", lambda: told(server, "status")["counts"]["sessions"] == 2, 15)
        ip("link", "delete", "vpn1")
        taken = wait_until("one session", lambda: told(server, "status")["counts"]["sessions"] == 1)
        print(f"   gone after {taken:.2f} s")
        log = (server.state / "server.log").read_text(errors="replace")
        expect("its address is gone" in log and "10.79.0.1" in log, server.log_tail())
        expect(clients[1].poll() is None, "the other client is gone too")
    finally:
        for one in clients:
            one.kill()


def main():
    suite = Suite(__doc__)
    if suite.arguments.against != "lanward" or suite.arguments.at:
        suite.report.skip("server", "only our own can be looked into")
        suite.leave()
    suite.needs("smbclient", "smbclient")
    suite.needs("ip", "iproute2")
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-Urn", "true"], capture_output=True).returncode:
        suite.report.skip("namespace", "none can be made here")
        suite.leave()
    enter_namespace()
    ip("link", "set", "lo", "up")
    server = suite.server(servers.Profile(everywhere=True))
    try:
        suite.report.case("comes", comes, server)
        suite.report.case("refused", refused, server)
        suite.report.case("goes", goes, server)
    finally:
        server.stop()
    suite.leave()


if __name__ == "__main__":
    main()
