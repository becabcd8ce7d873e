#!/usr/bin/python3
"""kill -9 in the middle of an upload: what was flushed is there, and nothing else is damaged."""

import hashlib
import io
import os
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.report import expect, expect_equal  # noqa: E402
from harness.target import Suite  # noqa: E402
from with_impacket import READ_WRITE, SHARE_ALL, connect  # noqa: E402

# Its signatures come from a library in C; those of the later dialects this peer computes in Python.
DIALECT = "2.1"

BYSTANDERS = 100
FLUSHED_BYTES = 8 << 20
CHUNK = 1 << 20


def content_of(number, size):
    """Bytes that differ at every position from those of the next number."""
    return hashlib.sha512(f"block {number}".encode()).digest() * (size // 64)


class Upload(threading.Thread):
    """Writes blocks one after another until the connection breaks; counts those the server acknowledged."""

    def __init__(self, server, total_bytes):
        super().__init__(daemon=True)
        self.server, self.blocks = server, total_bytes // CHUNK
        self.acknowledged, self.finished = 0, False

    def run(self):
        link = connect(self.server, DIALECT)
        tree = link.connectTree(self.server.share)
        handle = link.createFile(tree, "upload")
        try:
            for number in range(self.blocks):
                link.writeFile(tree, handle, content_of(number, CHUNK), number * CHUNK)
                self.acknowledged += 1
            self.finished = True
        except Exception:  # noqa: BLE001 - the kill shows as whatever error the library makes of it
            pass


class Crash:
    def __init__(self, suite, server):
        self.suite, self.server = suite, server
        self.upload = Upload(server, suite.arguments.upload_mib << 20)
        self.flushed = os.urandom(FLUSHED_BYTES)

    def run(self):
        report = self.suite.report
        self._prepare()
        if not report.case("crash/killed-in-the-upload", self.kill):
            return
        report.case("crash/restarts", self.server.launch)
        report.case("crash/flushed-data-is-there", self.flushed_data)
        report.case("crash/acknowledged-blocks-are-there", self.acknowledged_blocks)
        report.case("crash/bystanders-are-whole", self.bystanders)
        report.case("crash/serves-again", self.serves)

    def _prepare(self):
        for number in range(BYSTANDERS):
            path = self.server.directory / f"bystander-{number}"
            path.write_bytes(content_of(number, 4096))
            path.chmod(0o666)
        link = connect(self.server, DIALECT)
        tree = link.connectTree(self.server.share)
        handle = link.createFile(tree, "flushed")
        link.writeFile(tree, handle, self.flushed)
        link.getSMBServer().flush(tree, handle)
        # Left open, with one more file open for reading, while the server dies.
        link.openFile(tree, "bystander-0", READ_WRITE, SHARE_ALL)

    def kill(self):
        self.upload.start()
        deadline = time.monotonic() + 60
        while self.upload.acknowledged < self.upload.blocks // 2:
            expect(time.monotonic() < deadline, f"only {self.upload.acknowledged} MiB in a minute")
            time.sleep(0.01)
        self.server.kill()
        self.upload.join(90)
        expect(not self.upload.finished, "the upload ended before the kill")

    def flushed_data(self):
        expect((self.server.directory / "flushed").read_bytes() == self.flushed, "content differs on disk")
        back = io.BytesIO()
        connect(self.server, DIALECT).getFile(self.server.share, "flushed", back.write)
        expect(back.getvalue() == self.flushed, "content differs to a client")

    def acknowledged_blocks(self):
        """Only the server died, not the kernel: what it acknowledged it had handed over."""
        with open(self.server.directory / "upload", "rb") as file:
            for number in range(self.upload.acknowledged):
                expect(file.read(CHUNK) == content_of(number, CHUNK), f"block {number} differs")

    def bystanders(self):
        for number in range(BYSTANDERS):
            found = (self.server.directory / f"bystander-{number}").read_bytes()
            expect(found == content_of(number, 4096), f"bystander-{number} differs")
        names = {path.name for path in self.server.directory.iterdir()}
        wanted = {f"bystander-{number}" for number in range(BYSTANDERS)} | {"flushed", "upload"}
        expect_equal(names, wanted, "names on disk")

    def serves(self):
        """No lock or open of the dead server lives on: everything can be changed and removed."""
        link = connect(self.server, DIALECT)
        share = self.server.share
        link.rename(share, "flushed", "flushed-2")
        for name in ("flushed-2", "upload", *(f"bystander-{number}" for number in range(BYSTANDERS))):
            link.deleteFile(share, name)
        expect_equal(list(self.server.directory.iterdir()), [], "left on disk")


def main():
    suite = Suite(__doc__, lambda parser: parser.add_argument("--upload-mib", type=int, default=1024))
    if suite.arguments.at:
        suite.report.skip("crash", "a running server is not ours to kill")
        suite.leave()
    with suite.server() as server:
        Crash(suite, server).run()
    suite.leave()


if __name__ == "__main__":
    main()
