"""A client written in Rust, built in a package of its own beside the suites, that prints a verdict a line."""

import os
import pathlib
import subprocess

from harness.servers import Profile
from harness.target import Suite

INTEROP = pathlib.Path(__file__).resolve().parents[1]


def run(description, package, program, cases, unjudged=lambda suite, name: None):
    """Builds a package of `interop/` and judges a server by its program. `unjudged` says why a case says nothing about this server."""
    suite = Suite(description)
    path = build(suite, package, program, cases)
    with suite.server(Profile(signing_required=True)) as server:
        judge(suite, path, server, cases, unjudged)
    suite.leave()


def build(suite, package, program, cases):
    target = INTEROP / "work" / package
    command = ["cargo", "build", "--quiet", "--locked", "--manifest-path", str(INTEROP / package / "Cargo.toml")]
    environment = dict(os.environ, CARGO_TARGET_DIR=str(target))
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        suite.report.skip(cases, f"cannot be built here: {done.stdout[-300:]}")
        suite.leave()
    return target / "debug" / program


def judge(suite, path, server, cases, unjudged):
    command = [str(path), f"{server.host}:{server.port}", server.user, server.share]
    environment = dict(os.environ, SMB_PASSWORD=server.password)
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, timeout=200)
    for line in done.stdout.splitlines():
        verdict, _, rest = line.partition(" ")
        name, _, detail = rest.partition(" ")
        why = unjudged(suite, name)
        if why:
            suite.report.skip(name, why)
        else:
            suite.report.ok(name) if verdict == "ok" else suite.report.fail(name, detail)
    if done.returncode:
        suite.report.fail(cases, f"ended with {done.returncode}")
