#!/usr/bin/python3
"""impacket over NT LM 0.12, in the forms of logon it has: a stack of its own, in other words than smbclient's."""

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
    from impacket.smbconnection import SMBConnection

    from harness.impacket_files import FileCases, expect_status
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


class Files(FileCases):
    def __init__(self, suite, server, label, extended):
        super().__init__(server, connect(server, extended), label, 1_000_017)
        self.suite, self.label = suite, label

    def run(self):
        steps = ["mkdir", "write_read", "listing", "many", "rename", "pipe", "shares", "delete", "logoff"]
        for step in steps:
            self.suite.report.case(f"impacket-smb1/{self.label}/{step}", getattr(self, step))

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
            Files(suite, server, label, extended).run()
        refusals(suite, server)
    if not suite.arguments.at:
        below_the_floor(suite)
    suite.leave()


if __name__ == "__main__":
    main()
