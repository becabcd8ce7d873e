#!/usr/bin/python3
"""Peers that are gone without a word: from one moment on nothing of theirs arrives and nothing reaches them. Their sessions
and places come back in time (behaviour 1.31). Everything happens in a network namespace of its own."""

import json
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness import servers  # noqa: E402
from harness.report import Skip, expect  # noqa: E402
from harness.target import Suite  # noqa: E402

ENOUGH = 15  # seconds for a connection to be seen


def status(server):
    command = [str(server.binary()), "status", "--config", str(server.config), "--json"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["counts"]


def client(server, name):
    """smbclient with a connected share, waiting for what nobody types."""
    login = f"{name}%{servers.PASSWORD}"
    command = ["smbclient", f"//{server.host}/{server.share}", "-p", str(server.port), "-U", login, "-m", "SMB3"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def wait_for(server, sessions, seconds):
    """How long it took until there are so many sessions."""
    began = time.monotonic()
    while status(server)["sessions"] != sessions:
        if time.monotonic() - began > seconds:
            raise AssertionError(f"after {seconds} s there are {status(server)}")
        time.sleep(0.1)
    return time.monotonic() - began


def firewall(verb, server):
    for end in ("--dport", "--sport"):
        command = ["iptables", verb, "INPUT", "-p", "tcp", end, str(server.port), "-j", "DROP"]
        if subprocess.run(command, capture_output=True).returncode:
            raise Skip("no firewall can be set up here")


def gone(server, deadline):
    """A peer that vanishes gives back its place, and the next one gets it at once."""
    first = client(server, servers.USER)
    try:
        wait_for(server, 1, ENOUGH)
        firewall("-A", server)
        try:
            taken = wait_for(server, 0, deadline)
        finally:
            firewall("-D", server)
        expect(status(server)["tree-connects"] == 0, f"{status(server)}")
        print(f"   gone after {taken:.1f} s")
        second = client(server, servers.SECOND_USER)
        try:
            wait_for(server, 1, ENOUGH)
        finally:
            second.kill()
    finally:
        first.kill()


def main():
    suite = Suite(__doc__, lambda parser: parser.add_argument("--usual", action="store_true", help="the usual minute"))
    suite.judges_ours_alone("only our own can be looked into")
    suite.needs("smbclient", "smbclient")
    suite.needs("iptables", "iptables")
    suite.enter_namespace()
    limits = ["[limits]", "max-sessions = 1"] + ([] if suite.arguments.usual else ['dead-peer = "4s"'])
    server = suite.server(servers.Profile(extra="\n".join(limits)))
    try:
        suite.report.case("gone", gone, server, 60 if suite.arguments.usual else 8)
    finally:
        server.stop()
    suite.leave()


if __name__ == "__main__":
    main()
