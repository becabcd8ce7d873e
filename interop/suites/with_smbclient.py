#!/usr/bin/python3
"""smbclient, Debian's command line client, at each dialect it can be held to."""

import hashlib
import os
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.report import Skip, expect, expect_equal  # noqa: E402
from harness.servers import DISABLED_USER, Profile  # noqa: E402
from harness.smbclient import Client  # noqa: E402
from harness.target import Suite  # noqa: E402

DIALECTS = {"2.0.2": "SMB2_02", "2.1": "SMB2_10", "3.0": "SMB3_00", "3.1.1": "SMB3_11"}
MANY = 1000


def bound(suite, server, dialect, *options):
    name = DIALECTS[dialect]
    return Client(suite, server, "-m", name, f"--option=client min protocol={name}", *options)


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


class FileCases:
    """The file operations, run by one client inside a directory of their own."""

    def __init__(self, suite, client, label):
        self.client, self.label, self.report = client, label, suite.report
        self.local = suite.work / label
        self.local.mkdir()
        self.remote = "smbclient-" + label
        directory = client.server.directory
        self.behind = directory / self.remote if directory else None
        self.big_bytes = suite.arguments.big_mib << 20

    def run(self):
        steps = [
            ("mkdir", self.mkdir),
            ("put-get", self.put_get),
            ("ls", self.ls),
            ("allinfo", self.allinfo),
            ("rename", self.rename),
            ("del", self.delete),
            ("mput-1000", self.many),
            ("big-file", self.big),
            ("missing-file", self.missing_file),
            ("rmdir", self.rmdir),
        ]
        for name, step in steps:
            self.report.case(f"smbclient/{self.label}/{name}", step)

    def must(self, commands, seconds=120):
        return self.client.must(f"cd {self.remote}; {commands}", self.local, seconds)

    def mkdir(self):
        self.client.must(f"mkdir {self.remote}; cd {self.remote}; mkdir inner", self.local)
        if self.behind:
            expect((self.behind / "inner").is_dir(), "no directory on the server's disk")

    def put_get(self):
        (self.local / "small").write_bytes(bytes(range(256)) * 41)
        self.must("put small; get small back")
        expect_equal(sha256(self.local / "back"), sha256(self.local / "small"), "content read back")
        if self.behind:
            expect_equal(sha256(self.behind / "small"), sha256(self.local / "small"), "content on the server's disk")

    def ls(self):
        rows = self.must("ls").splitlines()
        row = next((row.split() for row in rows if row.split()[:1] == ["small"]), None)
        expect(row is not None, f"no row for the file: {rows}")
        expect("10496" in row, f"wrong size in {row}")
        expect(any(row.split()[:2] == ["inner", "D"] for row in rows), f"no directory row: {rows}")
        expect(any("blocks available" in row for row in rows), "no file system size")

    def allinfo(self):
        text = self.must("allinfo small")
        for part in ("create_time:", "write_time:", "attributes:", "stream: [::$DATA], 10496 bytes"):
            expect(part in text, f"{part!r} not in {text!r}")

    def rename(self):
        self.must("rename small inner\\moved; rename inner\\moved small2")
        rows = self.must("ls").split()
        expect("small2" in rows and "small" not in rows, f"after rename: {rows}")

    def delete(self):
        self.must("del small2")
        expect("small2" not in self.must("ls").split(), "the file is still listed")

    def many(self):
        source, back = self.local / "many", self.local / "many-back"
        source.mkdir()
        back.mkdir()
        for number in range(MANY):
            (source / f"file-{number:04}.txt").write_text(f"content of {number}\n" * (number % 7))
        self.must(f"mkdir many; cd many; lcd {source}; prompt off; mput *", 300)
        names = {word for word in self.must("cd many; ls").split() if word.startswith("file-")}
        expect_equal(len(names), MANY, "names listed")
        if self.behind:
            expect_equal(len(os.listdir(self.behind / "many")), MANY, "files on the server's disk")
        self.must(f"cd many; lcd {back}; prompt off; mget *", 300)
        for path in source.iterdir():
            expect((back / path.name).read_bytes() == path.read_bytes(), f"{path.name} differs")
        self.must("deltree many", 300)
        shutil.rmtree(source)
        shutil.rmtree(back)

    def big(self):
        source, back = self.local / "big", self.local / "big-back"
        write_pattern(source, self.big_bytes)
        seconds = 120 + self.big_bytes // (10 << 20)
        self.must("put big", seconds)
        self.must("get big big-back; del big", seconds)
        expect_equal(back.stat().st_size, self.big_bytes, "size read back")
        expect_equal(sha256(back), sha256(source), "checksum")
        source.unlink()
        back.unlink()

    def missing_file(self):
        _, output = self.client.run(f"cd {self.remote}; get no-such-file", self.local)
        expect("NT_STATUS_OBJECT_NAME_NOT_FOUND" in output, output)

    def rmdir(self):
        _, output = self.client.run(f"mkdir {self.remote}\\inner\\full; rmdir {self.remote}\\inner", self.local)
        expect("NT_STATUS_DIRECTORY_NOT_EMPTY" in output, f"a full directory: {output}")
        self.must("rmdir inner\\full; rmdir inner; cd ..; " + f"rmdir {self.remote}")
        _, output = self.client.run(f"cd {self.remote}", self.local)
        expect("NT_STATUS_OBJECT_NAME_NOT_FOUND" in output, f"the directory is still there: {output}")


