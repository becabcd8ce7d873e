#!/usr/bin/python3
"""impacket over NT LM 0.12, in the forms of logon it has: a stack of its own, in other words than smbclient's."""

import io
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.report import expect, expect_equal  # noqa: E402
from harness.servers import DISABLED_USER, Profile  # noqa: E402
from harness.target import Suite  # noqa: E402

try:
    from impacket import nt_errors, smb
    from impacket.dcerpc.v5 import srvs, transport
    from impacket.smb import SMB_DIALECT
    from impacket.smbconnection import SessionError, SMBConnection
except ImportError as error:
    print(f"skip impacket-smb1 {error} (package python3-impacket)\n0 passed, 0 failed, 1 skipped")
    sys.exit(0)


class WithChallenge(smb.SMB):
    """NT LM 0.12 without SPNEGO, as NT 4 speaks it: LM and NTLMv1 responses to the challenge of the negotiation."""

    def neg_session(self, extended_security=True, negPacket=None):
        return super().neg_session(extended_security=False, negPacket=negPacket)


def connect(server, extended=True, user=None, password=None):
    kind = smb.SMB if extended else WithChallenge
    low = kind(server.host, server.host, sess_port=server.port, timeout=30)
    link = SMBConnection(existingConnection=low)
    expect_equal(link.getDialect(), SMB_DIALECT, "dialect")
    link.login(user or server.user, server.password if password is None else password, ntlmFallback=not extended)
    return link


def expect_status(wanted, call, *arguments, **named):
    """The call must fail with exactly this NTSTATUS."""
    try:
        call(*arguments, **named)
    except SessionError as error:
        found = error.getErrorCode()
    except smb.SessionError as error:
        found = error.get_error_code()
    else:
        raise AssertionError(f"succeeded, wanted {wanted:#010x}")
    expect(found == wanted, f"status {found:#010x}, wanted {wanted:#010x}")


class FileCases:
    """File operations by one login, in a directory of their own."""

    def __init__(self, suite, server, label, extended):
        self.suite, self.server, self.label = suite, server, label
        self.link = connect(server, extended)
        self.tree = self.link.connectTree(server.share)
        self.base = f"impacket-{label}"
        self.content = os.urandom(1_000_017)

    def run(self):
        steps = ["mkdir", "write_read", "listing", "many", "rename", "pipe", "shares", "delete", "logoff"]
        for step in steps:
            self.suite.report.case(f"impacket-smb1/{self.label}/{step}", getattr(self, step))

    def path(self, name):
        return f"{self.base}\\{name}"

    def mkdir(self):
        share = self.server.share
        self.link.createDirectory(share, self.base)
        expect_status(nt_errors.STATUS_OBJECT_NAME_COLLISION, self.link.createDirectory, share, self.base)

    def write_read(self):
        share = self.server.share
        self.link.putFile(share, self.path("data"), io.BytesIO(self.content).read)
        back = io.BytesIO()
        self.link.getFile(share, self.path("data"), back.write)
        expect(back.getvalue() == self.content, "content read back differs")
        if self.server.directory:
            on_disk = (self.server.directory / self.base / "data").read_bytes()
            expect(on_disk == self.content, "content on the server's disk differs")

    def listing(self):
        entries = {entry.get_longname(): entry for entry in self.link.listPath(self.server.share, self.path("*"))}
        expect_equal(set(entries), {".", "..", "data"}, "names")
        expect_equal(entries["data"].get_filesize(), len(self.content), "size")
        expect(not entries["data"].is_directory() and entries["."].is_directory(), "wrong kind of entry")

    def many(self):
        """More names than one answer has room for, so that the listing goes on."""
        share = self.server.share
        self.link.createDirectory(share, self.path("many"))
        names = {f"a-name-that-is-long-enough-to-fill-the-answer-{number:04}" for number in range(500)}
        for name in names:
            handle = self.link.createFile(self.tree, self.path(f"many\\{name}"))
            self.link.closeFile(self.tree, handle)
        listed = {entry.get_longname() for entry in self.link.listPath(share, self.path("many\\*"))}
        expect_equal(listed - {".", ".."}, names, "names listed")
        for name in names:
            self.link.deleteFile(share, self.path(f"many\\{name}"))
        self.link.deleteDirectory(share, self.path("many"))

    def rename(self):
        share = self.server.share
        self.link.rename(share, self.path("data"), self.path("moved"))
        missing = nt_errors.STATUS_OBJECT_NAME_NOT_FOUND
        expect_status(missing, self.link.openFile, self.tree, self.path("data"))
        handle = self.link.openFile(self.tree, self.path("moved"))
        read = self.link.readFile(self.tree, handle, 900_000, 100)
        expect(read == self.content[900_000:900_100], "content at an offset")
        self.link.closeFile(self.tree, handle)

    def pipe(self):
        rpc = transport.SMBTransport(self.server.host, filename=r"\srvsvc", smb_connection=self.link)
        caller = rpc.get_dce_rpc()
        caller.connect()
        caller.bind(srvs.MSRPC_UUID_SRVS)
        answer = srvs.hNetrShareEnum(caller, 1)
        names = [entry["shi1_netname"][:-1] for entry in answer["InfoStruct"]["ShareInfo"]["Level1"]["Buffer"]]
        expect(self.server.share in names and "IPC$" in names, f"shares {names}")
        caller.disconnect()

    def shares(self):
        names = [share["shi1_netname"][:-1] for share in self.link.listShares()]
        expect(self.server.share in names, f"shares {names}")

    def delete(self):
        share = self.server.share
        expect_status(nt_errors.STATUS_DIRECTORY_NOT_EMPTY, self.link.deleteDirectory, share, self.base)
        self.link.deleteFile(share, self.path("moved"))
        self.link.deleteDirectory(share, self.base)
        missing = nt_errors.STATUS_OBJECT_NAME_NOT_FOUND
        expect_status(missing, self.link.openFile, self.tree, self.base)

    def logoff(self):
        self.link.disconnectTree(self.tree)
        self.link.logoff()


def refusals(suite, server):
    def wrong_password():
        expect_status(nt_errors.STATUS_LOGON_FAILURE, connect, server, password="wrong")

    def wrong_password_by_challenge():
        expect_status(nt_errors.STATUS_LOGON_FAILURE, connect, server, extended=False, password="wrong")

    def disabled():
        expect_status(nt_errors.STATUS_ACCOUNT_DISABLED, connect, server, user=DISABLED_USER)

    cases = [wrong_password, wrong_password_by_challenge]
    if not suite.arguments.at:
        cases.append(disabled)
    for case in cases:
        suite.report.case(f"impacket-smb1/{case.__name__}", case)


def below_the_floor(suite):
    """A zone that takes nothing older than NTLMv2 refuses who logs on as NT 4 does."""
    with suite.server(Profile(oldest="NT1")) as server:

        def ntlmv1():
            expect_status(nt_errors.STATUS_LOGON_FAILURE, connect, server, extended=False)

        suite.report.case("impacket-smb1/floor/ntlmv1", ntlmv1)


def main():
    suite = Suite(__doc__)
    with suite.server(Profile(oldest="NT1", old_passwords=True)) as server:
        for label, extended in (("spnego", True), ("challenge", False)):
            FileCases(suite, server, label, extended).run()
        refusals(suite, server)
    if not suite.arguments.at:
        below_the_floor(suite)
    suite.leave()


if __name__ == "__main__":
    main()
