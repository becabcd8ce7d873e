#!/usr/bin/python3
"""impacket, a Python client with its own protocol stack, at each dialect it speaks."""

import io
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.report import expect, expect_equal  # noqa: E402
from harness.servers import DISABLED_USER, SECOND_USER, Profile  # noqa: E402
from harness.target import Suite  # noqa: E402

try:
    from impacket import nt_errors, smb3structs
    from impacket.smb3structs import SMB2Lock

    from harness.impacket_files import DIALECTS, FileCases, connect, expect_status
except ImportError as error:
    print(f"skip impacket {error} (package python3-impacket)\n0 passed, 0 failed, 1 skipped")
    sys.exit(0)

READ_WRITE = smb3structs.FILE_READ_DATA | smb3structs.FILE_WRITE_DATA
DELETE = 0x00010000
SHARE_ALL = 7
EXCLUSIVE, UNLOCK, AT_ONCE = 0x2, 0x4, 0x10


class Files(FileCases):
    def __init__(self, suite, server, dialect):
        super().__init__(server, connect(server, dialect), dialect, 3_000_017)
        self.suite, self.dialect = suite, dialect

    def run(self):
        steps = ["mkdir", "write_read", "listing", "query_info", "sharing", "rename", "lock", "flush", "pipe", "delete"]
        for step in [*steps, "logoff"]:
            self.suite.report.case(f"impacket/{self.dialect}/{step}", getattr(self, step))

    def query_info(self):
        handle = self.link.openFile(self.tree, self.path("data"))
        info = self.link.queryInfo(self.tree, handle)
        expect_equal(info["EndOfFile"], len(self.content), "end of file")
        expect(info["Directory"] == 0 and info["NumberOfLinks"] == 1, "wrong standard information")
        self.link.closeFile(self.tree, handle)

    def sharing(self):
        held = self.link.openFile(self.tree, self.path("data"), shareMode=smb3structs.FILE_SHARE_READ)
        open_to_write = dict(desiredAccess=smb3structs.FILE_WRITE_DATA, shareMode=SHARE_ALL)
        expect_status(
            nt_errors.STATUS_SHARING_VIOLATION, self.link.openFile, self.tree, self.path("data"), **open_to_write
        )
        self.link.closeFile(self.tree, held)

    def lock(self):
        other = connect(self.server, self.dialect)
        tree = other.connectTree(self.server.share)
        mine = self.link.openFile(self.tree, self.path("moved"), READ_WRITE, SHARE_ALL)
        theirs = other.openFile(tree, self.path("moved"), READ_WRITE, SHARE_ALL)
        lock_range(self.link, self.tree, mine, 0, 100, EXCLUSIVE | AT_ONCE)
        conflict = (other, tree, theirs, 50, 10, EXCLUSIVE | AT_ONCE)
        expect_status(nt_errors.STATUS_LOCK_NOT_GRANTED, lock_range, *conflict)
        expect_status(nt_errors.STATUS_FILE_LOCK_CONFLICT, other.getSMBServer().read, tree, theirs, 10, 10)
        expect_equal(len(other.getSMBServer().read(tree, theirs, 100, 10)), 10, "bytes beside the lock")
        lock_range(self.link, self.tree, mine, 0, 100, UNLOCK)
        lock_range(*conflict)
        other.closeFile(tree, theirs)
        self.link.closeFile(self.tree, mine)
        other.logoff()

    def flush(self):
        handle = self.link.openFile(self.tree, self.path("moved"), READ_WRITE, SHARE_ALL)
        self.link.writeFile(self.tree, handle, b"flushed", 5)
        expect(self.link.getSMBServer().flush(self.tree, handle), "flush")
        self.link.closeFile(self.tree, handle)

    def pipe(self):
        names = {share["shi1_netname"].rstrip("\0") for share in self.link.listShares()}
        expect({self.server.share, "IPC$"} <= names, f"shares listed: {names}")

    def logoff(self):
        super().logoff()
        self.link.close()


def lock_range(link, tree, handle, offset, length, flags):
    """LOCK with one element; the library's own call does not survive Python 3."""
    low = link.getSMBServer()
    packet = low.SMB_PACKET()
    packet["Command"] = smb3structs.SMB2_LOCK
    packet["TreeID"] = tree
    request = SMB2Lock()
    request["FileID"] = handle
    request["LockCount"] = 1
    element = offset.to_bytes(8, "little") + length.to_bytes(8, "little") + flags.to_bytes(8, "little")
    request["Locks"] = element
    packet["Data"] = request
    low.recvSMB(low.sendSMB(packet)).isValidAnswer(nt_errors.STATUS_SUCCESS)


def refusals(suite, server):
    report = suite.report
    for dialect in DIALECTS:
        label = f"impacket/{dialect}"
        wrong = nt_errors.STATUS_LOGON_FAILURE
        report.case(f"{label}/wrong-password", expect_status, wrong, connect, server, dialect, None, "wrong")
        report.case(f"{label}/unknown-user", expect_status, wrong, connect, server, dialect, "nobody-here")
        if not suite.arguments.at:
            disabled = nt_errors.STATUS_ACCOUNT_DISABLED
            report.case(f"{label}/disabled-user", expect_status, disabled, connect, server, dialect, DISABLED_USER)
            report.case(f"{label}/second-user", connect, server, dialect, SECOND_USER)
        report.case(f"{label}/unknown-share", unknown_share, server, dialect)


def unknown_share(server, dialect):
    link = connect(server, dialect)
    expect_status(nt_errors.STATUS_BAD_NETWORK_NAME, link.connectTree, "no-such-share")
    link.logoff()


def one_file(server, dialect):
    content = os.urandom(1_000_003)
    link = connect(server, dialect)
    link.putFile(server.share, "one", io.BytesIO(content).read)
    back = io.BytesIO()
    link.getFile(server.share, "one", back.write)
    expect(back.getvalue() == content, "content read back differs")
    link.deleteFile(server.share, "one")
    link.logoff()


def main():
    suite = Suite(__doc__)
    with suite.server() as server:
        for dialect in DIALECTS:
            Files(suite, server, dialect).run()
        refusals(suite, server)
    if not suite.arguments.at:
        with suite.server(Profile(signing_required=True)) as server:
            for dialect in DIALECTS:
                suite.report.case(f"impacket/sign-required/{dialect}", one_file, server, dialect)
        with suite.server(Profile(sealing_required=True)) as server:
            # Debian's release derives no sealing keys for 3.1.1.
            suite.report.case("impacket/seal-required/3.0", one_file, server, "3.0")
    suite.leave()


if __name__ == "__main__":
    main()
