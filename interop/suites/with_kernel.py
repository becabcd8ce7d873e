#!/usr/bin/python3
"""The Linux kernel's own client, run as a user-mode kernel, judged by what the reference lets it do.

`kernel/reference.csv` holds the reference's verdicts; `--record` writes it anew from a run against samba.
"""

import csv
import pathlib
import sys

INTEROP = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(INTEROP), str(INTEROP / "kernel")]

import machine  # noqa: E402
import network  # noqa: E402
from harness import servers  # noqa: E402
from harness.target import Suite  # noqa: E402

REFERENCE = INTEROP / "kernel" / "reference.csv"
EVERY = [(version, protection) for version in ("2.0", "2.1", "3.0", "3.0.2", "3.1.1") for protection in ("plain", "sign")]
EVERY += [(version, "seal") for version in ("3.0", "3.0.2", "3.1.1")]
LEGACY = "1.0"  # SMB 1, in a zone that has it: with the UNIX extensions, signed, and without them
EVERY += [(LEGACY, "plain"), (LEGACY, "sign"), (LEGACY, "nounix")]
SHORT = [("2.0", "plain"), ("2.1", "plain"), ("2.1", "sign"), ("3.0", "seal"), ("3.0.2", "seal")]
SHORT += [("3.1.1", "plain"), ("3.1.1", "sign"), ("3.1.1", "seal"), (LEGACY, "plain"), (LEGACY, "nounix")]
# Where this server differs by intent, with the reason.
DEPARTURES = {
    "1.0-nounix/rename_letter_case": "names that differ by case are two for clients of the UNIX extensions only; the reference asks each packet's flag",
}


def options(parser):
    parser.add_argument("--all", action="store_true", help="every dialect and protection, not the short list")
    parser.add_argument("--mount", action="append", help="one mount such as 3.1.1-seal")
    parser.add_argument("--record", action="store_true", help="write the verdicts as the reference's")


class Judge:
    """Compares each verdict with the reference's: what passes there must pass here."""

    def __init__(self, suite):
        self.suite, self.seen = suite, []
        self.plain = suite.arguments.against == "samba"
        self.reference = {}
        if not self.plain and REFERENCE.exists():
            with open(REFERENCE, newline="") as file:
                self.reference = {row["check"]: row["verdict"] for row in csv.DictReader(file)}

    def line(self, text):
        verdict, _, rest = text.partition(" ")
        name, _, detail = rest.partition(" ")
        if verdict not in ("ok", "FAIL", "skip"):
            print("   " + text, flush=True)
            return
        self.seen.append((name, verdict))
        report, label = self.suite.report, f"kernel/{name}"
        there = verdict if self.plain else self.reference.get(name, "ok")
        if verdict == "ok":
            report.ok(label, detail)
        elif verdict == "skip" and not self.plain and name in DEPARTURES:
            report.skip(label, DEPARTURES[name])
        elif verdict == "FAIL" and there == "ok" or self.plain and verdict == "FAIL":
            report.fail(label, detail)
        elif there == "ok":
            report.fail(label, f"skipped, but the reference passes: {detail}")
        else:
            report.skip(label, f"{detail} (the reference: {there})")

    def record(self):
        with open(REFERENCE, "w", newline="") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(["check", "verdict"])
            rows.writerows(self.seen)


def main():
    suite = Suite(__doc__, options)
    why = machine.missing()
    if why:
        suite.report.skip("kernel", why)
        suite.leave()
    mounts = EVERY if suite.arguments.all else SHORT
    if suite.arguments.mount:
        mounts = [mount.rsplit("-", 1) for mount in suite.arguments.mount]
    judge = Judge(suite)
    modern = [mount for mount in mounts if mount[0] != LEGACY]
    old = [mount for mount in mounts if mount[0] == LEGACY]
    if modern:
        run(suite, judge, modern, servers.Profile())
    if old:
        # The reference signs SMB 1 only where it is told to offer it.
        extra = "server signing = auto" if judge.plain else ""
        run(suite, judge, old, servers.Profile(oldest="NT1", posix=True, extra=extra))
    if suite.arguments.record:
        judge.record()
    suite.leave()


def run(suite, judge, mounts, profile):
    """Mounts a server of this profile in a guest, and looks at what comes of it."""
    with suite.server(profile) as server, network.Namespace() as namespace:
        plan = dict(
            host=namespace.host(0),
            port=namespace.forward(server.host, server.port),
            user=server.user,
            password=server.password,
            share=server.share,
            mounts=mounts,
            only=suite.arguments.only,
        )
        job = suite.work / f"job-{profile.oldest}"
        guest = machine.Machine(namespace, job).start("guest.py", plan, ["checks.py", "form.py"])
        try:
            for line in guest.lines(60 + 90 * len(mounts)):
                judge.line(line)
        finally:
            guest.stop()
        if guest.trouble():
            suite.report.fail("kernel/guest", guest.trouble())


if __name__ == "__main__":
    main()
