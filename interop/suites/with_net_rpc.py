#!/usr/bin/python3
"""`net rpc` at accounts, shares, printers, services and the registry, and `smbpasswd -r`: in a network of its own, for some of it goes to port 445 whatever it is told."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.report import expect  # noqa: E402
from harness.servers import PRINTERS, SECOND_USER, Profile  # noqa: E402
from harness.target import Suite  # noqa: E402

WITHIN = "LANWARD_NET_RPC_ISOLATED"


class NetCases:
    def __init__(self, server):
        self.server = server

    def run(self, *words, user=None):
        login = f"{user or self.server.user}%{self.server.password}"
        command = ["net", "-s", "/dev/null", "rpc", *words, "-S", self.server.host, "-U", login]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr

    def must(self, *words):
        code, output = self.run(*words)
        expect(code == 0 and "NT_STATUS" not in output, f"{words}: {code} {output}")
        return output

    def users(self):
        seen = self.must("user").split()
        expect(self.server.user in seen and SECOND_USER in seen, seen)
        expect(re.search(r"\bNone\b", self.must("user", "info", SECOND_USER)), "in no group")

    def users_come_and_go(self):
        self.must("user", "add", "late", "Another-Secret-5")
        expect("late" in self.must("user").split(), "it is not there")
        self.must("user", "password", "late", "Another-Secret-6")
        self.must("user", "delete", "late")
        expect("late" not in self.must("user").split(), "it is still there")
        code, seen = self.run("user", "add", "theirs", "Another-Secret-7", user=SECOND_USER)
        expect(code and "Access is denied" in seen, seen)

    def groups(self):
        expect("Administrators" in self.must("group", "list", "builtin"), "no administrators")
        members = self.must("group", "members", "Administrators")
        expect(self.server.user in members, members)

    def shares_and_files(self):
        expect(self.server.share in self.must("share", "list").split(), "no share")
        self.must("file")

    def printers(self):
        """What there is, as they are listed to be moved to another server."""
        seen = self.must("printer", "list")
        expect(all(name in seen for name in PRINTERS), seen)
        seen = self.must("printer", "list", PRINTERS[0])
        expect(PRINTERS[0] in seen and PRINTERS[1] not in seen, seen)

    def own_password(self):
        """`smbpasswd -r` asks for nothing but the old password."""
        old, new = self.server.password, "Another-Secret-8"
        self.change_own(old, new)
        self.change_own(new, old)

    def change_own(self, old, new):
        command = ["smbpasswd", "-c", "/dev/null", "-r", self.server.host, "-U", SECOND_USER, "-s"]
        answers = f"{old}\n{new}\n{new}\n"
        done = subprocess.run(command, input=answers, capture_output=True, text=True, timeout=60)
        expect(done.returncode == 0 and "Password changed" in done.stdout, done.stdout + done.stderr)

    def services(self):
        expect("LanmanServer" in self.must("service", "list"), "not itself")
        expect("running" in self.must("service", "status", "LanmanServer"), "it does not run")

    def registry(self):
        seen = self.must("registry", "enumerate", "HKLM\\SYSTEM\\CurrentControlSet\\Services")
        expect("LanmanServer" in seen and "MORE_ENTRIES" not in seen, seen)

    def information(self):
        expect("Num users" in self.must("info"), "no domain")

    def cases(self):
        names = ["users", "users_come_and_go", "groups", "shares_and_files", "printers", "own_password"]
        names += ["services", "registry", "information"]
        return [(f"net-rpc/{name}", getattr(self, name)) for name in names]


def isolate(suite):
    """Runs this very suite again where port 445 is nobody's."""
    if os.environ.get(WITHIN):
        return
    if os.geteuid() != 0 or not shutil.which("unshare"):
        suite.report.skip("net-rpc", "needs root for a network of its own")
        suite.leave()
    within = ["sh", "-c", 'ip link set lo up && exec "$@"', "sh", sys.executable, *sys.argv]
    os.execvpe("unshare", ["unshare", "--net", "--", *within], dict(os.environ, **{WITHIN: "1"}))


def main():
    suite = Suite(__doc__)
    suite.needs("net", "samba-common-bin")
    isolate(suite)
    with suite.server(Profile(administrator=True, printers=True), 445) as server:
        for name, case in NetCases(server).cases():
            suite.report.case(name, case)
    suite.leave()


if __name__ == "__main__":
    main()
