#!/usr/bin/python3
"""smbclient at each dialect of SMB 1, against a server whose zone serves it.

The reference no longer speaks CORE and COREPLUS, so those are judged here alone.
"""

import hashlib
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.report import expect, expect_equal  # noqa: E402
from harness.servers import SECOND_USER, Profile  # noqa: E402
from harness.smbclient import Client  # noqa: E402
from harness.target import Suite  # noqa: E402

WITHOUT_USERS = ("CORE", "COREPLUS")
WITH_USERS = ("LANMAN1", "LANMAN2", "NT1")
# Their listings have 8.3 names and no others.
SHORT_NAMES = ("CORE", "COREPLUS", "LANMAN1")
# What a client of those days is: it sends passwords as they are, or LAN Manager's responses.
OLD = ("client lanman auth = yes", "client plaintext auth = yes", "client use spnego = no", "client ntlmv2 auth = no")
LAN_MANAGER = ("client lanman auth = yes", "client plaintext auth = no", "client use spnego = no", "client ntlmv2 auth = no")


def bound(suite, server, dialect, *options, old=()):
    held = [f"--option=client {end} protocol={dialect}" for end in ("min", "max")]
    return Client(suite, server, *held, *options, *(f"--option={line}" for line in old))


class FileCases:
    """List, put, get, rename and delete, by names that the oldest can say."""

    def __init__(self, suite, client, label):
        self.client, self.label, self.report = client, label, suite.report
        self.against_reference = suite.arguments.against == "samba"
        self.local = suite.work / label.replace("/", "-")
        self.local.mkdir()
        self.remote = "D" + hashlib.sha256(label.encode()).hexdigest()[:6].upper()
        directory = client.server.directory
        self.behind = directory / self.remote if directory else None

    def run(self):
        steps = [
            ("mkdir", self.mkdir),
            ("put-get", self.put_get),
            ("ls", self.ls),
            ("many", self.many),
            ("rename", self.rename),
            ("del", self.delete),
            ("missing-file", self.missing_file),
            ("rmdir", self.rmdir),
        ]
        # The reference makes 8.3 names of what Windows forbids only.
        if self.label.split("-")[0] in SHORT_NAMES and self.behind and not self.against_reference:
            steps.insert(4, ("long-names", self.long_names))
        for name, step in steps:
            self.report.case(f"smb1/{self.label}/{name}", step)

    def must(self, commands, seconds=120):
        return self.client.must(f"cd {self.remote}; {commands}", self.local, seconds)

    def names(self):
        return {row.split()[0].upper() for row in self.must("ls").splitlines() if row.startswith("  ") and row.split()}

    def mkdir(self):
        self.client.must(f"mkdir {self.remote}; cd {self.remote}; mkdir INNER", self.local)
        if self.behind:
            expect((self.behind / "INNER").is_dir(), "no directory on the server's disk")

    def put_get(self):
        # Longer than any one message of these dialects.
        content = b"".join(number.to_bytes(4, "big") for number in range(60_000))
        (self.local / "SMALL.BIN").write_bytes(content)
        self.must("put SMALL.BIN; get SMALL.BIN BACK.BIN")
        expect((self.local / "BACK.BIN").read_bytes() == content, "content read back differs")
        if self.behind:
            expect((self.behind / "SMALL.BIN").read_bytes() == content, "content on the server's disk differs")

    def ls(self):
        rows = [row.split() for row in self.must("ls").splitlines() if row.split()]
        small = next((row for row in rows if row[0].upper() == "SMALL.BIN"), None)
        expect(small is not None and "240000" in small, f"no row of the file and its size: {rows}")
        expect(any(row[0].upper() == "INNER" and "D" in row[1] for row in rows), f"no row of the directory: {rows}")

    def many(self):
        for number in range(100):
            (self.local / f"F{number:03}.TXT").write_text(f"{number}\n" * (number % 5))
        self.must("prompt off; mput F*.TXT", 300)
        expect_equal(len([name for name in self.names() if name.startswith("F")]), 100, "files listed")
        self.must("del F*.TXT", 300)
        expect_equal([name for name in self.names() if name.startswith("F")], [], "files left")

    def long_names(self):
        """What is shown is there: names of which 8.3 names are made, two of which would have the same one here."""
        names = ["same beginning 9884.text", "same beginning 10193.text", "same beginning 1.text"]
        for name in names:
            (self.behind / name).write_text(name)
        found = set()
        while left := [name for name in self.names() if "TEX" in name]:
            for name in left:
                self.must(f'get "{name}" SHOWN.TXT')
                found.add((self.local / "SHOWN.TXT").read_text())
                self.must(f'rename "{name}" OTHER.OUT; del OTHER.OUT')
        expect_equal(sorted(found), sorted(names), "contents of what was shown")

    def rename(self):
        self.must("rename SMALL.BIN INNER\\MOVED.BIN; rename INNER\\MOVED.BIN OTHER.BIN")
        names = self.names()
        expect("OTHER.BIN" in names and "SMALL.BIN" not in names, f"after the renaming: {names}")

    def delete(self):
        self.must("del OTHER.BIN")
        expect("OTHER.BIN" not in self.names(), "the file is still listed")

    def missing_file(self):
        _, output = self.client.run(f"cd {self.remote}; get NOSUCH.BIN", self.local)
        known = ("NT_STATUS_OBJECT_NAME_NOT_FOUND", "NT_STATUS_NO_SUCH_FILE", "ERRDOS:ERRbadfile")
        expect(any(status in output for status in known), output)

    def rmdir(self):
        self.must(f"rmdir INNER; cd ..; rmdir {self.remote}")
        if self.behind:
            expect(not self.behind.exists(), "the directory is still on the server's disk")


