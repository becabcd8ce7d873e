#!/usr/bin/python3
"""`net rap` and smbclient over NT LM 0.12: the Remote Administration Protocol as another implementation asks for it, of an administrator and a user."""

import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.report import Skip, expect, expect_equal  # noqa: E402
from harness.servers import SECOND_USER, Profile  # noqa: E402
from harness.target import Suite  # noqa: E402

OLD = [f"--option=client {which} protocol=NT1" for which in ("min", "ipc min", "ipc max")]


class Net:
    """`net rap` as one user."""

    def __init__(self, server, user):
        self.server, self.user = server, user

    def run(self, *command):
        login = f"{self.user}%{self.server.password}"
        where = ["-s", "/dev/null", "-p", str(self.server.port), "-I", self.server.host, "-S", self.server.host]
        done = subprocess.run(
            ["net", "rap", *command, *where, "-U", login, *OLD],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
        )
        return done.returncode, done.stdout


class Cases:
    def __init__(self, suite, server):
        self.suite, self.server = suite, server
        self.admin, self.user = Net(server, server.user), Net(server, SECOND_USER)

    def only_here(self):
        if self.suite.arguments.against == "samba" or self.suite.arguments.at:
            raise Skip("the reference does not answer it")

    def shares(self):
        for net in (self.admin, self.user):
            _, output = net.run("share")
            expect_equal(sorted(output.split()), sorted([self.server.share, "IPC$"]), "shares")

    def shares_come_and_go(self):
        self.only_here()
        folder = self.server.share_directory("rapdocs")
        given = f"rapdocs={folder}"
        code, output = self.user.run("share", "add", given)
        expect("rapdocs" not in self.admin.run("share")[1], f"a user shares folders: {output}")
        self.admin.run("share", "add", given, "-C", "for a while")
        expect("rapdocs" in self.admin.run("share")[1], "it is not shared")
        self.user.run("share", "delete", "rapdocs")
        expect("rapdocs" in self.admin.run("share")[1], "a user ends shares")
        self.admin.run("share", "delete", "rapdocs")
        expect("rapdocs" not in self.admin.run("share")[1], "it is shared for ever")

    def sessions(self):
        self.only_here()
        _, output = self.admin.run("session")
        expect(self.server.user in output, f"the own session is not there: {output}")
        _, output = self.user.run("session")
        expect(self.server.user not in output, f"a user sees sessions: {output}")

    def files(self):
        self.only_here()
        (self.server.directory / "seen").write_text("x")
        login = f"{SECOND_USER}%{self.server.password}"
        where = [f"//{self.server.host}/{self.server.share}", "-p", str(self.server.port)]
        holder = subprocess.Popen(
            ["smbclient", "-s", "/dev/null", *where, "-U", login],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            holder.stdin.write("open seen\n")
            holder.stdin.flush()
            seen = self.listed_file()
            expect("seen" not in self.user.run("file")[1], "a user sees files")
            self.user.run("file", "close", seen)
            expect(self.listed_file() == seen, "a user closes files")
            self.admin.run("file", "close", seen)
            expect("seen" not in self.admin.run("file")[1], "it is open")
        finally:
            holder.kill()
            holder.wait()

    def listed_file(self):
        """The id of the file somebody has open, as soon as it is."""
        for _ in range(20):
            _, output = self.admin.run("file")
            found = re.search(rf"^(\d+)\s+{SECOND_USER}\s.*seen", output, re.M)
            if found:
                return found.group(1)
        raise AssertionError(f"the file is not there: {output}")

    def accounts(self):
        self.only_here()
        _, output = self.admin.run("user")
        for name in (self.server.user, SECOND_USER):
            expect(re.search(rf"^{name}\b", output, re.M), f"{name} is not there: {output}")
        self.admin.run("group", "add", "rapgroup")
        _, output = self.admin.run("group")
        expect("rapgroup" in output, f"the group is not there: {output}")
        self.admin.run("groupmember", "add", "rapgroup", SECOND_USER)
        _, output = self.admin.run("groupmember", "list", "rapgroup")
        expect(SECOND_USER in output, f"the member is not there: {output}")
        self.admin.run("groupmember", "delete", "rapgroup", SECOND_USER)
        _, output = self.admin.run("groupmember", "list", "rapgroup")
        expect(SECOND_USER not in output, f"the member is there: {output}")
        self.admin.run("group", "delete", "rapgroup")
        expect("rapgroup" not in self.admin.run("group")[1], "the group stays")

    def services(self):
        self.only_here()
        _, output = self.admin.run("service")
        expect("LanmanServer" in output, f"it does not run: {output}")

    def cases(self):
        names = ["shares", "shares_come_and_go", "sessions", "files", "accounts", "services"]
        return [(f"net-rap/{name}", getattr(self, name)) for name in names]


def main():
    suite = Suite(__doc__)
    suite.needs("net", "samba-common-bin")
    server = suite.server(Profile(oldest="NT1", administrator=True))
    try:
        for name, case in Cases(suite, server).cases():
            suite.report.case(name, case)
    finally:
        if server.process:
            server.stop()
    suite.leave()


if __name__ == "__main__":
    main()
