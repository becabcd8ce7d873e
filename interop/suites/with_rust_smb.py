#!/usr/bin/python3
"""The crate smb, a client written in Rust that compresses, built in a package of its own."""

import os
import pathlib
import subprocess
import sys

INTEROP = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(INTEROP))

from harness.servers import Profile  # noqa: E402
from harness.target import Suite  # noqa: E402

PACKAGE = INTEROP / "rust-smb"
TARGET = INTEROP / "work" / "rust-smb"


def build(suite):
    command = ["cargo", "build", "--quiet", "--locked", "--manifest-path", str(PACKAGE / "Cargo.toml")]
    environment = dict(os.environ, CARGO_TARGET_DIR=str(TARGET))
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        suite.report.skip("smb-crate", f"cannot be built here: {done.stdout[-300:]}")
        suite.leave()
    return TARGET / "debug" / "with-smb"


def judge(suite, program, server):
    command = [str(program), f"{server.host}:{server.port}", server.user, server.share]
    environment = dict(os.environ, SMB_PASSWORD=server.password)
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, timeout=200)
    for line in done.stdout.splitlines():
        verdict, _, rest = line.partition(" ")
        name, _, detail = rest.partition(" ")
        if suite.arguments.against == "samba" and "compressed" in name:
            suite.report.skip(name, "the reference does not compress")
            continue
        suite.report.ok(name) if verdict == "ok" else suite.report.fail(name, detail)
    if done.returncode:
        suite.report.fail("smb-crate", f"ended with {done.returncode}")


def main():
    suite = Suite(__doc__)
    program = build(suite)
    with suite.server(Profile(signing_required=True)) as server:
        judge(suite, program, server)
    suite.leave()


if __name__ == "__main__":
    main()
