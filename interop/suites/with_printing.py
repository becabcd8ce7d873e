#!/usr/bin/python3
"""smbclient prints (`print`, `queue`, `cancel`) over SMB 3.1.1, NT LM 0.12, LANMAN 2.1, LANMAN 1.0 and the core protocol, to a folder, a printer
on a port, one that speaks IPP, and CUPS' `ippeveprinter`; jobs outlive a kill -9, and unfinished ones do not."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness import bus, printers  # noqa: E402
from harness.report import Skip, expect, expect_equal  # noqa: E402
from harness.servers import SECOND_USER, Profile, answers, free_port  # noqa: E402
from harness.smbclient import Client  # noqa: E402
from harness.target import Suite  # noqa: E402

DIALECTS = ("SMB3_11", "NT1", "LANMAN2", "LANMAN1")
POSTSCRIPT = b"%!PS-Adobe-3.0\n" + os.urandom(300_000) + b"\nshowpage\n"
PATIENCE = 30  # seconds for a job to get to its printer


def wait_until(what, so):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = so()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"never: {what}")


def speaking(dialect):
    options = [f"--option=client min protocol={'CORE' if not dialect.startswith('SMB') else 'SMB2_02'}", "-m", dialect]
    if dialect in ("LANMAN2", "LANMAN1", "CORE"):
        options += ["--option=client lanman auth=yes", "--option=client plaintext auth=yes", "--option=client ntlmv2 auth=no"]
    return options


class Cases:
    def __init__(self, suite, server, folder, socket_printer, ipp_printer):
        self.suite, self.server, self.folder = suite, server, folder
        self.socket_printer, self.ipp_printer = socket_printer, ipp_printer
        (suite.work / "report.ps").write_bytes(POSTSCRIPT)

    def client(self, dialect="SMB3_11"):
        return Client(self.suite, self.server, *speaking(dialect))

    def must(self, commands, share, dialect="SMB3_11", user=None):
        client = self.client(dialect)
        client.write_login(user or self.server.user, self.server.password)
        status, output = client.run(commands, self.suite.work, share)
        expect(status == 0 and "NT_STATUS_" not in output, f"smbclient exit {status}: {output}")
        return output

    def lanward(self, *arguments, code=0):
        config = ["--config", str(self.server.config)]
        done = subprocess.run(
            [str(self.server.binary()), "printer", *arguments, *config], capture_output=True, text=True, timeout=30
        )
        expect_equal(done.returncode, code, f"lanward printer {arguments}: {done.stdout}{done.stderr}")
        return done.stdout

    def jobs(self, printer):
        return json.loads(self.lanward("jobs", printer, "--json"))

    def prints(self, dialect):
        """Whole, with the document's name, once for each dialect."""
        before = set(self.folder.iterdir())
        self.must("print report.ps", "folder", dialect)
        new = wait_until("a file", lambda: set(self.folder.glob("*.ps")) - before)
        path = new.pop()
        expect_equal(path.read_bytes(), POSTSCRIPT, "the document")
        expect(self.server.user in path.name, f"whose it is: {path.name}")
        wait_until("nothing waits", lambda: not self.jobs("folder"))

    def queues(self, dialect):
        """`queue` shows what waits, and `cancel` takes it away, if it is one's own."""
        self.lanward("pause", "held")
        self.must("print report.ps", "held", dialect)
        output = self.must("queue", "held", dialect)
        found = re.search(rf"^(\d+)\s+{len(POSTSCRIPT)}\s+.*report", output, re.M)
        expect(found, f"the job is not there: {output}")
        client = self.client(dialect)
        client.write_login(SECOND_USER, self.server.password)
        client.run(f"cancel {found.group(1)}", self.suite.work, "held")
        expect_equal([job["id"] for job in self.jobs("held")], [int(found.group(1))], "another's job")
        self.must(f"cancel {found.group(1)}", "held", dialect)
        expect_equal(self.jobs("held"), [], "jobs")

    def to_a_port(self):
        before = len(self.socket_printer.jobs)
        self.must("print report.ps", "port")
        wait_until("it is there", lambda: len(self.socket_printer.jobs) > before)
        expect_equal(self.socket_printer.jobs[-1], POSTSCRIPT, "the document")

    def to_a_port_that_was_away(self):
        """The job waits for the printer, and says why."""
        self.must("print report.ps", "away")
        state = wait_until("in error", lambda: [p for p in json.loads(self.lanward("list", "--json")) if p.get("fault")])
        expect_equal([(p["name"], p["state"]) for p in state], [("away", "error")], "which is in error")
        printer = printers.SocketPrinter(self.away)
        try:
            wait_until("it is there", lambda: printer.jobs)
            expect_equal(printer.jobs, [POSTSCRIPT], "the document, once")
            wait_until("nothing waits", lambda: not self.jobs("away"))
        finally:
            printer.shutdown()
            printer.server_close()

    def to_ipp(self):
        self.must("print report.ps", "ipp")
        wait_until("it is there", lambda: self.ipp_printer.jobs)
        expect_equal(self.ipp_printer.jobs, [POSTSCRIPT], "the document, once")
        told = self.ipp_printer.attributes[0]
        expect_equal((told["requesting-user-name"], told["document-format"]), (self.server.user, "application/postscript"), "told")
        wait_until("nothing waits", lambda: not self.jobs("ipp"))

    def cancelled_there_as_well(self):
        self.ipp_printer.state = 5
        try:
            self.must("print report.ps", "ipp")
            wait_until("it is there", lambda: len(self.ipp_printer.jobs) == 2)
            job = self.jobs("ipp")[0]["id"]
            # The printer has told of its number once it was asked about it.
            wait_until("it is printed", lambda: [j for j in self.jobs("ipp") if j["state"] == "printing" and j["bytes-printed"]])
            self.lanward("cancel", str(job))
            wait_until("cancelled there", lambda: self.ipp_printer.cancelled == [2])
            wait_until("nothing waits", lambda: not self.jobs("ipp"))
        finally:
            self.ipp_printer.state = printers.COMPLETED

    def ippeveprinter(self):
        """CUPS' own printer, which keeps what it gets."""
        tool = shutil.which("ippeveprinter", path="/usr/sbin:/usr/bin")
        if not tool:
            raise Skip("not installed (package cups-ipp-utils)")
        spool = self.suite.work / "eve"
        spool.mkdir()
        formats = "application/pdf,application/postscript"
        command = [tool, "-k", "-d", str(spool), "-p", str(self.eve), "-r", "off", "-f", formats, "-n", "localhost", "eve"]
        log = self.suite.work / "eve.log"
        with bus.with_avahi(self.suite.work) as environment, open(log, "wb") as output:
            printer = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment)
            try:
                wait_until("it listens", lambda: answers("127.0.0.1", self.eve) or printer.poll() is not None)
                expect(printer.poll() is None, f"it does not start: {log.read_text()[-200:]}")
                self.must("print report.ps", "eve")
                wait_until("nothing waits", lambda: not self.jobs("eve"))
                kept = [path.read_bytes() for path in spool.rglob("*.ps")]
                expect_equal(kept, [POSTSCRIPT], "the document")
            finally:
                printer.kill()
                printer.wait()

    def rights(self):
        client = self.client()
        client.write_login(SECOND_USER, self.server.password)
        status, output = client.run("print report.ps", self.suite.work, "private")
        expect("NT_STATUS_ACCESS_DENIED" in output, f"another's printer: {output}")
        before = len(list(self.folder.iterdir()))
        self.must("print report.ps", "private")
        wait_until("printed", lambda: len(list(self.folder.iterdir())) > before)
        status, output = self.client().run("get report.ps x; ls", self.suite.work, "folder")
        expect("NT_STATUS_" in output, f"reading and listing: {output}")

    def limits(self):
        (self.suite.work / "large").write_bytes(bytes(3 << 20))
        status, output = self.client().run("print large", self.suite.work, "held")
        expect("NT_STATUS_NO_SPOOL_SPACE" in output, f"more than a job may have: {output}")
        expect_equal(self.jobs("held"), [], "jobs")

    def shares(self):
        """Printers are listed as such."""
        for dialect in ("SMB3_11", "NT1"):
            _, output = self.client(dialect).list_shares(self.suite.work)
            expect(re.search(r"folder\s+Printer\s+for all", output), f"over {dialect}: {output}")

    def outlives_a_kill(self):
        self.lanward("pause", "held")
        self.must("print report.ps", "held")
        (self.suite.work / "slow").mkdir(exist_ok=True)
        # A job that is being sent, by a client that does not end.
        os.mkfifo(self.suite.work / "endless")
        sender = subprocess.Popen(
            ["smbclient", "-s", "/dev/null", f"//{self.server.host}/held", "-p", str(self.server.port)]
            + ["-U", f"{self.server.user}%{self.server.password}", "-c", "print endless"],
            cwd=self.suite.work,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            with open(self.suite.work / "endless", "wb") as endless:
                endless.write(POSTSCRIPT)
                endless.flush()
                wait_until("it is being sent", lambda: [j for j in self.jobs("held") if j["state"] == "spooling"])
                os.killpg(self.server.process.pid, signal.SIGKILL)
                self.server.process.wait()
        except BrokenPipeError:
            pass
        finally:
            sender.kill()
            sender.wait()
        self.server.launch()
        wait_until("commands are answered", lambda: answers_commands(self))
        expect_equal([(j["bytes"], j["state"]) for j in self.jobs("held")], [(len(POSTSCRIPT), "waiting")], "jobs")
        expect("never whole was removed" in (self.server.state / "server.log").read_text(errors="replace"), "it is not told")
        before = set(self.folder.iterdir())
        self.lanward("resume", "held")
        new = wait_until("printed", lambda: set(self.folder.glob("*.ps")) - before)
        expect_equal(new.pop().read_bytes(), POSTSCRIPT, "the document")
        expect_equal(sorted(p.suffix for p in (self.server.state / "state" / "spool").iterdir() if p.suffix != ".json"), [], "left")


def answers_commands(cases):
    try:
        return cases.lanward("list") or True
    except AssertionError:
        return False


def core(suite, server, folder):
    """The core protocol knows no users: the password is the share's, and the job that of the account of its name."""
    wait_until("commands are answered", (server.state / "state" / "control.sock").exists)
    server._user("add", "laser", "--password-file", str(server.state / "password"))
    held = [f"--option=client {end} protocol=CORE" for end in ("min", "max")]
    old = ("client lanman auth = yes", "client plaintext auth = yes", "client use spnego = no", "client ntlmv2 auth = no")
    client = Client(suite, server, *held, *(f"--option={line}" for line in old))
    status, output = client.run("print report.ps", suite.work, "laser")
    expect(status == 0 and "NT_STATUS_" not in output, f"smbclient exit {status}: {output}")
    path = wait_until("a file", lambda: list(folder.glob("*.ps")))[0]
    expect_equal(path.read_bytes(), POSTSCRIPT, "the document")
    expect("-laser-" in path.name, f"whose it is: {path.name}")


def main():
    suite = Suite(__doc__)
    suite.judges_ours_alone("only ours is configured with printers")
    suite.needs("smbclient", "smbclient")
    folder = pathlib.Path(suite.work / "printed")
    folder.mkdir()
    folder.chmod(0o777)
    socket_printer, ipp_printer = printers.SocketPrinter(), printers.IppPrinter()
    away, eve = free_port(), free_port()
    lines = ["[limits]", 'print-job-size = "2M"', "logon-failures-per-minute = 0"]
    for name, to, *more in (
        ("folder", folder, 'comment = "for all"'),
        ("held", folder),
        ("private", folder, 'users = ["ward"]'),
        ("port", socket_printer.uri),
        ("away", f"socket://127.0.0.1:{away}"),
        ("ipp", ipp_printer.uri),
        ("eve", f"ipp://127.0.0.1:{eve}/ipp/print"),
    ):
        lines += [f"[printer.{name}]", f'to = "{to}"', *more]
    profile = Profile(oldest="CORE", old_passwords=True, lm=True, extra="\n".join(lines))
    with suite.server(profile) as server:
        cases = Cases(suite, server, folder, socket_printer, ipp_printer)
        cases.away, cases.eve = away, eve
        case = suite.report.case
        wait_until("commands are answered", lambda: answers_commands(cases))
        case("shares", cases.shares)
        for dialect in DIALECTS:
            case(f"prints/{dialect}", cases.prints, dialect)
        # smbclient asks for queues by RAP, which SMB 2 and 3 do not carry.
        for dialect in ("NT1", "LANMAN2", "LANMAN1"):
            case(f"queues/{dialect}", cases.queues, dialect)
        case("to-a-port", cases.to_a_port)
        case("to-a-port-that-was-away", cases.to_a_port_that_was_away)
        case("to-ipp", cases.to_ipp)
        case("cancelled-there-as-well", cases.cancelled_there_as_well)
        case("ippeveprinter", cases.ippeveprinter)
        case("rights", cases.rights)
        case("limits", cases.limits)
        case("outlives-a-kill", cases.outlives_a_kill)
    folder = suite.work / "core"
    folder.mkdir()
    extra = f'[printer.laser]\nto = "{folder}"'
    with suite.server(Profile(oldest="CORE", old_passwords=True, share_level=True, extra=extra)) as server:
        case("prints/CORE", core, suite, server, folder)
    suite.leave()


if __name__ == "__main__":
    main()