def write_pattern(path, size):
    """`size` bytes, no two MiB alike and mostly zeros, so that a misplaced block shows and the disk is spared."""
    with open(path, "wb") as file:
        for number in range(0, size, 1 << 20):
            file.seek(number)
            file.write(hashlib.sha512(str(number).encode()).digest() * 8)
        file.truncate(size)


def protection_cases(suite):
    """A server that insists on signing, then one that insists on sealing."""
    with suite.server(Profile(signing_required=True)) as server:
        for dialect in DIALECTS:
            client = bound(suite, server, dialect, "--client-protection=sign")
            case = f"smbclient/sign-required/{dialect}"
            suite.report.case(case, one_file, suite, client)
    with suite.server() as server:
        for dialect in ("3.0", "3.1.1"):
            client = bound(suite, server, dialect, "--client-protection=encrypt")
            suite.report.case(f"smbclient/seal-asked/{dialect}", one_file, suite, client)
    if suite.arguments.at:
        return
    with suite.server(Profile(sealing_required=True)) as server:
        for dialect in ("3.0", "3.1.1"):
            client = bound(suite, server, dialect)
            suite.report.case(f"smbclient/seal-required/{dialect}", one_file, suite, client)
        client = bound(suite, server, "2.1")
        suite.report.case("smbclient/seal-required/2.1-refused", refused, suite, client, None, "NT_STATUS_ACCESS_DENIED")


def one_file(suite, client):
    (suite.work / "one").write_bytes(os.urandom(3_000_017))
    client.must("put one; get one one-back; del one", suite.work)
    expect_equal(sha256(suite.work / "one-back"), sha256(suite.work / "one"), "content read back")


def refused(suite, client, share, wanted):
    status, output = client.run("ls", suite.work, share=share)
    expect(status != 0 and wanted in output, f"exit {status}, wanted {wanted}: {output}")


def refusal_cases(suite, server, dialect):
    report, label = suite.report, f"smbclient/{dialect}"
    client = bound(suite, server, dialect)
    report.case(f"{label}/unknown-share", refused, suite, client, "no-such-share", "NT_STATUS_BAD_NETWORK_NAME")
    client.write_login(server.user, "not the password")
    report.case(f"{label}/wrong-password", refused, suite, client, None, "NT_STATUS_LOGON_FAILURE")
    client.write_login("no-such-user", server.password)
    report.case(f"{label}/unknown-user", refused, suite, client, None, "NT_STATUS_LOGON_FAILURE")

    def disabled():
        if suite.arguments.at:
            raise Skip("a running server has no disabled account we know of")
        client.write_login(DISABLED_USER, server.password)
        refused(suite, client, None, "NT_STATUS_ACCOUNT_DISABLED")

    report.case(f"{label}/disabled-user", disabled)


def listing(suite, server, dialect):
    status, output = bound(suite, server, dialect).list_shares(suite.work)
    expect(status == 0, f"exit {status}: {output}")
    words = output.split()
    for name in (server.share, "IPC$"):
        expect(name in words, f"{name} is not listed: {output}")


def options(parser):
    parser.add_argument("--big-mib", type=int, default=256, help="size of the big file (5120 for the full test)")


def main():
    suite = Suite(__doc__, options)
    suite.needs("smbclient", "smbclient")
    with suite.server() as server:
        for dialect in DIALECTS:
            FileCases(suite, bound(suite, server, dialect), dialect).run()
            suite.report.case(f"smbclient/{dialect}/list-shares", listing, suite, server, dialect)
            refusal_cases(suite, server, dialect)
    protection_cases(suite)
    suite.leave()


if __name__ == "__main__":
    main()
