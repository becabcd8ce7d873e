#!/usr/bin/python3
"""tshark reads what `lanward capture` wrote: with the keys it sees into sealed sessions, down to the calls over a pipe."""

import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from harness.report import Skip, expect, expect_equal  # noqa: E402
from harness.servers import Profile  # noqa: E402
from harness.target import Suite  # noqa: E402
from with_rpcclient import Client  # noqa: E402


class CaptureCases:
    def __init__(self, server, work):
        self.server, self.file = server, work / "capture.pcapng"

    def packets(self, what, keys):
        lines = pathlib.Path(f"{self.file}.keys").read_text().split() if keys else []
        options = [word for line in lines for word in ("-o", f"uat:smb2_seskey_list:{line}")]
        decode = f"tcp.port=={self.server.port},nbss"
        command = ["tshark", "-r", str(self.file), "-d", decode, *options, "-Y", what]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        expect(not done.returncode, done.stderr)
        return done.stdout.splitlines()

    def capture(self):
        if self.server.kind != "lanward":
            raise Skip("only this server has it")
        command = [str(self.server.binary()), "capture", "--config", str(self.server.config), "--seconds", "4"]
        capturing = subprocess.Popen([*command, str(self.file)], stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 20
        while "A capture begins" not in self.server.log_tail() and time.monotonic() < deadline:
            time.sleep(0.05)
        Client(self.server, self.server.user).must("netshareenumall")
        said = capturing.communicate(timeout=60)[1]
        expect_equal(capturing.returncode, 0, said)
        expect("the keys of 1 sessions" in said, said)

    def sealed(self):
        expect(self.packets("smb2.header.transform.flags", keys=False), "nothing is sealed")
        expect_equal(self.packets("srvsvc", keys=False), [], "read without the keys")

    def opened(self):
        calls = self.packets("srvsvc", keys=True)
        expect(any("NetShareEnumAll response" in call for call in calls), calls)
        expect_equal(self.packets("_ws.malformed && smb2.header.transform.flags", keys=True), [], "malformed")

    def cases(self):
        return [(f"tshark/{name}", getattr(self, name)) for name in ("capture", "sealed", "opened")]


def main():
    suite = Suite(__doc__)
    suite.needs("tshark", "tshark")
    suite.needs("rpcclient", "smbclient")
    with suite.server(Profile(administrator=True, sealing_required=True)) as server:
        for name, case in CaptureCases(server, suite.work).cases():
            suite.report.case(name, case)
    suite.leave()


if __name__ == "__main__":
    main()
