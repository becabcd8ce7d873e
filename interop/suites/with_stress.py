#!/usr/bin/python3
"""stress-ng's stressors of file systems on a mount of a Linux kernel; what passes on the reference must pass here.

`kernel/stressors.csv` holds the reference's verdicts; `--record` writes it anew from a run against samba.
"""

import csv
import pathlib
import sys

INTEROP = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(INTEROP), str(INTEROP / "kernel")]

import machine  # noqa: E402
import network  # noqa: E402
from harness.target import Suite  # noqa: E402

REFERENCE = INTEROP / "kernel" / "stressors.csv"
EVERY = """access chattr chdir chmod chown copy-file dentry dir dirdeep dirmany dnotify dup fallocate fcntl fiemap
file-ioctl filename flock fpunch fsize fstat getdent handle hdd inode-flags inotify io iomix lease locka lockf
lockofd mknod open rename symlink sync-file touch utime verity xattr seek readahead aio mmap mmapfork sendfile
splice tee sigio""".split()
SHORT = ["dentry", "dir", "fstat", "hdd", "lockf", "rename", "seek", "touch"]


def options(parser):
    parser.add_argument("--all", action="store_true", help="every stressor, not the short list")
    parser.add_argument("--stressor", action="append", help="this one")
    parser.add_argument("--seconds", type=int, default=4, help="of each stressor")
    parser.add_argument("--version", default="3.1.1", help="the dialect of the mount")
    parser.add_argument("--record", action="store_true", help="write the verdicts as the reference's")


def known():
    if not REFERENCE.exists():
        return {}
    with open(REFERENCE, newline="") as file:
        return {row["stressor"]: row["verdict"] for row in csv.DictReader(file)}


def judge(report, there, line, seen):
    verdict, _, rest = line.partition(" ")
    name, _, detail = rest.partition(" ")
    if verdict not in ("ok", "FAIL", "skip"):
        return
    seen[name] = verdict
    if verdict == "ok":
        report.ok(f"stress/{name}", detail)
    elif there.get(name, "ok") != "ok":
        report.skip(f"stress/{name}", f"{detail} (the reference: {there[name]})")
    else:
        report.fail(f"stress/{name}", detail)


def main():
    suite = Suite(__doc__, options)
    why = machine.missing()
    if why:
        suite.report.skip("stress", why)
        suite.leave()
    suite.needs("stress-ng", "stress-ng")
    arguments, seen = suite.arguments, {}
    there = {} if arguments.against == "samba" else known()
    names = arguments.stressor or (EVERY if arguments.all else SHORT)
    with suite.server() as server, network.Namespace() as namespace:
        plan = dict(
            host=namespace.host(0),
            port=namespace.forward(server.host, server.port),
            user=server.user,
            password=server.password,
            share=server.share,
            version=arguments.version,
            stressors=names,
            seconds=arguments.seconds,
        )
        guest = machine.Machine(namespace, suite.work / "job").start("stress.py", plan, ["form.py"])
        try:
            for line in guest.lines(60 + len(names) * (arguments.seconds + 30)):
                judge(suite.report, there, line, seen)
        finally:
            guest.stop()
        if guest.trouble() or len(seen) <= len(names):
            suite.report.fail("stress/guest", guest.trouble() or f"{len(seen) - 1} of {len(names)} stressors ended")
    if arguments.record:
        with open(REFERENCE, "w", newline="") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(["stressor", "verdict"])
            rows.writerows(sorted((name, verdict) for name, verdict in seen.items() if name in names))
    suite.leave()


if __name__ == "__main__":
    main()
