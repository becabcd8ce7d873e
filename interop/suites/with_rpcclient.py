#!/usr/bin/python3
"""rpcclient and impacket at the server service: shares, sessions, files and the server itself, seen and changed by an administrator."""

import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.report import Skip, expect, expect_equal  # noqa: E402
from harness.servers import SECOND_USER, Profile  # noqa: E402
from harness.target import Suite  # noqa: E402

ACCESS_DENIED = "WERR_ACCESS_DENIED"


class Client:
    """rpcclient as one user."""

    def __init__(self, server, user):
        self.server, self.user = server, user

    def run(self, command):
        login = f"{self.user}%{self.server.password}"
        arguments = ["rpcclient", "-s", "/dev/null", "-p", str(self.server.port), "-U", login, self.server.host]
        done = subprocess.run(
            [*arguments, "-c", command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
        )
        return done.stdout

    def must(self, command):
        output = self.run(command)
        expect("WERR_" not in output and "NT_STATUS_" not in output, f"{command}: {output}")
        return output


class RpcclientCases:
    def __init__(self, server):
        self.server = server
        self.admin, self.user = Client(server, server.user), Client(server, SECOND_USER)

    def server_info(self):
        expect("platform_id" in self.admin.must("srvinfo"), "no platform")
        expect("server type" in self.user.must("srvinfo 101"), "no type")
        expect(ACCESS_DENIED in self.user.run("srvinfo 102"), "limits are shown to everybody")

    def printers(self):
        expect("No printers returned" in self.user.must("enumprinters"), "there are printers")
        self.admin.must("openprinter \\\\\\\\127.0.0.1")
        for command in ("getprinter laser", "enumjobs laser"):
            seen = self.user.run(command)
            expect("WERR_INVALID_PRINTER_NAME" in seen, f"{command}: {seen}")
        for command in ("enumports", "enummonitors", "enumprocs"):
            self.user.must(command)

    def list_shares(self):
        for level in (1, 2, 502):
            names = re.findall(r"netname: (\S+)", self.admin.must(f"netshareenumall {level}"))
            expect_equal(sorted(names), sorted([self.server.share, "IPC$"]), f"level {level}")
        expect(ACCESS_DENIED in self.user.run("netshareenumall 502"), "descriptors are shown to everybody")

    def one_share(self):
        seen = self.admin.must(f"netsharegetinfo {self.server.share} 502")
        path = "C:" + str(self.server.directory).replace("/", "\\")
        expect(f"path:\t{path}" in seen and "DACL" in seen, seen)

    def add_change_delete(self):
        folder = self.server.share_directory("late")
        self.admin.must(f"netshareadd C:{folder} late 10 a-remark")
        expect("a-remark" in self.admin.must("netsharegetinfo late 2"), "no remark")
        self.admin.must("netsharesetinfo late another-remark")
        expect("another-remark" in self.admin.must("netsharegetinfo late 502"), "the remark is what it was")
        self.restart_keeps("late")
        self.admin.must("netsharedel late")
        expect("NETNAMENOTFOUND" in self.admin.run("netsharegetinfo late"), "it is still there")
        expect(ACCESS_DENIED in self.user.run(f"netshareadd C:{folder} theirs"), "anybody shares folders")

    def restart_keeps(self, share):
        if self.server.process is None:
            return
        self.server.kill()
        self.server.launch()
        expect("another-remark" in self.admin.must(f"netsharegetinfo {share} 2"), "it did not survive")

    def sessions(self):
        expect("Received 1 entries" in self.admin.must("netsessenum"), "not the one session there is")
        expect(ACCESS_DENIED in self.user.run("netsessenum"), "sessions are shown to everybody")

    def files(self):
        expect("\\PIPE\\srvsvc" in self.admin.must("netfileenum"), "the pipe is not listed")
        expect(ACCESS_DENIED in self.user.run("netfileenum"), "files are shown to everybody")

    def names_and_time(self):
        self.admin.must("netremotetod")
        self.admin.must("netnamevalidate good-name 9")
        expect("WERR_INVALID_NAME" in self.admin.run("netnamevalidate bad/name 9"), "a slash is taken")
        self.admin.must("netdiskenum")
        self.admin.must(f"netconnenum {self.server.share}")

    def cases(self):
        names = ["server_info", "printers", "list_shares", "one_share", "add_change_delete", "sessions", "files"]
        names += ["names_and_time"]
        return [(f"rpcclient/{name}", getattr(self, name)) for name in names]


class ImpacketCases:
    """The same with a client that has its own protocol stack."""

    def __init__(self, server):
        self.server = server

    def service(self, user=None):
        try:
            from impacket.dcerpc.v5 import srvs, transport
        except ImportError as error:
            raise Skip(f"impacket {error} (package python3-impacket)") from error
        place = transport.SMBTransport(
            self.server.host, self.server.port, r"\srvsvc", username=user or self.server.user, password=self.server.password
        )
        service = place.get_dce_rpc()
        service.connect()
        service.bind(srvs.MSRPC_UUID_SRVS)
        return srvs, service

    def views(self):
        srvs, service = self.service()
        shares = srvs.hNetrShareEnum(service, 502)["InfoStruct"]["ShareInfo"]["Level502"]["Buffer"]
        expect_equal(len(shares), 2, "shares")
        sessions = srvs.hNetrSessionEnum(service, "\x00", "\x00", 502)["InfoStruct"]["SessionInfo"]["Level502"]
        expect_equal(sessions["Buffer"][0]["sesi502_username"][:-1], self.server.user, "whose session")
        for level in (100, 101, 102, 103, 502, 503):
            srvs.hNetrServerGetInfo(service, level)
        expect_equal(srvs.hNetrServerDiskEnum(service, 0)["TotalEntries"], 1, "disks")
        transports = srvs.hNetrServerTransportEnum(service, 1)["InfoStruct"]["XportInfo"]["Level1"]["Buffer"]
        expect(len(transports) >= 1, "no transport")
        expect(srvs.hNetrRemoteTOD(service)["BufferPtr"]["tod_year"] >= 2026, "the year")

    def close_and_end(self):
        srvs, service = self.service()
        _, other = self.service(SECOND_USER)
        files = srvs.hNetrFileEnum(service, "\x00", SECOND_USER + "\x00", 3)
        files = files["InfoStruct"]["FileInfo"]["Level3"]["Buffer"]
        expect_equal(len(files), 1, "files of the other user")
        srvs.hNetrFileClose(service, files[0]["fi3_id"])
        srvs.hNetrSessionDel(service, "\x00", SECOND_USER + "\x00")
        try:
            srvs.hNetrRemoteTOD(other)
        except Exception:  # noqa: BLE001 - whatever it says, the session is gone
            return
        raise AssertionError("the session is still there")

    def cases(self):
        return [("impacket-srvs/views", self.views), ("impacket-srvs/close_and_end", self.close_and_end)]


def main():
    suite = Suite(__doc__)
    suite.needs("rpcclient", "smbclient")
    server = suite.server(Profile(administrator=True))
    try:
        for name, case in [*RpcclientCases(server).cases(), *ImpacketCases(server).cases()]:
            suite.report.case(name, case)
    finally:
        if server.process:
            server.stop()
    suite.leave()


if __name__ == "__main__":
    main()
