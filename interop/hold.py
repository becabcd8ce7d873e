#!/usr/bin/python3
"""Holds a server for another program: prints where it is, and stops it when standard input closes.

The line is `HOST PORT USER PASSWORD SHARE DIRECTORY SECOND-USER`.
"""

import argparse
import os
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from harness import servers  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=sorted(servers.KINDS))
    parser.add_argument("--conformance", action="store_true", help="the options and shares smbtorture needs")
    parser.add_argument("--signed", action="store_true", help="require signing")
    parser.add_argument("--plain", action="store_true", help="without the UNIX extensions")
    parser.add_argument("--smb1", action="store_true", help="serve SMB 1, too, with the passwords of its days")
    parser.add_argument("--rpc", action="store_true", help="the account administers, and RPC is reached over TCP, too")
    parser.add_argument("--shares", type=int, default=8, help="how many shares of each kind, the first named without a number")
    parser.add_argument("--memory", action="store_true", help="share a directory on tmpfs")
    arguments = parser.parse_args()
    kind = servers.KINDS[arguments.kind]
    why = kind.missing()
    if why:
        sys.exit(f"{kind.kind}: {why}")
    families = (servers.SHARE,)
    if arguments.conformance:
        families += (servers.DURABLE, servers.HIDING, servers.REFLINK)
    if arguments.smb1:
        families += (servers.CASE,)
    numbers = ["", *range(2, arguments.shares + 1)]
    more = tuple(f"{family}{number}" for family in families for number in numbers)[1:]
    if arguments.conformance:
        more += (servers.UNREADABLE, servers.FORBIDDEN)
    profile = servers.Profile(
        # Some suites about calls speak SMB 1, too.
        oldest="NT1" if arguments.smb1 or arguments.rpc else "2.0.2",
        old_passwords=arguments.smb1,
        posix=arguments.smb1 and not arguments.plain,
        conformance=arguments.conformance,
        signing_required=arguments.signed,
        shares=more,
        memory=arguments.memory,
        administrator=arguments.rpc or arguments.smb1,
        rpc=arguments.rpc,
        printers=arguments.rpc,
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with kind(profile) as server:
        if arguments.rpc and os.environ.get("LANWARD_TORTURE_ISOLATED"):
            server.port = 445  # where some suites go whatever they are told, and nobody else's in a network of one's own
        server.start()
        place = [server.host, server.port, server.user, server.password, server.share, server.directory]
        print(*place, servers.SECOND_USER, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