def listing(suite, client):
    status, output = client.list_shares(suite.work)
    expect(status == 0, f"exit {status}: {output}")
    for name in (client.server.share, "IPC$"):
        expect(name in output.split(), f"{name} is not listed: {output}")


def wrong_password(suite, client):
    client.write_login(client.server.user, "wrong")
    _, output = client.run("ls", suite.work)
    refusals = ("NT_STATUS_LOGON_FAILURE", "NT_STATUS_ACCESS_DENIED", "ERRDOS:ERRnoaccess", "ERRSRV:ERRbadpw")
    expect(any(status in output for status in refusals), output)


def refused_outside(suite, client):
    status, output = client.run("ls", suite.work)
    expect(status != 0 and "blocks available" not in output, f"a server without such a zone served: {output}")


def by_shares(suite):
    """The dialects that know no users."""
    if suite.arguments.against == "samba":
        for dialect in WITHOUT_USERS:
            suite.report.skip(f"smb1/{dialect}", "the reference does not speak it")
        return
    with suite.server(Profile(oldest="CORE", old_passwords=True, share_level=True)) as server:
        for dialect in WITHOUT_USERS:
            one_dialect(suite, server, dialect)


def by_users(suite):
    with suite.server(Profile(oldest="LANMAN1", old_passwords=True)) as server:
        for dialect in WITH_USERS:
            one_dialect(suite, server, dialect)


def by_lm(suite):
    """LAN Manager's responses, where the zone takes them and the account has a hash for them."""
    if suite.arguments.against == "samba":
        suite.report.skip("smb1/LM", "the reference keeps no hashes of LAN Manager")
        return
    with suite.server(Profile(oldest="LANMAN1", lm=True)) as server:
        for dialect in ("LANMAN1", "LANMAN2"):
            FileCases(suite, bound(suite, server, dialect, old=LAN_MANAGER), f"{dialect}-LM").run()
            case = f"smb1/{dialect}-LM"
            suite.report.case(f"{case}/wrong-password", wrong_password, suite, bound(suite, server, dialect, old=LAN_MANAGER))
            suite.report.case(f"{case}/no-hash", without_hash, suite, bound(suite, server, dialect, old=LAN_MANAGER))
    with suite.server(Profile(oldest="LANMAN1", old_passwords=False)) as server:
        client = bound(suite, server, "LANMAN1", old=LAN_MANAGER)
        suite.report.case("smb1/LANMAN1-LM/no-zone", refused_outside, suite, client)


def without_hash(suite, client):
    """An account without a hash of LAN Manager does not come in by one."""
    client.login.write_text(f"username={SECOND_USER}\npassword={client.server.password}\n")
    status, output = client.run("ls", suite.work)
    expect(status != 0 and "blocks available" not in output, output)


def one_dialect(suite, server, dialect):
    FileCases(suite, bound(suite, server, dialect, old=OLD), dialect).run()
    case = f"smb1/{dialect}/wrong-password"
    suite.report.case(case, wrong_password, suite, bound(suite, server, dialect, old=OLD))


def newest(suite):
    """NT LM 0.12 as later clients speak it: SPNEGO, NTLMv2, and signatures where somebody requires them."""
    with suite.server(Profile(oldest="NT1")) as server:
        FileCases(suite, bound(suite, server, "NT1"), "NT1-SPNEGO").run()
        suite.report.case("smb1/NT1-SPNEGO/list-shares", listing, suite, bound(suite, server, "NT1"))
        FileCases(suite, bound(suite, server, "NT1", "--client-protection=sign"), "NT1-SIGN-ASKED").run()
    if suite.arguments.at:
        return
    with suite.server(Profile(oldest="NT1", signing_required=True)) as server:
        FileCases(suite, bound(suite, server, "NT1", "--client-protection=sign"), "NT1-SIGNED").run()


def outside(suite):
    if suite.arguments.at or suite.arguments.against == "samba":
        return
    with suite.server(Profile()) as server:
        for dialect in WITHOUT_USERS + WITH_USERS:
            suite.report.case(f"smb1/outside/{dialect}", refused_outside, suite, bound(suite, server, dialect, old=OLD))


def main():
    suite = Suite(__doc__)
    suite.needs("smbclient", "smbclient")
    by_shares(suite)
    by_users(suite)
    by_lm(suite)
    newest(suite)
    outside(suite)
    suite.leave()


if __name__ == "__main__":
    main()
