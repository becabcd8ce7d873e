#!/usr/bin/python3
"""Two users of the machine at one share, through smbclient: files are theirs, and the kernel decides. Needs root, to become them."""

import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.report import expect, expect_equal  # noqa: E402
from harness.servers import GROUPS, SECOND_USER, TEAM, UIDS, USER, Profile  # noqa: E402
from harness.target import Suite  # noqa: E402

DENIED = "NT_STATUS_ACCESS_DENIED"


class Client:
    """smbclient as one of the users."""

    def __init__(self, server, user):
        self.server, self.user = server, user

    def run(self, command):
        share = f"//{self.server.host}/{self.server.share}"
        login = f"{self.user}%{self.server.password}"
        done = subprocess.run(
            ["smbclient", "-s", "/dev/null", share, "-p", str(self.server.port), "-U", login, "-c", command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=60,
        )
        return done.stdout

    def must(self, command):
        output = self.run(command)
        expect("NT_STATUS_" not in output, f"{self.user}: {command}: {output}")

    def refused(self, command):
        output = self.run(command)
        expect(DENIED in output, f"{self.user}: {command} was not refused: {output}")


def folder(server, name, owner, group, mode):
    path = server.directory / name
    path.mkdir()
    os.chown(path, owner, group)
    os.chmod(path, mode)
    return path


def file(path, owner, group, mode):
    path.write_text("data")
    os.chown(path, owner, group)
    os.chmod(path, mode)


def owner_of(path):
    return path.lstat().st_uid


def theirs(server, first, second):
    here = folder(server, "theirs", 0, 0, 0o777)
    first.must("put /etc/hostname theirs\\a; mkdir theirs\\d")
    second.must("put /etc/hostname theirs\\b")
    found = [owner_of(here / name) for name in ("a", "d", "b")]
    expect_equal(found, [UIDS[USER], UIDS[USER], UIDS[SECOND_USER]], "the owners")
    second.must("get theirs\\a /dev/null")
    second.refused("put /etc/hostname theirs\\a")
    second.refused("put /etc/hostname theirs\\d\\x")


def private(server, first, second):
    here = folder(server, "private", 0, 0, 0o777)
    file(here / "secret", UIDS[USER], GROUPS, 0o600)
    first.must("get private\\secret /dev/null")
    second.refused("get private\\secret /dev/null")
    inner = here / "inner"
    inner.mkdir()
    os.chown(inner, UIDS[USER], GROUPS)
    os.chmod(inner, 0o700)
    file(inner / "open", UIDS[USER], GROUPS, 0o666)
    first.must("get private\\inner\\OPEN /dev/null")
    second.refused("get private\\inner\\open /dev/null")
    second.refused("put /etc/hostname private\\inner\\new")


def by_group(server, first, second):
    here = folder(server, "team", 0, TEAM, 0o2770)
    first.must("put /etc/hostname team\\plan")
    expect_equal((here / "plan").lstat().st_gid, TEAM, "the group handed down")
    second.refused("ls team\\*")
    second.refused("get team\\plan /dev/null")


def sticky(server, first, second):
    here = folder(server, "sticky", 0, 0, 0o1777)
    first.must("put /etc/hostname sticky\\a")
    second.refused("del sticky\\a")
    expect((here / "a").exists(), "it was deleted")
    second.refused("rename sticky\\a sticky\\b")
    first.must("rename sticky\\a sticky\\b; del sticky\\b")
    expect(not any(here.iterdir()), "it was not deleted")


def modes(server, first, second):
    here = folder(server, "modes", 0, 0, 0o777)
    first.must("put /etc/hostname modes\\a")
    os.chmod(here / "a", 0o600)
    second.refused("get modes\\a /dev/null")
    os.chmod(here / "a", 0o644)
    second.must("get modes\\a /dev/null")


def main():
    suite = Suite(__doc__)
    suite.needs("smbclient", "smbclient")
    if os.geteuid() != 0:
        suite.report.skip("unix", "needs root")
        suite.leave()
    with suite.server(Profile(unix=True)) as server:
        clients = Client(server, USER), Client(server, SECOND_USER)
        for case in (theirs, private, by_group, sticky, modes):
            suite.report.case(f"unix/{case.__name__}", case, server, *clients)
    suite.leave()


if __name__ == "__main__":
    main()
