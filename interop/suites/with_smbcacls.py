#!/usr/bin/python3
"""smbcacls, Debian's client for access lists. It knows no other port than 445, so it needs that one to be free, and root to take it."""

import pathlib
import socket
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.report import expect, expect_equal  # noqa: E402
from harness.servers import Profile  # noqa: E402
from harness.target import Suite  # noqa: E402

PORT = 445
EVERYONE = "S-1-1-0"
NOBODY = "S-1-5-21-1-2-3-4242"


class Client:
    """smbcacls for one name on a server."""

    def __init__(self, suite, server):
        self.server = server
        self.login = suite.work / "login"
        self.login.write_text(f"username={server.user}\npassword={server.password}\n")

    def run(self, name, *arguments):
        share = f"//{self.server.host}/{self.server.share}"
        command = ["smbcacls", "-s", "/dev/null", "-A", str(self.login), "--numeric", share, name, *arguments]
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=60,
        )
        return done.returncode, done.stdout

    def must(self, name, *arguments):
        status, output = self.run(name, *arguments)
        expect(status == 0, f"smbcacls {name} {arguments}: exit {status}: {output}")
        return output

    def entries(self, name):
        """The entries of a list, as SID to (type, flags, mask)."""
        found = {}
        for line in self.must(name).splitlines():
            if line.startswith("ACL:"):
                sid, entry = line[len("ACL:") :].split(":", 1)
                kind, flags, mask = entry.split("/")
                found[sid] = int(kind, 0), int(flags, 0), int(mask, 0)
        return found


def make(server, name, folder=False):
    put = f"mkdir {name}" if folder else f"put /etc/hostname {name}"
    login = f"{server.user}%{server.password}"
    command = ["smbclient", "-s", "/dev/null", f"//{server.host}/{server.share}", "-p", str(server.port)]
    done = subprocess.run([*command, "-U", login, "-c", put], capture_output=True, text=True, timeout=60)
    expect(done.returncode == 0, f"{put}: {done.stdout}{done.stderr}")


def set_and_read(client):
    make(client.server, "set")
    client.must("set", "-S", f"REVISION:1,ACL:{EVERYONE}:0/0/0x001f01ff,ACL:{NOBODY}:0/0/0x00120089")
    expect_equal(client.entries("set").get(NOBODY), (0, 0, 0x120089), "the entry set")


def add_change_delete(client):
    make(client.server, "list")
    client.must("list", "-S", f"REVISION:1,ACL:{EVERYONE}:0/0/0x001f01ff")
    client.must("list", "-a", f"ACL:{NOBODY}:1/0/0x00000002")
    expect_equal(client.entries("list").get(NOBODY), (1, 0, 2), "the entry added")
    client.must("list", "-M", f"ACL:{NOBODY}:1/0/0x00000006")
    expect_equal(client.entries("list").get(NOBODY), (1, 0, 6), "the entry changed")
    client.must("list", "-D", f"ACL:{NOBODY}:1/0/0x00000006")
    expect(NOBODY not in client.entries("list"), "the entry is still there")


def inherited(client):
    make(client.server, "folder", folder=True)
    client.must("folder", "-S", f"REVISION:1,ACL:{EVERYONE}:0/3/0x001f01ff,ACL:{NOBODY}:0/3/0x00120089")
    make(client.server, "folder/file")
    kind, _, mask = client.entries("folder/file").get(NOBODY, (None, None, None))
    expect_equal((kind, mask), (0, 0x120089), "what the file inherited")


def enforced(client):
    make(client.server, "closed")
    client.must("closed", "-S", f"REVISION:1,ACL:{EVERYONE}:0/0/0x00060080")
    login = f"{client.server.user}%{client.server.password}"
    share = f"//{client.server.host}/{client.server.share}"
    command = ["smbclient", "-s", "/dev/null", share, "-p", str(client.server.port), "-U", login]
    done = subprocess.run([*command, "-c", "get closed /dev/null"], capture_output=True, text=True, timeout=60)
    expect("NT_STATUS_ACCESS_DENIED" in done.stdout + done.stderr, f"it was read: {done.stdout}{done.stderr}")


def can_listen():
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", PORT))
        except OSError as error:
            return str(error)
    return None


def main():
    suite = Suite(__doc__)
    suite.needs("smbcacls", "smbclient")
    why = None if suite.arguments.at else can_listen()
    if why:
        suite.report.skip("smbcacls", f"port {PORT}: {why}")
        suite.leave()
    with suite.server(Profile(conformance=True), PORT) as server:
        client = Client(suite, server)
        if server.port != PORT:
            suite.report.skip("smbcacls", f"knows port {PORT} only")
            suite.leave()
        for case in (set_and_read, add_change_delete, inherited, enforced):
            suite.report.case(f"smbcacls/{case.__name__}", case, client)
    suite.leave()


if __name__ == "__main__":
    main()
